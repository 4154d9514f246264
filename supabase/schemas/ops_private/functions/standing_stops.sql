-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_stops (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS TABLE (
    what      text,
    elsewhere boolean,
    who       text
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_not_followed uuid[] := '{}'::uuid[];
begin
  return query
  select
    format('%s by %s', case d.decision when 'rejected' then 'rejected' else 'changes requested' end, d.approver_id),
    d.decision = 'rejected', d.persona_role::text
  from (
    select g.gate_id from ops.release_gates g where g.release_id = release.release_id
    union all
    select null
  ) as s
  cross join lateral ops_private.standing_decisions(release.release_id, s.gate_id, standing_stops.as_of) as d
  where d.decision <> 'approved';
  if exists (
    select from ops.gate_checks gc
    where gc.release_id = release.release_id and gc.deployment_id is not null and gc.status = 'fail'
  ) then
    v_not_followed := ops_private.not_followed(release, standing_stops.as_of);
  end if;
  return query
  select format('check %s failed', c.check_name), c.trusted, ops_private.gate_owner(g.gate_code)
  from ops.release_gates g
  cross join lateral ops_private.counted_checks(g.release_id, g.gate_id, standing_stops.as_of) as c
  where g.release_id = release.release_id and c.status = 'fail'
    and (c.deployment_id is null or c.deployment_id = any (v_not_followed));
  if release.contested then
    return query
    select
      format('a refused report says %s', (c.report).status), true,
      (ops_private.find_contested(c, standing_stops.as_of)).who
    from ops_private.standing_contested(release.release_id, standing_stops.as_of) as c;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_stops"(ops.releases, timestamp with time zone) IS 'What stops a release at a moment, in words: objections to its gates and to it as a whole, failed checks, and contested reports. elsewhere: it also counts for other releases of the same commit: a rejection, a failed check from a machine, or a contested report. who: the role that can end it. A failed check of a deployment stands until a newer deployment to its target passes, or the target is taken out.';

REVOKE ALL ON FUNCTION "ops_private"."standing_stops"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
