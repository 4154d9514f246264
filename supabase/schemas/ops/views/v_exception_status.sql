-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_exception_status" WITH (security_invoker=true) AS  SELECT x.exception_id,
    x.release_id,
    r.project,
    r.release_name,
    x.exception_type,
    x.impacted_gates,
    x.reason,
    x.approver_id,
    x.effective_from,
    x.expires_at,
    x.revoked_at,
    x.revoked_by,
    ops_private.exception_state(x.*, t.moment, t.active) AS state,
        CASE
            WHEN (x.revoked_at IS NULL) THEN GREATEST((x.expires_at - t.moment), '00:00:00'::interval)
            ELSE '00:00:00'::interval
        END AS time_left,
    x.post_review_status,
    x.reviewed_at,
    x.reviewed_by,
    (t.active AND a.approved) AS authorises,
    a.approvals,
    a.needed AS approvals_needed,
    a.objection,
    a.missing,
    ((x.post_review_status = 'pending'::ops.ops_review_status) AND (NOT t.active) AND (t.moment >= x.effective_from)) AS review_pending,
    x.alone
   FROM ((((ops.exceptions x
     LEFT JOIN ops.releases r ON ((x.release_id = r.release_id)))
     CROSS JOIN LATERAL ( SELECT clock_timestamp() AS moment) w)
     CROSS JOIN LATERAL ( SELECT w.moment,
            ops_private.is_active(x.*, w.moment) AS active) t)
     LEFT JOIN LATERAL ( SELECT max((d.said).approvals) AS approvals,
            max((d.said).needed) AS needed,
            max((d.said).objection) AS objection,
            max((d.said).missing) AS missing,
            bool_and((d.said).approved) AS approved
           FROM ( SELECT ops_private.exception_now(x.*) AS said) d) a ON (true));

GRANT SELECT ON TABLE "ops"."v_exception_status" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_exception_status" IS 'Per exception: whether it is active, upcoming, expired or revoked, how long it still lasts, and whether its review is due, or who reviewed it when. authorises: it has an effect now; objection, missing (own tokens, second factors and named people that policy asks for), and approvals below approvals_needed, say why an active one has none. alone: its approver did alone what otherwise takes two. A review is due after the exception ended.';
