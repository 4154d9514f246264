-- Dismiss a stop that nobody else can lift any more: the conditions, and ops.dismiss.

create function ops_private.refuse_dismissal(condition text, who text, remedy text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS11', message = condition, detail = who, hint = remedy;
end
$$;
comment on function ops_private.refuse_dismissal(text, text, text) is
  'Raises OPS11: a dismissal is not possible. Says which condition failed, who can do something, and what.';
revoke execute on function ops_private.refuse_dismissal(text, text, text) from public;

create function ops_private.require_gone(author text, author_role text, person text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops.role_members m
    where lower(m.subject) = lower(author) and m.active and m.role = require_gone.author_role
  ) then
    perform ops_private.refuse_dismissal(
      format('%s is still an active %s', author, author_role), format('%s can lift it', author),
      'ask them to decide or to report again');
  elsif exists (
    select from (
      select
        c.role, c.active, c.on_behalf_of, lag(c.role) over w as role_before, lag(c.active) over w as active_before
      from ops.role_member_changes c where lower(c.subject) = lower(author)
      window w as (order by c.change_id)
    ) as c
    where c.role_before = require_gone.author_role and c.active_before
      and not (c.active and c.role = require_gone.author_role)
      and person in (c.on_behalf_of, ops_private.member_subject(c.on_behalf_of))
  ) then
    perform ops_private.refuse_dismissal(
      format('the membership of %s was ended on your behalf', author),
      'another release manager, who approved nothing of the release, can dismiss it',
      'ask them, and say why it should be dismissed');
  end if;
end
$$;
comment on function ops_private.require_gone(text, text, text) is
  'Raises OPS11 while the author of a stop is an active member in the role in which they made it, and when such a membership was ended on behalf of the person who would dismiss it.';
revoke execute on function ops_private.require_gone(text, text, text) from public;

create function ops_private.require_unasked(release_id uuid, check_name text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops_private.requirements_in_force n
    where n.release_id = require_unasked.release_id and n.kind = 'check' and n.subject = require_unasked.check_name
  ) then
    perform ops_private.refuse_dismissal(
      format('the policy asks for check %s by name', check_name), 'ci_service_role can report it',
      format('run check %s until it passes, and report it; or open an exception', check_name));
  end if;
end
$$;
comment on function ops_private.require_unasked(uuid, text) is
  'Raises OPS11 when the policy of the release has a requirement for a check of this name.';
revoke execute on function ops_private.require_unasked(uuid, text) from public;

create function ops_private.dismissal_of_contested(c ops.contested_reports, person text) returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops.dismissals;
  v_by_machine constant boolean := c.created_role in ('ci_service_role', 'service_role');
begin
  if exists (
    select from ops.contested_report_ends e where e.release_id = c.release_id and e.contested_id = c.contested_id
  ) then
    perform ops_private.refuse_dismissal(
      'this contested report does not stand any more', 'nobody has to do anything',
      'read what still blocks the release');
  end if;
  d.contested_id := c.contested_id;
  d.gate_id := c.gate_id;
  d.check_name := c.check_name;
  d.author_id := coalesce(ops_private.member_subject(c.approver_id), c.approver_id);
  d.author_role := c.persona_role::text;
  if c.event_type <> 'gate_signoff' and not v_by_machine and not ops_private.is_unreadable(c) then
    perform ops_private.refuse_dismissal(
      'a person sent this contested report, and what it is about can be read', 'sre or ci_service_role can report it',
      'report that the check passes, or that the deployment succeeded');
  end if;
  d.kind := case
    when c.event_type <> 'gate_signoff' then 'contested_report'
    when v_by_machine and (d.author_id is null or d.author_role is null or exists (
      select from ops.role_members m
      where lower(m.subject) = lower(d.author_id) and m.active and m.role = d.author_role
    )) then 'contested_report'
    else 'objection'
  end;
  if d.kind = 'objection' then
    perform ops_private.require_gone(d.author_id, d.author_role, person);
  end if;
  if c.check_name is not null then
    perform ops_private.require_unasked(c.release_id, c.check_name);
  end if;
  return d;
end
$$;
comment on function ops_private.dismissal_of_contested(ops.contested_reports, text) is
  'The dismissal of a contested report: one that a machine sent, whoever is active; one whose check or deployment cannot be read; and an objection of somebody who is no active member in that role any more. Raises OPS11 for others.';
revoke execute on function ops_private.dismissal_of_contested(ops.contested_reports, text) from public;

create function ops_private.dismissal_of_decision(a ops.approvals, person text) returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops.dismissals;
begin
  if a.decision = 'approved' or not exists (
    select from ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity', a.exception_id) as s
    where s.approver_id = a.approver_id and s.persona_role = a.persona_role and s.decision <> 'approved'
  ) then
    perform ops_private.refuse_dismissal(
      'this decision is no objection that stands', format('%s can decide again', a.approver_id),
      'name the decision that rejects or requests changes');
  end if;
  perform ops_private.require_gone(a.approver_id, a.persona_role::text, person);
  d.kind := 'objection';
  d.approval_id := a.approval_id;
  d.gate_id := a.gate_id;
  d.exception_id := a.exception_id;
  d.author_id := a.approver_id;
  d.author_role := a.persona_role::text;
  return d;
end
$$;
comment on function ops_private.dismissal_of_decision(ops.approvals, text) is
  'The dismissal of an objection that stands, of somebody who is no active member in that role any more. Raises OPS11 for others.';
revoke execute on function ops_private.dismissal_of_decision(ops.approvals, text) from public;

create function ops_private.is_reported_without(gc ops.gate_checks) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- All checks of one event share their moment.
  return exists (
    select from ops.gate_checks later
    where later.release_id = gc.release_id and later.gate_id = gc.gate_id and later.part = gc.part
      and later.created_by = gc.created_by and later.created_role = gc.created_role
      and later.observed_at > gc.observed_at and later.created_at > gc.created_at
    group by later.created_at
    having bool_and(later.status <> 'fail') and bool_or(later.status = 'pass')
      and bool_and(later.check_name <> gc.check_name)
  );
end
$$;
comment on function ops_private.is_reported_without(ops.gate_checks) is
  'Whether the sender of a check of a build has since sent a passing report of the same part (payload.part, by default the check_name) that has no check of that name.';
revoke execute on function ops_private.is_reported_without(ops.gate_checks) from public;

create function ops_private.dismissal_of_check(gc ops.gate_checks, person text) returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops.dismissals;
  v_standing ops.gate_checks;
begin
  select s.* into v_standing
  from ops_private.counted_checks(gc.release_id, gc.gate_id, 'infinity') as l
  join ops.gate_checks s on s.check_id = l.check_id
  where l.check_name = gc.check_name and l.trusted = gc.trusted
    and l.deployment_id is not distinct from gc.deployment_id;
  if gc.status <> 'fail' or v_standing.status is distinct from 'fail' or not gc.trusted
    and (v_standing.created_by, v_standing.created_role) <> (gc.created_by, gc.created_role) then
    perform ops_private.refuse_dismissal(
      'this check is no failure that stands', 'nobody has to do anything', 'name the failed check that stands');
  end if;
  perform ops_private.require_unasked(gc.release_id, gc.check_name);
  if not gc.trusted and not ops_private.is_member_role(gc.created_role) then
    perform ops_private.refuse_dismissal(
      format('%s, who recorded this check, was no member', gc.created_by), 'whoever records checks by hand can',
      format('record by hand that check %s passes', gc.check_name));
  elsif not gc.trusted then
    perform ops_private.require_gone(gc.created_by, gc.created_role, person);
    d.author_id := gc.created_by;
    d.author_role := gc.created_role;
  elsif gc.deployment_id is not null and exists (
    select from ops_private.deployments_at(gc.release_id, 'infinity') as n
    where n.deployment_id = gc.deployment_id and n.place = 1
  ) then
    perform ops_private.refuse_dismissal(
      'the deployment of this check is still looked at', 'sre or ci_service_role can report it',
      format('report that check %s passes, or deploy again and report a passing health check', gc.check_name));
  elsif gc.deployment_id is null and not ops_private.is_reported_without(v_standing) then
    perform ops_private.refuse_dismissal(
      'the sender of this check has sent no passing report since that leaves it out',
      format('%s, who sent it, can report it', v_standing.created_by),
      format('report that check %s passes, or that part %s passes without it', gc.check_name,
        coalesce(v_standing.part, 'of the same name')));
  end if;
  d.kind := case when gc.trusted then 'renamed_check' else 'failure_by_hand' end;
  d.check_id := gc.check_id;
  d.gate_id := gc.gate_id;
  d.deployment_id := gc.deployment_id;
  d.check_name := gc.check_name;
  d.trusted := gc.trusted;
  return d;
end
$$;
comment on function ops_private.dismissal_of_check(ops.gate_checks, text) is
  'The dismissal of a failed check that stands: one that somebody recorded by hand who is no active member in that role any more, one of a build whose sender reports the part without it now, and one of a deployment that is not the newest to its target any more. Raises OPS11 for others.';
revoke execute on function ops_private.dismissal_of_check(ops.gate_checks, text) from public;

create function ops_private.stalls_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '24 hours';
end
$$;
comment on function ops_private.stalls_after() is
  'How long nothing must be reported of a deployment in progress before it can be dismissed.';
revoke execute on function ops_private.stalls_after() from public;

create function ops_private.dismissal_of_deployment(p ops.deployments, as_of timestamptz) returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops.dismissals;
  v_last constant timestamptz := greatest(
    p.created_at, (
      select max(r.created_at) from ops.deployment_reports r
      where r.release_id = p.release_id and r.deployment_id = p.deployment_id
    ), (
      select max(gc.created_at) from ops.gate_checks gc
      where gc.release_id = p.release_id and gc.deployment_id = p.deployment_id
    ));
begin
  if p.status <> 'in_progress' then
    perform ops_private.refuse_dismissal(
      format('this deployment is not in progress: it is %s', p.status), 'sre or ci_service_role can deploy again',
      'deploy again under a new reference, and report a passing health check');
  elsif as_of - v_last < ops_private.stalls_after() then
    perform ops_private.refuse_dismissal(
      format('the last report of this deployment was recorded at %s', v_last),
      'sre or ci_service_role can report how it ended; a release_manager can dismiss it 24 hours after its last report',
      'report its status, or wait');
  elsif ops_private.is_stalled_aside(p.release_id, p.deployment_id, as_of) then
    perform ops_private.refuse_dismissal(
      'this deployment is set aside already', 'nobody has to do anything', 'a later report of it brings it back');
  elsif ops_private.deployment_health(p.release_id, p.deployment_id, 'infinity') = 'failed' then
    perform ops_private.refuse_dismissal(
      'this deployment has a failed check, or is of another commit', 'sre or ci_service_role can deploy again',
      'deploy again under a new reference, and report a passing health check');
  end if;
  d.kind := 'stalled_deployment';
  d.deployment_id := p.deployment_id;
  return d;
end
$$;
comment on function ops_private.dismissal_of_deployment(ops.deployments, timestamptz) is
  'The dismissal of a deployment in progress of which nothing was recorded for 24 hours, and that has no failed check. Raises OPS11 for others.';
revoke execute on function ops_private.dismissal_of_deployment(ops.deployments, timestamptz) from public;

create function ops_private.require_dismisser(release ops.releases, person text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.initiating_actor = person then
    perform ops_private.refuse_dismissal(
      'the initiator of a release dismisses nothing of it', 'another release manager can',
      'ask them, and say why it should be dismissed');
  elsif exists (
    select from ops.approvals a
    where a.release_id = release.release_id and a.approver_id = person and a.decision = 'approved'
  ) or exists (
    select from ops.exceptions x where x.release_id = release.release_id and x.approver_id = person
  ) then
    perform ops_private.refuse_dismissal(
      'who approved something of a release, or an exception for it, dismisses nothing of it',
      'a release manager who approved nothing of it can', 'ask them, and say why it should be dismissed');
  end if;
end
$$;
comment on function ops_private.require_dismisser(ops.releases, text) is
  'Raises OPS11 for the initiator of a release, and for who ever approved anything of it, an exception included.';
revoke execute on function ops_private.require_dismisser(ops.releases, text) from public;

create function ops_private.end_dismissed(d ops.dismissals) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_named ops.contested_reports;
begin
  select c.* into v_named from ops.contested_reports c where c.contested_id = d.contested_id;
  insert into ops.contested_report_ends (contested_id, release_id)
  select c.contested_id, c.release_id
  from ops.contested_reports c
  where c.release_id = d.release_id and not exists (
      select from ops.contested_report_ends e where e.release_id = c.release_id and e.contested_id = c.contested_id
    )
    and case
      when d.kind = 'objection' then c.event_type = 'gate_signoff' and d.exception_id is null
        and c.gate_id is not distinct from d.gate_id and c.persona_role::text = d.author_role
        and coalesce(ops_private.member_subject(c.approver_id), c.approver_id) = d.author_id
      else (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
          c.persona_role)
        is not distinct from (v_named.event_type, v_named.gate_id, v_named.check_name, v_named.environment,
          v_named.target, v_named.deployment_ref, v_named.approver_id, v_named.persona_role)
        and (c.created_role in ('ci_service_role', 'service_role')
          and v_named.created_role in ('ci_service_role', 'service_role')
          or (c.created_by, c.created_role) = (v_named.created_by, v_named.created_role))
        and (not ops_private.is_unreadable(c) or c.idempotency_key is not distinct from v_named.idempotency_key)
    end;
end
$$;
comment on function ops_private.end_dismissed(ops.dismissals) is
  'Ends the contested reports that a dismissal sets aside: of an objection, all of its author in that role on that gate; otherwise those that say the same, from machines or from the same person. Of unreadable ones, those under the same key.';
revoke execute on function ops_private.end_dismissed(ops.dismissals) from public;

create function ops_private.dismissal_of(fact uuid, person text, release_id uuid, as_of timestamptz)
returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.contested_reports;
  a ops.approvals;
  gc ops.gate_checks;
  p ops.deployments;
begin
  select x.* into c from ops.contested_reports x where x.contested_id = fact;
  if found then
    return ops_private.dismissal_of_contested(c, person);
  end if;
  select x.* into a from ops.approvals x where x.approval_id = fact;
  if found then
    return ops_private.dismissal_of_decision(a, person);
  end if;
  select x.* into gc from ops.gate_checks x where x.check_id = fact;
  if found then
    return ops_private.dismissal_of_check(gc, person);
  end if;
  select x.* into p from ops.deployments x where x.deployment_id = fact;
  return ops_private.dismissal_of_deployment(p, as_of);
end
$$;
comment on function ops_private.dismissal_of(uuid, text, uuid, timestamptz) is
  'The dismissal of the fact with this id, by the function for its kind. Raises OPS11 when it cannot be dismissed.';
revoke execute on function ops_private.dismissal_of(uuid, text, uuid, timestamptz) from public;

create function ops_private.release_of_fact(fact uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    (select c.release_id from ops.contested_reports c where c.contested_id = fact),
    (select a.release_id from ops.approvals a where a.approval_id = fact),
    (select gc.release_id from ops.gate_checks gc where gc.check_id = fact),
    (select p.release_id from ops.deployments p where p.deployment_id = fact));
end
$$;
comment on function ops_private.release_of_fact(uuid) is
  'The release of a contested report, a decision, a check or a deployment. Null when none has this id.';
revoke execute on function ops_private.release_of_fact(uuid) from public;

create function ops.dismiss(fact uuid, reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write dismissals
as $$
declare
  v_release ops.releases;
  v_person text;
  v_now timestamptz;
  d ops.dismissals;
begin
  perform ops_private.require_role('release_manager');
  if not ops_private.is_stated(dismiss.reason) then
    perform ops_private.refuse_dismissal(
      'a dismissal needs a reason', 'you can state it', 'say why, in 1 to 8192 bytes with a visible character');
  end if;
  -- Nobody is granted or revoked a membership meanwhile.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.role_members', 0));
  v_release := ops_private.hold_release(ops_private.release_of_fact(dismiss.fact));
  v_person := ops_private.current_person();
  if v_release.release_id is null then
    perform ops_private.refuse_dismissal(
      'no contested report, decision, check or deployment has this id', 'you can name another',
      'find the id in the history of the release');
  end if;
  select x.* into d from ops.dismissals x
  where x.release_id = v_release.release_id and x.created_by = ops_private.current_actor() and x.reason = dismiss.reason
    and dismiss.fact in (x.contested_id, x.approval_id, x.check_id,
      case when x.kind = 'stalled_deployment'
        and ops_private.is_stalled_aside(x.release_id, x.deployment_id, 'infinity') then x.deployment_id end);
  if d.dismissal_id is null then
    perform ops_private.require_dismisser(v_release, v_person);
    v_now := ops_private.next_moment(v_release.release_id);
    d := ops_private.dismissal_of(dismiss.fact, v_person, v_release.release_id, v_now);
    insert into ops.dismissals as x (
      release_id, kind, gate_id, exception_id, deployment_id, check_id, approval_id, contested_id, check_name, trusted,
      author_id, author_role, reason
    ) values (
      v_release.release_id, d.kind, d.gate_id, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
      d.contested_id, d.check_name, d.trusted, d.author_id, d.author_role, dismiss.reason
    ) returning x.* into d;
    perform ops_private.apply_dismissal(d);
  end if;
  return (
    select jsonb_build_object(
      'dismissal_id', d.dismissal_id, 'fact', dismiss.fact, 'kind', d.kind, 'release_id', r.release_id,
      'release_status', r.status, 'gates', (
        select jsonb_object_agg(g.gate_code, g.status) from ops.release_gates g where g.release_id = r.release_id))
    from ops.releases r where r.release_id = v_release.release_id
  );
end
$$;
comment on function ops.dismiss(uuid, text) is
  'Sets aside a stop that nobody else can lift any more, until now; later facts count anew. fact: the id of a contested report that a machine sent or whose check cannot be read; of an objection, or a failure recorded by hand, of somebody who is no active member in that role any more; of a failed check of a build whose sender reports its part without it now; of a failed check of a deployment that is not the newest to its target any more; of a deployment in progress without a report for 24 hours. Never a check that the policy asks for by name. Only a release_manager may call it, who is not the initiator and approved nothing of the release; their later approvals of it do not count. The same call again gives the same answer. OPS11: a dismissal is not possible.';
revoke execute on function ops.dismiss(uuid, text) from public;
grant execute on function ops.dismiss(uuid, text) to release_manager;

create function ops_private.apply_dismissal(d ops.dismissals) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  if d.contested_id is not null or d.kind = 'objection' then
    perform ops_private.end_dismissed(d);
  end if;
  update ops.releases r set dismissed = true where r.release_id = d.release_id returning r.* into v_release;
  if d.check_id is not null and d.deployment_id is not null then
    perform ops_private.refresh_deployment_health(d.deployment_id);
  end if;
  v_now := ops_private.present(v_release);
  -- Any gate may change, and without a stalled deployment the status of the release too.
  perform ops_private.store(
    v_release, 'G4', ops_private.judge(v_release, 'G1', v_now, live => true), v_now);
end
$$;
comment on function ops_private.apply_dismissal(ops.dismissals) is
  'Ends what a dismissal sets aside, marks the release with dismissed, judges all its gates again and stores the result.';
revoke execute on function ops_private.apply_dismissal(ops.dismissals) from public;

create function ops_private.find_dismissed(release ops.releases, as_of timestamptz) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  d ops.dismissals;
  f ops.gate_finding;
begin
  for d in
    select x.* from ops.dismissals x
    where x.release_id = release.release_id and x.created_at <= find_dismissed.as_of
    order by x.created_at
  loop
    select g.gate_id, g.gate_code into f.gate_id, f.gate_code
    from ops.release_gates g
    where g.release_id = d.release_id
      and case when d.kind = 'stalled_deployment' then g.gate_code = 'G4' else g.gate_id = d.gate_id end;
    f.kind := case
      when d.contested_id is not null then 'contested_report' when d.kind = 'objection' then 'approval'
      when d.check_id is not null and d.deployment_id is null then 'no_failed_checks' else 'deployment_health' end;
    f.subject := case when d.contested_id is null and d.kind = 'objection' then d.author_role
      else coalesce(d.check_name, d.author_id, (
        select p.deployment_ref from ops.deployments p where p.deployment_id = d.deployment_id)) end;
    f.enforcement := 'advisory';
    f.state := 'satisfied';
    f.requirement := 'what was dismissed is shown';
    f.detail := format('%s %s was dismissed by %s: %s', replace(d.kind::text, '_', ' '), f.subject, d.created_by,
      left(d.reason, 500));
    f.remedy := 'nothing; what is recorded after it counts';
    f.who := 'release_manager';
    return next f;
  end loop;
end
$$;
comment on function ops_private.find_dismissed(ops.releases, timestamptz) is
  'One finding for each dismissal of a release until a moment, on the gate of the fact: always advisory and satisfied. Ask only when releases.dismissed.';
revoke execute on function ops_private.find_dismissed(ops.releases, timestamptz) from public;
