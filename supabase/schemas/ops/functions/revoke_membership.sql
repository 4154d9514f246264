-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.revoke_membership (
  subject text
)
  RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_role('service_role');
  update ops.role_members m set active = false where m.subject = revoke_membership.subject;
  if not found then
    raise exception using errcode = 'OPS06', message = 'no member has that subject',
      hint = 'list them with: select subject, role, handle from ops.role_members';
  end if;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."revoke_membership"(text) TO "service_role";

COMMENT ON FUNCTION "ops"."revoke_membership"(text) IS 'Revokes a membership. What the person recorded stays. Only service_role may call it. Raises OPS06 when there is no such member.';

REVOKE ALL ON FUNCTION "ops"."revoke_membership"(text) FROM PUBLIC;
