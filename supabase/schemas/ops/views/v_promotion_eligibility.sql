CREATE VIEW "ops"."v_promotion_eligibility" WITH (security_invoker=true) AS  SELECT r.release_id,
    r.project,
    r.release_name,
    r.environment_target,
    r.status AS release_status,
    r.created_at AS opened_at,
        CASE
            WHEN x.active THEN ((f.blockers).staging IS NULL)
            ELSE (r.cleared_for <> 'dev'::ops.ops_environment)
        END AS eligible_for_staging,
        CASE
            WHEN x.active THEN ((f.blockers).production IS NULL)
            ELSE (r.cleared_for = 'production'::ops.ops_environment)
        END AS eligible_for_production,
        CASE
            WHEN x.active THEN (f.blockers).staging
            ELSE g.staging_blocker
        END AS staging_blocker,
        CASE
            WHEN x.active THEN (f.blockers).production
            WHEN (r.cleared_for <> 'production'::ops.ops_environment) THEN COALESCE(g.production_blocker, 'G4: the newest staging deployment has not failed (health in staging: failed)'::text)
            ELSE NULL::text
        END AS production_blocker
   FROM (((ops.releases r
     CROSS JOIN LATERAL ( SELECT (count(*) > 0) AS active
           FROM ops.exceptions ex
          WHERE (r.excepted AND (ex.release_id = r.release_id) AND ops.is_active(ex.*, clock_timestamp()))) x)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN x.active THEN ops.first_blockers(r.release_id)
                    ELSE NULL::ops.release_blockers
                END AS blockers
          ORDER BY r.release_id
         LIMIT 1) f)
     CROSS JOIN LATERAL ( SELECT min(((rg.gate_code || ': '::text) || rg.first_missing)) FILTER (WHERE (rg.gate_code <= 'G2'::ops.ops_gate_code)) AS staging_blocker,
            min(((rg.gate_code || ': '::text) || rg.first_missing)) AS production_blocker
           FROM ops.release_gates rg
          WHERE ((r.cleared_for <> 'production'::ops.ops_environment) AND (rg.release_id = r.release_id) AND (rg.gate_code <= 'G3'::ops.ops_gate_code))) g);

GRANT SELECT ON TABLE "ops"."v_promotion_eligibility" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_promotion_eligibility" IS 'Per release: may it go to staging, to production, now; and the first blocker of each in words, null when there is none.';
