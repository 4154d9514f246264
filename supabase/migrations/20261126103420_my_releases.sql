-- The releases of the caller's projects, newest first, page by page.

create type ops.my_release as (
  release_id uuid,
  project text,
  release_name text,
  environment_target ops.ops_environment,
  source_ref text,
  initiating_actor text,
  status ops.ops_release_status,
  opened_at timestamptz,
  closed_at timestamptz,
  close_reason ops.ops_close_reason,
  gates jsonb,
  eligible_for_staging boolean,
  eligible_for_production boolean,
  waits_at ops.ops_gate_code,
  waits_for text,
  waits_since timestamptz
);
comment on type ops.my_release is
  'A release as each role may know it: what it is, where each gate stands, where it may go, and what it waits for.';
comment on column ops.my_release.release_id is 'Its id. That of the last row of a page is the cursor to the next page.';
comment on column ops.my_release.project is 'Its project.';
comment on column ops.my_release.release_name is 'Its name within the project.';
comment on column ops.my_release.environment_target is 'The environment that it is for.';
comment on column ops.my_release.source_ref is 'What is released.';
comment on column ops.my_release.initiating_actor is 'Who started it.';
comment on column ops.my_release.status is 'Its status; a closed one keeps the one that it had.';
comment on column ops.my_release.opened_at is 'When it was opened.';
comment on column ops.my_release.closed_at is 'When it was closed. Null while it is open.';
comment on column ops.my_release.close_reason is 'Why it was closed.';
comment on column ops.my_release.gates is 'Its gates, G1 first: [{gate_code, status, since}].';
comment on column ops.my_release.eligible_for_staging is 'Whether it may be deployed to staging now.';
comment on column ops.my_release.eligible_for_production is 'Whether it may be deployed to production now.';
comment on column ops.my_release.waits_at is
  'The first gate that is neither passed nor bypassed. Null when it waits for nothing, or for something beside the gates.';
comment on column ops.my_release.waits_for is
  'What it waits for, in words: the first thing that is missing. Null when nothing is, and when it is closed.';
comment on column ops.my_release.waits_since is 'Since when.';

create type ops_private.wanted_releases as (
  projects text[],
  statuses ops.ops_release_status[],
  closed boolean,
  environment ops.ops_environment,
  mine boolean,
  waiting boolean,
  text text
);
comment on type ops_private.wanted_releases is
  'Which releases are asked for. A field is null when it excludes none. projects: those that the caller may see, or the one that they name. statuses: of those that are not closed. closed: also those that are.';

create function ops_private.refuse_filter(key text, wanted text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = '22023',
    message = format('the filter of releases cannot have this: %s', left(key, 100)), detail = wanted,
    hint = 'the keys are project, status, environment, mine, waiting and text';
end
$$;
comment on function ops_private.refuse_filter(text, text) is
  'Raises 22023: a key that no filter has, or a value that it cannot have. wanted: what it can have.';
revoke execute on function ops_private.refuse_filter(text, text) from public;

create function ops_private.require_filter(filter jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
  v_value jsonb;
begin
  if (jsonb_typeof(filter) = 'object' and pg_column_size(filter) <= 8192) is not true then
    perform ops_private.refuse_filter('this value', 'a filter is an object of at most 8 KiB');
  end if;
  for v_key, v_value in select e.key, e.value from jsonb_each(filter) as e loop
    continue when v_value = 'null' and v_key in ('project', 'status', 'environment', 'mine', 'waiting', 'text');
    if (v_key in ('mine', 'waiting')) and jsonb_typeof(v_value) <> 'boolean' then
      perform ops_private.refuse_filter(v_key, 'true or false');
    elsif v_key in ('project', 'text') and jsonb_typeof(v_value) <> 'string' then
      perform ops_private.refuse_filter(v_key, 'a text');
    elsif v_key = 'environment'
      and not (jsonb_typeof(v_value) = 'string' and v_value <@ to_jsonb(enum_range(null::ops.ops_environment))) then
      perform ops_private.refuse_filter(v_key, 'dev, staging or production');
    elsif v_key = 'status' and (
      jsonb_typeof(v_value) = 'object' or v_value = '[]'
      or not v_value <@ (to_jsonb(enum_range(null::ops.ops_release_status)) || '"closed"')
    ) then
      perform ops_private.refuse_filter(
        v_key, 'draft, in_progress, promoted, failed, rolled_back or closed; or a list of these');
    elsif v_key not in ('project', 'status', 'environment', 'mine', 'waiting', 'text') then
      perform ops_private.refuse_filter(v_key, 'nobody knows this key');
    end if;
  end loop;
end
$$;
comment on function ops_private.require_filter(jsonb) is
  'Raises 22023 unless this is a filter of releases: an object of at most 8 KiB with keys of the closed list, each with a value of its kind or null.';
revoke execute on function ops_private.require_filter(jsonb) from public;

create function ops_private.read_filter(filter jsonb, reach ops_private.reach[]) returns ops_private.wanted_releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted ops_private.wanted_releases;
  v_status constant jsonb := nullif(filter -> 'status', 'null');
begin
  perform ops_private.require_filter(filter);
  v_wanted.projects := ops_private.projects_in(reach);
  if filter ->> 'project' is not null then
    -- One that is not registered, or not the caller's, has no releases to show, and nothing tells the two apart.
    v_wanted.projects := array(
      select p.project from ops.projects p
      where p.project = ops_private.project_or_null(filter ->> 'project')
        and (v_wanted.projects is null or p.project = any (v_wanted.projects)));
  end if;
  if v_status is not null then
    v_wanted.statuses := array(
      select s::ops.ops_release_status from jsonb_array_elements_text(
        case jsonb_typeof(v_status) when 'array' then v_status else jsonb_build_array(v_status) end) as s
      where s <> 'closed');
    v_wanted.closed := v_status @> '"closed"';
  end if;
  v_wanted.environment := (filter ->> 'environment')::ops.ops_environment;
  v_wanted.mine := filter -> 'mine' = 'true';
  v_wanted.waiting := filter -> 'waiting' = 'true';
  v_wanted.text := nullif(lower(filter ->> 'text'), '');
  return v_wanted;
end
$$;
comment on function ops_private.read_filter(jsonb, ops_private.reach[]) is
  'A filter of releases, read for a person with these memberships. Raises 22023 when it is none.';
revoke execute on function ops_private.read_filter(jsonb, ops_private.reach[]) from public;
