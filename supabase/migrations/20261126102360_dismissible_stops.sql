-- Which stops a release manager may dismiss, because nobody else can lift them any more, and who else can otherwise.

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

create function ops_private.refuse_liftable(
  release_id uuid, of_deployment boolean, condition text, who text, remedy text
) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_closed constant boolean := not of_deployment and (
    select r.closed_at is not null from ops.releases r where r.release_id = refuse_liftable.release_id);
begin
  perform ops_private.refuse_dismissal(
    condition,
    case when v_closed then 'nobody can lift it: a closed release takes no approval and no check of a build that passes'
      else who end,
    case when v_closed then 'release another commit; or open a gate_bypass that names G3 for the release that it stops'
      else remedy end);
end
$$;
comment on function ops_private.refuse_liftable(uuid, boolean, text, text, text) is
  'Raises OPS11 for a stop that somebody can lift by an approval or a check that passes, and says who. A closed release takes neither, except checks of a deployment: then nobody can.';
revoke execute on function ops_private.refuse_liftable(uuid, boolean, text, text, text) from public;

create function ops_private.require_gone(
  release_id uuid, of_deployment boolean, author text, author_role text, person text
) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_project constant text := (select r.project from ops.releases r where r.release_id = require_gone.release_id);
begin
  if ops_private.holds(author, author_role, v_project) then
    perform ops_private.refuse_liftable(
      release_id, of_deployment, format('%s is still an active %s', author, author_role),
      format('%s can lift it', author),
      'ask them to decide or to report again');
  elsif exists (
    select from ops.memberships c
    join ops.members m on m.member_id = c.member_id
    where lower(m.recorded_as collate "C") = lower(author collate "C")
      and not c.granted and c.role = require_gone.author_role
      and (c.project is null or c.project = v_project)
      and person in (c.on_behalf_of, (ops_private.member_named(c.on_behalf_of)).recorded_as)
  ) then
    perform ops_private.refuse_dismissal(
      format('the membership of %s was ended on your behalf', author),
      'another release manager, who approved nothing of the release, can dismiss it',
      'ask them, and say why it should be dismissed');
  end if;
end
$$;
comment on function ops_private.require_gone(uuid, boolean, text, text, text) is
  'Raises OPS11 while the author of a stop is an active member in the role in which they made it, and when such a membership was ended on behalf of the person who would dismiss it.';
revoke execute on function ops_private.require_gone(uuid, boolean, text, text, text) from public;

create function ops_private.require_unasked(release_id uuid, of_deployment boolean, check_name text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops_private.requirements_in_force n
    where n.release_id = require_unasked.release_id and n.kind = 'check' and n.subject = require_unasked.check_name
  ) then
    perform ops_private.refuse_liftable(
      release_id, of_deployment, format('the policy asks for check %s by name', check_name),
      'ci_service_role can report it',
      format('run check %s until it passes, and report it; or open an exception', check_name));
  end if;
end
$$;
comment on function ops_private.require_unasked(uuid, boolean, text) is
  'Raises OPS11 when the policy of the release has a requirement for a check of this name.';
revoke execute on function ops_private.require_unasked(uuid, boolean, text) from public;

create function ops_private.dismissal_of_contested(c ops.contested_reports, person text) returns ops.dismissals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops.dismissals;
  v_by_machine constant boolean := ops_private.is_by_machine(c);
begin
  if ops_private.has_ended(c, 'infinity') then
    perform ops_private.refuse_dismissal(
      'this contested report does not stand any more', 'nobody has to do anything',
      'read what still blocks the release');
  end if;
  d.contested_id := c.contested_id;
  d.gate_id := c.gate_id;
  d.check_name := c.check_name;
  d.author := coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id);
  d.author_role := c.persona_role::text;
  if c.event_type <> 'gate_signoff' and not v_by_machine and not ops_private.is_unreadable(c) then
    perform ops_private.refuse_liftable(
      c.release_id, c.event_type <> 'build_complete',
      'a person sent this contested report, and what it is about can be read', 'sre or ci_service_role can report it',
      'report that the check passes, or that the deployment succeeded');
  end if;
  d.kind := case
    when c.event_type <> 'gate_signoff' then 'contested_report'::ops.ops_dismissed_fact
    when v_by_machine and (d.author is null or d.author_role is null
      or ops_private.holds(d.author, d.author_role, c.project)) then 'contested_report'
    else 'objection'
  end;
  if d.kind = 'objection' then
    perform ops_private.require_gone(c.release_id, false, d.author, d.author_role, person);
  end if;
  if c.check_name is not null then
    perform ops_private.require_unasked(c.release_id, c.event_type <> 'build_complete', c.check_name);
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
  perform ops_private.require_gone(a.release_id, false, a.approver_id, a.persona_role::text, person);
  d.kind := 'objection';
  d.approval_id := a.approval_id;
  d.gate_id := a.gate_id;
  d.exception_id := a.exception_id;
  d.author := a.approver_id;
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
  perform ops_private.require_unasked(gc.release_id, gc.deployment_id is not null, gc.check_name);
  if not gc.trusted and not ops_private.is_member_role(gc.created_role) then
    perform ops_private.refuse_liftable(
      gc.release_id, gc.deployment_id is not null,
      format('%s, who recorded this check, was no member', gc.created_by), 'whoever records checks by hand can',
      format('record by hand that check %s passes', gc.check_name));
  elsif not gc.trusted then
    perform ops_private.require_gone(
      gc.release_id, gc.deployment_id is not null, gc.created_by, gc.created_role, person);
    d.author := gc.created_by;
    d.author_role := gc.created_role;
  elsif gc.deployment_id is not null and exists (
    select from ops_private.deployments_at(gc.release_id, 'infinity') as n
    where n.deployment_id = gc.deployment_id and n.place = 1
  ) then
    perform ops_private.refuse_dismissal(
      'the deployment of this check is still looked at', 'sre or ci_service_role can report it',
      format('report that check %s passes, or deploy again and report a passing health check', gc.check_name));
  elsif gc.deployment_id is null and not ops_private.is_reported_without(v_standing) then
    perform ops_private.refuse_liftable(
      gc.release_id, false, 'the sender of this check has sent no passing report since that leaves it out',
      format('%s, who sent it, can report it', v_standing.created_by),
      format('report that check %s passes, or that part %s passes without it', gc.check_name,
        coalesce(v_standing.part, 'of the same name')));
  end if;
  d.kind := case
    when not gc.trusted then 'failure_by_hand'::ops.ops_dismissed_fact
    when gc.deployment_id is null then 'renamed_check'
    else 'passed_over_check'
  end;
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
  return '24 hours'::interval;
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
