-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_stranger_to (
  release ops.releases,
  person  text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return release.initiating_actor <> person and not release.dismissed and not exists (
    select from ops.approvals a where a.release_id = release.release_id and a.approver_id = person);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_stranger_to"(ops.releases, text) IS 'Whether a person did not start a release, decided nothing on it, and dismissed nothing of it. Then nothing keeps their approval from counting but a policy that names others, and it takes no other away.';

REVOKE ALL ON FUNCTION "ops_private"."is_stranger_to"(ops.releases, text) FROM PUBLIC;
