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
    and ops_private.alone_since(person, is_alone.project) + ops_private.alone_after() <= clock_timestamp();
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_alone"(text, text) IS 'Whether the caller is this person, by their own token, and the only release manager of a project, and nobody else was one in the last 24 hours. A membership of every project counts. What was done so is marked (exceptions.alone, dismissals.alone), so that later memberships change nothing about it.';

REVOKE ALL ON FUNCTION "ops_private"."is_alone"(text, text) FROM PUBLIC;
