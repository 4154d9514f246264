-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.lapses_in_time (
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
  v_entry.kind := 'lapsed';
  for v_entry.at, v_entry.fact, v_entry.gate_code, v_entry.requirement_kind in
    select t.moment, t.fact, t.gate_code, t.kind
    from ops_private.turning_points as t
    where release.lapses_at is not null and t.lapses and t.release_id = release.release_id and t.moment < before
    group by t.moment, t.gate_code, t.kind, t.fact
    order by t.moment desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."lapses_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest approvals and artifacts of a release whose time, which the policy limits, ran out before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."lapses_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
