-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_policy_changes" WITH (security_invoker=true) AS  SELECT c.change_id,
    c.project,
    c.gate_code,
    s.state,
    s.asked_by,
    c.reason,
    c.requirements,
    c.dropped,
    c.created_at,
    c.created_by,
    c.created_role,
    c.confirmed_at,
    c.confirmed_by,
    c.alone,
    COALESCE(c.confirmed_at,
        CASE
            WHEN (c.on_behalf_of IS NOT NULL) THEN c.created_at
            ELSE NULL::timestamp with time zone
        END) AS in_force_from,
        CASE s.state
            WHEN 'open'::ops.ops_policy_state THEN ops_private.lapses_at(c.*)
            ELSE NULL::timestamp with time zone
        END AS lapses_at,
    c.hash
   FROM (ops.policy_changes c
     CROSS JOIN LATERAL ( SELECT ops_private.policy_state(c.*) AS state,
            (COALESCE((c.on_behalf_of)::text, c.created_by) COLLATE "C") AS asked_by) s);

GRANT SELECT ON TABLE "ops"."v_policy_changes" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_policy_changes" IS 'Every change of policy: what was proposed or set, what became of it, who asked, who confirmed, when and why.';
