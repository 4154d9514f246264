-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.managed_throughout (
  person  text,
  project text,
  since   timestamp with time zone,
  until   timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.members m join ops.memberships s on s.member_id = m.member_id
    where m.recorded_as = person and s.role = 'release_manager'
      and (s.project is null or s.project = managed_throughout.project) and s.granted and s.created_at <= since
      and not exists (
        select from ops.memberships later
        where later.member_id = s.member_id and later.role = s.role and later.project is not distinct from s.project
          and later.membership_id > s.membership_id and not later.granted and later.created_at <= until
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."managed_throughout"(text, text, timestamp with time zone, timestamp with time zone) IS 'Whether somebody, by the name under which records know them, was a release manager for a project (null: for every project) from one moment to another without a break.';

REVOKE ALL ON FUNCTION "ops_private"."managed_throughout"(text, text, timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;
