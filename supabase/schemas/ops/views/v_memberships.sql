-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_memberships" WITH (security_invoker=true) AS  SELECT m.member_id,
    m.subject,
    m.recorded_as,
    m.handle,
    m.kind,
    s.role,
    s.project,
    s.membership_id,
    s.created_at AS since,
    s.on_behalf_of,
    s.reason
   FROM (ops.members m
     JOIN ops.memberships s ON ((m.member_id = s.member_id)))
  WHERE (m.active AND s.granted AND (NOT (EXISTS ( SELECT
           FROM ops.memberships later
          WHERE ((later.member_id = s.member_id) AND (later.role = s.role) AND (later.membership_id > s.membership_id) AND (COALESCE(later.project, ''::text) = COALESCE(s.project, ''::text)))))));

GRANT SELECT ON TABLE "ops"."v_memberships" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_memberships" IS 'The memberships that stand now: who may do what where. The only place of this rule.';
