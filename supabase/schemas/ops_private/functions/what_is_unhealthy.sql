-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.what_is_unhealthy (
  d   ops_private.deployed,
  own ops.ops_health
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when own = 'failed' then 'health is failed'
    when not d.is_own_commit then 'another commit was deployed, or an older deployment was rolled back'
    when d.undone_at is not null then 'it was rolled back'
    when d.ended is null then 'it was not reported succeeded yet'
    else 'health is not confirmed'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."what_is_unhealthy"(ops_private.deployed, ops.ops_health) IS 'Why a deployment is not healthy, in words. own: what its reports and checks say.';

REVOKE ALL ON FUNCTION "ops_private"."what_is_unhealthy"(ops_private.deployed, ops.ops_health) FROM PUBLIC;
