-- The only release manager dismisses what stops a release that they initiated, or of which they approved something.

create function ops_private.why_no_dismisser(release ops.releases, person text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.initiating_actor = person then
    return 'initiator';
  elsif exists (
    select from ops.approvals a
    where a.release_id = release.release_id and a.approver_id = person and a.decision = 'approved'
      and not ops_private.is_unsure(a.unmet)
  ) or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and x.approver_id = person and not ops_private.is_unsure(x.unmet)
  ) then
    return 'approver';
  end if;
  return null;
end
$$;
comment on function ops_private.why_no_dismisser(ops.releases, text) is
  'Why a person dismisses nothing of a release: initiator, or approver of anything of it, an exception included. Null when nothing bars them. An approval that is not surely theirs (ops_private.is_unsure) does not bar them.';
revoke execute on function ops_private.why_no_dismisser(ops.releases, text) from public;

create function ops_private.dismisses_alone(release ops.releases, person text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_why constant text := ops_private.why_no_dismisser(release, person);
begin
  if v_why is null then
    return false;
  end if;
  -- Any gate may change by a dismissal, so policy must let them at each.
  if ops_private.lets_alone(release.release_id, '{G1,G2,G3,G4}') and ops_private.is_alone(person, release.project) then
    return true;
  end if;
  raise exception using errcode = 'OPS11',
    message = case when v_why = 'initiator' then 'the initiator of a release dismisses nothing of it'
      else 'who approved something of a release, or an exception for it, dismisses nothing of it' end,
    detail = case when v_why = 'initiator' then 'another release manager can'
      else 'a release manager who approved nothing of it can' end,
    hint = 'ask them, and say why it should be dismissed';
end
$$;
comment on function ops_private.dismisses_alone(ops.releases, text) is
  'Whether a person could not dismiss anything of a release (ops_private.why_no_dismisser), but that policy has the kind alone on each gate and they are the only release manager (ops_private.is_alone). Raises OPS11 when they may not dismiss.';
revoke execute on function ops_private.dismisses_alone(ops.releases, text) from public;

create or replace function ops_private.require_dismisser(release ops.releases, person text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.dismisses_alone(release, person);
end
$$;
comment on function ops_private.require_dismisser(ops.releases, text) is
  'Raises OPS11 for who may dismiss nothing of a release (ops_private.dismisses_alone).';

create or replace function ops.dismiss(fact uuid, reason text) returns jsonb
-- A definer function, because no role may write dismissals.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  v_release ops.releases;
  v_person text;
  v_now timestamptz;
  v_alone boolean;
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
    v_alone := ops_private.dismisses_alone(v_release, v_person);
    v_now := ops_private.next_moment(v_release.release_id);
    d := ops_private.dismissal_of(dismiss.fact, v_person, v_release.release_id, v_now);
    insert into ops.dismissals as x (
      release_id, kind, gate_id, exception_id, deployment_id, check_id, approval_id, contested_id, check_name, trusted,
      author, author_role, reason, alone
    ) values (
      v_release.release_id, d.kind, d.gate_id, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
      d.contested_id, d.check_name, d.trusted, d.author, d.author_role, dismiss.reason, v_alone
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
  'Sets aside a stop that nobody else can lift any more, until now; later facts count anew. fact: the id of a contested report that a machine sent or whose check cannot be read; of an objection, or a failure recorded by hand, of somebody who is no active member in that role any more; of a failed check of a build whose sender reports its part without it now; of a failed check of a deployment that is not the newest to its target any more; of a deployment in progress without a report for 24 hours. Never a check that the policy asks for by name. Only a release_manager may call it, who is not the initiator and approved nothing of the release, or whom policy lets dismiss alone; their later approvals of it do not count. The same call again gives the same answer. OPS04: no such fact. OPS11: a dismissal is not possible. 23514: nobody says why.';
