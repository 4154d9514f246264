CREATE OR REPLACE FUNCTION ops.member_subject (
  name text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return (
    select m.subject from ops.role_members m
    where lower(m.subject) = lower(ops.trim_name(member_subject.name)) or lower(m.handle) = lower(ops.trim_name(member_subject.name))
    limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops"."member_subject"(text) IS 'The subject of the member with this subject or handle, blanks and case aside, active or not; null when there is none.';

REVOKE ALL ON FUNCTION "ops"."member_subject"(text) FROM PUBLIC;
