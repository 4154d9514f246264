-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.revoke_membership (
  subject      text,
  on_behalf_of text DEFAULT NULL::text,
  reason       text DEFAULT NULL::text
)
  RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_wanted_by text;
begin
  perform ops_private.require_role('service_role');
  v_wanted_by := ops_private.wanted_by(revoke_membership.on_behalf_of, revoke_membership.reason);
  perform pg_advisory_xact_lock(hashtextextended('table ops.role_members', 0));
  if not exists (select from ops.role_members m where m.subject = revoke_membership.subject) then
    raise exception using errcode = 'OPS06', message = 'no member has that subject',
      hint = 'list them with: select subject, role, handle from ops.role_members';
  end if;
  update ops.role_members m
  set active = false, on_behalf_of = v_wanted_by, reason = revoke_membership.reason
  where m.subject = revoke_membership.subject and m.active;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."revoke_membership"(text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."revoke_membership"(text, text, text) IS 'Revokes a membership. What the person recorded stays. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role may call it. Raises OPS06 when there is no such member, or on_behalf_of is no active member; 23514 when nobody says why.';

REVOKE ALL ON FUNCTION "ops"."revoke_membership"(text, text, text) FROM PUBLIC;
