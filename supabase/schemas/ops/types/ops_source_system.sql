-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_source_system" AS ENUM (
  'github_actions',
  'gitlab_ci',
  'jenkins',
  'azure_pipelines',
  'ci',
  'agent',
  'manual',
  'monitoring'
);

COMMENT ON TYPE "ops"."ops_source_system" IS 'The kind of system that reported a fact: a pipeline (ci for any other), an agent, a person by hand, or monitoring. ops_private.may_send_source says which roles may name which.';
