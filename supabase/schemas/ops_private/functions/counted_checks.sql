-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.counted_checks (
  release_id uuid,
  gate_id    uuid,
  as_of      timestamp with time zone,
  dismissed  boolean                  DEFAULT NULL::boolean
)
  RETURNS SETOF ops_private.latest_check
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_undone constant jsonb := (
    select jsonb_object_agg(u.deployment_id, u.undone_at) from (
      select r.deployment_id, min(r.observed_at) as undone_at from ops.deployment_reports r
      where r.release_id = counted_checks.release_id and r.status = 'rolled_back'
        and r.created_at <= counted_checks.as_of
      group by r.deployment_id
    ) as u
  );
begin
  -- Few releases were ever rolled back.
  if v_undone is null then
    return query
    select c.* from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed) as c;
    return;
  end if;
  return query
  select distinct on (c.deployment_id, c.check_name, c.trusted)
    c.deployment_id, c.check_name, c.trusted, c.status, c.check_id
  from (
    select l.*, 1 as place
    from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed) as l
    where l.status = 'fail' or (v_undone ? l.deployment_id::text) is not true
    union all
    select l.*, 2
    from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed,
      v_undone) as l
  ) as c
  order by c.deployment_id, c.check_name, c.trusted, c.status = 'fail' desc, c.place;
end
$function$;

COMMENT ON FUNCTION "ops_private"."counted_checks"(uuid, uuid, timestamp with time zone, boolean) IS 'The checks on a gate that verdicts count, at a moment: the latest ones (ops_private.latest_checks). Of a deployment that was rolled back, what is observed later is of another version: it lifts no failure from before, and counts only as a failure. So the latest observation until the rollback counts, and the latest of all if it failed.';

REVOKE ALL ON FUNCTION "ops_private"."counted_checks"(uuid, uuid, timestamp WITH time zone, boolean) FROM PUBLIC;
