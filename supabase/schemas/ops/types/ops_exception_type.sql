-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_exception_type" AS ENUM (
  'gate_bypass',
  'evidence_waiver',
  'timing_override'
);

COMMENT ON TYPE "ops"."ops_exception_type" IS 'What an exception covers on its gates: gate_bypass covers every finding, evidence_waiver covers only evidence findings, timing_override covers none. None covers that the release is closed, or that a deployment is of another commit or of artifacts that no build made: these are of no gate.';
