-- What waits for a person on one release: at its gates, beside them, their own objections, and what can be dismissed.

create function ops_private.gates_in_turn(release ops.releases, gates ops.release_gates[], as_of timestamptz)
returns ops.release_gates[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  g ops.release_gates;
  v_in_turn ops.release_gates[] := '{}'::ops.release_gates[];
  v_cleared boolean := true; -- all gates before it
begin
  foreach g in array gates loop
    continue when g.status in ('passed', 'bypassed');
    if g.status = 'failed' or v_cleared and g.gate_code < 'G4' or g.gate_code = 'G4' and g.status = 'in_progress' then
      v_in_turn := v_in_turn || g;
    elsif g.gate_code = 'G4' and (
      exists (select from ops.deployments d where d.release_id = release.release_id)
      or v_cleared and ops_private.is_eligible_at(release, release.environment_target, as_of)
    ) then
      v_in_turn := v_in_turn || g;
    end if;
    v_cleared := false;
  end loop;
  return v_in_turn;
end
$$;
comment on function ops_private.gates_in_turn(ops.releases, ops.release_gates[], timestamptz) is
  'The gates of a release whose turn it is, of those that are not cleared: a gate that failed, and one of which all gates before it are cleared. G4: also once something was deployed; before that only when the release may go where it is for. gates: as they are now, G1 first.';
revoke execute on function ops_private.gates_in_turn(ops.releases, ops.release_gates[], timestamptz) from public;

create function ops_private.missing_at(a ops_private.inbox_release, gate ops.release_gates) returns ops.gate_finding[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_findings ops.gate_finding[];
begin
  if not a.names_people then
    return gate.missing;
  end if;
  -- Who could still approve changes with memberships, and nothing is judged then.
  v_findings := ops_private.findings_on(
    gate, a.release, case when gate.gate_code = 'G4'
      then array(select t from ops_private.targets_at(a.release, null, a.as_of) as t) else '{}' end,
    '{}', a.as_of, in_full => false, untouched => false, contested => '{}');
  return array(
    select s.f from (select v_findings[p] as f, p from generate_subscripts(v_findings, 1) as p) as s
    where (s.f).kind is distinct from 'prior_gate' order by s.p
  );
end
$$;
comment on function ops_private.missing_at(ops_private.inbox_release, ops.release_gates) is
  'What is missing or failed at a gate now and can be mended at the gate itself: all blocking findings but prior gates and contested reports. As stored when the gate was judged; found anew where a policy names people.';
revoke execute on function ops_private.missing_at(ops_private.inbox_release, ops.release_gates) from public;

create function ops_private.kind_at_gate(
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
      when f.who = 'service_role' then 'missing'
      when signs then 'sign_off' end
    -- A release manager brings evidence with a sign-off alone.
    when f.kind = 'evidence' and role = 'release_manager' and not signs then null
    when f.state = 'failed' then 'failed'
    else 'missing'
  end;
end
$$;
comment on function ops_private.kind_at_gate(
  ops_private.inbox_release, ops.release_gates, text, ops.gate_finding, boolean
) is
  'Why a finding at a gate waits for the person in a role; null when they can do nothing about it. signs: whether their sign-off would count (ops_private.may_sign).';
revoke execute on function ops_private.kind_at_gate(
  ops_private.inbox_release, ops.release_gates, text, ops.gate_finding, boolean
) from public;

create function ops_private.gate_items(asked ops_private.inbox_release[], codes ops.ops_gate_code[])
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
        'sign off %s (ops-gates emit gate_signoff %s --gate %s --decision approved)', g.gate_code, g.release_id, g.gate_code)
        else ops_private.remedy_for(w.role, f.who, f.remedy) end, '; ' order by f.place) as remedy
    from unnest(w.findings) with ordinality as f (
      gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place)
    cross join lateral (
      select ops_private.kind_at_gate(a, g, w.role, w.findings[f.place], t.signs) as kind offset 0
    ) as k
    where k.kind is not null
  ) as i
  where i.kind is not null
    and (g.gate_code = any (codes) or g.gate_code = 'G1' and g.status = 'failed' and 'developer' = any (a.roles));
end
$$;
comment on function ops_private.gate_items(ops_private.inbox_release[], ops.ops_gate_code[]) is
  'What waits at the gates of releases whose turn it is: one item per gate and role, with all that the person can do; a sign-off brings its evidence along. codes: the gates that can need one of the roles.';
revoke execute on function ops_private.gate_items(ops_private.inbox_release[], ops.ops_gate_code[]) from public;

create function ops_private.items_beside_gates(a ops_private.inbox_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  r constant ops.releases := a.release;
  g4 constant ops.release_gates := a.gates[4];
begin
  if r.environment_target <> 'production' or r.status = 'promoted' then
    return;
  end if;
  return query
  select i.*
  from ops_private.production_findings(r, a.as_of) as f
  cross join lateral unnest(
    ops_private.roles_for(a.roles, a.person in (r.initiating_actor, r.created_by), f)) as w (role)
  join unnest(a.gates) as g on g.gate_id = f.gate_id
  cross join lateral ops_private.item_of(
    a, case f.state when 'failed' then 'failed' else 'missing' end::ops.ops_inbox_kind, w.role, g, null,
    format('%s (%s)', f.requirement, f.detail), ops_private.remedy_for(w.role, f.who, f.remedy), null) as i
  where f.kind <> 'contested_report' and (
    -- A failure in staging is shown with G4 while that is the furthest that the release has reached.
    f.gate_code = 'G4' and g4.status <> 'failed'
    or f.gate_code = 'G3' and ops_private.all_cleared(a.gates, 'G4'));
end
$$;
comment on function ops_private.items_beside_gates(ops_private.inbox_release) is
  'What waits beside the gates of a release for production: a failure in staging, and what policy asks of production once the gates are cleared.';
revoke execute on function ops_private.items_beside_gates(ops_private.inbox_release) from public;

create function ops_private.contested_items(a ops_private.inbox_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  c ops_private.contested;
  f ops.gate_finding;
  g ops.release_gates;
  v_author text;
begin
  for c in select s.* from ops_private.standing_contested((a.release).release_id, a.as_of) as s loop
    f := ops_private.find_contested(c, a.as_of);
    g := null;
    select e.* into g from unnest(a.gates) as e where e.gate_id = f.gate_id;
    v_author := case when (c.report).event_type = 'gate_signoff'
      then coalesce((ops_private.member_named((c.report).approver_id)).recorded_as, (c.report).approver_id) end;
    -- Nobody lifts the objection of somebody else.
    continue when v_author <> a.person;
    return query
    select i.*
    from unnest(ops_private.roles_for(
      a.roles, a.person in ((a.release).initiating_actor, (a.release).created_by), f)) as w (role)
    cross join lateral ops_private.item_of(
      a, 'contested_report', w.role, g, (c.report).contested_id, format('%s (%s)', f.requirement, f.detail),
      ops_private.remedy_for(w.role, f.who, f.remedy), (c.report).created_at) as i;
  end loop;
end
$$;
comment on function ops_private.contested_items(ops_private.inbox_release) is
  'The contested reports of a release that stand, for those who can end them. An objection is its author''s alone.';
revoke execute on function ops_private.contested_items(ops_private.inbox_release) from public;

create function ops_private.standing_objections(release ops.releases, as_of timestamptz)
returns table (gate_id uuid, exception_id uuid, said ops_private.standing_decision)
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select s.gate_id, s.exception_id, d
  from (
    select distinct a.gate_id, a.exception_id from ops.approvals a
    where a.release_id = release.release_id and a.decision <> 'approved'
  ) as s
  left join ops.exceptions x on x.exception_id = s.exception_id
  cross join lateral ops_private.standing_decisions(
    release.release_id, s.gate_id, standing_objections.as_of, s.exception_id) as d
  where d.decision <> 'approved'
    -- One that ended needs no decision any more.
    and (s.exception_id is null or standing_objections.as_of < least(x.expires_at, x.revoked_at));
end
$$;
comment on function ops_private.standing_objections(ops.releases, timestamptz) is
  'The rejections and requests for changes that stand: on a gate, on an exception that has not ended, or on the release as a whole (neither).';
revoke execute on function ops_private.standing_objections(ops.releases, timestamptz) from public;

create function ops_private.objection_items(a ops_private.inbox_release) returns setof ops.inbox_item
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
    format('resolve it with whoever works on the release, then decide again (ops-gates %s)', case
      when o.gate_id is not null then format('emit gate_signoff %s --gate %s --decision approved', g.release_id, g.gate_code)
      when o.exception_id is null then format('decide %s --decision approved', (a.release).release_id)
      else format('decide %s --decision approved --exception %s', (a.release).release_id, o.exception_id) end), (o.said).recorded_at) as i
  where ((o.said).approver_id <> a.person) is not true and (o.said).persona_role::text = any (a.roles);
end
$$;
comment on function ops_private.objection_items(ops_private.inbox_release) is
  'The person''s own objections to a release that stand: nobody else lifts them.';
revoke execute on function ops_private.objection_items(ops_private.inbox_release) from public;

create function ops_private.may_dismiss(kind text, fact uuid, a ops_private.inbox_release) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.contested_reports;
  d ops.approvals;
  gc ops.gate_checks;
begin
  -- As ops_private.dismissal_of, of facts that stand.
  case kind
    when 'contested' then
      select x.* into c from ops.contested_reports x where x.contested_id = fact;
      perform ops_private.dismissal_of_contested(c, a.person);
    when 'decision' then
      select x.* into d from ops.approvals x where x.approval_id = fact;
      perform ops_private.dismissal_of_decision(d, a.person);
    when 'check' then
      select x.* into gc from ops.gate_checks x where x.check_id = fact;
      perform ops_private.dismissal_of_check(gc, a.person);
    else
      perform ops_private.dismissal_of(fact, a.person, (a.release).release_id, a.as_of);
  end case;
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$$;
comment on function ops_private.may_dismiss(text, uuid, ops_private.inbox_release) is
  'Whether a release manager who may dismiss something of a release (ops_private.require_dismisser) could dismiss a fact that stands: as ops.dismiss decides it. kind: contested, decision, check or deployment.';
revoke execute on function ops_private.may_dismiss(text, uuid, ops_private.inbox_release) from public;

create function ops_private.is_dismisser(release ops.releases, person text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.require_dismisser(release, person);
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$$;
comment on function ops_private.is_dismisser(ops.releases, text) is
  'Whether a release manager may dismiss anything of a release: ops_private.require_dismisser raises nothing.';
revoke execute on function ops_private.is_dismisser(ops.releases, text) from public;

create function ops_private.maybe_dismissible(among uuid[], moment timestamptz) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select r.release_id from ops.releases r
    -- After judged_until the stored statuses say too little.
    cross join lateral (
      select case when r.judged_until <= moment then '{in_progress,failed}' else r.gate_statuses end as statuses
      offset 0
    ) as s
    where r.release_id = any (among) and (r.contested or r.status <> 'draft' and (
      -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
      (r.objected or r.excepted or s.statuses && '{in_progress,failed}') and exists (
        select from ops.approvals d
        where d.release_id = r.release_id and d.decision <> 'approved'
          and not ops_private.holds(d.approver_id, d.persona_role::text, r.project))
      or 'failed' = any (s.statuses) and exists (
        select from ops.gate_checks gc
        where gc.release_id = r.release_id and gc.status = 'fail' and case
          when not gc.trusted then true
          when gc.deployment_id is null then exists (
            select from ops.gate_checks p
            where p.release_id = gc.release_id and p.gate_id = gc.gate_id and p.part = gc.part and p.status = 'pass'
              and p.created_at > gc.created_at) and ops_private.is_reported_without(gc)
          -- There is another deployment to the same place that may be newer. One that took it back leaves it the
          -- newest.
          else exists (
            select from ops.deployments d
            join ops.deployments o on (o.release_id, o.environment, o.target) = (d.release_id, d.environment, d.target)
            where d.release_id = gc.release_id and d.deployment_id = gc.deployment_id
              and o.deployment_id <> d.deployment_id
              and (o.rollback_known and o.rollback_of = d.deployment_id) is not true
              and greatest(o.deployed_at, (
                select max(e.deployed_at) from ops.deployment_reports e
                where e.release_id = o.release_id and e.deployment_id = o.deployment_id)) >= least(d.deployed_at, (
                select min(e.deployed_at) from ops.deployment_reports e
                where e.release_id = d.release_id and e.deployment_id = d.deployment_id))) end)
      or exists (
        select from ops.deployments d
        where d.release_id = r.release_id and d.status = 'in_progress'
          and d.created_at < moment - ops_private.stalls_after()))));
end
$$;
comment on function ops_private.maybe_dismissible(uuid[], timestamptz) is
  'Those of some releases of which anybody could dismiss a stop, by a quick look: it may name too many, and never too few. moment: the present.';
revoke execute on function ops_private.maybe_dismissible(uuid[], timestamptz) from public;

create function ops_private.dismissible_items(a ops_private.inbox_release) returns setof ops.inbox_item
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
    format('dismiss it with a reason, if nobody else can lift it any more (ops-gates dismiss %s)', s.fact),
    s.since) as i
  where ops_private.may_dismiss(s.kind, s.fact, a);
end
$$;
comment on function ops_private.dismissible_items(ops_private.inbox_release) is
  'The stops of a release that the person could dismiss as a release manager (ops.dismiss): nobody else can lift them.';
revoke execute on function ops_private.dismissible_items(ops_private.inbox_release) from public;
