-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."gate_verdict" AS (
  "stored"   ops.release_gates,
  "gate"     ops.release_gates,
  "findings" ops.gate_finding[]
);

COMMENT ON TYPE "ops_private"."gate_verdict" IS 'The verdict on a gate at a moment: stored is the gate as it is stored, gate is the gate as the facts require it, findings explain the verdict.';
