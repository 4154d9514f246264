-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_exception_type" AS ENUM (
  'gate_bypass',
  'evidence_waiver',
  'timing_override'
);

COMMENT ON TYPE "ops"."ops_exception_type" IS 'gate_bypass covers every finding of its gates, evidence_waiver evidence findings alone, timing_override none.';
