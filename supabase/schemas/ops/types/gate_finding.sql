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

COMMENT ON TYPE "ops"."gate_finding" IS 'What the facts say about one requirement of a gate. Required: requirement, kind, subject, enforcement. Found: state, detail. To do: remedy, who.';
