-- Change the policy of a gate for releases that are opened from now on. There is no other way to change it.

create type ops_private.policy_entry as (
  kind ops.ops_requirement_kind,
  subject text,
  min_count integer,
  enforcement ops.ops_enforcement,
  not_initiator boolean,
  one_gate boolean,
  valid_for integer,
  require_hash boolean,
  own_token boolean,
  aal2 boolean,
  accept_sso boolean,
  approvers text[]
);
comment on type ops_private.policy_entry is
  'What a requirement says: the fields of a policy, which are columns of ops.gate_requirements.';

create function ops_private.entry_of(requirement ops.gate_requirements) returns ops_private.policy_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_populate_record(null::ops_private.policy_entry, to_jsonb(requirement));
end
$$;
comment on function ops_private.entry_of(ops.gate_requirements) is 'What a requirement says, without where and when.';
revoke execute on function ops_private.entry_of(ops.gate_requirements) from public;

create function ops_private.refuse_fields(requirements jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_types jsonb;
  v_fields text;
  v_unknown text;
  v_mistyped text;
begin
  select
    string_agg(a.attname, ', ' order by a.attnum),
    jsonb_object_agg(a.attname, case a.atttypid::regtype::text
      when 'boolean' then 'boolean' when 'integer' then 'number' when 'text[]' then 'array' else 'string' end)
  into v_fields, v_types
  from pg_attribute as a where a.attrelid = 'ops_private.policy_entry'::regclass and not a.attisdropped;
  select
    string_agg(distinct f.name, ', ') filter (where not v_types ? f.name),
    -- Nothing is converted: "2" or "yes" may mean something else than it would become.
    string_agg(distinct format('%s must be %s', f.name, case v_types ->> f.name
      when 'boolean' then 'true or false' when 'number' then 'a whole number' when 'array' then 'a list of texts'
      else 'a text' end), ', ') filter (where jsonb_typeof(f.value) <> v_types ->> f.name
        or f.name = 'approvers' and jsonb_path_exists(f.value, '$[*] ? (@.type() != "string")')
        or v_types ->> f.name = 'number' and f.value::text ~ '[.]')
  into v_unknown, v_mistyped
  from jsonb_array_elements(requirements) as e cross join lateral jsonb_each(e.value) as f (name, value)
  where jsonb_typeof(f.value) <> 'null' or not v_types ? f.name;
  if v_unknown is not null then
    raise exception using errcode = 'OPS10', message = format('a requirement has no field %s', left(v_unknown, 200)),
      hint = 'the fields are ' || v_fields;
  elsif v_mistyped is not null then
    raise exception using errcode = 'OPS10', message = format('a field is of another type: %s', v_mistyped),
      hint = 'write numbers, true and false without quotes, and leave out what is not asked';
  end if;
end
$$;
comment on function ops_private.refuse_fields(jsonb) is
  'Raises OPS10 when a requirement has a field that there is not, or a value of another JSON type than its field has. Null counts as left out.';
revoke execute on function ops_private.refuse_fields(jsonb) from public;

create function ops_private.policy_entries(requirements jsonb, project text)
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
      array_to_string(enum_range(null, 'exception_approvals'::ops.ops_requirement_kind), ', '));
end
$$;
comment on function ops_private.policy_entries(jsonb, text) is
  'The requirements of a policy for a project (null for all), from an array of objects with the fields of ops_private.policy_entry, with defaults filled in, and the approvers by subject. Raises OPS10 when one cannot be read, OPS06 when an approver is no active person.';
revoke execute on function ops_private.policy_entries(jsonb, text) from public;

create function ops_private.replace_policy(
  gate_code ops.ops_gate_code, project text, entries ops_private.policy_entry[], as_of timestamptz
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  -- Composite values are equal where both are null.
  v_open constant ops_private.policy_entry[] := array(
    select ops_private.entry_of(q) from ops.gate_requirements q
    where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
      and q.valid_to is null
  );
begin
  update ops.gate_requirements q set valid_to = as_of
  from unnest(v_open) as o
  where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
    and q.valid_to is null and (q.kind, q.subject) is not distinct from (o.kind, o.subject)
    and o <> all (entries);
  insert into ops.gate_requirements (
    project, gate_code, kind, subject, min_count, enforcement, not_initiator, one_gate, valid_for, require_hash,
    own_token, aal2, accept_sso, approvers
  )
  select replace_policy.project, replace_policy.gate_code, e.*
  from unnest(entries) as e
  where e <> all (v_open);
exception when check_violation or unique_violation or not_null_violation then
  raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate, or occurs twice',
    detail = left(sqlerrm, 200),
    hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
end
$$;
comment on function ops_private.replace_policy(
  ops.ops_gate_code, text, ops_private.policy_entry[], timestamptz
) is
  'Closes the open rows of a gate, of a project or (null) of the defaults, that say nothing of these requirements, and opens one for each that is new. Raises OPS10 when one does not fit its gate.';
revoke execute on function ops_private.replace_policy(
  ops.ops_gate_code, text, ops_private.policy_entry[], timestamptz
) from public;

create function ops_private.require_whole_policy(gate_code ops.ops_gate_code, project text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows bigint;
  v_blocking boolean;
  v_alike boolean;
begin
  select
    count(*), coalesce(bool_or(q.enforcement = 'blocking' and q.on_gate), false),
    coalesce(bool_and(q.one_gate) filter (where q.kind = 'approval')
      = bool_or(q.one_gate) filter (where q.kind = 'approval'), true)
  into v_rows, v_blocking, v_alike
  from ops_private.policy_rows q
  where q.gate_code = require_whole_policy.gate_code and q.project is not distinct from require_whole_policy.project
    and q.valid_to is null;
  -- A project without rows of its own uses the default rows.
  if not v_blocking and (v_rows > 0 or require_whole_policy.project is null) then
    raise exception using errcode = 'OPS10', message = format('%s would have no blocking requirement', gate_code),
      hint = 'keep at least one blocking requirement, or open an exception for the release';
  elsif not v_alike then
    -- Otherwise it would depend on the order of two requirements whether one person may meet both.
    raise exception using errcode = 'OPS10',
      message = format('the approvals of %s do not say one_gate alike', gate_code),
      hint = 'say it alike in each approval of the gate: whether one person may give several of them';
  end if;
end
$$;
comment on function ops_private.require_whole_policy(ops.ops_gate_code, text) is
  'Raises OPS10 when the open rows of a gate, of a project or (null) of the defaults, do not make a policy: without a blocking requirement (a project may have no rows at all), or with approvals that differ in one_gate.';
revoke execute on function ops_private.require_whole_policy(ops.ops_gate_code, text) from public;

create function ops.set_gate_policy(gate_code text, requirements jsonb, project text default null)
returns table (release_id uuid, release_project text, release_name text, touched boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write requirements
as $$
declare
  v_gate ops.ops_gate_code;
  v_project text;
  v_entries ops_private.policy_entry[];
  v_now timestamptz;
begin
  perform ops_private.require_operator();
  if (set_gate_policy.gate_code in ('G1', 'G2', 'G3', 'G4')) is not true then
    raise exception using errcode = 'OPS10', message = 'there is no such gate', hint = 'name G1, G2, G3 or G4';
  end if;
  v_gate := set_gate_policy.gate_code::ops.ops_gate_code;
  if set_gate_policy.project is not null then
    v_project := ops_private.project_named(set_gate_policy.project);
  end if;
  v_entries := array(select e from ops_private.policy_entries(requirements, v_project) as e);
  -- Wait for releases that are being opened, and make later ones wait, so that each release has one policy.
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  v_now := clock_timestamp();
  perform ops_private.replace_policy(v_gate, v_project, v_entries, v_now);
  perform ops_private.require_whole_policy(v_gate, v_project);
  return query
  select r.release_id, r.project, r.release_name::text, r.created_at >= v_now from ops.releases r
  where r.status in ('draft', 'in_progress') and r.closed_at is null
    and (v_project is null or r.project = v_project)
  order by r.created_at;
end
$$;
comment on function ops.set_gate_policy(text, jsonb, text) is
  'Replaces the requirements of a gate for releases opened from now on: for one project, or (project null) for all projects without rows of their own. An empty array makes a project use the defaults again. Rows are closed and opened, never edited. Returns the open releases concerned; touched says whether the new policy applies to the release. Only service_role and the owner of the schemas may call it. OPS04: the project is not registered. OPS06: somebody named in approvers is no active person, or none of them holds the role in which they are to approve. OPS10: the policy is refused.';
revoke execute on function ops.set_gate_policy(text, jsonb, text) from public;
grant execute on function ops.set_gate_policy(text, jsonb, text) to service_role;
