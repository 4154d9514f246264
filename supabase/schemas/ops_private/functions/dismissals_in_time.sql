-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissals_in_time (
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
  v_entry.kind := 'dismissal';
  for v_entry.at, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.gate_code,
    v_entry.dismissed_kind, v_entry.dismissed_fact in
    select
      d.created_at, d.dismissal_id, d.created_by, d.created_role, d.reason::text, g.gate_code, d.kind,
      coalesce(d.contested_id, d.check_id, d.approval_id, d.deployment_id, d.exception_id)
    from ops.dismissals d
    left join ops.release_gates g on g.gate_id = d.gate_id
    where release.dismissed and d.release_id = release.release_id and d.created_at < before
    order by d.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissals_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest dismissals of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."dismissals_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
