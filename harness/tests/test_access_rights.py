"""The catalogue has the privileges that the access page names on tables, columns, functions and schemas, no others."""

from __future__ import annotations

from harness.check.access import ACCESS, PLACES
from harness.prove.access_scene import Scene
from harness.tests.access_catalogue import (
    ASKED,
    BOTH,
    for_everybody,
    granted_on_columns,
    granted_on_functions,
    granted_on_tables,
    private_views,
    rows,
)

pytest_plugins = ("harness.tests.access_fixtures",)


PRIVILEGES = ["select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"]


def test_roles_have_the_rights_of_the_file_on_tables_and_no_others(scene: Scene) -> None:
    privileges = PRIVILEGES if scene.db.info.server_version >= 170000 else PRIVILEGES[:-1]
    held = rows(
        scene,
        "select c.relname, r.name, p.name from pg_class c cross join unnest(%s::text[]) as r (name)"
        " cross join unnest(%s::text[]) as p (name) where c.relnamespace = 'ops'::regnamespace"
        " and c.relkind in ('r', 'p', 'f', 'v', 'm') and has_table_privilege(r.name, c.oid, p.name)",
        ASKED,
        privileges,
    )
    assert held == granted_on_tables()


def test_roles_have_the_rights_of_the_file_on_columns_and_no_others(scene: Scene) -> None:
    held = rows(
        scene,
        "select c.relname, a.attname, r.name, p.name from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " cross join unnest(%s::text[]) as r (name)"
        " cross join unnest(array['select', 'insert', 'update', 'references']) as p (name)"
        " where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p', 'f', 'v', 'm') and a.attnum > 0"
        " and not a.attisdropped and has_column_privilege(r.name, c.oid, a.attnum, p.name)"
        " and not has_table_privilege(r.name, c.oid, p.name)",
        ASKED,
    )
    assert held == granted_on_columns()


def test_nobody_else_was_granted_anything_and_nobody_may_pass_a_right_on(scene: Scene) -> None:
    grants = rows(
        scene,
        "with acls as ("
        "  select 'relation' as kind, relnamespace as schema, relname::text as name, relacl as acl, relowner as owner"
        f"  from pg_class where relnamespace {BOTH}"
        "  union all select 'column', c.relnamespace, c.relname || '.' || a.attname, a.attacl, c.relowner"
        f"  from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace {BOTH}"
        "  union all select 'function', pronamespace, case pronamespace when 'ops'::regnamespace then proname"
        "   else oid::regprocedure::text end, coalesce(proacl, acldefault('f', proowner)), proowner"
        f"  from pg_proc where pronamespace {BOTH}"
        f"  union all select 'schema', oid, nspname, nspacl, nspowner from pg_namespace where oid {BOTH})"
        " select schema::regnamespace::text, kind, name,"
        "  case a.grantee when 0 then 'public' else a.grantee::regrole::text end,"
        "  lower(a.privilege_type), a.is_grantable"
        " from acls cross join lateral aclexplode(acl) as a where a.grantee <> owner",
    )
    named = {("relation", *grant, False) for grant in granted_on_tables()}
    named |= {("column", f"{table}.{column}", role, verb, False) for table, column, role, verb in granted_on_columns()}
    named |= {("function", name, role, "execute", False) for name, role in granted_on_functions()}
    named |= {("schema", "ops", role, "usage", False) for role in (*ACCESS.roles, "service_role", *ACCESS.others)}
    private = {(ACCESS.private.schema, "function", name, "public", "execute", False) for name in for_everybody(scene)}
    private |= {
        (ACCESS.private.schema, "relation", name, role, "select", False)
        for name, view in private_views(scene)
        for role in ACCESS.views[view]
    }
    assert grants == {("ops", *grant) for grant in named} | private


def test_functions_can_be_executed_by_the_roles_of_the_file_and_no_others(scene: Scene) -> None:
    held = scene.owner(
        "select p.proname, r.name from pg_proc p cross join unnest(%s::text[]) as r (name)"
        " where p.pronamespace = 'ops'::regnamespace and has_function_privilege(r.name, p.oid, 'execute')",
        [ASKED],
    )
    assert {*held} == granted_on_functions()


def test_private_functions_are_everybody_s_where_they_run_as_a_caller_and_otherwise_the_owner_s_alone(
    scene: Scene,
) -> None:
    held = rows(
        scene,
        "select p.oid::regprocedure::text, r.name from pg_proc p cross join unnest(%s::text[]) as r (name)"
        " where p.pronamespace = %s::regnamespace and has_function_privilege(r.name, p.oid, 'execute')",
        ASKED,
        ACCESS.private.schema,
    )
    assert held == {(name, role) for name in for_everybody(scene) for role in ASKED}
    assert len(for_everybody(scene)) >= 5


def test_a_private_function_is_named_nowhere_else_that_could_run_it_as_a_caller(scene: Scene) -> None:
    # A cast, an operator, an aggregate or a type of ours that names it would be a call without its name.
    elsewhere = rows(
        scene,
        "select d.classid::regclass::text, d.refobjid::regprocedure::text from pg_depend d"
        " join pg_proc p on p.oid = d.refobjid where d.refclassid = 'pg_proc'::regclass"
        f" and p.pronamespace = %s::regnamespace and not coalesce({' or '.join(PLACES.values())}, false)"
        " and d.classid <> 'pg_trigger'::regclass",
        ACCESS.private.schema,
    )
    assert elsewhere == set()


def test_the_schema_can_be_used_by_those_who_have_something_in_it_and_filled_by_nobody(scene: Scene) -> None:
    held = rows(
        scene,
        "select r.name, p.name from unnest(%s::text[]) as r (name)"
        " cross join unnest(array['usage', 'create']) as p (name) where has_schema_privilege(r.name, 'ops', p.name)",
        ASKED,
    )
    assert held == {(role, "usage") for role in (*ACCESS.roles, "service_role", *ACCESS.others)}


def test_the_private_schema_can_be_used_and_filled_by_nobody(scene: Scene) -> None:
    held = rows(
        scene,
        "select r.name, p.name from unnest(%s::text[]) as r (name)"
        " cross join unnest(array['usage', 'create']) as p (name) where has_schema_privilege(r.name, %s, p.name)",
        ASKED,
        ACCESS.private.schema,
    )
    assert held == set()


def test_no_schema_that_a_function_could_look_in_can_be_filled_by_a_role(scene: Scene) -> None:
    held = rows(
        scene,
        "select n.nspname, r.name from pg_namespace n cross join unnest(%s::text[]) as r (name)"
        " where n.nspname !~ '^pg_(toast|temp)' and has_schema_privilege(r.name, n.oid, 'create')",
        [*ACCESS.nine, "authenticator", "public"],
    )
    assert held == set()


def test_no_role_can_make_schemas(scene: Scene) -> None:
    # Temporary objects are everybody's in Postgres, and stay so: no function of ours looks among them.
    held = rows(
        scene,
        "select r.name from unnest(%s::text[]) as r (name)"
        " where has_database_privilege(r.name, current_database(), 'create')",
        [*ACCESS.nine, "authenticator", "public"],
    )
    assert held == set()


def test_nobody_has_a_sequence_and_nobody_will_get_anything_by_default(scene: Scene) -> None:
    held = rows(
        scene,
        "select c.relname, r.name from pg_class c cross join unnest(%s::text[]) as r (name)"
        f" where c.relnamespace {BOTH} and c.relkind = 'S'"
        " and has_sequence_privilege(r.name, c.oid, 'usage, select, update')",
        ASKED,
    )
    assert held == set()
    assert rows(scene, f"select from pg_default_acl where defaclnamespace {BOTH}") == set()


def test_everything_belongs_to_the_role_that_migrates_and_it_is_no_superuser(scene: Scene) -> None:
    owners = rows(
        scene,
        f"select relowner::regrole::text from pg_class where relnamespace {BOTH}"
        f" union select proowner::regrole::text from pg_proc where pronamespace {BOTH}"
        f" union select typowner::regrole::text from pg_type where typnamespace {BOTH}"
        f" union select nspowner::regrole::text from pg_namespace where oid {BOTH}",
    )
    assert owners == {("postgres",)}
    assert rows(scene, "select rolsuper from pg_roles where rolname = 'postgres'") == {(False,)}
