-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.waits_for_role (
  a    ops_private.asked_release,
  f    ops.gate_finding,
  role text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if role <> 'developer' then
    return coalesce(role = f.who, false);
  end if;
  -- Who started the release repairs what fails its build.
  return (a.person is null and f.who = 'developer'
    or a.person in ((a.release).initiating_actor, (a.release).created_by)
    and (f.who = 'developer' or f.gate_code = 'G1' and f.state = 'failed')) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."waits_for_role"(ops_private.asked_release, ops.gate_finding, text) IS 'Whether a finding waits for the person in a role: the one that it names. A developer sees what is about their own releases, and what failed their builds.';

REVOKE ALL ON FUNCTION "ops_private"."waits_for_role"(ops_private.asked_release, ops.gate_finding, text) FROM PUBLIC;
