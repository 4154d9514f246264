-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_delivery_metrics" WITH (security_invoker=true) AS  SELECT project,
    month,
    count(*) FILTER (WHERE (measure = 'lead'::text)) AS commits,
    round((percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((seconds)::double precision)) FILTER (WHERE (measure = 'lead'::text)))::numeric, 3) AS lead_time_seconds,
    count(*) FILTER (WHERE (measure = ANY (ARRAY['succeeded'::text, 'failed'::text]))) AS deployments,
    count(*) FILTER (WHERE (measure = 'failed'::text)) AS failed_deployments,
    round(((count(*) FILTER (WHERE (measure = 'failed'::text)))::numeric / (NULLIF(count(*) FILTER (WHERE (measure = ANY (ARRAY['succeeded'::text, 'failed'::text]))), 0))::numeric), 4) AS change_failure_rate,
    count(*) FILTER (WHERE (measure = 'restore'::text)) AS restores,
    round((percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((seconds)::double precision)) FILTER (WHERE (measure = 'restore'::text)))::numeric, 3) AS time_to_restore_seconds
   FROM ( SELECT l.project,
            (date_trunc('month'::text, (l.ended_at AT TIME ZONE 'UTC'::text)))::date AS month,
            'lead'::text AS measure,
            l.seconds
           FROM ops_private.production_leads l
        UNION ALL
         SELECT d.project,
            (date_trunc('month'::text, (d.deployed_at AT TIME ZONE 'UTC'::text)))::date AS month,
                CASE
                    WHEN ((d.status = 'succeeded'::ops.ops_deployment_status) AND (NOT (EXISTS ( SELECT
                       FROM ops.incidents i
                      WHERE (i.deployment_id = d.deployment_id))))) THEN 'succeeded'::text
                    ELSE 'failed'::text
                END AS measure,
            NULL::numeric AS seconds
           FROM ops.deployments d
          WHERE ((d.environment = 'production'::ops.ops_environment) AND (NOT d.imported) AND (d.rollback_of IS NULL) AND (d.status <> 'in_progress'::ops.ops_deployment_status))
        UNION ALL
         SELECT s.project,
            (date_trunc('month'::text, (s.ended_at AT TIME ZONE 'UTC'::text)))::date AS month,
            'restore'::text AS measure,
            s.seconds
           FROM ops_private.production_restores s) m
  GROUP BY project, month;

GRANT SELECT ON TABLE "ops"."v_delivery_metrics" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_delivery_metrics" IS 'DORA''s four measures per project and month (of UTC), as far as something of them happened in it: lead time, deployments, change failure rate, time to restore. All are about production. Releases of the past are left out. Order by project, month.';
