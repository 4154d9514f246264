-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops_private"."policy_rows" WITH (security_invoker=true) AS  SELECT project,
    gate_code,
    kind,
    subject,
    min_count,
    enforcement,
    not_initiator,
    one_gate,
    valid_for,
    require_hash,
        CASE
            WHEN (own_token OR aal2 OR (approvers IS NOT NULL)) THEN ROW(own_token, aal2, accept_sso, approvers)::ops_private.approval_conditions
            ELSE NULL::ops_private.approval_conditions
        END AS asked,
    valid_from,
    valid_to,
    (kind = ANY (ARRAY['prior_gate'::ops.ops_requirement_kind, 'check'::ops.ops_requirement_kind, 'no_failed_checks'::ops.ops_requirement_kind, 'approval'::ops.ops_requirement_kind, 'evidence'::ops.ops_requirement_kind, 'deployment_health'::ops.ops_requirement_kind])) AS on_gate
   FROM ops.gate_requirements q;

GRANT SELECT ON TABLE "ops_private"."policy_rows" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops_private"."policy_rows" IS 'The rows of ops.gate_requirements. asked: what the row asks of each approval, null for nothing. on_gate: whether the verdict on the gate depends on the row; other rows ask something of production or of exceptions.';
