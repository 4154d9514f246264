-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.wanted_by (
  on_behalf_of text,
  reason       text,
  project      text DEFAULT NULL::text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not (ops_private.is_name(wanted_by.on_behalf_of) and ops_private.is_stated(wanted_by.reason)) then
    raise exception using errcode = '23514', constraint = 'somebody_says_why', schema = 'ops', table = 'memberships',
      message = 'on_behalf_of or reason is missing or not readable',
      hint = 'name the person who wants the change, and say why';
  elsif exists (
    select from ops.v_memberships s
    where s.role = 'release_manager' and (s.project is null or s.project = wanted_by.project)
  ) then
    return ops_private.resolve_person(wanted_by.on_behalf_of, project => wanted_by.project);
  elsif exists (select from ops.v_memberships s where s.role = 'release_manager') then
    return ops_private.resolve_person(wanted_by.on_behalf_of); -- a project without a manager of its own
  end if;
  return coalesce((ops_private.member_named(wanted_by.on_behalf_of)).recorded_as, wanted_by.on_behalf_of);
end
$function$;

COMMENT ON FUNCTION "ops_private"."wanted_by"(text, text, text) IS 'The name by which records know the person who wants a change of a membership: an active member, who is no pipeline, of the project if one is given (OPS06). While no release manager is active, any text is accepted. Raises 23514 unless a person and a reason are named.';

REVOKE ALL ON FUNCTION "ops_private"."wanted_by"(text, text, text) FROM PUBLIC;
