-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_waiting" WITH (security_invoker=true) AS  SELECT r.project,
    r.release_id,
    r.release_name,
    r.environment_target,
    r.created_at AS opened_at,
    g.gate_id,
    w.gate_code,
    g.gate_name,
    w.status,
    s.since,
    COALESCE(w.who, ( SELECT COALESCE(array_agg(DISTINCT m.who ORDER BY m.who) FILTER (WHERE (m.who IS NOT NULL)), '{}'::text[]) AS "coalesce"
           FROM unnest(g.missing) m(gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who))) AS who,
        CASE
            WHEN (w.since IS NULL) THEN g.first_missing
            ELSE w.first_missing
        END AS first_missing,
    (ops_private.wall_clock() - s.since) AS age,
    ( SELECT COALESCE(array_agg(u.name ORDER BY u.name), '{}'::text[]) AS "coalesce"
           FROM (ops.deployments d
             CROSS JOIN LATERAL ( SELECT concat_ws(' '::text, d.environment, d.target, d.deployment_ref) AS name) u)
          WHERE ((w.gate_code = 'G4'::ops.ops_gate_code) AND (d.release_id = r.release_id) AND (d.status = 'in_progress'::ops.ops_deployment_status))) AS unended
   FROM ((((ops.releases r
     CROSS JOIN LATERAL ( SELECT (r.contested OR ((r.judged_until IS NOT NULL) AND (r.judged_until <= ops_private.wall_clock()))) AS anew) t)
     CROSS JOIN LATERAL ( SELECT c.gate_code,
            r.gate_statuses[c.place] AS status,
            NULL::timestamp with time zone AS since,
            NULL::text[] AS who,
            NULL::text AS first_missing
           FROM unnest(enum_range(NULL::ops.ops_gate_code)) WITH ORDINALITY c(gate_code, place)
          WHERE ((NOT t.anew) AND (r.gate_statuses[c.place] <> ALL (ARRAY['passed'::ops.ops_gate_status, 'bypassed'::ops.ops_gate_status])) AND ((r.gate_statuses[c.place] = 'failed'::ops.ops_gate_status) OR ((c.gate_code < 'G4'::ops.ops_gate_code) AND (r.gate_statuses[1:(c.place - 1)] <@ '{passed,bypassed}'::ops.ops_gate_status[])) OR ((c.gate_code = 'G4'::ops.ops_gate_code) AND ((r.gate_statuses[c.place] = 'in_progress'::ops.ops_gate_status) OR ((r.status <> 'draft'::ops.ops_release_status) AND (EXISTS ( SELECT
                   FROM ops.deployments d
                  WHERE (d.release_id = r.release_id)))) OR ((r.gate_statuses[1:3] <@ '{passed,bypassed}'::ops.ops_gate_status[]) AND
                CASE
                    WHEN (NOT (r.excepted OR r.asks_beyond)) THEN (r.cleared_for >= r.environment_target)
                    WHEN (r.environment_target = 'dev'::ops.ops_environment) THEN true
                    ELSE ((ops_private.first_blockers(r.release_id))[
                    CASE r.environment_target
                        WHEN 'staging'::ops.ops_environment THEN 1
                        ELSE 2
                    END] IS NULL)
                END)))))
        UNION ALL
         SELECT n.gate_code,
            n.status,
            n.since,
            n.who,
            n.first_missing
           FROM ops_private.waiting_now(r.release_id) n(gate_code, status, since, who, first_missing)
          WHERE t.anew) w)
     LEFT JOIN ops.release_gates g ON (((r.release_id = g.release_id) AND (w.gate_code = g.gate_code))))
     LEFT JOIN LATERAL ( SELECT COALESCE(w.since, ops_private.waits_since(array_agg(a.* ORDER BY a.gate_code), w.gate_code)) AS since
           FROM ops.release_gates a
          WHERE ((a.release_id = r.release_id) AND (w.since IS NULL))) s ON (true))
  WHERE ((r.closed_at IS NULL) AND ((NOT (r.gate_statuses <@ '{passed,bypassed}'::ops.ops_gate_status[])) OR t.anew));

GRANT SELECT ON TABLE "ops"."v_waiting" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_waiting" IS 'Per open release the gates that wait: those that failed, and those whose turn it is, since when, and for whom. The same gates as ops.inbox shows to service_role, of all releases. Order by opened_at, which since is never before; by since, all that waits is read.';
