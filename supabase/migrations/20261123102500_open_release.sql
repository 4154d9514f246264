create function ops.open_release(
  project text, release_name text, environment_target text, source_ref text,
  scope_metadata jsonb default '{}', initiating_actor text default null
) returns uuid
language plpgsql security definer set search_path = '' -- the initiator is resolved from members nobody may list
as $$
declare
  v_initiator text;
  v_release ops.releases;
  v_differs text;
begin
  perform ops.require_role('service_role', 'ci_service_role', 'release_manager');
  v_initiator := case
    when ops.is_person_role(ops.caller_role()) and open_release.initiating_actor is null then ops.current_actor()
    else ops.resolve_person(name => open_release.initiating_actor) end;
  insert into ops.releases as r (project, release_name, environment_target, source_ref, scope_metadata, initiating_actor)
  values (
    open_release.project, open_release.release_name, ops.environment_named(open_release.environment_target),
    open_release.source_ref, coalesce(open_release.scope_metadata, '{}'), v_initiator
  )
  on conflict on constraint one_release_per_project_and_name do nothing
  returning r.* into v_release;
  if not found then
    select r.* into v_release from ops.releases r
    where r.project = open_release.project and r.release_name = open_release.release_name;
    v_differs := case
      when v_release.source_ref <> open_release.source_ref then 'source_ref'
      when v_release.environment_target::text <> open_release.environment_target then 'environment_target'
      when v_release.scope_metadata <> coalesce(open_release.scope_metadata, '{}') then 'scope_metadata'
      when v_release.initiating_actor <> v_initiator and open_release.initiating_actor is not null then 'initiating_actor'
    end;
    if v_differs is not null then
      raise exception using errcode = 'OPS09', message = format('the release exists with another %s', v_differs),
        detail = format('release_id %s', v_release.release_id),
        hint = 'choose another release_name, or go on with the release that exists';
    end if;
  end if;
  return v_release.release_id;
end
$$;
comment on function ops.open_release(text, text, text, text, jsonb, text) is
  'Opens a release, or returns the one of that name: same arguments, same id; OPS09 when one differs. Machines must name a person as initiator (OPS06 when unknown), people are themselves. 22023 unknown environment.';
revoke execute on function ops.open_release(text, text, text, text, jsonb, text) from public;
grant execute on function ops.open_release(text, text, text, text, jsonb, text) to
service_role, ci_service_role, release_manager;
