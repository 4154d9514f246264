-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.held_at (
  subject text,
  role    text,
  project text,
  as_of   timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.members m
    join ops.memberships s on s.member_id = m.member_id
    where lower(m.recorded_as collate "C") = lower(held_at.subject collate "C") and s.role = held_at.role
      and (s.project is null or held_at.project is null or s.project = held_at.project)
      and s.granted and s.created_at <= as_of and not exists (
        select from ops.memberships later
        where later.member_id = s.member_id and later.role = s.role and later.project is not distinct from s.project
          and later.membership_id > s.membership_id and later.created_at <= as_of
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."held_at"(text, text, text, timestamp with time zone) IS 'Whether a member, by the name under which records know them, held a role for a project (any when it is null) at a moment. Only the remedy of a finding and who can mend it depend on it, never a verdict.';

REVOKE ALL ON FUNCTION "ops_private"."held_at"(text, text, text, timestamp WITH time zone) FROM PUBLIC;
