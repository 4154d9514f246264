-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissible_items (
  a ops_private.inbox_release
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r constant ops.releases := a.release;
begin
  if not ops_private.is_dismisser(r, a.person) then
    return;
  end if;
  return query
  select i.*
  from (
    select
      'contested' as kind, (c.report).contested_id as fact, (c.report).gate_id as gate_id,
      (c.report).created_at as since,
      (ops_private.find_contested(c, a.as_of)).detail as what
    from ops_private.standing_contested(r.release_id, a.as_of) as c
    where r.contested
    union all
    select
      'decision', (o.said).approval_id, o.gate_id, (o.said).recorded_at,
      format('objection by %s', (o.said).approver_id)
    from ops_private.standing_objections(r, a.as_of) as o
    union all
    select 'check', c.check_id, g.gate_id, gc.created_at, format('check %s failed', c.check_name)
    from unnest(a.gates) as g
    cross join lateral ops_private.counted_checks(r.release_id, g.gate_id, a.as_of, r.dismissed) as c
    join ops.gate_checks gc on gc.check_id = c.check_id
    where c.status = 'fail' and g.status = 'failed'
    union all
    select 'deployment', d.deployment_id, a.gates[4].gate_id, d.created_at,
      format('deployment %s to %s has not ended', d.deployment_ref, ops_private.place_of(d.environment, d.target))
    from ops.deployments d
    where d.release_id = r.release_id and d.status = 'in_progress'
      and d.created_at < a.as_of - ops_private.stalls_after()
  ) as s
  left join unnest(a.gates) as g on g.gate_id = s.gate_id
  cross join lateral ops_private.item_of(
    a, 'dismissible', 'release_manager', g, s.fact, s.what,
    format('dismiss it with a reason, if nobody else can lift it any more (ops-gates dismiss %s --reason …)', s.fact),
    s.since) as i
  where ops_private.may_dismiss(s.kind, s.fact, a);
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissible_items"(ops_private.inbox_release) IS 'The stops of a release that the person could dismiss as a release manager (ops.dismiss): nobody else can lift them.';

REVOKE ALL ON FUNCTION "ops_private"."dismissible_items"(ops_private.inbox_release) FROM PUBLIC;
