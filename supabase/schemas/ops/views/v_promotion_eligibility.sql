-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_promotion_eligibility" WITH (security_invoker=true) AS  SELECT r.release_id,
    r.project,
    r.release_name,
    r.environment_target,
    r.status AS release_status,
    r.created_at AS opened_at,
        CASE
            WHEN t.live THEN (f.blockers[1] IS NULL)
            ELSE (r.cleared_for <> 'dev'::ops.ops_environment)
        END AS eligible_for_staging,
        CASE
            WHEN t.live THEN (f.blockers[2] IS NULL)
            ELSE (r.cleared_for = 'production'::ops.ops_environment)
        END AS eligible_for_production,
        CASE
            WHEN t.live THEN f.blockers[1]
            ELSE g.staging_blocker
        END AS staging_blocker,
        CASE
            WHEN t.live THEN f.blockers[2]
            WHEN (r.cleared_for <> 'production'::ops.ops_environment) THEN COALESCE(g.production_blocker, (ops_private.first_blockers(r.release_id))[2])
            ELSE NULL::text
        END AS production_blocker,
    (r.imported_at IS NOT NULL) AS imported
   FROM (((ops.releases r
     LEFT JOIN LATERAL ( SELECT bool_or(b.live) AS live
           FROM ( SELECT ((r.closed_at IS NOT NULL) OR r.contested OR r.objected OR (r.asks_beyond AND (r.cleared_for = 'production'::ops.ops_environment)) OR ((r.lapses_at IS NOT NULL) AND (r.lapses_at <= ops_private.wall_clock())) OR (r.excepted AND COALESCE(( SELECT bool_or(ops_private.authorises_now(ex.*)) AS bool_or
                           FROM ops.exceptions ex
                          WHERE ((ex.release_id = r.release_id) AND (ex.expires_at > statement_timestamp()))), false))) AS live) b) t ON (true))
     LEFT JOIN LATERAL ( SELECT max(b.blockers) AS blockers
           FROM ( SELECT ops_private.first_blockers(r.release_id) AS blockers
                  WHERE t.live) b) f ON (true))
     LEFT JOIN LATERAL ( SELECT min(((rg.gate_code || ': '::text) || COALESCE(rg.first_missing_without_exception, rg.first_missing))) FILTER (WHERE (rg.gate_code <= 'G2'::ops.ops_gate_code)) AS staging_blocker,
            min(((rg.gate_code || ': '::text) || COALESCE(rg.first_missing_without_exception, rg.first_missing))) AS production_blocker
           FROM ops.release_gates rg
          WHERE ((r.cleared_for <> 'production'::ops.ops_environment) AND (rg.release_id = r.release_id) AND (rg.gate_code <= 'G3'::ops.ops_gate_code))) g ON (true));

GRANT SELECT ON TABLE "ops"."v_promotion_eligibility" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_promotion_eligibility" IS 'Per release: whether it is eligible for staging and for production now, and the first blocker of each in words. The blocker is null when it is eligible.';
