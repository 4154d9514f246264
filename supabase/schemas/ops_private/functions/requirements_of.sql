-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.requirements_of (
  release_id uuid,
  policy     ops_private.requirements_in_force[]
)
  RETURNS SETOF ops_private.requirements_in_force
  LANGUAGE plpgsql
  STABLE
  ROWS 10
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if policy is null then
    return query select n.* from ops_private.requirements_in_force n where n.release_id = requirements_of.release_id;
  else
    return query select n.* from unnest(policy) as n;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."requirements_of"(uuid, ops_private.requirements_in_force[]) IS 'The requirements by which a release is judged. policy: those to judge it by instead of those in force for it, of all its gates, to see what they would change; null for those in force. Every function with an argument policy means the same.';

REVOKE ALL ON FUNCTION "ops_private"."requirements_of"(uuid, ops_private.requirements_in_force[]) FROM PUBLIC;
