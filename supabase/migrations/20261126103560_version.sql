-- Say which version of the schema this is. The version of pyproject.toml stands here too; a test compares the two.
create function ops.version() returns text
-- Runs as its caller and asks for no membership: it reads nothing, and the owner asks it in the SQL editor.
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0.9.0';
end
$$;
comment on function ops.version() is
  'The version of the release gates that this schema is of, such as 0.9.0. `ops-gates --version` says that of the client.';
revoke execute on function ops.version() from public;
grant execute on function ops.version() to
  service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
