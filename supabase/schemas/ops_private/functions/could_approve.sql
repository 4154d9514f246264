-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.could_approve (
  approvers      text[],
  persona        text,
  project        text,
  except_subject text,
  as_of          timestamp with time zone
)
  RETURNS integer
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select count(*)
    from ops.members m
    where m.subject = any (approvers) and m.subject is distinct from except_subject and exists (
      select from ops.memberships s
      where s.member_id = m.member_id and s.role = persona and (s.project is null or s.project = could_approve.project)
        and s.granted and s.created_at <= as_of and not exists (
          select from ops.memberships later
          where later.member_id = s.member_id and later.role = s.role and later.project is not distinct from s.project
            and later.membership_id > s.membership_id and later.created_at <= as_of
        )
    )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."could_approve"(text[], text, text, text, timestamp with time zone) IS 'How many of the people named held a persona for a project at a moment, without one whose approval does not count. Only the remedy of a finding depends on it, never a verdict.';

REVOKE ALL ON FUNCTION "ops_private"."could_approve"(text[], text, text, text, timestamp WITH time zone) FROM PUBLIC;
