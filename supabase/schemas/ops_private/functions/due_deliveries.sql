-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.due_deliveries (
  most integer
)
  RETURNS SETOF ops.notice_deliveries
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  with turns as materialized (
    select e.release_id, e.target_name, min(e.place) as place
    from ops.notice_deliveries e where e.ended_at is null and not e.yields
    group by e.release_id, e.target_name
  )
  select d.* from ops.notice_deliveries d
  left join turns as t on t.release_id = d.release_id and t.target_name = d.target_name
  where d.ended_at is null and d.due_at <= clock_timestamp()
    and (d.kind = 'ineligible_deployment' or t.place is null or d.place <= t.place)
  -- A target that hangs has many that are due, each for ten seconds: those of other targets go first.
  order by
    d.kind = 'ineligible_deployment' desc,
    (d.project, d.target_name::text) in (
      select f.project, f.target_name::text from ops.notice_deliveries f where f.ended_at is null and f.failures > 0),
    d.due_at, d.place
  limit most for update of d skip locked;
end
$function$;

COMMENT ON FUNCTION "ops_private"."due_deliveries"(integer) IS 'Locks and returns deliveries that are due and that nobody else holds: of a release and target the first that is open, and those after it once it yields. A deployment that was not eligible never waits behind others; targets of which a try failed come last.';

REVOKE ALL ON FUNCTION "ops_private"."due_deliveries"(integer) FROM PUBLIC;
