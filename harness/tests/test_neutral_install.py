"""Installing changes nothing outside the two schemas and the six roles: every row of every catalogue is compared.

What people inherit, as the access page names it, belongs to the six roles.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from harness.check.access import ACCESS
from harness.check.drift import SCHEMAS
from harness.prove.effort import NIGHTLY
from harness.stack import run_cluster, stack_kind
from harness.stack.cli_tool import SupabaseCli
from harness.stack.hosted import LOGIN
from harness.stack.postgres import Server

# What an application may have before the installation: one object of each kind that could be changed.
APPLICATION = """
create schema app authorization postgres;
grant usage on schema app to anon, authenticated, service_role;
set role postgres;
create table app.orders (id bigint generated always as identity primary key, owner uuid default auth.uid(), note text);
alter table app.orders enable row level security;
create policy orders_select_own on app.orders for select to authenticated using (owner = auth.uid());
grant select on app.orders to authenticated;
create function app.count_words(words text) returns bigint language plpgsql as $$
declare
  v_count bigint;
begin
  create temporary table words_seen on commit drop as select unnest(string_to_array(words, ' ')) as word;
  select count(*) into v_count from words_seen;
  return v_count;
end
$$;
reset role;
"""

# Rows of these say how full a table is, not what is in the database.
STATISTICS = ("pg_statistic", "pg_statistic_ext_data")
VOLATILE = (
    *("relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid", "relfilenode"),
    *("datfrozenxid", "datminmxid", "datconnlimit"),
)

# A schema of temporary objects is made when a session first needs one, and stays.
TEMPORARY = re.compile(r'"nspname": "pg_(toast_)?temp_\d+"')

# Which object a row is about, as SQL for class and object; where nothing is said, it is the row's own.
ABOUT = {
    "pg_aggregate": ("'pg_proc'::regclass", "aggfnoid"),
    "pg_attribute": ("'pg_class'::regclass", "attrelid"),
    "pg_db_role_setting": ("'pg_authid'::regclass", "setrole"),
    "pg_depend": ("classid", "objid"),
    "pg_description": ("classoid", "objoid"),
    "pg_enum": ("'pg_type'::regclass", "enumtypid"),
    "pg_foreign_table": ("'pg_class'::regclass", "ftrelid"),
    "pg_index": ("'pg_class'::regclass", "indexrelid"),
    "pg_inherits": ("'pg_class'::regclass", "inhrelid"),
    "pg_init_privs": ("classoid", "objoid"),
    "pg_partitioned_table": ("'pg_class'::regclass", "partrelid"),
    "pg_range": ("'pg_type'::regclass", "rngtypid"),
    "pg_seclabel": ("classoid", "objoid"),
    "pg_sequence": ("'pg_class'::regclass", "seqrelid"),
    "pg_shdepend": ("classid", "objid"),
    "pg_shdescription": ("classoid", "objoid"),
}

# An object is ours if it is in one of our schemas, is one of the six roles or a membership in one, or is a part of
# something of ours. The record of the migrations is the CLI's.
OURS = """
with recursive found (classid, objid) as (
  select 'pg_namespace'::regclass::oid, oid from pg_namespace where nspname = any (%(schemas)s)
  union
  select 'pg_authid'::regclass, oid from pg_authid where rolname = any (%(roles)s)
  union
  select 'pg_auth_members'::regclass, m.oid from pg_auth_members as m
  join pg_authid as r on r.oid = m.roleid where r.rolname = any (%(roles)s)
  union
  -- What the access page says that they inherit, and only so that they cannot become it or pass it on.
  select 'pg_auth_members'::regclass, m.oid from pg_auth_members as m
  where to_jsonb(m) ->> 'set_option' = 'false' and not m.admin_option
    and (m.roleid::regrole::text, m.member::regrole::text) in (
      select * from unnest(%(inherited)s::text[], %(heirs)s::text[]))
  union
  select d.classid, d.objid from found as f
  join pg_depend as d on d.refclassid = f.classid and d.refobjid = f.objid
    and (d.deptype in ('a', 'i') or d.refclassid = 'pg_namespace'::regclass)
  cross join pg_identify_object(d.classid, d.objid, 0) as i
  where i.schema is null or i.schema = any (%(schemas)s) or i.schema = 'pg_toast'
)
select * from found
"""

Rows = dict[str, set[str]]


def foreign_rows(admin: psycopg.Connection[Any]) -> Rows:
    """Every row of every catalogue that is about nothing of ours, as JSON, by catalogue."""
    schemas = [*SCHEMAS, "supabase_migrations"]
    with admin.transaction():
        admin.execute("set local search_path = pg_catalog")
        inherited = [(granted, role) for granted, roles in ACCESS.inherited.items() for role in roles]
        named = {"inherited": [granted for granted, _ in inherited], "heirs": [role for _, role in inherited]}
        ours = {*admin.execute(OURS, {"schemas": schemas, "roles": [*ACCESS.roles], **named})}
        catalogues = admin.execute(
            "select relname, exists (select from pg_attribute where attrelid = c.oid and attname = 'oid')"
            " from pg_class as c where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'"
            " and relname <> all (%s)",
            [[*STATISTICS]],
        ).fetchall()
        rows: Rows = {}
        for name, has_oid in catalogues:
            own = (f"'{name}'::regclass", "oid") if has_oid else ("0", "0")
            classid, objid = map(sql.SQL, ABOUT.get(name, own))
            query = sql.SQL("select {}::oid, {}::oid, (to_jsonb(t) - %s::text[])::text from {} as t").format(
                classid, objid, sql.Identifier(name)
            )
            found = admin.execute(query, [[*VOLATILE]])
            rows[name] = {row for about, thing, row in found if (about, thing) not in ours}
    rows["pg_namespace"] = {row for row in rows["pg_namespace"] if not TEMPORARY.search(row)}
    return rows


def differences(before: Rows, after: Rows) -> list[str]:
    """The rows that are gone, and the rows that are new."""
    return [
        f"{name}: {sign} {row}"
        for name in sorted(before)
        for sign, rows in (("-", before[name] - after[name]), ("+", after[name] - before[name]))
        for row in sorted(rows)
    ]


def count_words(session: psycopg.Connection[Any]) -> int:
    """What the application's function says to a signed-in user."""
    session.execute("set local role authenticated")
    row = session.execute("select app.count_words('to be or not')").fetchone()
    assert row
    return int(row[0])


@dataclass(frozen=True)
class Installation:
    """A project with an application of its own, after our migrations, and what it was before."""

    server: Server
    before: Rows
    counted_before: int

    def admin(self) -> psycopg.Connection[Any]:
        """A superuser, who sees every row of the catalogues."""
        return psycopg.connect(self.server.admin_url())


@pytest.fixture(scope="module")
def installed() -> Iterator[Installation]:
    """An application's project, snapshot, migrations."""
    if stack_kind() == "external":
        pytest.skip("needs a project without the migrations, and OPS_STACK=external has one with them")
    with run_cluster(migrate=False) as cluster:
        login = replace(cluster.server, passwords={**cluster.server.passwords, LOGIN: secrets.token_hex(16)})
        with psycopg.connect(cluster.server.admin_url(), autocommit=True) as admin:
            admin.execute(APPLICATION)
            made = f"create role {LOGIN} login noinherit in role postgres password {login.passwords[LOGIN]!r}"
            admin.execute(made.encode())
            before = foreign_rows(admin)
        with psycopg.connect(cluster.server.url("authenticator")) as session:
            counted = count_words(session)
        SupabaseCli(cluster.workdir).push(login.url(LOGIN))
        yield Installation(cluster.server, before, counted)


def test_a_function_of_another_schema_makes_its_temporary_table_before_and_after(installed: Installation) -> None:
    assert installed.counted_before == 4
    with psycopg.connect(installed.server.url("authenticator")) as session:
        assert count_words(session) == 4


def test_installing_changes_nothing_outside_the_two_schemas_and_the_six_roles(installed: Installation) -> None:
    with installed.admin() as admin:
        assert differences(installed.before, foreign_rows(admin)) == []


def test_what_the_migrations_record_is_stamped_as_the_owners_whoever_pushed_them(installed: Installation) -> None:
    with installed.admin() as admin:
        stamps = admin.execute("select distinct created_by, created_role from ops.gate_requirements").fetchall()
    assert stamps == [("postgres", "postgres")]


# What a migration might do to others, the catalogue in which it must be seen, and a piece of the row.
FAULTS = {
    "nobody makes temporary tables": (
        "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$",
        "pg_database",
        "datacl",
    ),
    "the database has a setting": (
        "do $$ begin execute format('alter database %I set row_security = off', current_database()); end $$",
        "pg_db_role_setting",
        "row_security=off",
    ),
    "a role of the platform has a setting": (
        "alter role anon set search_path = ops",
        "pg_db_role_setting",
        "search_path=ops",
    ),
    "a role of the platform has another attribute": (
        "alter role authenticated bypassrls",
        "pg_authid",
        '"rolname": "authenticated"',
    ),
    "a role of the platform is described": ("comment on role anon is 'x_comment'", "pg_shdescription", "x_comment"),
    "a role of the platform is inherited by one that should not": (
        "grant authenticated to ci_service_role with admin option",
        "pg_auth_members",
        '"admin_option": true',
    ),
    "a seventh role": ("create role x_role", "pg_authid", "x_role"),
    "one of ours is a member of another's role": ("grant service_role to developer", "pg_auth_members", "member"),
    "a function elsewhere": (
        "create function public.x_function() returns integer language sql as 'select 1'",
        "pg_proc",
        "x_function",
    ),
    "a function elsewhere is replaced": (
        "create or replace function app.count_words(words text) returns bigint language sql as 'select 1::bigint'",
        "pg_proc",
        "count_words",
    ),
    "a function elsewhere is taken away": (
        "revoke execute on function auth.uid() from public",
        "pg_proc",
        '"proname": "uid"',
    ),
    "a function of Postgres is taken away": (
        "revoke execute on function pg_catalog.lower(text) from public",
        "pg_proc",
        '"proname": "lower"',
    ),
    "a table elsewhere": ("create table public.x_table (id integer)", "pg_class", "x_table"),
    "a table that inherits from one of ours": (
        "create table app.x_child () inherits (ops.members)",
        "pg_inherits",
        "inhparent",
    ),
    "a view elsewhere of one of ours": (
        "create view public.x_view as select * from ops.v_exception_status",
        "pg_class",
        "x_view",
    ),
    "a type elsewhere": ("create type public.x_type as enum ('x_label')", "pg_enum", "x_label"),
    "a table elsewhere is granted": ("grant select on app.orders to anon", "pg_class", "anon=r/"),
    "a column elsewhere is granted": ("grant select (note) on app.orders to anon", "pg_attribute", "anon=r/"),
    "a column elsewhere is added": ("alter table app.orders add column x_column uuid", "pg_attribute", "x_column"),
    "a default elsewhere": (
        "alter table app.orders alter note set default ops_private.trim_name('x_default')",
        "pg_attrdef",
        "adbin",
    ),
    "a constraint elsewhere that calls ours": (
        "alter table app.orders add constraint x_check check (ops_private.trim_name(note) <> '')",
        "pg_constraint",
        "x_check",
    ),
    "a foreign key elsewhere to ours": (
        "alter table app.orders add column release_id uuid constraint x_fkey references ops.releases on delete cascade",
        "pg_constraint",
        "x_fkey",
    ),
    "a trigger elsewhere that calls ours": (
        "do $$ begin execute (select format('create trigger x_trigger before insert on app.orders for each row"
        " execute function %s', oid::regprocedure) from pg_proc where pronamespace = 'ops_private'::regnamespace"
        " and prorettype = 'trigger'::regtype limit 1); end $$",
        "pg_trigger",
        "x_trigger",
    ),
    "an index elsewhere": ("create index x_index on app.orders (note)", "pg_class", "x_index"),
    "a policy elsewhere": (
        "create policy x_policy on app.orders for select to developer using (true)",
        "pg_policy",
        "x_policy",
    ),
    "a policy elsewhere is dropped": ("drop policy orders_select_own on app.orders", "pg_policy", "orders_select_own"),
    "row-level security elsewhere is off": (
        "alter table app.orders disable row level security",
        "pg_class",
        '"relname": "orders".*"relrowsecurity": false',
    ),
    "a rule elsewhere": ("create rule x_rule as on delete to app.orders do instead nothing", "pg_rewrite", "x_rule"),
    "a schema elsewhere is granted": ("grant usage on schema auth to developer", "pg_namespace", "developer=U/"),
    "a schema elsewhere is described": ("comment on schema public is 'x_remark'", "pg_description", "x_remark"),
    "a third schema": ("create schema ops_more", "pg_namespace", "ops_more"),
    "what comes next is open": (
        "alter default privileges for role postgres grant select on tables to anon",
        "pg_default_acl",
        '"defaclnamespace": "0"',
    ),
    "what comes next elsewhere is open": (
        "alter default privileges for role postgres in schema app grant update on tables to anon",
        "pg_default_acl",
        "anon=w/",
    ),
    "an extension": ("create extension citext", "pg_extension", "citext"),
    "an extension moves": ("alter extension pgcrypto set schema public", "pg_extension", "pgcrypto"),
    "an event trigger": (
        "create function ops_private.x_hook() returns event_trigger language plpgsql as 'begin end';"
        " create event trigger x_hook on ddl_command_end execute function ops_private.x_hook()",
        "pg_event_trigger",
        "x_hook",
    ),
    "a cast of one of our types": (
        "create cast (ops.ops_gate_code as text) with inout as implicit",
        "pg_cast",
        "castmethod",
    ),
    "an operator elsewhere": (
        "create operator public.|&| (leftarg = text, rightarg = text, function = texteq)",
        "pg_operator",
        r"\|&\|",
    ),
    "a publication": ("create publication x_publication for table ops.releases", "pg_publication", "x_publication"),
    "a parameter is granted": ("grant set on parameter log_statement to developer", "pg_parameter_acl", "developer=s/"),
    "a foreign-data wrapper": ("create foreign data wrapper x_wrapper", "pg_foreign_data_wrapper", "x_wrapper"),
}


def after(installed: Installation, statements: Iterable[str]) -> str:
    """The differences after some statements, which are undone."""
    with installed.admin() as admin:
        for statement in statements:
            admin.execute(statement)
        seen = "\n".join(differences(installed.before, foreign_rows(admin)))
        admin.rollback()
    return seen


@pytest.fixture(scope="module")
def after_all(installed: Installation) -> str:
    """The differences after all faults; the nightly run looks at each alone."""
    return after(installed, (statement for statement, _, _ in FAULTS.values()))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_migration_that_changes_something_of_others_is_noticed(
    fault: str, installed: Installation, request: pytest.FixtureRequest
) -> None:
    statement, catalogue, piece = FAULTS[fault]
    seen = after(installed, [statement]) if NIGHTLY else request.getfixturevalue("after_all")
    assert re.search(rf"^{catalogue}: .*{piece}", seen, re.MULTILINE)


def test_without_the_right_to_temporary_tables_the_function_of_another_schema_would_fail(
    installed: Installation,
) -> None:
    with installed.admin() as admin:
        admin.execute(FAULTS["nobody makes temporary tables"][0])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            count_words(admin)
        admin.rollback()
