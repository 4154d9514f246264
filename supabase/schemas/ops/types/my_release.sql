-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."my_release" AS (
  "release_id"              uuid,
  "project"                 text,
  "release_name"            text,
  "environment_target"      ops.ops_environment,
  "source_ref"              text,
  "initiating_actor"        text,
  "status"                  ops.ops_release_status,
  "opened_at"               timestamp WITH time zone,
  "closed_at"               timestamp WITH time zone,
  "close_reason"            ops.ops_close_reason,
  "gates"                   jsonb,
  "eligible_for_staging"    boolean,
  "eligible_for_production" boolean,
  "waits_at"                ops.ops_gate_code,
  "waits_for"               text,
  "waits_since"             timestamp WITH time zone
);

COMMENT ON TYPE "ops"."my_release" IS 'A release as each role may know it: what it is, where each gate stands, where it may go, and what it waits for.';
