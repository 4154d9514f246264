-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.approvers_named (
  names   text[],
  project text
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_name text;
  v_subject text;
  v_subjects text[] := '{}'::text[];
begin
  if names is null then
    return null;
  elsif (array_ndims(names) = 1 and cardinality(names) <= 50) is not true then
    raise exception using errcode = 'OPS10', message = 'approvers is not a list of 1 to 50 members',
      hint = 'name each person once, by subject or handle, or leave approvers out';
  end if;
  foreach v_name in array names loop
    if ops_private.is_member_name(v_name) is not true then
      raise exception using errcode = 'OPS10', message = 'approvers holds what is no name of a member',
        hint = 'name each person by subject or handle: 1 to 255 printable ASCII characters without blanks';
    end if;
    v_subject := (ops_private.member_named(v_name)).recorded_as;
    if v_subject is null or not ops_private.holds(v_subject, null, approvers_named.project) then
      raise exception using errcode = 'OPS06', message = format('%s, named in approvers, is not an active person%s',
          v_name, case when approvers_named.project is not null then ' of the project' end),
        hint = 'register the person with ops.grant_membership, or name somebody else';
    elsif v_subject = any (v_subjects) then
      raise exception using errcode = 'OPS10', message = format('approvers names %s twice', v_subject),
        hint = 'name each person once, by subject or handle';
    end if;
    v_subjects := v_subjects || v_subject;
  end loop;
  return array(select s.subject from unnest(v_subjects) as s(subject) order by s.subject collate "C");
end
$function$;

COMMENT ON FUNCTION "ops_private"."approvers_named"(text[], text) IS 'The names by which records know the people named as approvers, in order. Null for null. Raises OPS06 for somebody who is not an active person (of the project, if one is given), OPS10 for a list that is not one of 1 to 50 names, or that names somebody twice.';

REVOKE ALL ON FUNCTION "ops_private"."approvers_named"(text[], text) FROM PUBLIC;
