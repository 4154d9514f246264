-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.checks_in_time (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'check';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.status,
    v_entry.gate_code, v_entry.environment, v_entry.target, v_entry.source_system, v_entry.part, v_entry.check_name,
    v_entry.deployment_id in
    select
      c.created_at, c.check_id, c.observed_at, c.created_by, c.created_role, c.status::text, g.gate_code,
      d.environment, d.target::text, c.source_system, c.part::text, c.check_name::text, c.deployment_id
    from ops.gate_checks c
    join ops.release_gates g on g.gate_id = c.gate_id
    left join ops.deployments d on d.deployment_id = c.deployment_id
    where c.release_id = release.release_id and c.created_at < before
    order by c.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."checks_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest checks of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."checks_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
