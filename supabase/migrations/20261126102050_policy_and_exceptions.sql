-- The policy in force for a gate, whether the gate has facts, and which exception covers what is missing.

create view ops_private.requirements_in_force
with (security_invoker = true) as
select
  r.release_id,
  q.gate_code,
  q.kind,
  q.subject::text collate "default" as subject, -- noqa: RF02
  q.min_count,
  q.enforcement,
  q.separation_of_duties,
  q.valid_for,
  q.require_hash,
  q.on_gate
from ops.releases as r
inner join ops_private.policy_rows as q
  on r.created_at >= q.valid_from and (q.valid_to is null or r.created_at < q.valid_to)
where q.project = r.project or (
  q.project is null and not exists (
    select from ops.gate_requirements as own
    where own.project = r.project and own.gate_code = q.gate_code
      and own.valid_from <= r.created_at and (own.valid_to is null or r.created_at < own.valid_to)
  )
);
comment on view ops_private.requirements_in_force is
  'The requirements of each gate of each release: the rows that were in force when the release was opened. If a project has rows of its own for a gate, they replace the default rows of that gate.';
grant select on ops_private.requirements_in_force to service_role, release_manager, audit_reader;

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

create function ops_private.exception_approvals(
  exception ops.exceptions, as_of timestamptz, out approvals bigint, out needed integer, out objection text,
  out approved boolean
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  select coalesce(max(n.min_count), 1) into exception_approvals.needed
  from ops_private.requirements_in_force n
  where n.release_id = exception.release_id and n.kind = 'exception_approvals'
    and n.gate_code = any (exception.impacted_gates);
  select
    count(distinct p.person) filter (where p.person <> r.initiating_actor and p.decision = 'approved'
      and not (r.dismissed and p.person = any (ops_private.dismissers(r.release_id, as_of)))),
    case when bool_or(p.decision = 'rejected') then 'rejected by ' else 'changes requested by ' end
      || string_agg(distinct p.person, ', ') filter (where p.decision <> 'approved')
  into exception_approvals.approvals, exception_approvals.objection
  from ops.releases r
  cross join lateral (
    select exception.approver_id as person, 'approved'::ops.ops_decision_type as decision
    union all
    select d.approver_id, d.decision
    from ops_private.standing_decisions(exception.release_id, null, as_of, exception.exception_id) as d
    where d.decision <> 'approved' or d.persona_role = 'release_manager' and (
      not r.has_artifacts
      or d.artifacts_digest is not distinct from ops_private.artifacts_digest(r.release_id, as_of))
  ) as p
  where r.release_id = exception.release_id;
  exception_approvals.approved := objection is null and approvals >= needed;
end
$$;
comment on function ops_private.exception_approvals(ops.exceptions, timestamptz) is
  'What the decisions on an exception say at a moment. approvals: how many release managers approve it, its approver included, and the initiator of the release, those who dismissed something of it, and approvals of other artifacts not. needed: the most that the policy of its gates asks. objection: the standing rejections and requests for changes in words, null without any. approved: there are enough approvals, and no objection.';
revoke execute on function ops_private.exception_approvals(ops.exceptions, timestamptz) from public;

create function ops_private.authorises(exception ops.exceptions, at timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.is_active(exception, at) and (ops_private.exception_approvals(exception, at)).approved;
end
$$;
comment on function ops_private.authorises(ops.exceptions, timestamptz) is
  'Whether an exception has an effect at a moment: it is active, enough release managers approve it, and nobody objects to it. The only place of this rule.';
revoke execute on function ops_private.authorises(ops.exceptions, timestamptz) from public;

create function ops_private.exception_now(
  exception ops.exceptions, out approvals bigint, out needed integer, out objection text, out approved boolean
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a view's reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.exceptions', 'ops.approvals');
  select a.* into exception_now.approvals, exception_now.needed, exception_now.objection, exception_now.approved
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
  release_id uuid, gate_codes ops.ops_gate_code[], only_evidence boolean, as_of timestamptz
) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = covering_exception.release_id and x.impacted_gates @> covering_exception.gate_codes
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
      and ops_private.authorises(x, as_of)
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$$;
comment on function ops_private.covering_exception(uuid, ops.ops_gate_code[], boolean, timestamptz) is
  'The exception with an effect at the moment that names all these gates and covers everything that is missing: a gate_bypass, or an evidence_waiver when only evidence is missing. If there are several: the one that ends last, then the smallest id.';
revoke execute on function ops_private.covering_exception(uuid, ops.ops_gate_code[], boolean, timestamptz) from public;
