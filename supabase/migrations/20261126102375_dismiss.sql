-- Dismiss a stop that nobody else can lift any more.

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
      and not ops_private.is_unsure(a.unmet)
  ) or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and x.approver_id = person and not ops_private.is_unsure(x.unmet)
  ) then
    perform ops_private.refuse_dismissal(
      'who approved something of a release, or an exception for it, dismisses nothing of it',
      'a release manager who approved nothing of it can', 'ask them, and say why it should be dismissed');
  end if;
end
$$;
comment on function ops_private.require_dismisser(ops.releases, text) is
  'Raises OPS11 for the initiator of a release, and for who ever approved anything of it, an exception included. An approval that is not surely theirs (ops_private.is_unsure) does not bar them.';
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
  where c.release_id = d.release_id and not ops_private.has_ended(c, 'infinity')
    and case
      when d.kind = 'objection' then c.event_type = 'gate_signoff' and d.exception_id is null
        and c.gate_id is not distinct from d.gate_id and c.persona_role::text = d.author_role
        and coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id) = d.author
      else (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
          c.persona_role)
        is not distinct from (v_named.event_type, v_named.gate_id, v_named.check_name, v_named.environment,
          v_named.target, v_named.deployment_ref, v_named.approver_id, v_named.persona_role)
        and (ops_private.is_by_machine(c) and ops_private.is_by_machine(v_named)
          or (c.created_by, c.created_role) = (v_named.created_by, v_named.created_role))
        and (not ops_private.is_unreadable(c) or c.idempotency_key is not distinct from v_named.idempotency_key)
    end;
end
$$;
comment on function ops_private.end_dismissed(ops.dismissals) is
  'Ends the contested reports that a dismissal sets aside: of an objection, all of its author in that role on that gate; otherwise those that say the same, from machines or from the same person. Of unreadable ones, those under the same key.';
revoke execute on function ops_private.end_dismissed(ops.dismissals) from public;

create function ops_private.is_dismissed(fact uuid, release_id uuid, as_of timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return fact = any (ops_private.dismissed_decisions(release_id, as_of))
    or fact = any (ops_private.dismissed_checks(release_id, as_of))
    or ops_private.is_stalled_aside(release_id, fact, as_of)
    or exists (
      select from ops.dismissals d
      where d.release_id = is_dismissed.release_id and d.contested_id = fact and d.created_at <= is_dismissed.as_of
    );
end
$$;
comment on function ops_private.is_dismissed(uuid, uuid, timestamptz) is
  'Whether a fact of a release is set aside at a moment.';
revoke execute on function ops_private.is_dismissed(uuid, uuid, timestamptz) from public;

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
  if ops_private.is_dismissed(fact, release_id, as_of) then
    perform ops_private.refuse_dismissal(
      'this is dismissed already', 'nobody has to do anything', 'what is recorded after the dismissal counts');
  end if;
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
-- A definer function, because no role may write dismissals.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  v_release ops.releases;
  v_person text;
  v_now timestamptz;
  d ops.dismissals;
begin
  perform ops_private.require_role('release_manager');
  if not ops_private.is_stated(dismiss.reason) then
    raise exception using errcode = '23514', constraint = 'says_something_that_can_be_seen', schema = 'ops',
      table = 'dismissals', message = 'a dismissal needs a reason',
      hint = 'say why, in 1 to 8192 bytes with a visible character';
  end if;
  v_release := ops_private.hold_release(ops_private.release_of_fact(dismiss.fact));
  -- Nobody is granted or revoked a membership meanwhile. This lock is taken last, so no revocation waits for a release.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.members', 0));
  v_person := ops_private.current_person();
  if v_release.release_id is null then
    raise exception using errcode = 'OPS04',
      message = 'no contested report, decision, check or deployment has this id',
      hint = 'find the id in the history of the release';
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
      author, author_role, reason
    ) values (
      v_release.release_id, d.kind, d.gate_id, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
      d.contested_id, d.check_name, d.trusted, d.author, d.author_role, dismiss.reason
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
  'Sets aside a stop that nobody else can lift any more, until now; later facts count anew. fact: the id of a contested report that a machine sent or whose check cannot be read; of an objection, or a failure recorded by hand, of somebody who is no active member in that role any more; of a failed check of a build whose sender reports its part without it now; of a failed check of a deployment that is not the newest to its target any more; of a deployment in progress without a report for 24 hours. Never a check that the policy asks for by name. Only a release_manager may call it, who is not the initiator and approved nothing of the release; their later approvals of it do not count. The same call again gives the same answer. OPS04: no such fact. OPS11: a dismissal is not possible. 23514: nobody says why.';
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
  elsif d.deployment_id is not null then
    -- A rollback of what is set aside counts as a deployment.
    perform ops_private.refresh_rollbacks(d.release_id);
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
