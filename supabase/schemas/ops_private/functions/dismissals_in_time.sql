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
begin
  return query
  select
    d.created_at, 'dismissal'::ops.ops_timeline_kind, g.gate_code, d.kind::text, null::text, null::text,
    d.created_by, d.created_role, d.reason::text, null::ops.ops_environment, null::text, null::timestamptz,
    d.dismissal_id, coalesce(d.contested_id, d.check_id, d.approval_id, d.deployment_id, d.exception_id)
  from ops.dismissals d
  left join ops.release_gates g on g.gate_id = d.gate_id
  where release.dismissed and d.release_id = release.release_id and d.created_at < before
  order by d.created_at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissals_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest dismissals of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."dismissals_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
