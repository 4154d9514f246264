-- Open a release. A repeated call returns the same release.

create function ops_private.same_release(release ops.releases, source_ref text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.closed_at is not null then
    raise exception using errcode = 'OPS09', message = 'the release of this name is closed',
      detail = format('release_id %s was closed by %s at %s: %s', release.release_id, release.closed_by,
        release.closed_at, release.close_reason),
      hint = 'choose another release_name';
  elsif release.source_ref is distinct from same_release.source_ref then
    raise exception using errcode = 'OPS09', message = 'the release exists with another source_ref',
      detail = format('release_id %s', release.release_id),
      hint = 'choose another release_name, or use the release that exists';
  end if;
end
$$;
comment on function ops_private.same_release(ops.releases, text) is
  'Raises OPS09 unless the release has this source_ref; also when it is closed, with when, by whom and why.';
revoke execute on function ops_private.same_release(ops.releases, text) from public;

create function ops.open_release(
  project text, release_name text, environment_target text, source_ref text,
  scope_metadata jsonb default '{}', initiating_actor text default null
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp -- most callers may not read members
as $$
declare
  v_project text;
  v_source_ref text;
  v_release ops.releases;
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'release_manager');
  v_source_ref := ops_private.source_ref_of(open_release.source_ref);
  v_project := ops_private.project_named(open_release.project);
  for v_try in 1 .. 2 loop
    select r.* into v_release from ops.releases r
    where r.project = v_project and r.release_name = open_release.release_name
      and not r.name_freed;
    exit when found;
    insert into ops.releases as r (
      project, release_name, environment_target, source_ref, scope_metadata, initiating_actor
    ) values (
      v_project, open_release.release_name, ops_private.environment_named(open_release.environment_target),
      v_source_ref, coalesce(open_release.scope_metadata, '{}'),
      coalesce(open_release.initiating_actor, ops_private.current_actor())
    )
    on conflict do nothing -- a column here would be taken for an argument of that name
    returning r.* into v_release;
    exit when found;
    -- Another transaction opened it, and the insert waited for its commit. The next read finds it.
  end loop;
  perform ops_private.same_release(v_release, v_source_ref);
  return v_release.release_id;
end
$$;
comment on function ops.open_release(text, text, text, text, jsonb, text) is
  'Opens a release and returns its id. If the project has a release of that name, returns its id when it has this source_ref and is not closed, whatever the other arguments say; otherwise raises OPS09. The name of a release that was closed without facts is free. The project must be registered, in any case: OPS04 for service_role, 42501 for others. A machine must name a person as initiator (OPS06 when unknown); people are always the initiator themselves (42501). 22023: unknown environment. 23514: a name that nobody can read, or a source_ref that is a short commit id.';
revoke execute on function ops.open_release(text, text, text, text, jsonb, text) from public;
grant execute on function ops.open_release(text, text, text, text, jsonb, text) to
service_role, ci_service_role, release_manager;
