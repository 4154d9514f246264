-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."place" AS (
  "project"     text,
  "environment" ops.ops_environment,
  "target"      text
);

COMMENT ON TYPE "ops_private"."place" IS 'An environment and a target of a project, to which something was deployed.';
