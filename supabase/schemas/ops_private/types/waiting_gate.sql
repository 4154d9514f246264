-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."waiting_gate" AS (
  "gate_code"     ops.ops_gate_code,
  "status"        ops.ops_gate_status,
  "since"         timestamp WITH time zone,
  "who"           text[],
  "first_missing" text
);

COMMENT ON TYPE "ops_private"."waiting_gate" IS 'A gate of an open release whose turn it is (ops_private.gates_in_turn): since when it waits, and the roles that can do something about what is missing.';
