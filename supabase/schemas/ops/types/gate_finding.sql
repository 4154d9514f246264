-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."gate_finding" AS (
  "gate_id"     uuid,
  "gate_code"   ops.ops_gate_code,
  "requirement" text,
  "kind"        ops.ops_requirement_kind,
  "subject"     text,
  "enforcement" ops.ops_enforcement,
  "state"       ops.ops_finding_state,
  "detail"      text,
  "remedy"      text,
  "who"         text
);

COMMENT ON TYPE "ops"."gate_finding" IS 'One requirement of a gate: what is asked (requirement, kind, subject, enforcement), what was found (state, detail), what to do (remedy) and the role that can (who).';
