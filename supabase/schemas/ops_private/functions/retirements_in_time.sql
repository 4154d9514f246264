-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retirements_in_time (
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
  v_entry.kind := 'target_retired';
  v_entry.gate_code := 'G4';
  for v_entry.at, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.environment,
    v_entry.target in
    select
      r.created_at, t.retirement_id, r.created_by, r.created_role, t.reason::text, t.environment, t.target::text
    from ops.retired_releases r
    join ops.retired_targets t on t.retirement_id = r.retirement_id
    where release.retired and r.release_id = release.release_id and r.created_at < before
    order by r.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."retirements_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest targets that were taken out for a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."retirements_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
