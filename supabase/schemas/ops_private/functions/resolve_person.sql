-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.resolve_person (
  name    text,
  persona text DEFAULT NULL::text,
  project text DEFAULT NULL::text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := ops_private.caller_role();
  v_subject constant text := coalesce(
    (ops_private.member_named(resolve_person.name)).recorded_as, ops_private.trim_name(resolve_person.name));
begin
  if ops_private.is_person_role(v_role) then
    if v_subject is distinct from ops_private.current_person() then
      raise exception using errcode = '42501', message = format('a %s may only act as themselves', v_role),
        hint = 'name yourself, or ask the other person to do it';
    elsif persona <> v_role then
      raise exception using errcode = '42501', message = format('who acts as %s may not decide as %s', v_role, persona),
        hint = ops_private.hint_to_act_as(array[persona], format('leave it to a %s', persona));
    end if;
    return v_subject;
  end if;
  if not ops_private.holds(v_subject, persona, resolve_person.project) then
    raise exception using errcode = 'OPS06',
      message = format('the person named is not an active member%s%s', coalesce(' with role ' || persona, ''),
        case when resolve_person.project is not null then ' of the project' end),
      hint = 'register the person with ops.grant_membership, then name their subject or handle';
  end if;
  return v_subject;
end
$function$;

COMMENT ON FUNCTION "ops_private"."resolve_person"(text, text, text) IS 'The name by which records know the person whom the caller names as initiator or approver. People may only name themselves (42501). A machine must name a person with a membership that stands, in this persona when one is given, for this project when one is given (OPS06).';

REVOKE ALL ON FUNCTION "ops_private"."resolve_person"(text, text, text) FROM PUBLIC;
