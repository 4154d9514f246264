-- What a gate without a policy finds, whether a gate has facts, and which exception covers what is missing.

create view ops_private.turning_points
with (security_invoker = true) as
select
  x.release_id,
  b.moment,
  x.exception_id,
  false as lapses
from ops.exceptions as x
cross join lateral unnest(array[x.effective_from, least(x.expires_at, x.revoked_at)]) as b (moment)
where (x.revoked_at > x.effective_from) is not false
union all
select
  n.release_id,
  f.created_at + make_interval(secs => n.valid_for) as moment,
  null as exception_id,
  true as lapses
from ops_private.requirements_in_force as n
inner join ops.release_gates as g on n.release_id = g.release_id and n.gate_code = g.gate_code
cross join lateral (
  select a.created_at
  from ops.approvals as a
  where n.kind = 'approval' and a.release_id = g.release_id and a.gate_id = g.gate_id and a.decision = 'approved'
    and a.persona_role::text = n.subject
  union all
  select e.created_at
  from ops.evidence_artifacts as e
  where n.kind = 'evidence' and e.release_id = g.release_id and e.gate_id = g.gate_id
    and e.artifact_type = any(string_to_array(n.subject, '|')::ops.ops_artifact_type[])
    and (e.sha256 is not null or not n.require_hash)
) as f
where n.valid_for is not null;
comment on view ops_private.turning_points is
  'The moments at which something about a release begins or ends with time alone: an exception (also one that has no effect), or (lapses) an approval or artifact whose time the policy limits.';
grant select on ops_private.turning_points to service_role, release_manager, audit_reader;

create function ops_private.find_no_policy(gate ops.release_gates) returns ops.gate_finding
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
begin
  f.gate_id := gate.gate_id;
  f.gate_code := gate.gate_code;
  f.enforcement := 'blocking';
  f.state := 'unsatisfied';
  f.requirement := 'a blocking requirement';
  f.detail := 'the policy in force has no blocking requirement';
  f.remedy := 'set a policy for the gate, and open the release under a new name';
  f.who := 'service_role';
  return f;
end
$$;
comment on function ops_private.find_no_policy(ops.release_gates) is
  'The finding on a gate without a blocking requirement. Such a gate never passes.';
revoke execute on function ops_private.find_no_policy(ops.release_gates) from public;

create function ops_private.has_facts(
  release_id uuid, gate_id uuid, gate_code ops.ops_gate_code, deployments uuid[], as_of timestamptz
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- G4 starts again with each deployment: checks and artifacts of an earlier deployment do not count.
  return exists (
      select from ops.gate_checks gc where gc.release_id = has_facts.release_id and gc.gate_id = has_facts.gate_id
        and gc.created_at <= as_of and (has_facts.gate_code <> 'G4' or gc.deployment_id = any (deployments))
    ) or exists (
      select from ops.approvals a where a.release_id = has_facts.release_id and a.gate_id = has_facts.gate_id
        and a.created_at <= as_of
    ) or exists (
      select from ops.evidence_artifacts e where e.release_id = has_facts.release_id and e.gate_id = has_facts.gate_id
        and e.created_at <= as_of
        and (has_facts.gate_code <> 'G4' or e.deployment_id is null or e.deployment_id = any (deployments))
    );
end
$$;
comment on function ops_private.has_facts(uuid, uuid, ops.ops_gate_code, uuid[], timestamptz) is
  'Whether a gate has any check, decision or artifact at a moment. On G4 checks and artifacts count only for the deployments that G4 looks at.';
revoke execute on function ops_private.has_facts(uuid, uuid, ops.ops_gate_code, uuid[], timestamptz) from public;

create function ops_private.exception_requirements(
  exception ops.exceptions, policy ops_private.requirements_in_force[] default null
)
returns table (kind ops.ops_requirement_kind, min_count integer, asked ops_private.approval_conditions, persona text)
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select n.kind, n.min_count, n.asked, coalesce(n.subject, 'release_manager')
  -- As ops_private.requirements_of, which would read the rows of all gates.
  from (
    select f.* from ops_private.requirements_in_force f
    where f.release_id = exception.release_id and f.gate_code = any (exception.impacted_gates) and policy is null
    union all
    select p.* from unnest(policy) as p
  ) as n
  where n.gate_code = any (exception.impacted_gates) and (
      n.kind = 'exception_approvals'
      or n.kind = 'approval' and n.enforcement = 'blocking' and (n.asked).own_token is not null
      and exception.exception_type = 'gate_bypass');
end
$$;
comment on function ops_private.exception_requirements(ops.exceptions, ops_private.requirements_in_force[]) is
  'What policy asks of the approvals of an exception: the rows exception_approvals of its gates, and, since a gate_bypass covers approvals, what its gates ask of those beside their number: own token, second factor, named people. persona: that of the people named.';
revoke execute on function ops_private.exception_requirements(
  ops.exceptions, ops_private.requirements_in_force[]
) from public;

create function ops_private.strictest(asked ops_private.approval_conditions[])
returns ops_private.approval_conditions
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_most ops_private.approval_conditions;
begin
  select bool_or(a.own_token), bool_or(a.aal2), bool_and(a.accept_sso) filter (where a.aal2)
  into v_most.own_token, v_most.aal2, v_most.accept_sso
  from unnest(asked) as a;
  return v_most;
end
$$;
comment on function ops_private.strictest(ops_private.approval_conditions[]) is
  'The most that several requirements ask of an approval. Single sign-on is as good as a second factor only where all that ask for one accept it. Lists of people are left out.';
revoke execute on function ops_private.strictest(ops_private.approval_conditions[]) from public;

create function ops_private.exception_conditions(
  exception ops.exceptions, policy ops_private.requirements_in_force[] default null
) returns ops_private.approval_conditions
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.strictest(array(
    select n.asked from ops_private.exception_requirements(exception, policy) as n));
end
$$;
comment on function ops_private.exception_conditions(ops.exceptions, ops_private.requirements_in_force[]) is
  'What each approval of an exception must meet: the most that policy asks. Named people are asked for by ops_private.named_missing.';
revoke execute on function ops_private.exception_conditions(
  ops.exceptions, ops_private.requirements_in_force[]
) from public;

create function ops_private.unmet_by(
  approval ops.approvals, policy ops_private.requirements_in_force[] default null
) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_asked ops_private.approval_conditions;
begin
  if approval.scope = 'exception' then
    v_asked := (
      select ops_private.exception_conditions(x, policy) from ops.exceptions x
      where x.exception_id = approval.exception_id);
  elsif approval.scope = 'release' then
    -- It lifts an objection of the person to the whole release: so the most that any gate asks of them holds.
    v_asked := ops_private.strictest(array(
      select n.asked from ops_private.requirements_of(approval.release_id, policy) as n
      where n.kind in ('approval', 'exception_approvals')));
  else
    v_asked := (
      select n.asked
      from ops.release_gates g
      join ops_private.requirements_of(approval.release_id, policy) as n on n.gate_code = g.gate_code
      where g.release_id = approval.release_id and g.gate_id = approval.gate_id
        and n.kind = 'approval' and n.subject = approval.persona_role::text
    );
  end if;
  return ops_private.what_is_unmet(v_asked, approval.approver_id, approval.assurance, approval.created_at);
end
$$;
comment on function ops_private.unmet_by(ops.approvals, ops_private.requirements_in_force[]) is
  'What an approval does not meet of what the policy of its release asks; null when it meets all. An approval of the release as a whole must meet the most that any gate asks, but no list of people. That policy never changes, so the answer is kept with the approval. policy: as ops_private.requirements_of.';
revoke execute on function ops_private.unmet_by(ops.approvals, ops_private.requirements_in_force[]) from public;

create function ops_private.unmet_by_policy(release_id uuid, policy ops_private.requirements_in_force[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if policy is null then
    return null;
  end if;
  return (
    select coalesce(jsonb_object_agg(a.approval_id, ops_private.unmet_by(a, policy)), '{}'::jsonb)
    from ops.approvals a
    where a.release_id = unmet_by_policy.release_id and a.decision = 'approved'
  );
end
$$;
comment on function ops_private.unmet_by_policy(uuid, ops_private.requirements_in_force[]) is
  'What each approval of a release would not meet if it was judged by this policy (ops_private.requirements_of): an object of approval_id and the field of the requirement, null for nothing. Null without a policy: the answer that was kept with each approval counts then.';
revoke execute on function ops_private.unmet_by_policy(uuid, ops_private.requirements_in_force[]) from public;

create function ops_private.named_missing(
  exception ops.exceptions, approvals ops_private.standing_decision[],
  policy ops_private.requirements_in_force[] default null
)
returns table (said text, people text[])
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    format('%s of %s approvals by the people that policy names: %s', cardinality(c.approving), n.min_count,
      ops_private.names_in_words((n.asked).approvers)),
    array(select e from unnest((n.asked).approvers) as e where e <> all (c.approving))
  from ops_private.exception_requirements(exception, policy) as n
  cross join lateral (
    select array(
      select distinct a.approver_id from unnest(approvals) as a
      where a.approver_id = any ((n.asked).approvers) and a.persona_role::text in ('release_manager', n.persona)
    ) as approving
  ) as c
  where cardinality(c.approving) < n.min_count and (n.asked).approvers is not null;
end
$$;
comment on function ops_private.named_missing(
  ops.exceptions, ops_private.standing_decision[], ops_private.requirements_in_force[]
) is
  'The lists of named people of whom too few approve an exception, by approvals that count: in words, and who is left.';
revoke execute on function ops_private.named_missing(
  ops.exceptions, ops_private.standing_decision[], ops_private.requirements_in_force[]
) from public;

create function ops_private.counted_on_exception(
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
        exception.unmet, null)::ops_private.standing_decision as p, true as of_these
      union all
      select d, not release.has_artifacts
        or d.artifacts_digest is not distinct from ops_private.artifacts_digest(release.release_id, as_of)
      from unnest(decisions) as d
    ) as e
    where e.of_these and (e.p).decision = 'approved' and (e.p).unmet is null
      and (e.p).approver_id <> release.initiating_actor
      and not (release.dismissed and (e.p).approver_id = any (ops_private.dismissers(release.release_id, as_of)))
  );
end
$$;
comment on function ops_private.counted_on_exception(
  ops.exceptions, ops.releases, ops_private.standing_decision[], timestamptz
) is
  'The approvals of an exception that count at a moment, in every persona: that of its approver, and those by decision. Not those of the initiator of the release and of who dismissed something of it, those of other artifacts, and those that do not meet what policy asks.';
revoke execute on function ops_private.counted_on_exception(
  ops.exceptions, ops.releases, ops_private.standing_decision[], timestamptz
) from public;

create function ops_private.exception_approvals(
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
comment on function ops_private.exception_approvals(
  ops.exceptions, timestamptz, ops_private.requirements_in_force[]
) is
  'What the decisions on an exception say at a moment. approvals: how many release managers approve it by an approval that counts (ops_private.counted_on_exception), its approver included. needed: the most that the policy of its gates asks. objection: the standing rejections and requests for changes in words, null without any. missing: what is missing of the own tokens, second factors and named people that policy asks for, in words, null when nothing is or none is asked for. people_left: the named people whose approval is still missing. approved: there are enough approvals, nothing is missing, and no objection.';
revoke execute on function ops_private.exception_approvals(
  ops.exceptions, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.authorises(
  exception ops.exceptions, at timestamptz, policy ops_private.requirements_in_force[] default null
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.is_active(exception, at) and (ops_private.exception_approvals(exception, at, policy)).approved;
end
$$;
comment on function ops_private.authorises(ops.exceptions, timestamptz, ops_private.requirements_in_force[]) is
  'Whether an exception has an effect at a moment: it is active, enough release managers approve it, with all that policy asks of their approvals, and nobody objects to it. The only place of this rule.';
revoke execute on function ops_private.authorises(
  ops.exceptions, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.exception_now(
  exception ops.exceptions, out approvals bigint, out needed integer, out objection text, out approved boolean,
  out missing text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a view's reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.exceptions', 'ops.approvals');
  select a.approvals, a.needed, a.objection, a.approved, a.missing
  into exception_now.approvals, exception_now.needed, exception_now.objection, exception_now.approved,
    exception_now.missing
  from ops_private.exception_approvals(exception, 'infinity') as a;
end
$$;
comment on function ops_private.exception_now(ops.exceptions) is
  'What the decisions on an exception say now, as ops_private.exception_approvals. For views. Raises 42501 when the caller may not read exceptions and approvals.';

create function ops_private.authorises_now(exception ops.exceptions) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a view's reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.exceptions', 'ops.approvals');
  return ops_private.authorises(exception, clock_timestamp());
end
$$;
comment on function ops_private.authorises_now(ops.exceptions) is
  'Whether an exception has an effect now. For views. Raises 42501 when the caller may not read exceptions and approvals.';

create function ops_private.covering_exception(
  release_id uuid, gate_codes ops.ops_gate_code[], only_evidence boolean, as_of timestamptz,
  policy ops_private.requirements_in_force[] default null
) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = covering_exception.release_id and x.impacted_gates @> covering_exception.gate_codes
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
      and ops_private.authorises(x, as_of, covering_exception.policy)
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$$;
comment on function ops_private.covering_exception(
  uuid, ops.ops_gate_code[], boolean, timestamptz, ops_private.requirements_in_force[]
) is
  'The exception with an effect at the moment that names all these gates and covers everything that is missing: a gate_bypass, or an evidence_waiver when only evidence is missing. If there are several: the one that ends last, then the smallest id.';
revoke execute on function ops_private.covering_exception(
  uuid, ops.ops_gate_code[], boolean, timestamptz, ops_private.requirements_in_force[]
) from public;
