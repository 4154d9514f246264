-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.warnings_after (
  revoked jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_projects text[] := array(select distinct r.value ->> 'project' from jsonb_array_elements(revoked) as r);
begin
  if array_position(v_projects, null) is not null then
    v_projects := array(select p from ops_private.warned_projects() as p);
  end if;
  return (
    -- Of what is in force alone: a revocation waits for nobody's proposals.
    select coalesce(jsonb_agg(to_jsonb(w)), '[]')
    from ops_private.warnings_in_force(v_projects) as w
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."warnings_after"(jsonb) IS 'What the active members of the projects of ended memberships, each {role, project}, cannot satisfy of policy; of all projects, when one of these was for every project.';

REVOKE ALL ON FUNCTION "ops_private"."warnings_after"(jsonb) FROM PUBLIC;
