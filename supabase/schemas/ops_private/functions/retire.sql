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
begin
  -- One moment for all: later than each of their facts (ops_private.tg_stamp_retirement).
  update ops.releases m
  set retired = true, recorded_until = greatest(clock_timestamp(), (
    select max(i.recorded_until) + interval '1 microsecond' from unnest(retire.releases) as i
  ))
  where m.release_id in (select i.release_id from unnest(retire.releases) as i);
  insert into ops.retired_targets (project, environment, target, reason, releases)
  values (
    x.project, x.environment, x.target, x.reason, array(select i.release_id from unnest(retire.releases) as i)
  ) returning * into v_retired;
  return v_retired;
end
$function$;

COMMENT ON FUNCTION "ops_private"."retire"(ops.retired_targets, ops.releases[]) IS 'Records that a target is out for releases, whose locks are held.';

REVOKE ALL ON FUNCTION "ops_private"."retire"(ops.retired_targets, ops.releases[]) FROM PUBLIC;
