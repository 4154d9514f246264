"""The catalogue against `harness/access.yaml`: every right, policy, attribute and membership, and not one more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from psycopg import sql

from harness.access import ACCESS, Right, Verb
from harness.tests.access_scene import Scene, subject

pytest_plugins = ("harness.tests.access_fixtures",)

Pairs = set[tuple[Any, ...]]
# Whom to ask about: the nine, the others that the file names, what everybody has, and who logs in for the API.
ASKED = [*ACCESS.nine, *ACCESS.others, "authenticator", "public"]


def rows(scene: Scene, query: Any, *values: Any) -> Pairs:
    """Rows as the owner sees them."""
    return {*scene.owner(query, list(values) or None)}


def test_every_table_and_view_is_named_in_the_file_and_is_there(scene: Scene) -> None:
    there = rows(
        scene,
        "select relname, relkind in ('v', 'm') from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p', 'f', 'v', 'm')",
    )
    assert there == {(name, False) for name in ACCESS.tables} | {(name, True) for name in ACCESS.views}


def granted_on_tables() -> Pairs:
    """(relation, role, privilege) of whole relations."""
    return {
        (name, role, verb)
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        if right.columns is None
    } | {
        *((view, role, "select") for view, roles in ACCESS.views.items() for role in roles),
        *(
            (name, role, verb)
            for role, other in ACCESS.others.items()
            for name, verbs in other.tables.items()
            for verb in verbs
        ),
    }


def granted_on_columns() -> Pairs:
    """(table, column, role, privilege) where only columns are granted."""
    return {
        (name, column, role, verb)
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        for column in right.columns or ()
    }


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
        "  select 'relation' as kind, relname::text as name, relacl as acl, relowner as owner from pg_class"
        "  where relnamespace = 'ops'::regnamespace"
        "  union all select 'column', c.relname || '.' || a.attname, a.attacl, c.relowner from pg_attribute a"
        "  join pg_class c on c.oid = a.attrelid where c.relnamespace = 'ops'::regnamespace"
        "  union all select 'function', proname, coalesce(proacl, acldefault('f', proowner)), proowner from pg_proc"
        "  where pronamespace = 'ops'::regnamespace"
        "  union all select 'schema', nspname, nspacl, nspowner from pg_namespace where nspname = 'ops')"
        " select kind, name, case a.grantee when 0 then 'public' else a.grantee::regrole::text end,"
        "  lower(a.privilege_type), a.is_grantable"
        " from acls cross join lateral aclexplode(acl) as a where a.grantee <> owner",
    )
    named = {("relation", *grant, False) for grant in granted_on_tables()}
    named |= {("column", f"{table}.{column}", role, verb, False) for table, column, role, verb in granted_on_columns()}
    named |= {("function", name, role, "execute", False) for name, role in granted_on_functions()}
    named |= {("schema", "ops", role, "usage", False) for role in (*ACCESS.roles, "service_role", *ACCESS.others)}
    assert grants == named


def granted_on_functions() -> Pairs:
    """(function, role)."""
    return {(name, role) for name, roles in ACCESS.functions.items() for role in roles} | {
        (name, role) for role, other in ACCESS.others.items() for name in other.functions
    }


def test_functions_can_be_executed_by_the_roles_of_the_file_and_no_others(scene: Scene) -> None:
    held = scene.owner(
        "select p.proname, r.name from pg_proc p cross join unnest(%s::text[]) as r (name)"
        " where p.pronamespace = 'ops'::regnamespace and has_function_privilege(r.name, p.oid, 'execute')",
        [ASKED],
    )
    assert len(held) == len({*held}), "a name with two functions"
    assert {*held} == granted_on_functions()


def test_the_schema_can_be_used_by_those_who_have_something_in_it_and_filled_by_nobody(scene: Scene) -> None:
    held = rows(
        scene,
        "select r.name, p.name from unnest(%s::text[]) as r (name)"
        " cross join unnest(array['usage', 'create']) as p (name) where has_schema_privilege(r.name, 'ops', p.name)",
        ASKED,
    )
    assert held == {(role, "usage") for role in (*ACCESS.roles, "service_role", *ACCESS.others)}


def test_no_schema_that_a_function_could_look_in_can_be_filled_by_a_role(scene: Scene) -> None:
    held = rows(
        scene,
        "select n.nspname, r.name from pg_namespace n cross join unnest(%s::text[]) as r (name)"
        " where n.nspname !~ '^pg_(toast|temp)' and has_schema_privilege(r.name, n.oid, 'create')",
        [*ACCESS.nine, "authenticator", "public"],
    )
    assert held == set()


def test_no_role_can_make_temporary_objects_or_schemas(scene: Scene) -> None:
    held = rows(
        scene,
        "select r.name, p.name from unnest(%s::text[]) as r (name) cross join unnest(array['temporary', 'create']) as p"
        " (name) where has_database_privilege(r.name, current_database(), p.name)",
        [*ACCESS.nine, "authenticator", "public"],
    )
    assert held == set()


def test_nobody_has_a_sequence_and_nobody_will_get_anything_by_default(scene: Scene) -> None:
    held = rows(
        scene,
        "select c.relname, r.name from pg_class c cross join unnest(%s::text[]) as r (name)"
        " where c.relnamespace = 'ops'::regnamespace and c.relkind = 'S'"
        " and has_sequence_privilege(r.name, c.oid, 'usage, select, update')",
        ASKED,
    )
    assert held == set()
    assert rows(scene, "select from pg_default_acl where defaclnamespace = 'ops'::regnamespace") == set()


def test_everything_belongs_to_the_role_that_migrates_and_it_is_no_superuser(scene: Scene) -> None:
    owners = rows(
        scene,
        "select relowner::regrole::text from pg_class where relnamespace = 'ops'::regnamespace"
        " union select proowner::regrole::text from pg_proc where pronamespace = 'ops'::regnamespace"
        " union select typowner::regrole::text from pg_type where typnamespace = 'ops'::regnamespace"
        " union select nspowner::regrole::text from pg_namespace where nspname = 'ops'",
    )
    assert owners == {("postgres",)}
    assert rows(scene, "select rolsuper from pg_roles where rolname = 'postgres'") == {(False,)}


# Row level security.


def test_row_level_security_is_on_for_every_table(scene: Scene) -> None:
    tables = (
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p')"
    )
    assert rows(scene, tables) == {(name, True) for name in ACCESS.tables}


def expected_policies() -> dict[tuple[str, str, str], Right]:
    """(table, command, role) → which rows."""
    six = {
        (name, verb, role): right
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        if role in ACCESS.roles
    }
    return six | {
        (name, verb, role): Right("all")
        for role, other in ACCESS.others.items()
        for name, verbs in other.tables.items()
        for verb in verbs
    }


NORMAL: dict[tuple[str, str], str] = {}


def normal(scene: Scene, table: str, words: str) -> str:
    """A condition of the file as the server writes it for this table."""
    if (table, words) not in NORMAL:
        with scene.undone():
            condition = sql.SQL(ACCESS.conditions[words])
            scene.db.execute(
                sql.SQL("create policy as_the_file_says on ops.{} for select to anon using ({})").format(
                    sql.Identifier(table), condition
                )
            )
            [[text]] = scene.owner("select qual from pg_policies where policyname = 'as_the_file_says'")
        NORMAL[table, words] = text
    return NORMAL[table, words]


def test_there_is_one_policy_for_each_right_of_the_file_with_its_condition_and_no_other(scene: Scene) -> None:
    found = scene.owner(
        "select tablename, lower(cmd), roles::text[], permissive, qual, with_check, policyname"
        " from pg_policies where schemaname = 'ops'"
    )
    expected = set()
    for (table, command, role), right in expected_policies().items():
        condition = normal(scene, table, right.rows)
        expected.add(
            (
                table,
                command,
                (role,),
                "PERMISSIVE",
                None if command == "insert" else condition,
                None if command == "select" else condition,
                f"{table}_{command}_{role}",
            )
        )
    assert {(table, command, tuple(roles), *more) for table, command, roles, *more in found} == expected


def test_a_write_policy_lets_every_row_pass_only_where_the_file_says_all(scene: Scene) -> None:
    open_to_all = rows(
        scene,
        "select tablename, lower(cmd), roles[1]::text from pg_policies where schemaname = 'ops' and cmd <> 'SELECT'"
        " and 'true' in (qual, with_check)",
    )
    assert open_to_all == {
        key for key, right in expected_policies().items() if key[1] != "select" and right.rows == "all"
    }


READS = [
    (name, verb, role)
    for (name, verb, role) in expected_policies()
    if role in ACCESS.roles and verb in ("select", "update")
]


@pytest.mark.parametrize(("table", "verb", "role"), READS)
def test_a_policy_asks_who_is_calling_once_and_not_for_every_row(
    scene: Scene, table: str, verb: Verb, role: str
) -> None:
    right = ACCESS.tables[table].right(role, verb)
    assert right
    query = sql.SQL("explain (verbose, format json) select * from ops.{}").format(sql.Identifier(table))
    if verb == "update":
        query = sql.SQL("explain (verbose, format json) update ops.{} set {column} = {column}").format(
            sql.Identifier(table), column=sql.Identifier((right.columns or ("",))[0])
        )
    with scene.undone():
        scene.become(role, subject(role))
        [[plan]] = scene.run(query).rows
    nodes = [plan[0]["Plan"]]
    asked = 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        for name, text in node.items():
            if isinstance(text, str) and (name.endswith(("Filter", "Cond")) or name == "Function Call"):
                assert "ops." not in re.sub(r"'[^']*'::ops\.\w+", "", text), (name, text)
        if node.get("Parent Relationship") == "InitPlan" and "ops." in json.dumps(node):
            asked += 1
    assert (asked > 0) == (right.rows != "all")


# Functions and views.


def test_every_function_pins_an_empty_search_path_and_none_sets_a_role(scene: Scene) -> None:
    settings = scene.owner(
        "select p.proname, coalesce(p.proconfig, '{}'::text[]), p.prosrc from pg_proc p"
        " where p.pronamespace = 'ops'::regnamespace"
    )
    for name, config, source in settings:
        assert 'search_path=""' in config, name
        assert {setting.split("=")[0] for setting in config} <= {"search_path", "lock_timeout"}, name
        code = re.sub(r"'[^']*'", "''", re.sub(r"--.*", "", source))
        assert not re.search(r"\bset_config\b|(;|\b(begin|then|else|loop))\s*set\b", code, re.IGNORECASE), name
        assert not re.search(r"\bexecute\b", code, re.IGNORECASE), f"{name} runs SQL that it puts together"


# First in the body, or, where that is asked most, first among the declarations, which costs no statement.
CHECKED = (
    r"\A\s*((declare\b.*?\n)?begin\s+perform|declare\s+v_allowed constant boolean :=)"
    r"\s+ops\.require_(any_)?role\(([^)]*)\);"
)
ANY = {*ACCESS.roles, "service_role"}


def test_every_definer_that_a_role_can_execute_asks_for_exactly_the_roles_of_the_file_first(scene: Scene) -> None:
    definers = scene.owner(
        "select p.proname, p.prosrc from pg_proc p where p.pronamespace = 'ops'::regnamespace and p.prosecdef"
        " and p.prorettype <> 'trigger'::regtype"
    )
    assert len(definers) >= 14
    for name, source in definers:
        checked = re.match(CHECKED, source, re.DOTALL)
        assert checked, name
        asked = ANY if checked[3] else {*re.findall(r"'(\w+)'", checked[4])}
        assert asked == {*ACCESS.functions[name]}, name


def test_a_function_that_is_no_definer_reaches_nothing_its_caller_does_not(scene: Scene) -> None:
    others = rows(
        scene,
        "select p.proname from pg_proc p where p.pronamespace = 'ops'::regnamespace and not p.prosecdef"
        " and p.proname = any (%s)",
        [*ACCESS.functions],
    )
    assert others == {("current_actor",), ("by_definer",), ("is_storable",), ("trim_name",), ("is_active",)}


def test_functions_of_triggers_are_definers_that_nobody_executes(scene: Scene) -> None:
    functions = rows(
        scene,
        "select p.proname, p.prosecdef, p.proacl::text from pg_proc p"
        " where p.pronamespace = 'ops'::regnamespace and p.prorettype = 'trigger'::regtype",
    )
    assert functions
    for name, definer, rights in functions:
        assert (definer, rights) == (True, "{postgres=X/postgres}"), name


def test_every_view_runs_with_the_rights_of_who_asks(scene: Scene) -> None:
    views = rows(
        scene,
        "select relname, coalesce(reloptions, '{}') @> array['security_invoker=true'] from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('v', 'm')",
    )
    assert views == {(name, True) for name in ACCESS.views}


def test_no_rule_and_no_publication_carries_rows_elsewhere(scene: Scene) -> None:
    rules = "select rulename from pg_rules where schemaname = 'ops'"
    published = "select tablename from pg_publication_tables where schemaname = 'ops'"
    assert rows(scene, rules) == rows(scene, published) == set()


# Roles.


def test_the_attributes_of_the_roles_are_those_of_the_file(scene: Scene) -> None:
    found = scene.owner(
        "select rolname, rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = any (%s)",
        [list(ACCESS.roles)],
    )
    assert {name for name, *_ in found} == {*ACCESS.roles}
    for name, *attributes in found:
        assert attributes == [*ACCESS.role_attributes.values()], name
    platform = rows(
        scene,
        "select rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = any (%s)",
        list(ACCESS.platform_roles),
    )
    assert platform == {(role, *[False] * 5, role == "service_role") for role in ACCESS.platform_roles}
    settings = "select setrole::regrole::text from pg_db_role_setting where setrole::regrole::text = any (%s)"
    assert rows(scene, settings, list(ACCESS.roles)) == set()


def test_the_roles_are_members_of_nothing_and_only_the_file_s_become_them(scene: Scene) -> None:
    members = rows(
        scene,
        "select roleid::regrole::text, member::regrole::text from pg_auth_members"
        " where roleid::regrole::text = any (%s) or member::regrole::text = any (%s)",
        list(ACCESS.roles),
        list(ACCESS.nine),
    )
    expected = {(role, member) for role in ACCESS.roles for member in ACCESS.role_members}
    if scene.db.info.server_version < 160000:  # where who creates a role is not made its member
        members |= {(role, "postgres") for role in ACCESS.roles}
    assert members == expected
    powers = "select r.name from unnest(%s::text[]) as r (name) where pg_has_role(r.name, 'postgres', 'member')"
    assert rows(scene, powers, [*ACCESS.nine, "authenticator"]) == set()
    if scene.db.info.server_version >= 160000:
        passed_on = (
            "select from pg_auth_members where roleid::regrole::text = any (%s)"
            " and member::regrole::text = 'authenticator' and (admin_option or inherit_option or not set_option)"
        )
        assert rows(scene, passed_on, list(ACCESS.nine)) == set()


# Triggers.


def test_no_trigger_is_disabled_and_what_refuses_is_always_on(scene: Scene) -> None:
    triggers = scene.owner(
        "select t.tgrelid::regclass::text, t.tgenabled, p.proname, t.tgtype, t.tgqual is null, t.tgattr::text"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid"
        " where c.relnamespace = 'ops'::regnamespace and not t.tgisinternal"
    )
    refusals: dict[str, int] = {}
    for table, enabled, function, kind, always, columns in triggers:
        if function == "refuse_change":
            assert (enabled, kind & 3, always, columns) == ("A", 2, True, ""), table  # before, for each statement
            refusals[table.removeprefix("ops.")] = kind & ~3
        else:
            assert enabled == "O", (table, function)
    delete, update, truncate = 8, 16, 32
    assert refusals == {
        name: delete | truncate | (0 if table.changeable else update) for name, table in ACCESS.tables.items()
    }


def test_whoever_writes_what_a_verdict_rests_on_locks_its_release_first(scene: Scene) -> None:
    insert, update = 4, 16
    locked = rows(
        scene,
        "select t.tgrelid::regclass::text, t.tgtype & 28 from pg_trigger t where t.tgfoid = 'ops_private.tg_lock_release'::regproc"
        " and t.tgtype & 3 = 3",  # before, for each row
    )
    facts = {"approvals", "evidence_artifacts", "gate_checks"}
    assert locked == {(f"ops.{table}", insert) for table in facts} | {
        (f"ops.{table}", insert | update) for table in ("deployments", "exceptions", "release_gates")
    }


def test_internal_triggers_keep_foreign_keys_and_none_is_disabled(scene: Scene) -> None:
    disabled = (
        "select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace = 'ops'::regnamespace and t.tgisinternal and t.tgenabled <> 'O'"
    )
    assert rows(scene, disabled) == set()
    unchecked = (
        "select conrelid::regclass::text, conname from pg_constraint"
        " where connamespace = 'ops'::regnamespace and not convalidated"
    )
    assert rows(scene, unchecked) == set()
