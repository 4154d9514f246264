-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."policy_entry" AS (
  "kind"          ops.ops_requirement_kind,
  "subject"       text,
  "min_count"     integer,
  "enforcement"   ops.ops_enforcement,
  "not_initiator" boolean,
  "one_gate"      boolean,
  "valid_for"     integer,
  "require_hash"  boolean,
  "own_token"     boolean,
  "aal2"          boolean,
  "accept_sso"    boolean,
  "approvers"     text[]
);

COMMENT ON TYPE "ops_private"."policy_entry" IS 'What a requirement says: the fields of a policy, which are columns of ops.gate_requirements.';
