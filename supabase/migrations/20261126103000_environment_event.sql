-- environment_event: something happened in an environment. It has no gate and may have no release.

select ops_private.define_event_type('environment_event', '{ci_service_role,sre}', '[
  {"field": "environment", "type": "enum", "required": true, "enum": "ops_environment"},
  {"field": "event_type", "type": "word", "required": true},
  {"field": "project", "type": "name"},
  {"field": "data", "type": "object"}]');

create function ops_private.refuse_project(code text, expected text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.refuse_event('invalid_payload', jsonb_build_object('issues', ops_private.issue(
    '["payload", "project"]', code, expected)));
end
$$;
comment on function ops_private.refuse_project(text, text) is 'Refuses an event for the project that it names, or does not name.';
revoke execute on function ops_private.refuse_project(text, text) from public;

create function ops_private.project_of_event(named text, release ops.releases) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_named constant text := ops_private.project_or_null(named);
  v_project text;
begin
  if named is not null and (release.release_id is not null and v_named is distinct from release.project
    or v_named is null or not ops_private.sees(v_named)) then
    perform ops_private.refuse_project(
      'unknown_project', 'expected a registered project that you may act for; with a release_id, that of the release');
  end if;
  v_project := coalesce(release.project, v_named, ops_private.own_project(null));
  if v_project is null and not ops_private.sees_all() then
    perform ops_private.refuse_project('required', 'expected a project: you act for several');
  end if;
  return v_project;
end
$$;
comment on function ops_private.project_of_event(text, ops.releases) is
  'The project of an event that may have no release: that of the release, the one that it names, or the only one of the sender. Null for an event of every project. Refuses a project that is not known or not the sender''s, another one than that of the release, and none from a sender who has several (invalid_payload).';
revoke execute on function ops_private.project_of_event(text, ops.releases) from public;

create function ops_private.record_environment_event(
  envelope jsonb, observed_at timestamptz, release ops.releases, project text
) returns ops_private.recorded
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_recorded ops_private.recorded;
  v_event_id uuid;
begin
  insert into ops.environment_events (
    environment, event_type, source_system, payload, idempotency_key, observed_at, project
  ) values (
    (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'event_type',
    (envelope ->> 'source_system')::ops.ops_source_system,
    jsonb_strip_nulls(v_payload - array['environment', 'event_type', 'project', 'data'])
      || coalesce(nullif(v_payload -> 'data', 'null'), '{}'),
    envelope ->> 'idempotency_key', record_environment_event.observed_at,
    record_environment_event.project
  ) returning event_id into v_event_id;
  v_recorded.detail := jsonb_strip_nulls(jsonb_build_object('event_id', v_event_id, 'release_id', release.release_id));
  return v_recorded;
end
$$;
comment on function ops_private.record_environment_event(jsonb, timestamptz, ops.releases, text) is
  'environment_event: records one row in ops.environment_events.';
revoke execute on function ops_private.record_environment_event(jsonb, timestamptz, ops.releases, text) from public;
