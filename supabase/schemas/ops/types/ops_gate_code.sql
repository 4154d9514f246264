-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_gate_code" AS ENUM (
  'G1',
  'G2',
  'G3',
  'G4'
);

COMMENT ON TYPE "ops"."ops_gate_code" IS 'The four gates of a release, in order: G1 Build Integrity, G2 Validation Readiness, G3 Promotion Readiness, G4 Post-Deploy Operational Confirmation.';
