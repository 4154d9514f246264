-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."latest_check" AS (
  "deployment_id" uuid,
  "check_name"    ops.name,
  "trusted"       boolean,
  "status"        ops.ops_check_status,
  "check_id"      uuid
);

COMMENT ON TYPE "ops_private"."latest_check" IS 'The latest observation of a check in one trust class (trusted: recorded by a machine) at a moment. On G4 there is one per deployment.';
