-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_deployment_history" WITH (security_invoker=true) AS  SELECT d.release_id,
    r.project,
    r.release_name,
    d.deployment_id,
    d.environment,
    d.target,
    d.deployment_ref,
    d.deployed_at,
    d.deployed_by,
    d.source_ref,
    d.status,
    d.status_observed_at,
    d.rollback_of,
    undone.deployment_ref AS rollback_of_ref,
    d.rollback_known,
    d.artifacts,
    d.g4_status,
    d.g4_resolved_at,
    d.was_eligible,
    ( SELECT string_agg((b.value ->> 'requirement'::text), '; '::text ORDER BY b.ordinality) AS string_agg
           FROM jsonb_array_elements(d.blockers_at_deploy) WITH ORDINALITY b(value, ordinality)) AS why_not_eligible,
    d.excepted_by,
        CASE
            WHEN r.retired THEN ops_private.retired_since(d.release_id, d.environment, (d.target)::text)
            ELSE NULL::timestamp with time zone
        END AS target_retired_at,
        CASE
            WHEN r.retired THEN ((d.g4_status = 'failed'::ops.ops_health) AND (ops_private.retired_since(d.release_id, d.environment, (d.target)::text) IS NOT NULL))
            ELSE false
        END AS retired_failed,
    d.imported
   FROM ((ops.deployments d
     LEFT JOIN ops.releases r ON ((d.release_id = r.release_id)))
     LEFT JOIN ops.deployments undone ON ((d.rollback_of = undone.deployment_id)));

GRANT SELECT ON TABLE "ops"."v_deployment_history" TO "audit_reader", "release_manager", "service_role", "sre";

COMMENT ON VIEW "ops"."v_deployment_history" IS 'Deployments and rollbacks: what was deployed where and when, whether it was confirmed healthy (G4), whether the release was eligible then, why not, which exceptions it needed, and whether its target was taken out since (retired_failed: while it had failed). Order by deployed_at, deployment_ref.';
