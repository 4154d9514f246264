-- The three columns that every table has are explained once.
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
      'Wall clock when the row was recorded, after the release''s lock: stamped by the server, whatever was sent.'
    );
    execute format(
      'comment on column %s.created_by is %L', v_table, 'Subject of who recorded it: stamped by the server.'
    );
    execute format(
      'comment on column %s.created_role is %L', v_table, 'Role of who recorded it: stamped by the server.'
    );
  end loop;
end
$$;
