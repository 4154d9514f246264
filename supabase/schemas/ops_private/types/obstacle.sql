-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."obstacle" AS (
  "finding"      ops.gate_finding,
  "exception_id" uuid
);

COMMENT ON TYPE "ops_private"."obstacle" IS 'A finding that would keep a release out of an environment, and the exception that covers it. Without one it is a blocker.';
