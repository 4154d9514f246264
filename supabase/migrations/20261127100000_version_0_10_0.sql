-- The next version of the schema.
create or replace function ops.version() returns text
-- Runs as its caller and asks for no membership: it reads nothing, and the owner asks it in the SQL editor.
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0.10.0';
end
$$;
