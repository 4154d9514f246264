-- What every table shares: facts are kept as they were written, and only named columns of the rest may change.
-- The stamped columns have defaults only so that nobody has to name them; a trigger sets them whatever was sent.
-- A trigger's name starts with its turn: the lock, the stamp, what the table asks, and last the verdict.
-- INSERT triggers are ordinary, so that a dump loaded in replica mode keeps its stamps. Those of UPDATE, DELETE and
-- TRUNCATE are always on, so that no mode lets anybody rewrite a record.

create function ops_private.tg_refuse_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: no right is needed
as $$
begin
  raise exception using errcode = '42501',
    message = format('%s on %I.%I is refused for everyone', tg_op, tg_table_schema, tg_table_name),
    detail = 'governance records are kept as they were written',
    hint = 'record a new fact that corrects the earlier one';
end
$$;
comment on function ops_private.tg_refuse_change() is
  'Before a statement: refuses it with 42501, for the service role and the owner too.';
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
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: no right is needed
as $$
begin
  perform ops_private.refuse_other_changes(tg_table_name, to_jsonb(old), to_jsonb(new), variadic tg_argv);
  return new;
end
$$;
comment on function ops_private.tg_allow_changes() is
  'Before update, arguments: the columns that may change. Any other change is refused with OPS05.';
revoke execute on function ops_private.tg_allow_changes() from public;

create function ops_private.refuse_isolation() returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS03',
    message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
    detail = 'an old snapshot would judge by half of the facts', hint = 'write at read committed, the default';
end
$$;
comment on function ops_private.refuse_isolation() is
  'Raises OPS03. For what takes a lock and reads behind it: above read committed, later reads do not see what was written before the lock.';
revoke execute on function ops_private.refuse_isolation() from public;
