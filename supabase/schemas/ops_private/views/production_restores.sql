-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops_private"."production_restores" WITH (security_invoker=true) AS  SELECT i.project,
    i.resolved_at AS ended_at,
    EXTRACT(epoch FROM (i.resolved_at - i.detected_at)) AS seconds
   FROM (ops.incidents i
     JOIN ops.deployments d ON ((i.deployment_id = d.deployment_id)))
  WHERE ((d.environment = 'production'::ops.ops_environment) AND (NOT d.imported) AND (i.resolved_at IS NOT NULL))
UNION ALL
 SELECT d.project,
    GREATEST(b.began_at, e.ended_at) AS ended_at,
    GREATEST(EXTRACT(epoch FROM (e.ended_at - b.began_at)), (0)::numeric) AS seconds
   FROM ((ops.deployments d
     CROSS JOIN LATERAL ( SELECT LEAST(( SELECT min(p.observed_at) AS min
                   FROM ops.deployment_reports p
                  WHERE ((p.release_id = d.release_id) AND (p.deployment_id = d.deployment_id) AND (p.status = ANY (ARRAY['failed'::ops.ops_deployment_status, 'rolled_back'::ops.ops_deployment_status])))), ( SELECT min(c.observed_at) AS min
                   FROM ops.gate_checks c
                  WHERE ((c.release_id = d.release_id) AND (c.deployment_id = d.deployment_id) AND (c.status = 'fail'::ops.ops_check_status))), ( SELECT min(u.deployed_at) AS min
                   FROM ops.deployments u
                  WHERE ((u.release_id = d.release_id) AND (u.rollback_of = d.deployment_id)))) AS began_at) b)
     CROSS JOIN LATERAL ( SELECT ( SELECT min(p.observed_at) AS min
                   FROM ops.deployment_reports p
                  WHERE ((p.release_id = n.release_id) AND (p.deployment_id = n.deployment_id) AND (p.status = 'succeeded'::ops.ops_deployment_status))) AS ended_at
           FROM ops.deployments n
          WHERE ((n.project = d.project) AND (n.environment = d.environment) AND ((n.target)::text = (d.target)::text) AND (NOT n.imported) AND (ROW(n.deployed_at, (n.deployment_ref)::text) > ROW(d.deployed_at, (d.deployment_ref)::text)) AND (EXISTS ( SELECT
                   FROM ops.deployment_reports p
                  WHERE ((p.release_id = n.release_id) AND (p.deployment_id = n.deployment_id) AND (p.status = 'succeeded'::ops.ops_deployment_status)))))
          ORDER BY n.deployed_at, n.deployment_ref, n.deployment_id
         LIMIT 1) e)
  WHERE ((d.environment = 'production'::ops.ops_environment) AND (NOT d.imported) AND (d.rollback_of IS NULL) AND (d.status = ANY (ARRAY['failed'::ops.ops_deployment_status, 'rolled_back'::ops.ops_deployment_status])) AND (b.began_at IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM ops.incidents i
          WHERE (i.deployment_id = d.deployment_id)))));

GRANT SELECT ON TABLE "ops_private"."production_restores" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops_private"."production_restores" IS 'Each time that service in production was restored: when, and after how many seconds. An incident lasts from detected_at to resolved_at. A deployment that failed or was undone, and has no incident, lasts from the earliest of its reports as failed or rolled_back, its failed checks, and the start of a rollback of it, until the next deployment or rollback to the same target that ever succeeded was first observed as succeeded.';
