-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retire (
  x        ops.retired_targets,
  releases ops.releases[]
)
  RETURNS ops.retired_targets
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_retired ops.retired_targets;
  -- One moment for all: later than each of their facts.
  v_moment constant timestamptz := greatest(clock_timestamp(), (
    select max(i.recorded_until) + interval '1 microsecond' from unnest(releases) as i
  ));
begin
  insert into ops.retired_targets (project, environment, target, reason)
  values (x.project, x.environment, x.target, x.reason) returning * into v_retired;
  update ops.releases m set retired = true, recorded_until = v_moment
  where m.release_id in (select i.release_id from unnest(retire.releases) as i);
  insert into ops.retired_releases (retirement_id, release_id, release_status_before)
  select v_retired.retirement_id, i.release_id, i.status from unnest(retire.releases) as i;
  perform ops_private.judge_now(i.release_id, 'G4') from unnest(retire.releases) as i;
  return v_retired;
end
$function$;

COMMENT ON FUNCTION "ops_private"."retire"(ops.retired_targets, ops.releases[]) IS 'Records that a target is out for releases, whose locks are held, from one moment on that is later than each of their facts, and judges them again.';

REVOKE ALL ON FUNCTION "ops_private"."retire"(ops.retired_targets, ops.releases[]) FROM PUBLIC;
