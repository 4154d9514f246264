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
  select min(b.moment) into v_excepted.until
  from ops.exceptions x cross join unnest(array[x.effective_from, x.expires_at]) as b (moment)
  where x.release_id = release.release_id and b.moment > as_of and x.revoked_at is null;
  return v_excepted;
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge_without_exceptions"(ops.releases, timestamp with time zone) IS 'The verdicts on a release as if it had no exception, and the next moment at which an exception begins or ends.';

REVOKE ALL ON FUNCTION "ops_private"."judge_without_exceptions"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
