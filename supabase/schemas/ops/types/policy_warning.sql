-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."policy_warning" AS (
  "code"      text,
  "project"   text,
  "gate_code" ops.ops_gate_code,
  "change_id" uuid,
  "persona"   text,
  "needed"    integer,
  "able"      integer,
  "names"     text[],
  "stops"     boolean,
  "message"   text
);

COMMENT ON TYPE "ops"."policy_warning" IS 'Where the active members do not suffice for what policy asks.';
