-- Comment on the three columns that every table has.
do $$
declare
  v_table regclass;
begin
  for v_table in
    select a.attrelid::regclass from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and a.attname = 'created_role'
  loop
    execute format(
      'comment on column %s.created_at is %L', v_table,
      'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.'
    );
    execute format(
      'comment on column %s.created_by is %L', v_table,
      'Who recorded it: the name by which records know the caller. Set by the server.'
    );
    execute format(
      'comment on column %s.created_role is %L', v_table, 'Role of the caller who recorded it. Set by the server.'
    );
  end loop;
end
$$;
