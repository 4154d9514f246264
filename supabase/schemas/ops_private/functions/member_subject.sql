-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.member_subject (
  name text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_name constant text := case when octet_length(member_subject.name) <= 8192
    then lower(ops_private.trim_name(member_subject.name)) end;
begin
  return (
    select m.recorded_as from ops.members m
    where lower(m.subject) = v_name or lower(m.recorded_as) = v_name or lower(m.handle) = v_name limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."member_subject"(text) IS 'By which name records know the member with this subject or handle, active or not; that name itself is one too. Case and blanks at the ends are ignored. Null when there is no such member, and for more than 8192 bytes.';

REVOKE ALL ON FUNCTION "ops_private"."member_subject"(text) FROM PUBLIC;
