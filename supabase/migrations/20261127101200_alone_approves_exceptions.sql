-- The only release manager approves exceptions.

create or replace function ops_private.tg_prepare_exception() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it reads members; the writer may not
as $$
declare
  r ops.releases;
begin
  new.approver_id := ops_private.resolve_person(
    name => new.approver_id, persona => 'release_manager', project => new.project);
  select x.* into r from ops.releases x where x.release_id = new.release_id and ops_private.sees(x.project);
  new.alone := (
    new.approver_id = r.initiating_actor
    or r.dismissed and new.approver_id = any (ops_private.dismissers(r.release_id, 'infinity'))
  ) is true and ops_private.acts_alone(r, new.approver_id, new.impacted_gates);
  if new.approver_id = r.initiating_actor and not new.alone then
    raise exception using errcode = 'OPS07', message = 'the initiator of a release cannot approve an exception for it',
      hint = 'ask another release manager; where there is only one, policy may let them (alone)';
  end if;
  -- now() is the start of the transaction: a caller may send the time at which their transaction began.
  if new.effective_from < now() then
    raise exception using errcode = 'OPS07', message = 'an exception cannot take effect before it is recorded',
      detail = format('effective_from is %s', new.effective_from), hint = 'leave out effective_from to start now';
  end if;
  new.effective_from := greatest(new.effective_from, new.created_at);
  new.assurance := ops_private.caller_assurance(new.created_at);
  new.unmet := case when exists (
    select from ops.gate_requirements q where q.own_token or q.aal2
  ) then ops_private.what_is_unmet(
    ops_private.exception_conditions(new), new.approver_id, new.assurance, new.created_at) end;
  new.post_review_status := 'pending';
  new.reviewed_at := null;
  new.reviewed_by := null;
  new.revoked_at := null;
  new.revoked_by := null;
  return new;
end
$$;
comment on function ops_private.tg_prepare_exception() is
  'Before insert: resolves the approver (42501, OPS06), and sets assurance, unmet and alone. Raises OPS07 when the approver is the initiator of the release and policy does not let them (ops_private.acts_alone), or when effective_from is in the past.';

create or replace function ops_private.counted_on_exception(
  exception ops.exceptions, release ops.releases, decisions ops_private.standing_decision[], as_of timestamptz
) returns ops_private.standing_decision[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select p
    from (
      -- Who opened it approves it, whatever was built since.
      select (exception.approver_id, 'release_manager', 'approved', null, exception.created_at, null,
        exception.unmet, null)::ops_private.standing_decision as p, true as of_these,
        exception.alone as alone
      union all
      select d, not release.has_artifacts
        or d.artifacts_digest is not distinct from ops_private.artifacts_digest(release.release_id, as_of), false
      from unnest(decisions) as d
    ) as e
    where e.of_these and (e.p).decision = 'approved' and (e.p).unmet is null
      and (e.alone or (e.p).approver_id <> release.initiating_actor and not (release.dismissed and exists (
        select from ops.dismissals d
        where d.release_id = release.release_id and d.created_by = (e.p).approver_id and d.created_at <= as_of
          -- Who dismisses alone had to: what they approved before still counts.
          and not (d.alone and (e.p).recorded_at < d.created_at)
      )))
  );
end
$$;
comment on function ops_private.counted_on_exception(
  ops.exceptions, ops.releases, ops_private.standing_decision[], timestamptz
) is
  'The approvals of an exception that count at a moment, in every persona: that of its approver, and those by decision. Not those of the initiator of the release and of who dismissed something of it, unless they did so alone (exceptions.alone; dismissals.alone for what they approved before); not those of other artifacts, and not those that do not meet what policy asks.';

create or replace function ops_private.exception_approvals(
  exception ops.exceptions, as_of timestamptz, policy ops_private.requirements_in_force[] default null,
  out approvals bigint, out needed integer, out objection text, out approved boolean, out missing text,
  out people_left text[]
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_asks boolean;
  v_decisions constant ops_private.standing_decision[] := array(
    select d from ops_private.standing_decisions(
      exception.release_id, null, as_of, exception.exception_id,
      unmet => ops_private.unmet_by_policy(exception.release_id, policy)) as d);
  v_counted ops_private.standing_decision[];
begin
  select coalesce(max(n.min_count) filter (where n.kind = 'exception_approvals'), 1), bool_or((n.asked).own_token is not null)
  into exception_approvals.needed, v_asks
  from ops_private.exception_requirements(exception, policy) as n;
  if policy is not null then
    exception.unmet := ops_private.what_is_unmet(
      ops_private.exception_conditions(exception, policy), exception.approver_id, exception.assurance,
      exception.created_at);
    exception.alone := exception.alone and ops_private.lets_alone(exception.release_id, exception.impacted_gates, policy);
  end if;
  v_counted := (
    select ops_private.counted_on_exception(exception, r, v_decisions, as_of)
    from ops.releases r where r.release_id = exception.release_id);
  exception_approvals.approvals := (
    select count(distinct c.approver_id) from unnest(v_counted) as c where c.persona_role = 'release_manager');
  exception_approvals.objection := (
    select case when bool_or(d.decision = 'rejected') then 'rejected by ' else 'changes requested by ' end
      || string_agg(distinct d.approver_id, ', ')
    from unnest(v_decisions) as d where d.decision <> 'approved');
  people_left := '{}';
  if v_asks then
    -- A subject has no blanks.
    select
      string_agg(n.said, '; ' order by n.said),
      string_to_array(coalesce(string_agg(array_to_string(n.people, ' '), ' '), ''), ' ')
    into missing, people_left
    from ops_private.named_missing(exception, v_counted, policy) as n;
  end if;
  exception_approvals.approved := objection is null and approvals >= needed and missing is null;
  if v_asks and not (approvals >= needed and missing is null) then
    missing := concat(coalesce(missing, format('%s of %s approvals', approvals, needed)), (
      select string_agg(ops_private.uncounted_in_words(u.unmet, u.person), '' order by u.unmet, u.person)
      from (
        select exception.unmet, exception.approver_id as person where exception.unmet is not null
        union
        select d.unmet, d.approver_id from unnest(v_decisions) as d where d.unmet is not null
      ) as u
      where u.person not in (select c.approver_id from unnest(v_counted) as c)
    ));
  end if;
end
$$;
