-- The commands that an inbox names can be typed as they stand: with all that they must have, and … for what the person
-- says.

create function ops_private.sign_off_command(
  release_id uuid, gate_code ops.ops_gate_code, missing ops.gate_finding[] default '{}'
) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return format(
    'ops-gates emit gate_signoff %s --gate %s --decision approved --rationale ''{"…": "…"}''%s', release_id, gate_code, (
      -- Of several types that will do, the first.
      select string_agg(format(' --evidence %s=…', split_part(f.subject, '|', 1)), '' order by f.subject)
      from unnest(missing) as f where f.kind = 'evidence'));
end
$$;
comment on function ops_private.sign_off_command(uuid, ops.ops_gate_code, ops.gate_finding[]) is
  'The command by which a person signs off a gate. missing: what the gate misses; the sign-off brings the evidence of it along.';
revoke execute on function ops_private.sign_off_command(uuid, ops.ops_gate_code, ops.gate_finding[]) from public;

create function ops_private.decide_command(release_id uuid, exception_id uuid) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return format('ops-gates decide %s --decision approved --reason …', release_id)
    || case when exception_id is not null then format(' --exception %s', exception_id) else '' end;
end
$$;
comment on function ops_private.decide_command(uuid, uuid) is
  'The command by which a person approves a release as a whole (exception_id null), or an exception for it.';
revoke execute on function ops_private.decide_command(uuid, uuid) from public;

create or replace function ops_private.kind_at_gate(
  a ops_private.inbox_release, gate ops.release_gates, role text, f ops.gate_finding, signs boolean
) returns ops.ops_inbox_kind
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when f.kind = 'approval' then case
      -- Only who objected can lift it: ops_private.objection_items has that.
      when gate.status <> 'pending' and exists (
        select from ops_private.standing_decisions(gate.release_id, gate.gate_id, a.as_of) as d
        where d.persona_role::text = f.subject and d.decision <> 'approved') then null
      -- Too few of the people named hold the role: no sign-off mends that, a grant does.
      when f.who = 'service_role' then 'missing'::ops.ops_inbox_kind
      when signs then 'sign_off' end
    -- A release manager brings evidence with a sign-off alone.
    when f.kind = 'evidence' and role = 'release_manager' and not signs then null
    when f.state = 'failed' then 'failed'
    else 'missing'
  end;
end
$$;

create or replace function ops_private.gate_items(asked ops_private.inbox_release[], codes ops.ops_gate_code[])
returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    i.kind, w.role, (a.release).project, (a.release).release_id, (a.release).release_name::text,
    (a.release).environment_target, g.gate_id, g.gate_code, null::uuid, i.what, i.remedy,
    ops_private.waits_since(a.gates, g.gate_code)
  from unnest(asked) as a
  cross join lateral unnest(ops_private.gates_in_turn(a.release, a.gates, a.as_of)) as g
  cross join lateral (select ops_private.missing_at(a, g) as missing offset 0) as m
  cross join lateral (
    select r.role, array_agg(s.f order by (s.f).state desc, s.p) as findings,
      bool_or((s.f).kind = 'approval' or (s.f).kind = 'evidence' and r.role = 'release_manager') as signs_or_not
    from (select m.missing[p] as f, p from generate_subscripts(m.missing, 1) as p) as s
    cross join lateral unnest(ops_private.roles_for(
      a.roles, a.person in ((a.release).initiating_actor, (a.release).created_by), s.f)) as r (role)
    group by r.role
  ) as w
  cross join lateral (
    select case when w.signs_or_not then ops_private.may_sign(a, g, w.role) end as signs offset 0
  ) as t
  cross join lateral (
    select
      case when bool_or(k.kind = 'failed') then 'failed' else min(k.kind) end as kind,
      string_agg(format('%s (%s)', f.requirement, f.detail), '; ' order by f.place) as what,
      string_agg(case k.kind when 'sign_off' then format(
        'sign off %s (%s)', g.gate_code, ops_private.sign_off_command(g.release_id, g.gate_code, w.findings))
        else ops_private.remedy_for(w.role, f.who, f.remedy) end, '; ' order by f.place) as remedy
    from unnest(w.findings) with ordinality as f (
      gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place)
    cross join lateral (
      select ops_private.kind_at_gate(a, g, w.role, w.findings[f.place], t.signs) as kind offset 0
    ) as k
    where k.kind is not null
  ) as i
  where i.kind is not null
    -- What was reported by hand waits for a developer at any gate.
    and (g.gate_code = any (codes) or g.status = 'failed' and 'developer' = any (a.roles));
end
$$;

create or replace function ops_private.objection_items(a ops_private.inbox_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select i.*
  from ops_private.standing_objections(a.release, a.as_of) as o
  left join unnest(a.gates) as g on g.gate_id = o.gate_id
  cross join lateral ops_private.item_of(
    a, 'objection', (o.said).persona_role::text, g, (o.said).approval_id,
    format('%s by %s', case (o.said).decision when 'rejected' then 'rejected' else 'changes requested' end,
      (o.said).approver_id),
    format('resolve it with whoever works on the release, then decide again (%s)', case
      when o.gate_id is not null then ops_private.sign_off_command(g.release_id, g.gate_code)
      else ops_private.decide_command((a.release).release_id, o.exception_id) end), (o.said).recorded_at) as i
  where ((o.said).approver_id <> a.person) is not true and (o.said).persona_role::text = any (a.roles);
end
$$;

create or replace function ops_private.dismissible_items(a ops_private.inbox_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
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
$$;

create or replace function ops_private.decision_items(b ops_private.inbox_scope, exceptions ops.exceptions[])
returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  x ops.exceptions;
  v_release ops.releases;
  a ops_private.inbox_release;
  v_said record;
  v_approvals text[];
begin
  a.person := b.person;
  a.as_of := b.moment;
  foreach x in array exceptions loop
    continue when least(x.expires_at, x.revoked_at) <= a.as_of;
    select r.* into v_release from ops.releases r where r.release_id = x.release_id;
    a.release := v_release;
    v_approvals := array(
      select x.unmet where x.approver_id = b.person
      union all
      select d.unmet from ops_private.standing_decisions(x.release_id, null, a.as_of, x.exception_id) as d
      where d.approver_id = b.person and d.decision = 'approved');
    select s.* into v_said from ops_private.exception_approvals(x, a.as_of) as s;
    continue when v_said.objection is not null or v_said.approved or v_release.closed_at is not null
      or array_position(v_approvals, null) is not null -- they approved it by an approval that lacks nothing
      or v_said.approvals >= v_said.needed and b.person <> all (v_said.people_left)
      or b.person = v_release.initiating_actor
      or v_release.dismissed and b.person = any (ops_private.dismissers(x.release_id, a.as_of));
    return next ops_private.item_of(
      a, 'exception_decision', 'release_manager', null, x.exception_id,
      format('%s of an exception: %s',
        coalesce(v_said.missing, format('%s of %s approvals', v_said.approvals, v_said.needed)), left(x.reason, 200)),
      format('approve the exception, or reject it (%s)', ops_private.decide_command(x.release_id, x.exception_id)),
      x.created_at);
  end loop;
end
$$;
