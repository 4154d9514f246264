CREATE TYPE "ops"."gate_context" AS (
  "release_id"       uuid,
  "project"          text,
  "opened_at"        timestamp WITH time zone,
  "initiating_actor" text,
  "gate_id"          uuid,
  "gate_code"        ops.ops_gate_code,
  "untouched"        boolean,
  "excepted"         boolean,
  "in_full"          boolean,
  "g2_gate_id"       uuid,
  "deployment_id"    uuid,
  "as_of"            timestamp WITH time zone,
  "prior_statuses"   ops.ops_gate_status[],
  "checks"           ops.current_check[],
  "decisions"        ops.current_decision[],
  "g2_approvers"     text[]
);

COMMENT ON TYPE "ops"."gate_context" IS 'What a gate is judged by: the release, the gate, whether it is known to have no facts (untouched), whether the release has exceptions at all, whether advisory requirements and the words for what is satisfied are asked for (in_full), the gate G2 of the release, the deployment that G4 looks at, the moment, the statuses of the gates before it (index 1 is G1), the checks and decisions that stand on it, and for G3 who approved G2.';
