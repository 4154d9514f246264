-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_stops (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS TABLE (
    what      text,
    elsewhere boolean
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    format('%s by %s', case d.decision when 'rejected' then 'rejected' else 'changes requested' end, d.approver_id),
    d.decision = 'rejected'
  from (
    select g.gate_id from ops.release_gates g where g.release_id = release.release_id
    union all
    select null
  ) as s
  cross join lateral ops_private.standing_decisions(release.release_id, s.gate_id, standing_stops.as_of) as d
  where d.decision <> 'approved';
  return query
  select format('check %s failed', c.check_name), c.trusted
  from ops.release_gates g
  cross join lateral ops_private.latest_checks(g.release_id, g.gate_id, standing_stops.as_of) as c
  where g.release_id = release.release_id and c.status = 'fail';
  if release.contested then
    return query
    select format('a refused report says %s', (c.report).status), true
    from ops_private.standing_contested(release.release_id, standing_stops.as_of) as c;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_stops"(ops.releases, timestamp with time zone) IS 'What stops a release at a moment, in words: objections to its gates and to it as a whole, failed checks, and contested reports. elsewhere: it also counts for other releases of the same commit: a rejection, a failed check from a machine (on G4 of any deployment), or a contested report.';

REVOKE ALL ON FUNCTION "ops_private"."standing_stops"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
