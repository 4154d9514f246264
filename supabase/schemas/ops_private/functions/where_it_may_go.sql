-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.where_it_may_go (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_to_staging constant jsonb := coalesce((
    select jsonb_agg(to_jsonb(b)) from ops_private.blockers_of(release, 'staging', as_of) as b), '[]');
  v_to_production constant jsonb := coalesce((
    select jsonb_agg(to_jsonb(b)) from ops_private.blockers_of(release, 'production', as_of) as b), '[]');
begin
  return jsonb_build_object(
    'eligible_for_staging', v_to_staging = '[]', 'eligible_for_production', v_to_production = '[]',
    'blockers', jsonb_build_object('staging', v_to_staging, 'production', v_to_production),
    'advice', coalesce((
      select jsonb_agg(to_jsonb(a))
      from ops_private.advice_of(release, release.environment_target, where_it_may_go.as_of) as a), '[]'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."where_it_may_go"(ops.releases, timestamp with time zone) IS 'Where a release may go at a moment, what blocks it, and what is worth a look.';

REVOKE ALL ON FUNCTION "ops_private"."where_it_may_go"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
