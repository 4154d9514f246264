-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops_private"."production_leads" WITH (security_invoker=true) AS  SELECT project,
    reached_at AS ended_at,
    GREATEST(EXTRACT(epoch FROM (reached_at - LEAST(opened_at, reported_at))), (0)::numeric) AS seconds
   FROM ( SELECT r.project,
            r.source_ref,
            min(e.reached_at) AS reached_at,
            min(r.created_at) AS opened_at,
            min(c.reported_at) AS reported_at
           FROM ((ops.releases r
             LEFT JOIN LATERAL ( SELECT min(p.observed_at) AS reached_at
                   FROM (ops.deployments d
                     JOIN ops.deployment_reports p ON (((d.release_id = p.release_id) AND (d.deployment_id = p.deployment_id))))
                  WHERE ((d.release_id = r.release_id) AND (d.environment = 'production'::ops.ops_environment) AND (d.rollback_of IS NULL) AND ((d.source_ref)::text = (r.source_ref)::text) AND (p.status = 'succeeded'::ops.ops_deployment_status))) e ON (true))
             LEFT JOIN LATERAL ( SELECT min(gc.observed_at) AS reported_at
                   FROM ops.gate_checks gc
                  WHERE ((gc.release_id = r.release_id) AND (gc.deployment_id IS NULL))) c ON (true))
          WHERE (r.imported_at IS NULL)
          GROUP BY r.project, r.source_ref) f
  WHERE (reached_at IS NOT NULL);

GRANT SELECT ON TABLE "ops_private"."production_leads" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops_private"."production_leads" IS 'Per project and commit that reached production: when a deployment of it was first observed as succeeded there, and how many seconds after its first report. The first report is the earliest of the checks of its releases that are about no deployment, and of the opening of these releases.';
