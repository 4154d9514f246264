-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_source_system" AS ENUM (
  'github_actions',
  'agent',
  'manual',
  'monitoring'
);

COMMENT ON TYPE "ops"."ops_source_system" IS 'The kind of system that reported a fact.';
