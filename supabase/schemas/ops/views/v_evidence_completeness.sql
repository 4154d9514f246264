CREATE VIEW "ops"."v_evidence_completeness" WITH (security_invoker=true) AS  SELECT r.release_id,
    r.project,
    r.release_name,
    g.gate_id,
    g.gate_code,
    q.required,
    q.present,
    q.missing,
    e.artifacts,
    COALESCE(q.gap, false) AS gap
   FROM (((ops.releases r
     JOIN ops.release_gates g ON ((r.release_id = g.release_id)))
     CROSS JOIN LATERAL ( SELECT count(*) AS artifacts
           FROM ops.evidence_artifacts ea
          WHERE ((ea.release_id = g.release_id) AND (ea.gate_id = g.gate_id))) e)
     CROSS JOIN LATERAL ( SELECT COALESCE(array_agg(need.subject ORDER BY need.subject), '{}'::text[]) AS required,
            COALESCE(array_agg(need.subject ORDER BY need.subject) FILTER (WHERE need.met), '{}'::text[]) AS present,
            COALESCE(array_agg(need.subject ORDER BY need.subject) FILTER (WHERE (NOT need.met)), '{}'::text[]) AS missing,
            bool_or(((need.enforcement = 'blocking'::ops.ops_enforcement) AND (NOT need.met))) AS gap
           FROM ( SELECT gr.subject,
                    gr.enforcement,
                    (( SELECT count(*) AS count
                           FROM ops.evidence_artifacts ea
                          WHERE ((ea.release_id = g.release_id) AND (ea.gate_id = g.gate_id) AND ((ea.artifact_type)::text = ANY (string_to_array(gr.subject, '|'::text))))) >= gr.min_count) AS met
                   FROM ops.gate_requirements gr
                  WHERE ((gr.kind = 'evidence'::ops.ops_requirement_kind) AND (gr.gate_code = g.gate_code) AND (gr.valid_from <= r.created_at) AND ((gr.valid_to IS NULL) OR (r.created_at < gr.valid_to)) AND (NOT (gr.project IS DISTINCT FROM ( SELECT own.project
                           FROM ops.gate_requirements own
                          WHERE ((own.gate_code = g.gate_code) AND (own.project = r.project) AND (own.valid_from <= r.created_at) AND ((own.valid_to IS NULL) OR (r.created_at < own.valid_to)))
                          ORDER BY own.project
                         LIMIT 1))))) need) q);

GRANT SELECT ON TABLE "ops"."v_evidence_completeness" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_evidence_completeness" IS 'Per release and gate: the evidence that its policy asks for (alternatives joined by |), which of it is there, which is missing, and whether a blocking one is (gap). For the gate as a whole; G4 itself asks for its newest deployment.';
