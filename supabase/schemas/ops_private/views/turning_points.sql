-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops_private"."turning_points" WITH (security_invoker=true) AS  SELECT x.release_id,
    b.moment,
    x.exception_id,
    false AS lapses,
    NULL::ops.ops_gate_code AS gate_code,
    NULL::ops.ops_requirement_kind AS kind,
    NULL::uuid AS fact
   FROM (ops.exceptions x
     CROSS JOIN LATERAL unnest(ARRAY[x.effective_from, LEAST(x.expires_at, x.revoked_at)]) b(moment))
  WHERE ((x.revoked_at > x.effective_from) IS NOT FALSE)
UNION ALL
 SELECT n.release_id,
    (f.created_at + make_interval(secs => (n.valid_for)::double precision)) AS moment,
    NULL::uuid AS exception_id,
    true AS lapses,
    n.gate_code,
    n.kind,
    f.fact
   FROM ((ops_private.requirements_in_force n
     JOIN ops.release_gates g ON (((n.release_id = g.release_id) AND (n.gate_code = g.gate_code))))
     CROSS JOIN LATERAL ( SELECT a.created_at,
            a.approval_id AS fact
           FROM ops.approvals a
          WHERE ((n.kind = 'approval'::ops.ops_requirement_kind) AND (a.release_id = g.release_id) AND (a.gate_id = g.gate_id) AND (a.decision = 'approved'::ops.ops_decision_type) AND ((a.persona_role)::text = n.subject))
        UNION ALL
         SELECT e.created_at,
            e.artifact_id AS fact
           FROM ops.evidence_artifacts e
          WHERE ((n.kind = 'evidence'::ops.ops_requirement_kind) AND (e.release_id = g.release_id) AND (e.gate_id = g.gate_id) AND (e.artifact_type = ANY ((string_to_array(n.subject, '|'::text))::ops.ops_artifact_type[])) AND ((e.sha256 IS NOT NULL) OR (NOT n.require_hash)))) f)
  WHERE (n.valid_for IS NOT NULL);

GRANT SELECT ON TABLE "ops_private"."turning_points" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops_private"."turning_points" IS 'The moments at which something about a release begins or ends with time alone: an exception (also one that has no effect), or (lapses) an approval or artifact whose time the policy limits, with its gate, its kind and its id (fact).';
