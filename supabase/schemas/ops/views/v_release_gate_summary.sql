CREATE VIEW "ops"."v_release_gate_summary" WITH (security_invoker=true) AS  SELECT r.release_id,
    r.project,
    r.release_name,
    r.status AS release_status,
    r.created_at AS opened_at,
    g.gate_id,
    g.gate_code,
    g.gate_name,
    g.status,
    COALESCE(g.resolved_at, g.entered_at, g.created_at) AS since,
    g.resolved_by,
    g.exception_id,
    g.first_missing,
    c.checks_passed,
    c.checks_failed,
    c.checks_warning,
    c.checks_skipped,
    a.approvals,
    e.evidence
   FROM ((((ops.releases r
     JOIN ops.release_gates g ON ((r.release_id = g.release_id)))
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE (latest.status = 'pass'::ops.ops_check_status)) AS checks_passed,
            count(*) FILTER (WHERE (latest.status = 'fail'::ops.ops_check_status)) AS checks_failed,
            count(*) FILTER (WHERE (latest.status = 'warning'::ops.ops_check_status)) AS checks_warning,
            count(*) FILTER (WHERE (latest.status = 'skipped'::ops.ops_check_status)) AS checks_skipped
           FROM ( SELECT DISTINCT ON (gc.deployment_id, gc.check_name, gc.trusted) gc.status
                   FROM ops.gate_checks gc
                  WHERE ((gc.release_id = g.release_id) AND (gc.gate_id = g.gate_id))
                  ORDER BY gc.deployment_id, gc.check_name, gc.trusted, gc.observed_at DESC, gc.status) latest) c)
     CROSS JOIN LATERAL ( SELECT count(*) AS approvals
           FROM ( SELECT DISTINCT ON (ap.persona_role, ap.approver_id) ap.decision
                   FROM ops.approvals ap
                  WHERE ((ap.release_id = g.release_id) AND (ap.gate_id = g.gate_id))
                  ORDER BY ap.persona_role, ap.approver_id, ap.observed_at DESC,
                        CASE ap.decision
                            WHEN 'rejected'::ops.ops_decision_type THEN 0
                            WHEN 'request_changes'::ops.ops_decision_type THEN 1
                            ELSE 2
                        END) latest
          WHERE (latest.decision = 'approved'::ops.ops_decision_type)) a)
     CROSS JOIN LATERAL ( SELECT count(*) AS evidence
           FROM ops.evidence_artifacts ea
          WHERE ((ea.release_id = g.release_id) AND (ea.gate_id = g.gate_id))) e);

GRANT SELECT ON TABLE "ops"."v_release_gate_summary" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_release_gate_summary" IS 'Per release and gate: the verdict when its last fact arrived, since when, and on how many facts; whether an exception began or ended since is for v_promotion_eligibility and v_exception_status to say. Counted are the latest check per deployment, name and trust class, the approvals that stand, and every artifact.';
