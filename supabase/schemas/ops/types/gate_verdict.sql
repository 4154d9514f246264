CREATE TYPE "ops"."gate_verdict" AS (
  "gate_id"       uuid,
  "gate_code"     ops.ops_gate_code,
  "status"        ops.ops_gate_status,
  "exception_id"  uuid,
  "first_missing" text,
  "findings"      ops.gate_finding[]
);

COMMENT ON TYPE "ops"."gate_verdict" IS 'The verdict on a gate at a moment, the exception that bypasses it, the first thing missing, and the findings it derives from.';
