-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_release_gate_summary" WITH (security_invoker=true) AS  SELECT g.release_id,
    r.project,
    r.release_name,
    r.status AS release_status,
    r.created_at AS opened_at,
    g.gate_id,
    g.gate_code,
    g.gate_name,
        CASE
            WHEN (NOT t.outdated) THEN g.status
            WHEN (NOT t.live) THEN g.status_without_exception
            ELSE (ops_private.gate_now(g.release_id, g.gate_id)).status
        END AS status,
        CASE
            WHEN ((NOT t.outdated) OR ((NOT t.live) AND (g.status = g.status_without_exception)) OR (t.live AND ((ops_private.gate_now(g.release_id, g.gate_id)).status = g.status))) THEN COALESCE(g.resolved_at, g.entered_at, g.created_at)
            ELSE ( SELECT max(b.moment) AS max
               FROM (ops_private.turning_points b
                 LEFT JOIN ops.exceptions bx ON ((b.exception_id = bx.exception_id)))
              WHERE ((b.release_id = g.release_id) AND (b.moment <= ops_private.wall_clock()) AND ((b.exception_id IS NULL) OR (ops_private.exception_now(bx.*)).approved)))
        END AS since,
        CASE
            WHEN ((NOT t.outdated) OR ((NOT t.live) AND (g.status = g.status_without_exception)) OR (t.live AND ((ops_private.gate_now(g.release_id, g.gate_id)).status = g.status))) THEN g.resolved_by
            ELSE NULL::text
        END AS resolved_by,
        CASE
            WHEN (NOT t.outdated) THEN g.exception_id
            WHEN t.live THEN (ops_private.gate_now(g.release_id, g.gate_id)).exception_id
            ELSE NULL::uuid
        END AS exception_id,
        CASE
            WHEN (NOT t.outdated) THEN g.first_missing
            WHEN (NOT t.live) THEN g.first_missing_without_exception
            ELSE (ops_private.gate_now(g.release_id, g.gate_id)).first_missing
        END AS first_missing,
    c.checks_passed,
    c.checks_failed,
    c.checks_warning,
    c.checks_skipped,
    c.approvals,
    e.evidence,
    (r.imported_at IS NOT NULL) AS imported
   FROM ((((ops.releases r
     JOIN ops.release_gates g ON ((r.release_id = g.release_id)))
     CROSS JOIN LATERAL ( SELECT ((r.judged_until IS NOT NULL) AND (r.judged_until <= ops_private.wall_clock())) AS outdated,
            (((r.lapses_at IS NOT NULL) AND (r.lapses_at <= ops_private.wall_clock())) OR (r.excepted AND COALESCE(( SELECT bool_or(ops_private.authorises_now(ex.*)) AS bool_or
                   FROM ops.exceptions ex
                  WHERE ((ex.release_id = r.release_id) AND (ex.expires_at > statement_timestamp()))), false))) AS live) t)
     LEFT JOIN LATERAL ( SELECT max(f.checks_passed) AS checks_passed,
            max(f.checks_failed) AS checks_failed,
            max(f.checks_warning) AS checks_warning,
            max(f.checks_skipped) AS checks_skipped,
            max(f.approvals) AS approvals
           FROM ops_private.facts_on_gate(g.release_id, g.gate_id) f(checks_passed, checks_failed, checks_warning, checks_skipped, approvals)) c ON (true))
     LEFT JOIN LATERAL ( SELECT count(*) AS evidence
           FROM ops.evidence_artifacts ea
          WHERE ((ea.release_id = g.release_id) AND (ea.gate_id = g.gate_id))) e ON (true));

GRANT SELECT ON TABLE "ops"."v_release_gate_summary" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_release_gate_summary" IS 'Per release and gate: the verdict now, since when, and the number of facts. Counted are the latest check per deployment, name and trust class, standing approvals, and all artifacts.';
