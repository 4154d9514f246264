-- Trigger functions that every table shares. They are definers, since a writer may not read what they read.
-- A trigger's name starts with its turn: lock first, stamp second, judge after that.

create function ops_private.tg_stamp_provenance() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- current_actor() is not everyone's
as $$
declare
  v_role constant text := current_setting('role');
begin
  new.created_at := clock_timestamp();
  new.created_by := ops_private.current_actor();
  new.created_role := case v_role when 'none' then session_user else v_role end;
  if new.created_by is null then
    raise exception using errcode = '42501', message = format('a %s without a subject may not write', new.created_role),
      hint = 'use a token that has a non-blank `sub` claim';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_stamp_provenance() is
  'Before insert: stamps created_at (wall clock, after the release''s lock), created_by and created_role, whatever was sent. 42501 without a subject.';
revoke execute on function ops_private.tg_stamp_provenance() from public;

create function ops_private.require_read_committed() returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = 'OPS03',
      message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
      detail = 'an old snapshot would judge by half of the facts', hint = 'write at read committed, the default';
  end if;
  return true;
end
$$;
comment on function ops_private.require_read_committed() is
  'True, or raises OPS03 above read committed, where a lock does not make later reads see what was written before it.';
revoke execute on function ops_private.require_read_committed() from public;

create function ops_private.tg_lock_release() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- locking needs a right that writers do not have
as $$
begin
  if current_setting('role') not in ('none', 'service_role') then
    perform ops_private.current_person(); -- who is no member any more records nothing
  end if;
  if tg_op = 'UPDATE' then
    -- The row is locked already, and events lock in the other order: better refused (55P03) than a deadlock.
    perform from ops.releases r where r.release_id = new.release_id for no key update nowait;
  end if;
  if new.release_id is not null then
    perform ops_private.hold_release(new.release_id);
  end if;
  if tg_argv[0] = 'observed_at' then
    new.observed_at := clock_timestamp();
  end if;
  return new;
end
$$;
comment on function ops_private.tg_lock_release() is
  'Before a direct insert or update: ops_private.hold_release, if the row names one. Functions of this schema hold it already. With the argument observed_at, that column becomes the wall clock: only ops.ingest_event may say when something was seen. 55P03 when an update meets an event: try again.';
revoke execute on function ops_private.tg_lock_release() from public;

create function ops_private.tg_stamp_observed_at() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: the writer needs no right
as $$
begin
  new.observed_at := clock_timestamp();
  return new;
end
$$;
comment on function ops_private.tg_stamp_observed_at() is
  'Before a direct insert into a table that belongs to no release: observed_at is the wall clock.';
revoke execute on function ops_private.tg_stamp_observed_at() from public;

create function ops_private.tg_refuse_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: the writer needs no right
as $$
begin
  raise exception using errcode = '42501',
    message = format('%s on %I.%I is refused for everyone', tg_op, tg_table_schema, tg_table_name),
    detail = 'governance records are kept as they were written',
    hint = 'record a new fact that corrects the earlier one';
end
$$;
comment on function ops_private.tg_refuse_change() is
  'Before a statement: refuses it with 42501, for the service role and the owner too (its triggers are `enable always`).';
revoke execute on function ops_private.tg_refuse_change() from public;

create function ops_private.refuse_other_changes(table_name text, old jsonb, new jsonb, variadic allowed text[])
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_changed text;
begin
  select string_agg(n.key, ', ' order by n.key) into v_changed
  from jsonb_each(refuse_other_changes.new) as n
  where n.value is distinct from (refuse_other_changes.old -> n.key) and n.key <> all (allowed);
  if v_changed is not null then
    raise exception using errcode = 'OPS05', message = format('ops.%I: %s cannot change', table_name, v_changed),
      detail = format('only these columns may change: %s', array_to_string(allowed, ', ')),
      hint = 'record a new row instead';
  end if;
  return true;
end
$$;
comment on function ops_private.refuse_other_changes(text, jsonb, jsonb, text[]) is
  'True, or raises OPS05: whether a row of a table differs from what it was in no other columns than those named.';
revoke execute on function ops_private.refuse_other_changes(text, jsonb, jsonb, text[]) from public;

create function ops_private.tg_allow_changes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: the writer needs no right
as $$
begin
  perform ops_private.refuse_other_changes(tg_table_name, to_jsonb(old), to_jsonb(new), variadic tg_argv);
  return new;
end
$$;
comment on function ops_private.tg_allow_changes() is
  'Before update, arguments: the columns that may change. Any other change is refused with OPS05. Where events write, only direct updates are asked: the functions of this schema name the columns that they set.';
revoke execute on function ops_private.tg_allow_changes() from public;
