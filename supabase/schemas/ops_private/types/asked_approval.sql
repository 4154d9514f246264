-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."asked_approval" AS (
  "gate_code"     ops.ops_gate_code,
  "persona"       text,
  "min_count"     integer,
  "blocking"      boolean,
  "on_gate"       boolean,
  "not_initiator" boolean,
  "one_gate"      boolean,
  "approvers"     text[],
  "able"          text[]
);

COMMENT ON TYPE "ops_private"."asked_approval" IS 'A requirement of approvals, and who could give one: the active people who hold the persona, and are named if people are.';
