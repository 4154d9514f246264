-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.facts_in_time (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select f.* from (
    select * from ops_private.opening_in_time(release, before)
    union all
    select * from ops_private.checks_in_time(release, before, most)
    union all
    select * from ops_private.decisions_in_time(release, before, most)
    union all
    select * from ops_private.evidence_in_time(release, before, most)
    union all
    select * from ops_private.exceptions_in_time(release, before, most)
    union all
    select * from ops_private.deployments_in_time(release, before, most)
    union all
    select * from ops_private.retirements_in_time(release, before, most)
    union all
    select * from ops_private.contested_in_time(release, before, most)
    union all
    select * from ops_private.dismissals_in_time(release, before, most)
    union all
    select * from ops_private.incidents_in_time(release, before, most)
    union all
    select * from ops_private.lapses_in_time(release, before, most)
  ) as f
  order by f.at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."facts_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest of all that happened to a release before a moment, whatever its kind. Together their moments are all at which ops.gate_status_at may change its answer: each fact that a verdict reads is among them, and each moment of ops_private.turning_points.';

REVOKE ALL ON FUNCTION "ops_private"."facts_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
