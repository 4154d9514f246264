-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_for (
  a ops_private.asked_release,
  f ops.gate_finding
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_own constant boolean := a.person is null or a.person in ((a.release).initiating_actor, (a.release).created_by);
begin
  return array(
    select r.role from unnest(a.roles) as r (role)
    where r.role = f.who and (r.role <> 'developer' or v_own)
      -- Who started the release repairs what fails its build.
      or r.role = 'developer' and a.person is not null and v_own and f.gate_code = 'G1' and f.state = 'failed'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_for"(ops_private.asked_release, ops.gate_finding) IS 'Those of the person''s roles for which a finding waits: the one that it names. A developer sees what is about their own releases, and what failed their builds.';

REVOKE ALL ON FUNCTION "ops_private"."roles_for"(ops_private.asked_release, ops.gate_finding) FROM PUBLIC;
