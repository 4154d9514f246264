-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.statuses_at_newest_fact (
  release ops.releases
)
  RETURNS ops.ops_gate_status[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.excepted and exists (
      select from ops_private.turning_points t
      where t.release_id = release.release_id and t.moment > release.recorded_until and t.moment <= clock_timestamp()
        and not t.lapses
    ) or release.lapses_at is not null and exists (
      select from ops_private.turning_points t
      where t.release_id = release.release_id and t.moment > release.recorded_until and t.moment <= clock_timestamp()
        and t.lapses
    ) then
    return (ops_private.judge(release, 'G1', release.recorded_until)).statuses;
  end if;
  -- Each fact is judged when it arrives, and nothing began or ended since.
  return release.gate_statuses;
end
$function$;

COMMENT ON FUNCTION "ops_private"."statuses_at_newest_fact"(ops.releases) IS 'The verdicts on the gates of a release at its newest fact, G1 first: those that are stored, unless something began or ended with time alone since.';

REVOKE ALL ON FUNCTION "ops_private"."statuses_at_newest_fact"(ops.releases) FROM PUBLIC;
