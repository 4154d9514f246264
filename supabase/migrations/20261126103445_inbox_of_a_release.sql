-- What waits for a person on one release: at its gates, beside them, their own objections, and what can be dismissed.

create function ops_private.is_in_turn(a ops_private.asked_release, gate ops.release_gates) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if gate.status = 'failed' then
    return true;
  elsif gate.gate_code = 'G4' then
    return gate.status = 'in_progress' or exists (
      select from ops.deployments d where d.release_id = gate.release_id
    ) or ops_private.is_eligible_at(a.release, (a.release).environment_target, a.as_of)
      and ops_private.all_cleared(a.gates, 'G4');
  end if;
  return ops_private.all_cleared(a.gates, gate.gate_code);
end
$$;
comment on function ops_private.is_in_turn(ops_private.asked_release, ops.release_gates) is
  'Whether it is the turn of a gate that is not cleared: it failed, or all gates before it are cleared. G4: also once something was deployed; before that only when the release may go where it is for.';
revoke execute on function ops_private.is_in_turn(ops_private.asked_release, ops.release_gates) from public;

create function ops_private.gate_items(a ops_private.asked_release, codes ops.ops_gate_code[])
returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
declare
  g ops.release_gates;
  v_findings ops.gate_finding[];
begin
  foreach g in array a.gates loop
    continue when ops_private.is_cleared(g.status) or g.gate_code <> all (codes) and g.status <> 'failed'
      or not ops_private.is_in_turn(a, g);
    v_findings := array(
      select f from unnest((ops_private.judge(a.release, g.gate_code, a.as_of, to_gate => g.gate_code)).verdicts) as v
      cross join lateral unnest(v.findings) as f
      where (v.gate).gate_id = g.gate_id and f.enforcement = 'blocking' and f.state <> 'satisfied'
        and f.kind is distinct from 'prior_gate' and f.kind is distinct from 'contested_report'
    );
    return query
    select (ops_private.item_of(
      a, case when bool_or(k.kind = 'failed') then 'failed' else min(k.kind) end, k.role, g, null,
      string_agg(format('%s (%s)', k.requirement, k.detail), '; ' order by k.state desc, k.place),
      string_agg(case k.kind when 'sign_off' then format(
          'sign off %s (ops-gates emit gate_signoff %s --gate %s)', g.gate_code, g.release_id, g.gate_code)
        else k.remedy end, '; '
        order by k.state desc, k.place),
      ops_private.waits_since(a.gates, g.gate_code))).*
    from (
      select r.role, f.requirement, f.detail, ops_private.remedy_for(v_findings[f.place], r.role) as remedy, f.state,
        f.place, ops_private.kind_for(
        a, g, row(f.gate_id, f.gate_code, f.requirement, f.kind, f.subject, f.enforcement, f.state, f.detail, f.remedy,
          f.who)::ops.gate_finding, r.role) as kind
      from unnest(v_findings) with ordinality as f (
        gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place)
      cross join lateral unnest(ops_private.roles_for(a, v_findings[f.place])) as r (role)
    ) as k
    where k.kind is not null
    -- A sign-off brings its evidence along: they are one item.
    group by k.role;
  end loop;
end
$$;
comment on function ops_private.gate_items(ops_private.asked_release, ops.ops_gate_code[]) is
  'What waits at the gates of a release whose turn it is: one item per gate and role, with all that the person can do. codes: the gates that can need one of the roles.';
revoke execute on function ops_private.gate_items(ops_private.asked_release, ops.ops_gate_code[]) from public;

create function ops_private.items_beside_gates(a ops_private.asked_release) returns setof ops.inbox_item
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
  select (ops_private.item_of(
    a, case f.state when 'failed' then 'failed' else 'missing' end::ops.ops_inbox_kind, w.role, g, null,
    format('%s (%s)', f.requirement, f.detail), ops_private.remedy_for(f, w.role), null)).*
  from ops_private.production_findings(r, a.as_of) as f
  cross join lateral unnest(ops_private.roles_for(a, f)) as w (role)
  join unnest(a.gates) as g on g.gate_id = f.gate_id
  where f.kind <> 'contested_report' and (
    -- A failure in staging is shown with G4 while that is the furthest that the release has reached.
    f.gate_code = 'G4' and g4.status <> 'failed'
    or f.gate_code = 'G3' and ops_private.all_cleared(a.gates, 'G4'));
end
$$;
comment on function ops_private.items_beside_gates(ops_private.asked_release) is
  'What waits beside the gates of a release for production: a failure in staging, and what policy asks of production once the gates are cleared.';
revoke execute on function ops_private.items_beside_gates(ops_private.asked_release) from public;

create function ops_private.contested_items(a ops_private.asked_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  c ops_private.contested;
  f ops.gate_finding;
  g ops.release_gates;
  v_author text;
begin
  for c in select s.* from ops_private.standing_contested((a.release).release_id, a.as_of) as s loop
    f := ops_private.find_contested(c);
    g := null;
    select e.* into g from unnest(a.gates) as e where e.gate_id = f.gate_id;
    v_author := case when (c.report).event_type = 'gate_signoff'
      then coalesce(ops_private.member_subject((c.report).approver_id), (c.report).approver_id) end;
    -- Nobody lifts the objection of somebody else.
    continue when v_author <> a.person;
    return query
    select (ops_private.item_of(
      a, 'contested_report', w.role, g, (c.report).contested_id, format('%s (%s)', f.requirement, f.detail),
      ops_private.remedy_for(f, w.role), (c.report).created_at)).*
    from unnest(ops_private.roles_for(a, f)) as w (role);
  end loop;
end
$$;
comment on function ops_private.contested_items(ops_private.asked_release) is
  'The contested reports of a release that stand, for those who can end them. An objection is its author''s alone.';
revoke execute on function ops_private.contested_items(ops_private.asked_release) from public;

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

create function ops_private.objection_items(a ops_private.asked_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select (ops_private.item_of(
    a, 'objection', (o.said).persona_role::text, g, (o.said).approval_id,
    format('%s by %s', case (o.said).decision when 'rejected' then 'rejected' else 'changes requested' end,
      (o.said).approver_id),
    format('resolve it with whoever works on the release, then decide again (ops-gates %s)', case
      when o.gate_id is not null then format('emit gate_signoff %s --gate %s', g.release_id, g.gate_code)
      when o.exception_id is null then format('decide %s', (a.release).release_id)
      else format('decide %s --exception %s', (a.release).release_id, o.exception_id) end), (o.said).recorded_at)).*
  from ops_private.standing_objections(a.release, a.as_of) as o
  left join unnest(a.gates) as g on g.gate_id = o.gate_id
  where ((o.said).approver_id <> a.person) is not true and (o.said).persona_role::text = any (a.roles);
end
$$;
comment on function ops_private.objection_items(ops_private.asked_release) is
  'The person''s own objections to a release that stand: nobody else lifts them.';
revoke execute on function ops_private.objection_items(ops_private.asked_release) from public;

create function ops_private.may_dismiss(fact uuid, a ops_private.asked_release) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.require_dismisser(a.release, a.person);
  perform ops_private.dismissal_of(fact, a.person, (a.release).release_id, a.as_of);
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$$;
comment on function ops_private.may_dismiss(uuid, ops_private.asked_release) is
  'Whether the person could dismiss a fact of a release now: as ops.dismiss decides it.';
revoke execute on function ops_private.may_dismiss(uuid, ops_private.asked_release) from public;

create function ops_private.dismissible_items(a ops_private.asked_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  r constant ops.releases := a.release;
begin
  return query
  select (ops_private.item_of(
    a, 'dismissible', 'release_manager', g, s.fact, s.what,
    format('dismiss it with a reason, if nobody else can lift it any more (ops-gates dismiss %s)', s.fact),
    s.since)).*
  from (
    select (c.report).contested_id as fact, (c.report).gate_id as gate_id, (c.report).created_at as since,
      (ops_private.find_contested(c)).detail as what
    from ops_private.standing_contested(r.release_id, a.as_of) as c
    union all
    select (o.said).approval_id, o.gate_id, (o.said).recorded_at, format('objection by %s', (o.said).approver_id)
    from ops_private.standing_objections(r, a.as_of) as o
    union all
    select c.check_id, g.gate_id, gc.created_at, format('check %s failed', c.check_name)
    from unnest(a.gates) as g
    cross join lateral ops_private.counted_checks(r.release_id, g.gate_id, a.as_of, r.dismissed) as c
    join ops.gate_checks gc on gc.check_id = c.check_id
    where c.status = 'fail' and g.status = 'failed'
    union all
    select d.deployment_id, a.gates[4].gate_id, d.created_at,
      format('deployment %s to %s has not ended', d.deployment_ref, ops_private.place_of(d.environment, d.target))
    from ops.deployments d
    where d.release_id = r.release_id and d.status = 'in_progress'
      and d.created_at < a.as_of - ops_private.stalls_after()
  ) as s
  left join unnest(a.gates) as g on g.gate_id = s.gate_id
  where ops_private.may_dismiss(s.fact, a);
end
$$;
comment on function ops_private.dismissible_items(ops_private.asked_release) is
  'The stops of a release that the person could dismiss as a release manager (ops.dismiss): nobody else can lift them.';
revoke execute on function ops_private.dismissible_items(ops_private.asked_release) from public;
