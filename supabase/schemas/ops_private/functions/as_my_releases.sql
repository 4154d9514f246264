-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.as_my_releases (
  releases ops.releases[]
)
  RETURNS SETOF ops.my_release
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    r.release_id, r.project, r.release_name::text, r.environment_target, r.source_ref::text, r.initiating_actor,
    r.status, r.created_at, r.closed_at, r.close_reason, t.told, e.to_staging, e.to_production,
    case when k.beside then b.gate_code when r.closed_at is null then (t.first).gate_code end,
    case when k.beside then b.what when r.closed_at is null then (t.first).first_missing end,
    case when not k.beside and r.closed_at is null and (t.first).gate_code is not null
      then ops_private.waits_since(p.gates, (t.first).gate_code) end
  from unnest(releases) as r
  cross join lateral (select ops_private.present(r) as now offset 0) as n
  cross join lateral (
    select (r.judged_until <= n.now) is true as outdated, array(
      select g from ops.release_gates g where g.release_id = r.release_id order by g.gate_code) as gates
    offset 0
  ) as s
  cross join lateral (
    select case when s.outdated then ops_private.gates_at_present(r, s.gates) else s.gates end as gates offset 0
  ) as p
  cross join lateral (
    select
      jsonb_agg(jsonb_build_object('gate_code', g.gate_code, 'status', g.status,
        'since', coalesce(g.resolved_at, g.entered_at, g.created_at)) order by g.gate_code) as told,
      (array_agg(g order by g.gate_code) filter (where g.status not in ('passed', 'bypassed')))[1] as first
    from unnest(p.gates) as g
  ) as t
  cross join lateral (
    select s.outdated or r.excepted or r.asks_beyond or r.closed_at is not null as anew
  ) as q
  cross join lateral (
    select m.to_staging, m.to_production from ops_private.may_go(r, p.gates, n.now) as m where q.anew
    union all
    select r.cleared_for >= 'staging', r.cleared_for >= 'production' where not q.anew
  ) as e
  cross join lateral (
    -- The gates before it are cleared, and still it may not go there: then something beside the gates keeps it out.
    select r.closed_at is null and ((t.first).gate_code < 'G4') is not true and r.status <> 'promoted'
      and not (case r.environment_target
        when 'production' then e.to_production when 'staging' then e.to_staging else true end) as beside
  ) as k
  left join lateral (
    select f.gate_code, format('%s (%s)', f.requirement, f.detail) as what
    from ops_private.blockers_of(r, r.environment_target, n.now) as f where k.beside limit 1
  ) as b on true
  order by r.created_at desc, r.release_id desc;
end
$function$;

COMMENT ON FUNCTION "ops_private"."as_my_releases"(ops.releases[]) IS 'What a page says of some releases, the newest first. One is judged again only where time alone changed something.';

REVOKE ALL ON FUNCTION "ops_private"."as_my_releases"(ops.releases[]) FROM PUBLIC;
