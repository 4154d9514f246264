-- Finding the release and the gate that a caller names, and the moment that they ask about.

create function ops_private.release_named(release_id uuid) returns ops.releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = release_named.release_id;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such release',
      hint = 'open it with ops.open_release, which returns its release_id';
  end if;
  return v_release;
end
$$;
comment on function ops_private.release_named(uuid) is 'The release with this id; OPS04 when there is none.';
revoke execute on function ops_private.release_named(uuid) from public;

create function ops_private.gate_named(gate_id uuid) returns ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate ops.release_gates;
begin
  select g.* into v_gate from ops.release_gates g where g.gate_id = gate_named.gate_id;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such gate',
      hint = 'ops.promotion_blockers and the gates of the release name their gate_id';
  end if;
  return v_gate;
end
$$;
comment on function ops_private.gate_named(uuid) is 'The gate with this id; OPS04 when there is none.';
revoke execute on function ops_private.gate_named(uuid) from public;

create function ops_private.environment_named(target_env text) returns ops.ops_environment
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (target_env = any (enum_range(null::ops.ops_environment)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such environment',
      detail = 'environments: dev, staging, production', hint = 'name one of them, in lower case';
  end if;
  return target_env::ops.ops_environment;
end
$$;
comment on function ops_private.environment_named(text) is 'The environment of this name; 22023 when there is none.';
revoke execute on function ops_private.environment_named(text) from public;

create function ops_private.moment_named(release ops.releases, as_of timestamptz) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (as_of between release.created_at and clock_timestamp()) is not true then
    raise exception using errcode = '22023', message = 'nothing is known of the release at that moment',
      detail = format('it was opened at %s', release.created_at),
      hint = 'name a moment between its opening and the present';
  end if;
  return as_of;
end
$$;
comment on function ops_private.moment_named(ops.releases, timestamptz) is
  'A moment between the opening of a release and the present; 22023 for any other.';
revoke execute on function ops_private.moment_named(ops.releases, timestamptz) from public;
