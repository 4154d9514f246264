-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.current_person()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_actor constant text := ops_private.current_actor();
  v_member ops.role_members;
begin
  select m.* into v_member from ops.role_members m where lower(m.subject) = lower(v_actor);
  if not v_member.active or v_member.role <> ops_private.caller_role() then
    raise exception using errcode = '42501', message = 'this membership was revoked, or has another role now',
      hint = 'sign in again to get a token with your present role';
  end if;
  return coalesce(v_member.subject, v_actor);
end
$function$;

COMMENT ON FUNCTION "ops_private"."current_person"() IS 'The subject of the caller; for a member, as it is spelled in the membership. Raises 42501 when the membership was revoked or has another role, even while the token is still valid.';

REVOKE ALL ON FUNCTION "ops_private"."current_person"() FROM PUBLIC;
