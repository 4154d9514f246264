-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."timeline_entry" AS (
  "at"            timestamp WITH time zone,
  "kind"          ops.ops_timeline_kind,
  "gate_code"     ops.ops_gate_code,
  "subject"       text,
  "status"        text,
  "status_before" text,
  "actor"         text,
  "actor_role"    text,
  "reason"        text,
  "environment"   ops.ops_environment,
  "target"        text,
  "observed_at"   timestamp WITH time zone,
  "fact"          uuid,
  "about"         uuid
);

COMMENT ON TYPE "ops"."timeline_entry" IS 'Something that happened to a release, at one moment.';
