-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."inbox_item" AS (
  "kind"               ops.ops_inbox_kind,
  "role"               text,
  "project"            text,
  "release_id"         uuid,
  "release_name"       text,
  "environment_target" ops.ops_environment,
  "gate_id"            uuid,
  "gate_code"          ops.ops_gate_code,
  "fact"               uuid,
  "what"               text,
  "remedy"             text,
  "since"              timestamp WITH time zone
);

COMMENT ON TYPE "ops"."inbox_item" IS 'Something that waits for a person, in one of their roles.';
