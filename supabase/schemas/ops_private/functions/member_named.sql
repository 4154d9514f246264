-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.member_named (
  name text
)
  RETURNS ops.members
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_name constant text := case when octet_length(member_named.name) <= 8192
    then lower(ops_private.trim_name(member_named.name) collate "C") end;
begin
  -- No two members share a name (ops_private.refuse_taken), so at most one has it.
  return (
    select m from ops.members m
    where lower(m.subject collate "C") = v_name or lower(m.recorded_as collate "C") = v_name
      or lower(m.handle collate "C") = v_name or m.member_id = (
        select o.member_id from ops.replaced_subjects o where lower(o.old_subject collate "C") = v_name
      ) or m.member_id = (
        select s.member_id from ops.memberships s where lower(s.handle collate "C") = v_name limit 1
      ) limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."member_named"(text) IS 'The member who has this name, active or not: their subject, one that was replaced, the name by which records know them (recorded_as), or a handle that they have or had. It says who is meant, and not who calls: a replaced subject gives nothing. Case and blanks at the ends are ignored. Null when there is no such member, and for more than 8192 bytes.';

REVOKE ALL ON FUNCTION "ops_private"."member_named"(text) FROM PUBLIC;
