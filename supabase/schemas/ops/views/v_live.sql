-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_live" WITH (security_invoker=true) AS  SELECT own.project,
    d.environment,
    d.target,
    COALESCE(back.release_id,
        CASE
            WHEN (d.rollback_of IS NULL) THEN own.release_id
            ELSE NULL::uuid
        END) AS release_id,
    COALESCE((back_to.release_name)::text,
        CASE
            WHEN (d.rollback_of IS NULL) THEN (own.release_name)::text
            ELSE NULL::text
        END) AS release_name,
    d.source_ref,
    COALESCE(d.artifacts, back.artifacts) AS artifacts,
    d.deployment_id,
    d.deployment_ref,
    d.rollback_of,
    l.since,
    d.deployed_by,
        CASE
            WHEN ((d.g4_status = 'pending'::ops.ops_health) AND (back.status = 'succeeded'::ops.ops_deployment_status)) THEN back.g4_status
            ELSE d.g4_status
        END AS health,
    d.was_eligible,
    d.excepted_by,
        CASE
            WHEN own.retired THEN ops_private.retired_since(own.release_id, d.environment, (d.target)::text)
            ELSE NULL::timestamp with time zone
        END AS target_retired_at,
    ( SELECT jsonb_build_object('deployment_id', n.deployment_id, 'release_id', n.release_id, 'deployment_ref', n.deployment_ref, 'status', n.status, 'deployed_at', n.deployed_at) AS jsonb_build_object
           FROM ops.deployments n
          WHERE ((n.project = own.project) AND (n.environment = d.environment) AND ((n.target)::text = (d.target)::text) AND (NOT n.imported) AND (ROW(n.deployed_at, (n.deployment_ref)::text) > ROW(d.deployed_at, (d.deployment_ref)::text)))
          ORDER BY n.deployed_at DESC, n.deployment_ref DESC
         LIMIT 1) AS newer_deployment,
    ( SELECT jsonb_build_object('release_id', w.release_id, 'release_name', w.release_name, 'status', w.status, 'opened_at', w.created_at) AS jsonb_build_object
           FROM ops.releases w
          WHERE ((w.project = own.project) AND (w.closed_at IS NULL) AND (w.environment_target >= d.environment) AND (w.created_at >
                CASE
                    WHEN (back_to.created_at IS NOT NULL) THEN back_to.created_at
                    WHEN (d.rollback_of IS NULL) THEN own.created_at
                    ELSE '-infinity'::timestamp with time zone
                END) AND (NOT (EXISTS ( SELECT
                   FROM ops.deployments s
                  WHERE ((s.release_id = w.release_id) AND (s.environment = d.environment) AND ((s.target)::text = (d.target)::text) AND (s.rollback_of IS NULL) AND (s.status = 'succeeded'::ops.ops_deployment_status))))))
          ORDER BY w.created_at DESC, w.release_id DESC
         LIMIT 1) AS waiting_release
   FROM ((((ops_private.live_deployments() l(deployment_id, since, went_back_to)
     JOIN ops.deployments d ON ((l.deployment_id = d.deployment_id)))
     JOIN ops.releases own ON ((d.release_id = own.release_id)))
     LEFT JOIN ops.deployments back ON ((l.went_back_to = back.deployment_id)))
     LEFT JOIN ops.releases back_to ON ((back.release_id = back_to.release_id)));

GRANT SELECT ON TABLE "ops"."v_live" TO "audit_reader", "release_manager", "service_role", "sre";

COMMENT ON VIEW "ops"."v_live" IS 'What is live: per project, environment and target the newest deployment that succeeded and was not undone; after a rollback, what it went back to. Releases of the past are never live. A target that was taken out stays, with target_retired_at. Order by since.';
