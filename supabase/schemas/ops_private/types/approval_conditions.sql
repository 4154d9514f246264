-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."approval_conditions" AS (
  "own_token"  boolean,
  "aal2"       boolean,
  "accept_sso" boolean,
  "approvers"  text[]
);

COMMENT ON TYPE "ops_private"."approval_conditions" IS 'What a requirement asks of each approval. The fields are those of ops.gate_requirements.';
