-- A refused report of a deployment that is not on record can be dismissed, whoever sent it: its name may be wrong, and
-- nobody can report that such a deployment is healthy. What a person sent is not dismissed by who had them go.

create function ops_private.is_on_record(report ops.contested_reports) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return report.event_type not in ('deployment_event', 'health_check') or exists (
    select from ops.deployments d
    where d.release_id = report.release_id and d.environment = report.environment and d.target = report.target
      and d.deployment_ref = report.deployment_ref
  );
end
$$;
comment on function ops_private.is_on_record(ops.contested_reports) is
  'Whether the deployment that a contested report is about is on record; true of reports that are about none.';
revoke execute on function ops_private.is_on_record(ops.contested_reports) from public;

create function ops_private.refuse_who_had_them_go(author text, author_role text, project text, person text)
returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops.memberships c
    join ops.members m on m.member_id = c.member_id
    where lower(m.recorded_as collate "C") = lower(author collate "C")
      and not c.granted and c.role = author_role
      and (c.project is null or c.project = refuse_who_had_them_go.project)
      and person in (c.on_behalf_of, (ops_private.member_named(c.on_behalf_of)).recorded_as)
  ) then
    perform ops_private.refuse_dismissal(
      format('the membership of %s was ended on your behalf', author),
      'another release manager, who approved nothing of the release, can dismiss it',
      'ask them, and say why it should be dismissed');
  end if;
end
$$;
comment on function ops_private.refuse_who_had_them_go(text, text, text, text) is
  'Raises OPS11 when a membership of the author of a stop, in the role in which they made it, was ended on behalf of the person who would dismiss it.';
revoke execute on function ops_private.refuse_who_had_them_go(text, text, text, text) from public;

create or replace function ops_private.require_gone(
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
  end if;
  perform ops_private.refuse_who_had_them_go(author, author_role, v_project, person);
end
$$;

create or replace function ops_private.dismissal_of_contested(c ops.contested_reports, person text)
returns ops.dismissals
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
  if c.event_type <> 'gate_signoff' and not v_by_machine and not ops_private.is_unreadable(c)
    and ops_private.is_on_record(c) then
    perform ops_private.refuse_liftable(
      c.release_id, c.event_type <> 'build_complete',
      'a person sent this contested report, and what it is about can be read', 'sre or ci_service_role can report it',
      'report that the check passes, or that the deployment succeeded');
  end if;
  if c.event_type <> 'gate_signoff' and not v_by_machine then
    perform ops_private.refuse_who_had_them_go(c.created_by, c.created_role, c.project, person);
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
  'The dismissal of a contested report: one that a machine sent, whoever is active; one whose check or deployment cannot be read, or whose deployment is not on record, unless who would dismiss it had its sender go; and an objection of somebody who is no active member in that role any more. Raises OPS11 for others.';
