"""Changes of a database by hand: those that the drift check must find, with the SQL it prints, and those it ignores."""

from __future__ import annotations

PRIVATE = 5  # private functions that are changed, each in one way


def to_a_trigger(table: str, change: str) -> str:
    """SQL that does something to a trigger that is always enabled."""
    return (
        f"do $$ begin execute (select format('{change}', tgname) from pg_trigger"
        f" where tgrelid = 'ops.{table}'::regclass and tgenabled = 'A' order by tgname limit 1); end $$"
    )


# What somebody does by hand, and a piece of the SQL that would take it back. Private functions come and go: `private_1`
# and so on stand for some that there are.
CHANGES = {
    "a column is added": ("alter table ops.releases add column note text", 'DROP COLUMN "note"'),
    "a column is dropped": ("alter table ops.incidents drop column root_cause", 'ADD COLUMN "root_cause"'),
    "a column gets another type": (
        "alter table ops.event_ingest_log alter column error_code type varchar(50)",
        'ALTER COLUMN "error_code" TYPE text',
    ),
    "a column gets another default": (
        "alter table ops.gate_requirements alter column enforcement set default 'advisory'",
        "ALTER COLUMN \"enforcement\" SET DEFAULT 'blocking'",
    ),
    "a column may be null": (
        "alter table ops.event_ingest_log alter column caller_role drop not null",
        'ALTER COLUMN "caller_role" SET NOT NULL',
    ),
    "a constraint is dropped": (
        "alter table ops.gate_requirements drop constraint valid_for_a_while",
        'ADD CONSTRAINT "valid_for_a_while"',
    ),
    "a constraint is added": (
        "alter table ops.members add constraint nobody check (subject <> 'x')",
        'DROP CONSTRAINT "nobody"',
    ),
    "an index is dropped": ("drop index ops.incidents_deployment_id_idx", "CREATE INDEX incidents_deployment_id_idx"),
    "an index is added": ("create index stray_idx on ops.deployments (deployed_at)", 'DROP INDEX "ops"."stray_idx"'),
    "a function does something else": (
        r"do $$ begin execute regexp_replace(pg_get_functiondef('ops.evaluate_gate'::regproc), '\mbegin\M',"
        " 'begin -- by hand'); end $$",
        "CREATE OR REPLACE FUNCTION ops.evaluate_gate",
    ),
    "a private function does something else": (
        r"do $$ begin execute regexp_replace(pg_get_functiondef('ops_private.private_1'::regproc), '\mbegin\M',"
        " 'begin -- by hand'); end $$",
        "CREATE OR REPLACE FUNCTION ops_private.private_1",
    ),
    "a definer is one no more": (
        "alter function ops.open_release security invoker",
        "CREATE OR REPLACE FUNCTION ops.open_release",
    ),
    "a function looks elsewhere": (
        "alter function ops_private.private_2 set search_path = public",
        "CREATE OR REPLACE FUNCTION ops_private.private_2",
    ),
    "a private function is everybody's": (
        "grant execute on function ops_private.private_3 to public",
        'REVOKE ALL ON FUNCTION "ops_private"."private_3"',
    ),
    "a private function is granted": (
        "grant execute on function ops_private.private_4 to sre",
        'REVOKE ALL ON FUNCTION "ops_private"."private_4"',
    ),
    "a private function is not described": (
        "comment on function ops_private.private_5 is null",
        'COMMENT ON FUNCTION "ops_private"."private_5"',
    ),
    "a private function is added": (
        "create function ops_private.stray() returns integer language sql as 'select 1'",
        'DROP FUNCTION "ops_private"."stray"()',
    ),
    "a private type is added": (
        "create type ops_private.stray_type as (a text)",
        'DROP TYPE "ops_private"."stray_type"',
    ),
    "a private table is added": ("create table ops_private.stray_table ()", 'DROP TABLE "ops_private"."stray_table"'),
    "the private schema is opened": (
        "grant usage on schema ops_private to authenticated",
        'REVOKE ALL ON SCHEMA "ops_private" FROM "authenticated"',
    ),
    "the private schema is not described": (
        "comment on schema ops_private is null",
        'COMMENT ON SCHEMA "ops_private"',
    ),
    "a function is taken away": (
        "revoke execute on function ops.open_release from release_manager",
        'GRANT EXECUTE ON FUNCTION "ops"."open_release"(text, text, text, text, jsonb, text) TO "release_manager"',
    ),
    "a function is added": (
        "create function ops.stray() returns integer language sql as 'select 1'",
        'DROP FUNCTION "ops"."stray"()',
    ),
    "a table is added": ("create table ops.stray ()", 'DROP TABLE "ops"."stray"'),
    "a policy is dropped": (
        "drop policy deployments_select_sre on ops.deployments",
        'CREATE POLICY "deployments_select_sre"',
    ),
    "a policy lets more pass": (
        "alter policy approvals_insert_qa_tester on ops.approvals with check (true)",
        'CREATE POLICY "approvals_insert_qa_tester"',
    ),
    "a policy is for everybody": (
        "alter policy incidents_select_sre on ops.incidents to public",
        'ALTER POLICY "incidents_select_sre" ON "ops"."incidents" TO "sre"',
    ),
    "row-level security is off": (
        "alter table ops.recovery_drills disable row level security",
        'ALTER TABLE "ops"."recovery_drills"\n  ENABLE ROW LEVEL SECURITY',
    ),
    "a trigger is disabled": (
        to_a_trigger("gate_checks", "alter table ops.gate_checks disable trigger %I"),
        'ALTER TABLE "ops"."gate_checks"\n  ENABLE ALWAYS TRIGGER',
    ),
    "a trigger is no longer always enabled": (
        to_a_trigger("approvals", "alter table ops.approvals enable trigger %I"),
        'ALTER TABLE "ops"."approvals"\n  ENABLE ALWAYS TRIGGER',
    ),
    "a trigger is dropped": (
        to_a_trigger("exceptions", "drop trigger %I on ops.exceptions"),
        'ALTER TABLE "ops"."exceptions"\n  ENABLE ALWAYS TRIGGER',
    ),
    "a trigger is described": (
        to_a_trigger("incidents", "comment on trigger %I on ops.incidents is $x$ x $x$"),
        'ON "ops"."incidents" IS NULL',
    ),
    "a table is granted": (
        "grant delete on ops.evidence_artifacts to developer",
        'REVOKE ALL ON TABLE "ops"."evidence_artifacts" FROM "developer"',
    ),
    "a table is taken away": (
        "revoke select on ops.exceptions from audit_reader",
        'GRANT SELECT ON TABLE "ops"."exceptions" TO "audit_reader"',
    ),
    "a column is granted": (
        "grant update (source_ref) on ops.releases to developer",
        'REVOKE ALL ("source_ref") ON TABLE "ops"."releases" FROM "developer"',
    ),
    "a column is taken away": (
        "revoke update (status) on ops.release_gates from release_manager",
        'GRANT UPDATE ("status") ON TABLE "ops"."release_gates" TO "release_manager"',
    ),
    "the schema is opened": ("grant usage on schema ops to anon", 'REVOKE ALL ON SCHEMA "ops" FROM "anon"'),
    "a view runs as its owner": (
        "alter view ops.v_deployment_history set (security_invoker = false)",
        'ALTER VIEW "ops"."v_deployment_history" SET (security_invoker=true)',
    ),
    "a view is dropped": ("drop view ops.v_exception_status", 'CREATE VIEW "ops"."v_exception_status"'),
    "a comment is changed": (
        "comment on column ops.releases.project is 'x'",
        'COMMENT ON COLUMN "ops"."releases"."project"',
    ),
    "a comment is dropped": ("comment on table ops.incidents is null", 'COMMENT ON TABLE "ops"."incidents"'),
    "a sequence is added": ("create sequence ops.stray_seq", 'DROP SEQUENCE "ops"."stray_seq"'),
    "a table is published": ("create publication stray for table ops.releases", 'DROP TABLE "ops"."releases"'),
}

# The same for what the CLI's comparison does not see; `postgres` cannot do all of it, a superuser can.
UNSEEN = {
    "a role may log in": ("alter role developer login", "alter role developer nologin;"),
    "a role passes every policy": ("alter role qa_tester bypassrls", "alter role qa_tester nobypassrls;"),
    "a role inherits nothing": ("alter role sre noinherit", "alter role sre inherit;"),
    "a member is no user of the application": (
        "revoke authenticated from sre granted by postgres",
        "grant authenticated to sre with admin false, inherit true, set false;",
    ),
    "a member inherits nothing of the application's users": (
        "grant authenticated to sre with inherit false granted by postgres",
        "grant authenticated to sre with admin false, inherit true, set false;",
    ),
    "a member may become the application's user": (
        "grant authenticated to sre with set true",
        "grant authenticated to sre with admin false, inherit true, set false;",
    ),
    "a pipeline is a user of the application": (
        "grant authenticated to ci_service_role with inherit true, set false",
        "revoke authenticated from ci_service_role;",
    ),
    "a role makes roles": ("alter role release_manager createrole", "alter role release_manager nocreaterole;"),
    "a role is a superuser": ("alter role audit_reader superuser", "alter role audit_reader nosuperuser;"),
    "the api's role passes every policy": ("alter role anon bypassrls", "alter role anon nobypassrls;"),
    "the api's login inherits": ("alter role authenticator inherit", "alter role authenticator noinherit;"),
    "a role has another name": ("alter role developer rename to dev", "create role developer;"),
    "a role is described otherwise": ("comment on role sre is 'x'", "comment on role sre is 'ops: deploys,"),
    "a role is a member of the service role": (
        "grant service_role to developer",
        "revoke service_role from developer;",
    ),
    "a role is a member of another": ("grant release_manager to qa_tester", "revoke release_manager from qa_tester;"),
    "a role reads everything": ("grant pg_read_all_data to audit_reader", "revoke pg_read_all_data from audit_reader;"),
    "everybody may become a role": ("grant audit_reader to anon", "revoke audit_reader from anon;"),
    "the api may not become a role": (
        "revoke sre from authenticator granted by postgres",
        "grant sre to authenticator",
    ),
    "the api may pass a role on": (
        "grant sre to authenticator with admin option",
        "grant sre to authenticator with admin false, inherit false, set true;",
    ),
    "the api's login makes roles": (
        "grant supabase_auth_admin to authenticator",
        "revoke supabase_auth_admin from authenticator;",
    ),
    "a role has a setting": (
        "alter role developer set search_path = public",
        "alter role developer reset search_path;",
    ),
    "the api's login has a setting": (
        "alter role authenticator set request.jwt.claims = '{}'",
        "alter role authenticator reset request.jwt.claims;",
    ),
    "the database has a setting": (
        "do $$ begin execute format('alter database %I set default_transaction_isolation = serializable',"
        " current_database()); end $$",
        "reset default_transaction_isolation;",
    ),
    "everybody makes schemas": (
        "do $$ begin execute format('grant create on database %I to public', current_database()); end $$",
        "revoke create on database",
    ),
    "a function has another owner": (
        "alter function ops.open_release owner to supabase_admin",
        "alter routine ops.open_release(text,text,text,text,jsonb,text) owner to postgres;",
    ),
    "a private function has another owner": (
        "alter function ops_private.trim_name owner to supabase_admin",
        "alter routine ops_private.trim_name(text) owner to postgres;",
    ),
    "the private schema has another owner": (
        "alter schema ops_private owner to supabase_admin",
        "alter schema ops_private owner to postgres;",
    ),
    "a table of another owner is added": (
        "create table ops.stray (); alter table ops.stray owner to supabase_admin",
        "alter table ops.stray owner to postgres;",
    ),
    "foreign keys are not checked": (
        "alter table ops.approvals disable trigger all",
        "-- checks approvals_release_id_fkey",
    ),
    "a column is stored otherwise": (
        "alter table ops.releases alter column project set storage plain",
        "alter table ops.releases alter column project set storage extended",
    ),
    "an object of a rare kind is added": (
        "create statistics ops.stray on project, release_name from ops.releases",
        "drop statistics ops.stray;",
    ),
    "a private object of a rare kind is added": (
        "create operator ops_private.|&| (leftarg = text, rightarg = text, function = pg_catalog.texteq)",
        "drop operator ops_private.|&|(pg_catalog.text,pg_catalog.text);",
    ),
    "a view elsewhere shows a table": (
        "create view public.leak as select * from ops.releases",
        "alter view public.leak set (security_invoker = true);",
    ),
    "a function elsewhere reads a table": (
        "create function public.leak() returns bigint language plpgsql security definer as"
        " 'begin return (select count(*) from ops.releases); end'",
        "alter routine public.leak() security invoker;",
    ),
    "a function elsewhere calls a private one": (
        "create function public.leak() returns text language plpgsql security definer as"
        " 'begin return ops_private.trim_name(null); end'",
        "alter routine public.leak() security invoker;",
    ),
    "a function elsewhere looks into the private schema": (
        "create function public.leak() returns text language plpgsql security definer"
        " set search_path = public, ops_private as 'begin return trim_name(null); end'",
        "alter routine public.leak() security invoker;",
    ),
    "a view elsewhere calls a private function": (
        "create view public.leak with (security_invoker) as select ops_private.trim_name('x')",
        "-- rule _RETURN on view public.leak calls a function of ops_private",
    ),
    "a table elsewhere calls a private function": (
        "create table public.leak (name text default ops_private.trim_name('x'))",
        "alter table public.leak alter column name drop default; -- calls a function of ops_private",
    ),
    "a table elsewhere adds rows": (
        "create table public.kid () inherits (ops.releases)",
        "alter table public.kid no inherit ops.releases;",
    ),
    "a table elsewhere takes our ids": (
        "create table public.copy (like ops.releases including defaults)",
        "alter table public.copy alter column release_id drop default; -- calls a function of ops_private",
    ),
    "what comes next is open": (
        "alter default privileges for role postgres grant select on tables to anon",
        "alter default privileges for role postgres revoke select on tables from anon;",
    ),
    "a migration is missing": (
        "delete from supabase_migrations.schema_migrations where name = 'access_token_hook'",
        "_access_token_hook is not applied: supabase db push",
    ),
}

WHOSE = (
    *("role sre", "role authenticator", "role postgres"),
    *("role anon in database %I", "role supabase_auth_admin", "database %I"),
)
# Settings that are drift, for whomever they are made: of one of our roles, of the platform's, in one database, of all.
for number, setting in enumerate(
    (
        "search_path = public",
        "role = service_role",
        "row_security = off",
        "session_replication_role = replica",
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'repeatable read'",
        "request.jwt.claim.sub = 'somebody'",
        "pgrst.db_pre_request = 'public.hello'",
        "pgrst.jwt_role_claim_key = '.x'",
        "transform_null_equals = on",
        "standard_conforming_strings = off",
        "synchronous_commit = off",
        "restrict_nonsystem_relation_kind = 'view'",
        "exit_on_error = on",
        "DateStyle = 'German'",
        "check_function_bodies = off",
    )
):
    name = setting.partition(" ")[0]
    whose = WHOSE[number % len(WHOSE)]
    UNSEEN[f"a setting that matters: {setting} of {whose.partition(' in ')[0].removesuffix(' %I')}"] = (
        f"do $$ begin execute format($x$alter {whose} set {setting}$x$, current_database()); end $$",
        f" reset {name};",
    )

# Settings that differ and change nothing: each is a note. The value may be a secret, so the note has the name alone.
NOTED = {
    "role authenticator set statement_timeout = '1h'": "statement_timeout of role authenticator",
    "role authenticator reset lock_timeout": "lock_timeout of role authenticator",
    "role authenticated set statement_timeout = '30s'": "statement_timeout of role authenticated",
    "role anon set idle_in_transaction_session_timeout = '5s'": "idle_in_transaction_session_timeout of role anon",
    "role service_role set work_mem = '64MB'": "work_mem of role service_role",
    "role sre set timezone = 'Europe/Vienna'": "TimeZone of role sre",
    "role sre in database %I set lock_timeout = '1s'": "lock_timeout of role sre in this database",
    "database %I set log_min_duration_statement = 100": "log_min_duration_statement of the database",
    "database %I set app.settings.jwt_secret = 'hunter2'": "app.settings.jwt_secret of the database",
    "database %I set plan_cache_mode = auto": "plan_cache_mode of the database",
}

# What the platform has or its owner does without any effect on ours.
HARMLESS = {
    "a role of the platform may more": "alter role supabase_auth_admin createdb",
    "the platform preloads": "alter role authenticator set session_preload_libraries = 'safeupdate'",
    "the api serves more schemas": "alter role authenticator set pgrst.db_schemas = 'public, ops'",
    "a role of somebody else": "create role shop; grant shop to authenticator; grant shop to service_role",
    "a view that asks as its reader": "create view public.mine with (security_invoker) as select * from ops.releases",
    "a copy of a table": "create table public.copy (like ops.releases including constraints)",
    "a function of another schema": (
        "create schema shop;"
        " create function shop.ops_total() returns integer language sql security definer as 'select 1'"
    ),
    "nobody else makes temporary objects": (
        "do $$ begin execute format('revoke temporary, connect on database %I from public', current_database()); end $$"
    ),
    "ops-gates install wrote one migration for all": (
        "with ours as (delete from supabase_migrations.schema_migrations returning *)"
        " insert into supabase_migrations.schema_migrations (version, name)"
        " select max(version), 'ops_release_gates_0_9_0' from ours"
    ),
    "a migration of another repository": (
        "insert into supabase_migrations.schema_migrations (version) values ('20300101000000')"
    ),
}
