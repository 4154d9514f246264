-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.takes_away (
  needs        ops_private.requirements_in_force[],
  counted      integer[],
  counted_then integer[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from unnest(needs) with ordinality as n
    where counted_then[n.ordinality] < least(counted[n.ordinality], n.min_count)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."takes_away"(ops_private.requirements_in_force[], integer[], integer[]) IS 'Whether an approval that a requirement needs would not count any more. counted, counted_then: how many count for each, before and after.';

REVOKE ALL ON FUNCTION "ops_private"."takes_away"(ops_private.requirements_in_force[], integer[], integer[]) FROM PUBLIC;
