-- What waits for the caller, over all releases of their projects.

create function ops_private.at_present(asked ops_private.inbox_release) returns ops_private.inbox_release
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  asked.as_of := ops_private.present(asked.release);
  asked.gates := ops_private.gates_at_present(asked.release, asked.gates);
  return asked;
end
$$;
comment on function ops_private.at_present(ops_private.inbox_release) is
  'A release that is asked about, with its gates as they are now. They are given as they are stored.';
revoke execute on function ops_private.at_present(ops_private.inbox_release) from public;

create function ops_private.items_beside(a ops_private.inbox_release) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
begin
  if (a.release).contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if a.objected then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if a.dismissible then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if a.beside then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$$;
comment on function ops_private.items_beside(ops_private.inbox_release) is
  'What waits for the person on one release beside what waits at its gates.';
revoke execute on function ops_private.items_beside(ops_private.inbox_release) from public;

create function ops_private.review_items(b ops_private.inbox_scope, exceptions ops.exceptions[])
returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    'exception_review'::ops.ops_inbox_kind, 'release_manager', r.project, r.release_id, r.release_name::text,
    r.environment_target, null::uuid, null::ops.ops_gate_code, x.exception_id,
    format('exception ended: %s', left(x.reason, 200)),
    format('review it (ops-gates exception review %s complete)', x.exception_id), least(x.expires_at, x.revoked_at)
  from unnest(exceptions) as x
  join ops.releases r on r.release_id = x.release_id
  where x.effective_from <= b.moment and least(x.expires_at, x.revoked_at) <= b.moment
    and (b.person is null or x.approver_id <> b.person and not exists (
      select from ops.approvals d where d.release_id = x.release_id and d.exception_id = x.exception_id
    ) or not ops_private.ever_approved(x, b.person));
end
$$;
comment on function ops_private.review_items(ops_private.inbox_scope, ops.exceptions[]) is
  'Those of some exceptions that ended and were not reviewed. Not for who ever approved them (ops_private.ever_approved).';
revoke execute on function ops_private.review_items(ops_private.inbox_scope, ops.exceptions[]) from public;

create function ops_private.decision_items(b ops_private.inbox_scope, exceptions ops.exceptions[])
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
      format('approve the exception, or reject it (ops-gates decide %s --exception %s --decision approved)',
        x.release_id, x.exception_id),
      x.created_at);
  end loop;
end
$$;
comment on function ops_private.decision_items(ops_private.inbox_scope, ops.exceptions[]) is
  'Those of some exceptions that have not ended and need another approval. Not for who approved them; the initiator decides on none.';
revoke execute on function ops_private.decision_items(ops_private.inbox_scope, ops.exceptions[]) from public;

create function ops_private.exception_items(b ops_private.inbox_scope, most integer) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_projects constant text[] := ops_private.projects_as('release_manager', b.reach);
  v_exceptions ops.exceptions[];
begin
  v_exceptions := array(
    select e from (
      select p.* from ops.exceptions p
      where p.post_review_status = 'pending' and (v_projects is null or p.project = any (v_projects))
      order by p.effective_from desc limit most
    ) as e
    -- While a gate is bypassed by it, it needs no decision.
    where not exists (
      select from ops.release_gates g
      join ops.releases r on r.release_id = g.release_id
      where g.release_id = e.release_id and g.exception_id = e.exception_id and r.judged_until > b.moment)
    order by e.effective_from desc);
  return query select i.* from ops_private.review_items(b, v_exceptions) as i;
  return query select i.* from ops_private.decision_items(b, v_exceptions) as i;
end
$$;
comment on function ops_private.exception_items(ops_private.inbox_scope, integer) is
  'The exceptions that wait for a release manager: those that need another approval, and those that ended and were not reviewed. most: how many are looked at, the newest.';
revoke execute on function ops_private.exception_items(ops_private.inbox_scope, integer) from public;

create function ops_private.incident_items(b ops_private.inbox_scope) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_projects constant text[] := ops_private.projects_as('sre', b.reach);
begin
  if 'sre' <> all (b.roles) then
    return;
  end if;
  return query
  select
    'incident'::ops.ops_inbox_kind, 'sre', r.project, r.release_id, r.release_name::text, r.environment_target,
    null::uuid, null::ops.ops_gate_code, i.incident_id,
    format('%s in %s is %s', i.severity, ops_private.place_of(d.environment, d.target),
      case when i.resolved_at is null then 'not resolved'
        else 'resolved, and its review is ' || i.postmortem_status end),
    case when i.resolved_at is null then 'resolve it, then record when it was resolved'
      else 'review it, then record that its review is complete' end,
    coalesce(i.resolved_at, i.detected_at)
  from ops.incidents i
  join ops.deployments d on d.deployment_id = i.deployment_id
  join ops.releases r on r.release_id = d.release_id
  where (i.resolved_at is null or i.postmortem_status <> 'complete')
    -- Only who recorded it may change it.
    and (b.person is null or i.created_by = b.person)
    and (v_projects is null or i.project = any (v_projects))
  order by i.detected_at desc limit 101;
end
$$;
comment on function ops_private.incident_items(ops_private.inbox_scope) is
  'The incidents that the person recorded as an sre and that are not resolved or not reviewed.';
revoke execute on function ops_private.incident_items(ops_private.inbox_scope) from public;

create function ops_private.items_of_releases(
  b ops_private.inbox_scope, out items ops.inbox_item[], out cut boolean, out not_looked_at timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_asked ops_private.inbox_release[];
begin
  if b.projects is null or cardinality(b.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases. The others are read only if these are not enough.
    select w.asked, w.not_looked_at into v_asked, not_looked_at from ops_private.newest_with_work(b) as w;
  end if;
  if b.projects is not null and (cardinality(v_asked) = 51) is not true then
    select w.asked, w.not_looked_at into v_asked, not_looked_at from ops_private.newest_with_work_of_each(b) as w;
  end if;
  cut := cardinality(v_asked) = 51;
  if cut then
    not_looked_at := (v_asked[51].release).created_at;
  end if;
  v_asked := array(select ops_private.at_present(f) from unnest(v_asked[1 : 50]) as f);
  items := array(select i from ops_private.gate_items(v_asked, b.codes) as i)
    || array(
      select i from unnest(v_asked) as f cross join lateral ops_private.items_beside(f) as i
      where (f.release).contested or f.objected or f.dismissible or f.beside);
end
$$;
comment on function ops_private.items_of_releases(ops_private.inbox_scope) is
  'What waits for the person on the newest 50 open releases of which something may wait for them. cut: there are more. not_looked_at: open releases that were opened until then were not looked at; null when all were.';
revoke execute on function ops_private.items_of_releases(ops_private.inbox_scope) from public;

create function ops_private.inbox_of(person text, reach ops_private.reach[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  b constant ops_private.inbox_scope := ops_private.inbox_scope_of(person, reach);
  v_items ops.inbox_item[];
  v_cut boolean;
  v_not_looked_at timestamptz;
  v_managed constant text[] := ops_private.projects_as('release_manager', reach);
begin
  select s.items, s.cut, s.not_looked_at into v_items, v_cut, v_not_looked_at
  from ops_private.items_of_releases(b) as s;
  v_items := v_items || array(select i from ops_private.incident_items(b) as i);
  if 'release_manager' = any (b.roles) then
    v_items := v_items || array(select i from ops_private.exception_items(b, 200) as i);
    v_cut := v_cut or (
      select count(*) > 200 from (
        select from ops.exceptions x
        where x.post_review_status = 'pending' and (v_managed is null or x.project = any (v_managed)) limit 201
      ) as p);
  end if;
  return jsonb_build_object(
    'items', coalesce((
      select jsonb_agg(to_jsonb(i) order by i.since desc nulls last, i.release_id, i.gate_code, i.kind)
      from (
        select n.* from unnest(v_items) as n
        order by n.since desc nulls last, n.release_id, n.gate_code, n.kind limit 100
      ) as i
    ), '[]'),
    'cut', v_cut or cardinality(v_items) > 100,
    'not_looked_at', v_not_looked_at);
end
$$;
comment on function ops_private.inbox_of(text, ops_private.reach[]) is
  'What waits for a person with these memberships, as ops.inbox answers it. At most 50 releases, 200 exceptions and 100 items.';
revoke execute on function ops_private.inbox_of(text, ops_private.reach[]) from public;

create function ops.inbox() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
-- One plan is as good for everybody, and each takes long to make.
set plan_cache_mode = force_generic_plan
as $$
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return ops_private.inbox_of(
    ops_private.asking_person(), array(select m from ops_private.my_reach() as m));
end
$$;
comment on function ops.inbox() is
  'What waits for the caller, for all roles that the person holds: {items, cut, not_looked_at}. items: rows of ops.inbox_item, the newest first; only what the person can do, so an initiator sees no sign-off that would not count. cut: there is more than is shown. not_looked_at: open releases that were opened until then were not looked at; null when all were. service_role sees what waits for anybody.';
revoke execute on function ops.inbox() from public;
grant execute on function ops.inbox() to
service_role, release_manager, qa_tester, sre, developer, audit_reader;
