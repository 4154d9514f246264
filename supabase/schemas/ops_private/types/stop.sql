-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."stop" AS (
  "status"         text,
  "gate_code"      ops.ops_gate_code,
  "check_name"     ops.name,
  "environment"    ops.ops_environment,
  "target"         ops.name,
  "deployment_ref" ops.name,
  "approver_id"    text,
  "persona_role"   ops.ops_persona_role
);

COMMENT ON TYPE "ops_private"."stop" IS 'A failure, a rejection or a request for changes that an event reports. A field is null when it could not be read, or when the type of the event has none.';
