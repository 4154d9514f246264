CREATE VIEW "ops"."v_promotion_eligibility" WITH (security_invoker=true) AS  SELECT r.release_id,
    r.project,
    r.release_name,
    r.environment_target,
    r.status AS release_status,
    r.created_at AS opened_at,
        CASE
            WHEN x.active THEN ops.is_eligible_for_promotion(r.release_id, 'staging'::text)
            ELSE g.staging
        END AS eligible_for_staging,
        CASE
            WHEN x.active THEN ops.is_eligible_for_promotion(r.release_id, 'production'::text)
            ELSE (g.production AND ((s.health = 'failed'::ops.ops_health) IS NOT TRUE))
        END AS eligible_for_production,
        CASE
            WHEN x.active THEN ops.first_blocker(r.release_id, 'staging'::text)
            ELSE g.staging_blocker
        END AS staging_blocker,
        CASE
            WHEN x.active THEN ops.first_blocker(r.release_id, 'production'::text)
            ELSE COALESCE(g.production_blocker,
            CASE
                WHEN (s.health = 'failed'::ops.ops_health) THEN 'G4: the newest staging deployment has not failed (health in staging: failed)'::text
                ELSE NULL::text
            END)
        END AS production_blocker
   FROM (((ops.releases r
     CROSS JOIN LATERAL ( SELECT bool_and((rg.status = 'passed'::ops.ops_gate_status)) FILTER (WHERE (rg.gate_code <= 'G2'::ops.ops_gate_code)) AS staging,
            bool_and((rg.status = 'passed'::ops.ops_gate_status)) AS production,
            min(((rg.gate_code || ': '::text) || rg.first_missing)) FILTER (WHERE (rg.gate_code <= 'G2'::ops.ops_gate_code)) AS staging_blocker,
            min(((rg.gate_code || ': '::text) || rg.first_missing)) AS production_blocker
           FROM ops.release_gates rg
          WHERE ((rg.release_id = r.release_id) AND (rg.gate_code <= 'G3'::ops.ops_gate_code))) g)
     CROSS JOIN LATERAL ( SELECT (count(*) > 0) AS active
           FROM ops.exceptions ex
          WHERE ((ex.release_id = r.release_id) AND ops.is_active(ex.*, clock_timestamp()))) x)
     LEFT JOIN LATERAL ( SELECT d.g4_status AS health
           FROM ops.deployments d
          WHERE ((d.release_id = r.release_id) AND (d.environment = 'staging'::ops.ops_environment) AND (d.rollback_of IS NULL) AND (d.g4_status <> 'pending'::ops.ops_health))
          ORDER BY d.deployed_at DESC, d.deployment_ref DESC
         LIMIT 1) s ON (true));

GRANT SELECT ON TABLE "ops"."v_promotion_eligibility" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_promotion_eligibility" IS 'Per release: may it go to staging, to production, now; and the first blocker of each in words, null when there is none.';
