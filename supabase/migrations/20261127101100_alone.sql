-- The kind `alone`: the only release manager of a project approves exceptions of a release that they initiated, and
-- dismisses what stops it.

alter type ops.ops_requirement_kind add value 'alone' before 'contested_report';
comment on type ops.ops_requirement_kind is
  'What a finding is about. A policy can require those up to alone. environment_healthy, deployed_artifacts and objected_elsewhere are rows of G3 that ask about production; exception_approvals says how many must approve an exception; alone lets the only release manager do what otherwise takes two; no verdict on a gate depends on these five. The kinds from contested_report on always hold.';

-- A value of an enum that was added in this transaction cannot be used in it, so the constraints compare texts.
alter table ops.gate_requirements
drop constraint policy_can_require_the_kind,
add constraint policy_can_require_the_kind
check (
  kind::text in (
    'prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health', 'environment_healthy',
    'deployed_artifacts', 'objected_elsewhere', 'exception_approvals', 'alone'
  )
),
-- It lets somebody do something or not: there is nothing to advise.
add constraint alone_is_blocking check (kind::text <> 'alone' or enforcement = 'blocking');

alter table ops.exceptions add column alone boolean not null default false;
comment on column ops.exceptions.alone is
  'Whether its approver could open it only because policy lets the only release manager of the project do so (alone): they initiated the release, or had dismissed something of it. Set by the server.';
comment on column ops.exceptions.approver_id is
  'The name by which records know the release manager who is accountable. The initiator of the release only where policy lets them (alone).';

alter table ops.dismissals add column alone boolean not null default false;
comment on column ops.dismissals.alone is
  'Whether its author could dismiss it only because policy lets the only release manager of the project do so (alone): they initiated the release, or had approved something of it. Set by the server.';

create or replace function ops_private.policy_entries(requirements jsonb, project text)
returns setof ops_private.policy_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_defaults ops_private.policy_entry;
  v_entry ops_private.policy_entry;
begin
  -- Check the size before anything is read as text.
  if (jsonb_typeof(requirements) = 'array') is not true or jsonb_array_length(requirements) > 100
    or not ops_private.is_storable(requirements)
    or exists (select from jsonb_array_elements(requirements) as e where jsonb_typeof(e.value) <> 'object') then
    raise exception using errcode = 'OPS10', message = 'a policy must be an array of at most 100 requirements',
      hint = 'send for example [{"kind": "check", "subject": "build"}], at most 256 KiB';
  end if;
  perform ops_private.refuse_fields(requirements);
  -- Before any name is looked up: few requirements are left that can name people.
  if exists (
    select from jsonb_array_elements(requirements) as r
    group by r.value ->> 'kind', r.value ->> 'subject' having count(*) > 1
  ) then
    raise exception using errcode = 'OPS10', message = 'a requirement occurs twice',
      hint = 'send one requirement for each kind and subject; min_count says how many approvals or artifacts';
  end if;
  v_defaults := jsonb_populate_record(null::ops_private.policy_entry, '{"min_count": 1, "enforcement": "blocking",
    "not_initiator": true, "one_gate": true, "require_hash": false, "own_token": false, "aal2": false,
    "accept_sso": false}');
  for v_entry in
    select p.*
    from jsonb_array_elements(requirements) as r
    cross join lateral jsonb_populate_record(v_defaults, jsonb_strip_nulls(r.value)) as p
  loop
    v_entry.approvers := ops_private.approvers_named(v_entry.approvers, policy_entries.project);
    return next v_entry;
  end loop;
exception
when numeric_value_out_of_range then
  raise exception using errcode = 'OPS10', message = 'a number is too large',
    hint = 'min_count is 1 to 20; valid_for is in seconds';
when invalid_text_representation then
  raise exception using errcode = 'OPS10', message = 'a requirement has an unknown kind, enforcement or value',
    detail = left(sqlerrm, 200),
    hint = format(
      'the kinds are %s; enforcement is blocking or advisory; min_count and valid_for (seconds) are whole numbers',
      array_to_string(enum_range(null, 'alone'::ops.ops_requirement_kind), ', '));
end
$$;

create function ops_private.lets_alone(
  release_id uuid, gates ops.ops_gate_code[], policy ops_private.requirements_in_force[] default null
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return cardinality(gates) > 0 and not exists (
    select from unnest(gates) as g (code)
    where not exists (
      select from ops_private.requirements_of(lets_alone.release_id, policy) as n
      where n.gate_code = g.code and n.kind = 'alone'
    )
  );
end
$$;
comment on function ops_private.lets_alone(
  uuid, ops.ops_gate_code[], ops_private.requirements_in_force[]
) is
  'Whether the policy of a release has the kind alone on each of these gates. policy: as ops_private.requirements_of.';
revoke execute on function ops_private.lets_alone(
  uuid, ops.ops_gate_code[], ops_private.requirements_in_force[]
) from public;

create function ops_private.is_alone(person text, project text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (ops_private.caller_assurance(clock_timestamp())).own_token
    and ops_private.current_actor() = person
    and ops_private.holds(person, 'release_manager', is_alone.project)
    and ops_private.alone_since(person, is_alone.project) + ops_private.alone_after() <= clock_timestamp();
end
$$;
comment on function ops_private.is_alone(text, text) is
  'Whether the caller is this person, by their own token, and the only release manager of a project, and nobody else was one in the last 24 hours. A membership of every project counts. What was done so is marked (exceptions.alone, dismissals.alone), so that later memberships change nothing about it.';
revoke execute on function ops_private.is_alone(text, text) from public;

create function ops_private.acts_alone(release ops.releases, person text, gates ops.ops_gate_code[]) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if not ops_private.lets_alone(release.release_id, gates) then
    return false;
  end if;
  -- Nobody is granted or revoked a membership meanwhile. This lock is taken last, so no revocation waits for a release.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.members', 0));
  return coalesce(ops_private.is_alone(person, release.project), false);
end
$$;
comment on function ops_private.acts_alone(ops.releases, text, ops.ops_gate_code[]) is
  'Whether policy lets a person do alone what concerns these gates of a release: it has the kind alone on each of them, and they are the only release manager (ops_private.is_alone).';
revoke execute on function ops_private.acts_alone(ops.releases, text, ops.ops_gate_code[]) from public;
