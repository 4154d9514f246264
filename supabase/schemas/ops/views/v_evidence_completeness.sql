-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_evidence_completeness" WITH (security_invoker=true) AS  SELECT g.release_id,
    r.project,
    r.release_name,
    g.gate_id,
    g.gate_code,
    q.required,
    q.present,
    q.missing,
    e.evidence,
        CASE
            WHEN ((r.lapses_at IS NOT NULL) AND (r.lapses_at <= ops_private.wall_clock())) THEN (EXISTS ( SELECT
               FROM ops_private.requirements_in_force n
              WHERE ((n.release_id = g.release_id) AND (n.gate_code = g.gate_code) AND (n.kind = 'evidence'::ops.ops_requirement_kind) AND (n.enforcement = 'blocking'::ops.ops_enforcement) AND ((ops_private.count_evidence(g.release_id, g.gate_id, g.gate_code,
                    CASE
                        WHEN (g.gate_code = 'G4'::ops.ops_gate_code) THEN ops_private.g4_deployments(g.release_id)
                        ELSE NULL::uuid[]
                    END, n.subject, n.require_hash, (ops_private.wall_clock() - make_interval(secs => (n.valid_for)::double precision)), 'infinity'::timestamp with time zone, ARRAY( SELECT d.*::ops_private.standing_decision AS d
                       FROM ops_private.standing_decisions(g.release_id, g.gate_id, 'infinity'::timestamp with time zone) d(approver_id, persona_role, decision, approval_id, recorded_at, artifacts_digest, unmet, later_unmet)),
                    CASE
                        WHEN r.has_artifacts THEN ops_private.digest_now(g.release_id)
                        ELSE NULL::text
                    END)).present < n.min_count))))
            ELSE g.evidence_gap
        END AS gap,
    (r.imported_at IS NOT NULL) AS imported
   FROM ((((ops.release_gates g
     LEFT JOIN ops.releases r ON ((g.release_id = r.release_id)))
     LEFT JOIN LATERAL ( SELECT ARRAY( SELECT d.*::ops_private.standing_decision AS d
                   FROM ops_private.standing_decisions(g.release_id, g.gate_id, 'infinity'::timestamp with time zone) d(approver_id, persona_role, decision, approval_id, recorded_at, artifacts_digest, unmet, later_unmet)) AS decisions,
                CASE
                    WHEN r.has_artifacts THEN ops_private.digest_now(g.release_id)
                    ELSE NULL::text
                END AS digest) s ON (true))
     LEFT JOIN LATERAL ( SELECT COALESCE(sum((ops_private.count_evidence(g.release_id, g.gate_id, g.gate_code, ARRAY[d.deployment_id], array_to_string(enum_range(NULL::ops.ops_artifact_type), '|'::text), false, NULL::timestamp with time zone, 'infinity'::timestamp with time zone, s.decisions, s.digest)).present), (0)::bigint) AS evidence
           FROM unnest(
                CASE
                    WHEN (g.gate_code = 'G4'::ops.ops_gate_code) THEN ops_private.g4_deployments(g.release_id)
                    ELSE ARRAY[NULL::uuid]
                END) d(deployment_id)) e ON (true))
     LEFT JOIN LATERAL ( SELECT COALESCE(array_agg(need.subject ORDER BY need.subject), '{}'::text[]) AS required,
            COALESCE(array_agg(need.subject ORDER BY need.subject) FILTER (WHERE need.met), '{}'::text[]) AS present,
            COALESCE(array_agg(need.subject ORDER BY need.subject) FILTER (WHERE (NOT need.met)), '{}'::text[]) AS missing
           FROM ( SELECT n.subject,
                    ((ops_private.count_evidence(g.release_id, g.gate_id, g.gate_code,
                        CASE
                            WHEN (g.gate_code = 'G4'::ops.ops_gate_code) THEN ops_private.g4_deployments(g.release_id)
                            ELSE NULL::uuid[]
                        END, n.subject, n.require_hash, (ops_private.wall_clock() - make_interval(secs => (n.valid_for)::double precision)), 'infinity'::timestamp with time zone, s.decisions, s.digest)).present >= n.min_count) AS met
                   FROM ops_private.requirements_in_force n
                  WHERE ((n.release_id = g.release_id) AND (n.gate_code = g.gate_code) AND (n.kind = 'evidence'::ops.ops_requirement_kind))) need) q ON (true));

GRANT SELECT ON TABLE "ops"."v_evidence_completeness" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_evidence_completeness" IS 'Per release and gate: the evidence that its policy requires (alternatives joined by |), which of it is present and which is missing, and whether a blocking one is missing (gap). Each artifact counts once, by the same rule as for the gate. On G4 each deployment that it looks at must have it. evidence counts what is on the gate and counts for it, required or not; evidence of ops.v_release_gate_summary counts all rows on the gate.';
