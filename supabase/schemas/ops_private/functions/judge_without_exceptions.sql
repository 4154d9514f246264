-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judge_without_exceptions (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS ops_private.excepted_gates
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases := release;
  v_excepted ops_private.excepted_gates;
begin
  v_release.excepted := false;
  select
    array_agg((v.gate).status order by v.ordinality), array_agg((v.gate).first_missing order by v.ordinality)
  into v_excepted.statuses, v_excepted.missing
  from unnest((ops_private.judge(v_release, 'G1', as_of)).verdicts) with ordinality as v;
  return v_excepted;
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge_without_exceptions"(ops.releases, timestamp with time zone) IS 'The verdicts on a release as if it had no exception.';

REVOKE ALL ON FUNCTION "ops_private"."judge_without_exceptions"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
