CREATE TYPE "ops"."gate_context" AS (
  "release_id"       uuid,
  "initiating_actor" text,
  "gate_id"          uuid,
  "gate_code"        ops.ops_gate_code,
  "deployment_id"    uuid,
  "as_of"            timestamp WITH time zone,
  "prior_statuses"   ops.ops_gate_status[],
  "decisions"        ops.current_decision[],
  "g2_approvers"     text[]
);

COMMENT ON TYPE "ops"."gate_context" IS 'What a gate is judged by: the release, the gate, the deployment that G4 looks at, the moment, the statuses of the gates before it (index 1 is G1), the decisions that stand on it, and for G3 who approved G2.';
