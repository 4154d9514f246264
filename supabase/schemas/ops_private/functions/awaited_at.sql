-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.awaited_at (
  gate ops.release_gates
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select distinct m.who from unnest(gate.missing) as m
    where m.who = any (enum_range(null::ops.ops_persona_role)::text[]) order by m.who);
end
$function$;

COMMENT ON FUNCTION "ops_private"."awaited_at"(ops.release_gates) IS 'The roles of people that can do something about what is missing at a gate, by the verdict that is stored.';

REVOKE ALL ON FUNCTION "ops_private"."awaited_at"(ops.release_gates) FROM PUBLIC;
