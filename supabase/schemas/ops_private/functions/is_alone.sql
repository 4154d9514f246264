-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_alone (
  person  text,
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (ops_private.caller_assurance(clock_timestamp())).own_token
    and ops_private.current_actor() = person
    and ops_private.holds(person, 'release_manager', is_alone.project)
    and not exists (
      select from ops.v_memberships s
      where s.role = 'release_manager' and (s.project is null or s.project = is_alone.project)
        and s.recorded_as <> person
    ) and not exists (
      select from ops.memberships e
      join ops.members m on m.member_id = e.member_id
      where e.role = 'release_manager' and (e.project is null or e.project = is_alone.project) and not e.granted
        and e.created_at > clock_timestamp() - ops_private.alone_after() and m.recorded_as <> person
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_alone"(text, text) IS 'Whether the caller is this person, by their own token, and the only release manager of a project, and nobody else was one in the last 24 hours. A membership of every project counts. What was done so is marked (exceptions.alone, dismissals.alone), so that later memberships change nothing about it.';

REVOKE ALL ON FUNCTION "ops_private"."is_alone"(text, text) FROM PUBLIC;
