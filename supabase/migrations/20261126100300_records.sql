-- The triggers that all tables share. Facts cannot change. In other tables only named columns can change.
-- A trigger always sets created_at, created_by and created_role. They have defaults so that an insert may omit them.
-- The number in a trigger's name is its turn: 0 refuses, 1 locks and checks sizes, 2 stamps, 3 and 4 check, 5 to 9 run
-- after the write.
-- INSERT triggers do not run in replica mode, so a restored dump keeps its stamps. Triggers on UPDATE, DELETE and
-- TRUNCATE always run, so nobody can change a record in any mode.

create function ops_private.tg_refuse_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  raise exception using errcode = '42501',
    message = format('%s on %I.%I is refused for everyone', tg_op, tg_table_schema, tg_table_name),
    detail = 'a governance record cannot be changed or deleted',
    hint = 'record a new fact that corrects the old one';
end
$$;
comment on function ops_private.tg_refuse_change() is
  'Before a statement: refuses it with 42501 for everyone, including service_role and the owner.';
revoke execute on function ops_private.tg_refuse_change() from public;

create function ops_private.tg_refuse_unstorable() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  raise exception using errcode = '23514', constraint = coalesce(tg_argv[1], 'sizes_are_bounded'),
    schema = tg_table_schema, table = tg_table_name, column = tg_argv[0],
    message = format('%s is too large, or holds a number that is too large', tg_argv[0]),
    hint = 'send at most 256 KiB of JSON, and only numbers that a double holds exactly';
end
$$;
comment on function ops_private.tg_refuse_unstorable() is
  'Before insert or update, arguments: the column, and the constraint that bounds it (sizes_are_bounded). Raises 23514. The WHEN of its triggers calls it for a document that is too large to be kept, before any constraint is checked: the error of a constraint writes out the whole row, and 22 KB of 1e130000 become 1.2 GB.';
revoke execute on function ops_private.tg_refuse_unstorable() from public;

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
  'Returns true when only the named columns of a row changed, otherwise raises OPS05.';
revoke execute on function ops_private.refuse_other_changes(text, jsonb, jsonb, text[]) from public;

create function ops_private.tg_allow_changes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform ops_private.refuse_other_changes(tg_table_name, to_jsonb(old), to_jsonb(new), variadic tg_argv);
  return new;
end
$$;
comment on function ops_private.tg_allow_changes() is
  'Before update: the trigger arguments name the columns that may change. Raises OPS05 for any other change.';
revoke execute on function ops_private.tg_allow_changes() from public;

create function ops_private.refuse_isolation() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = 'OPS03',
      message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
      detail = 'its snapshot can miss facts that are already committed', hint = 'use read committed, the default';
  end if;
end
$$;
comment on function ops_private.refuse_isolation() is
  'Raises OPS03 above read committed. Functions that take a lock and then read call it first: at those levels a read after the lock does not see what others committed before it.';
revoke execute on function ops_private.refuse_isolation() from public;
