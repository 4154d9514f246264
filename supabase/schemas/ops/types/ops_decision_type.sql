-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_decision_type" AS ENUM (
  'approved',
  'rejected',
  'request_changes'
);

COMMENT ON TYPE "ops"."ops_decision_type" IS 'What an approver decided. A rejection fails the gate. A request for changes leaves it open.';
