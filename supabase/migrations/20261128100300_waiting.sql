-- Which gates wait, since when, and for whom.

create type ops_private.waiting_gate as (
  gate_code ops.ops_gate_code,
  status ops.ops_gate_status,
  since timestamptz,
  who text[],
  first_missing text
);
comment on type ops_private.waiting_gate is
  'A gate of an open release whose turn it is (ops_private.gates_in_turn): since when it waits, and the roles that can do something about what is missing.';

create function ops_private.waiting_now(release_id uuid) returns setof ops_private.waiting_gate
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the reader may not call the rule
rows 2
as $$
declare
  v_release ops.releases;
  v_gates ops.release_gates[];
  v_now timestamptz;
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  v_release := ops_private.release_named(waiting_now.release_id);
  v_now := ops_private.present(v_release);
  v_gates := ops_private.gates_at_present(v_release, ops_private.stored_gates(waiting_now.release_id));
  return query
  select
    g.gate_code, g.status, ops_private.waits_since(v_gates, g.gate_code), array(
      select distinct f.who from unnest(v.findings) as f
      where f.state <> 'satisfied' and f.enforcement = 'blocking' and f.kind is distinct from 'prior_gate'
        and f.who is not null
      order by f.who), g.first_missing
  from unnest(ops_private.gates_in_turn(v_release, v_gates, v_now)) as g
  join unnest((ops_private.judge(v_release, 'G1', v_now)).verdicts) as v on (v.gate).gate_id = g.gate_id
  where v_release.closed_at is null;
end
$$;
comment on function ops_private.waiting_now(uuid) is
  'The gates of a release that wait now, by the facts and the active exceptions. For the view of what waits, of releases of which the stored verdicts say too little. Raises 42501 when the caller may not read gates.';

-- A view runs with the rights of its reader. This one reads nothing but its arguments.
grant execute on function ops_private.waits_since(ops.release_gates[], ops.ops_gate_code) to public;

create view ops.v_waiting
with (security_invoker = true) as
select
  r.project,
  r.release_id,
  r.release_name,
  r.environment_target,
  r.created_at as opened_at,
  g.gate_id,
  w.gate_code,
  g.gate_name,
  w.status,
  s.since,
  coalesce(w.who, (
    select coalesce(array_agg(distinct m.who order by m.who) filter (where m.who is not null), '{}')
    from unnest(g.missing) as m
  )) as who,
  case when w.since is null then g.first_missing else w.first_missing end as first_missing,
  ops_private.wall_clock() - s.since as age,
  (
    select coalesce(array_agg(u.name order by u.name), '{}')
    from ops.deployments as d
    cross join lateral (select concat_ws(' ', d.environment, d.target, d.deployment_ref) as name) as u
    where w.gate_code = 'G4' and d.release_id = r.release_id and d.status = 'in_progress'
  ) as unended
from ops.releases as r
cross join lateral (
  -- An open release is judged again where time alone may have changed something, and where a refused report stands.
  -- Otherwise the stored verdicts are the answer, and which gates wait follows from the release alone.
  -- Most releases have no such moment, and the clock is not asked for them.
  select r.contested or (r.judged_until is not null and r.judged_until <= ops_private.wall_clock()) as anew
) as t
cross join lateral (
  select
    c.gate_code,
    r.gate_statuses[c.place] as status,
    null::timestamptz as since,
    null::text[] as who,
    null as first_missing
  from unnest(enum_range(null::ops.ops_gate_code)) with ordinality as c (gate_code, place)
  where not t.anew and r.gate_statuses[c.place] not in ('passed', 'bypassed') and (
    r.gate_statuses[c.place] = 'failed'
    or c.gate_code < 'G4' and r.gate_statuses[1:c.place - 1] <@ '{passed,bypassed}'
    or c.gate_code = 'G4' and (
      r.gate_statuses[c.place] = 'in_progress'
      or r.status <> 'draft' and exists (
        select from ops.deployments as d
        where d.release_id = r.release_id
      )
      or r.gate_statuses[1:3] <@ '{passed,bypassed}' and case
        when not (r.excepted or r.asks_beyond) then r.cleared_for >= r.environment_target
        when r.environment_target = 'dev' then true
        else (ops_private.first_blockers(r.release_id))[
          case r.environment_target when 'staging' then 1 else 2 end] is null
      end
    )
  )
  union all
  select
    n.gate_code,
    n.status,
    n.since,
    n.who,
    n.first_missing
  from ops_private.waiting_now(r.release_id) as n
  where t.anew
) as w
left join ops.release_gates as g on r.release_id = g.release_id and w.gate_code = g.gate_code
-- An aggregate, so that it is worked out once, and not at all for who asks for other columns.
left join lateral (
  select coalesce(w.since, ops_private.waits_since(array_agg(a order by a.gate_code), w.gate_code)) as since
  from ops.release_gates as a
  where a.release_id = r.release_id and w.since is null
) as s on true
-- A release whose gates all passed waits for nothing. That is known before anything is looked up.
where r.closed_at is null and (not r.gate_statuses <@ '{passed,bypassed}' or t.anew);

comment on view ops.v_waiting is
  'Per open release the gates that wait: those that failed, and those whose turn it is, since when, and for whom. The same gates as ops.inbox shows to service_role, of all releases. Order by opened_at, which since is never before; by since, all that waits is read.';
comment on column ops.v_waiting.project is 'The project.';
comment on column ops.v_waiting.release_id is 'The release.';
comment on column ops.v_waiting.release_name is 'Its name.';
comment on column ops.v_waiting.environment_target is 'The environment that it is for.';
comment on column ops.v_waiting.opened_at is 'When it was opened.';
comment on column ops.v_waiting.gate_id is 'The gate.';
comment on column ops.v_waiting.gate_code is 'Its code.';
comment on column ops.v_waiting.gate_name is 'Its name.';
comment on column ops.v_waiting.status is 'The verdict on it now: pending, in_progress or failed.';
comment on column ops.v_waiting.since is
  'Since when it waits: since it failed; G4 since it has facts of the newest deployment; otherwise since the gates before it got their verdict.';
comment on column ops.v_waiting.who is
  'The roles that can do something about what is missing at the gate. Empty when nothing at the gate itself is.';
comment on column ops.v_waiting.first_missing is 'The first thing that is missing, in words.';
comment on column ops.v_waiting.age is 'How long it has waited.';
comment on column ops.v_waiting.unended is
  'On G4: the deployments of the release of which nobody reported the end, each as environment, target and reference.';

grant select on ops.v_waiting to service_role, release_manager, audit_reader;
