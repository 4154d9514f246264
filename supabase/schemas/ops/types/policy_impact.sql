-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."policy_impact" AS (
  "releases" integer,
  "since"    timestamp WITH time zone,
  "changed"  ops.changed_outcome[]
);

COMMENT ON TYPE "ops"."policy_impact" IS 'What proposed rows of a gate would have changed.';
