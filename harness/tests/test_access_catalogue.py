"""The catalogue against the access page as data: every right, policy, attribute and membership, and not one more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from psycopg import sql

from harness.check.access import ACCESS, PLACES, Right, Verb
from harness.prove.access_scene import Function, Scene, subject

pytest_plugins = ("harness.tests.access_fixtures",)

Pairs = set[tuple[Any, ...]]
SCHEMAS = ("ops", ACCESS.private.schema)
BOTH = f"in ('{SCHEMAS[0]}'::regnamespace, '{SCHEMAS[1]}'::regnamespace)"
OURS = re.compile(r"\b(" + "|".join(SCHEMAS) + r")\.")
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


def private_views(scene: Scene) -> set[tuple[str, str]]:
    """The private views, each with a view of the API that is made of it, and so is read with its reader's rights."""
    made_of = (
        "select c.relname, v.relname from pg_class c"
        " join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid"
        " join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid"
        " join pg_class v on v.oid = w.ev_class"
        f" where c.relkind = 'v' and c.relnamespace = '{ACCESS.private.schema}'::regnamespace"
        " and v.relnamespace = 'ops'::regnamespace"
    )
    return {(name, view) for name, view in rows(scene, made_of)}


def for_everybody(scene: Scene) -> set[str]:
    """The private functions that run as whoever reads or writes, by what the catalogue says of where they are named."""
    places = {*ACCESS.private.executable_where_named_in}
    return {f.signature for f in scene.functions(ACCESS.private.schema) if places.intersection(f.places)}


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
                assert not OURS.search(re.sub(r"'[^']*'::ops\.\w+", "", text)), (name, text)
        if node.get("Parent Relationship") == "InitPlan" and OURS.search(json.dumps(node)):
            asked += 1
    assert (asked > 0) == (right.rows != "all")


# Functions and views.


def test_every_function_pins_its_search_path_and_none_sets_a_role(scene: Scene) -> None:
    for function in scene.functions():
        paths = [setting for setting in function.settings if setting.startswith("search_path=")]
        assert paths == ["search_path=pg_catalog, pg_temp"], function.signature
        names = {setting.partition("=")[0] for setting in function.settings}
        assert names <= {"search_path", "lock_timeout"}, function.signature
        code = re.sub(r"'[^']*'", "''", function.code)
        sets = r"\bset_config\b|(;|\b(begin|then|else|loop))\s*set\b"
        assert not re.search(sets, code, re.IGNORECASE), function.signature
        assert not re.search(r"\bexecute\b", code, re.IGNORECASE), f"{function.signature} puts SQL together"


# First in the body, or, where that is asked most, first among the declarations, which costs no statement.
CHECKED = (
    r"\A\s*((declare\b.*?\n)?begin\s+perform|declare\s+v_allowed constant boolean :=)"
    r"\s+ops_private\.require_(any_)?role\(([^)]*)\);"
)
IN_PASSING = (
    r"\A\s*(?:declare\b.*?\n)?begin\s+if \(current_setting\('role'\) in \(([^)]*)\)\) is not true\s+or [^;]*? then"
    r"\s+perform ops_private\.require_role\(([^)]*)\);"
)
ASKS_FOR_READERS = r"\A\s*(?:declare\b.*?\n)?begin\s+perform ops_private\.require_reader\(([^)]*)\);"
ANY = {*ACCESS.roles, "service_role"}


def asked_for(function: Function) -> set[str]:
    """The roles that a definer asks for before anything else."""
    # Where most callers come, the role is looked at in passing, and the function is only called to refuse.
    in_passing = re.match(IN_PASSING, function.source, re.DOTALL)
    if in_passing:
        assert in_passing[1] == in_passing[2], function.signature
        return {*re.findall(r"'(\w+)'", in_passing[1])}
    checked = re.match(CHECKED, function.source, re.DOTALL)
    assert checked, function.signature
    return ANY if checked[3] else {*re.findall(r"'(\w+)'", checked[4])}


def test_the_api_has_the_functions_of_the_file_and_no_others(scene: Scene) -> None:
    others = [name for other in ACCESS.others.values() for name in other.functions]
    assert [f.name for f in scene.functions("ops")] == sorted([*ACCESS.functions, *others])


def test_every_definer_of_the_api_asks_for_exactly_the_roles_of_the_file_first(scene: Scene) -> None:
    definers = [function for function in scene.functions("ops") if function.is_definer]
    assert {function.name for function in definers} == {*ACCESS.functions}
    for function in definers:
        assert asked_for(function) == {*ACCESS.functions[function.name]}, function.signature


def test_a_private_definer_is_a_trigger_or_asks_for_those_who_come_by_it(scene: Scene) -> None:
    come_by: dict[str, set[str]] = {}
    policies = (
        "select d.refobjid::regprocedure::text, r.oid::regrole::text from pg_depend d"
        " join pg_policy p on p.oid = d.objid and d.classid = 'pg_policy'::regclass"
        " cross join unnest(p.polroles) as r (oid) where d.refclassid = 'pg_proc'::regclass"
    )
    for name, role in rows(scene, policies):
        come_by.setdefault(name, set()).add(role)
    views = (
        "select d.refobjid::regprocedure::text, c.relname from pg_depend d"
        " join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass"
        " join pg_class c on c.oid = w.ev_class where d.refclassid = 'pg_proc'::regclass"
        " and c.relnamespace = 'ops'::regnamespace"
    )
    for name, view in rows(scene, views):
        come_by.setdefault(name, set()).update(ACCESS.views[view])
    definers = [function for function in scene.functions(ACCESS.private.schema) if function.is_definer]
    assert definers
    for function in definers:
        if not function.is_trigger:
            assert {*function.places} <= {"policy", "view"}, function.signature  # others need what all may read
            reads = re.match(ASKS_FOR_READERS, function.source, re.DOTALL)
            if reads:
                # For a view: whoever may read the tables may ask, so that those who may read the view can.
                tables = re.findall(r"'ops\.(\w+)'", reads[1])
                readers = set[str].intersection(*({*ACCESS.tables[table].rights["select"]} for table in tables))
                assert {*function.places} == {"view"}, function.signature
                assert come_by[function.signature] <= readers, function.signature
            else:
                assert asked_for(function) == come_by[function.signature], function.signature


def test_a_function_that_runs_as_its_caller_names_nothing_private(scene: Scene) -> None:
    # Nobody may use the schema: such a body would fail, for the writer whom a policy or a check asks.
    as_caller = [f for f in scene.functions() if not f.is_definer and (f.schema == "ops" or f.places)]
    assert len(as_caller) >= 5
    for function in as_caller:
        assert f"{ACCESS.private.schema}." not in function.code, function.signature


def test_functions_of_triggers_are_private_definers_that_nobody_executes_and_have_the_name_alone(scene: Scene) -> None:
    owner_s_alone = rows(
        scene,
        "select p.oid::regprocedure::text from pg_proc p"
        f" where p.pronamespace {BOTH} and p.proacl::text = '{{postgres=X/postgres}}'",
    )
    functions = scene.functions()
    assert any(function.is_trigger for function in functions)
    for function in functions:
        assert function.is_trigger == function.name.startswith("tg_"), function.signature
        if function.is_trigger:
            assert (function.schema, function.is_definer) == (ACCESS.private.schema, True), function.signature
            assert (function.signature,) in owner_s_alone


def test_every_view_runs_with_the_rights_of_who_asks(scene: Scene) -> None:
    views = rows(
        scene,
        "select relname, coalesce(reloptions, '{}') @> array['security_invoker=true'] from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('v', 'm')",
    )
    assert views == {(name, True) for name in ACCESS.views}


def test_no_rule_and_no_publication_carries_rows_elsewhere(scene: Scene) -> None:
    rules = "select rulename from pg_rules where schemaname = any (%s)"
    published = "select tablename from pg_publication_tables where schemaname = any (%s)"
    assert rows(scene, rules, [*SCHEMAS]) == rows(scene, published, [*SCHEMAS]) == set()


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


INSERT, DELETE, UPDATE, TRUNCATE = 4, 8, 16, 32  # bits of pg_trigger.tgtype


def test_a_trigger_on_insert_is_ordinary_and_one_on_any_change_is_always_on(scene: Scene) -> None:
    triggers = scene.owner(
        "select t.tgrelid::regclass::text, t.tgname, t.tgenabled, t.tgtype from pg_trigger t"
        f" join pg_class c on c.oid = t.tgrelid where c.relnamespace {BOTH} and not t.tgisinternal"
    )
    for table, name, enabled, kind in triggers:
        on_change = kind & (DELETE | UPDATE | TRUNCATE)
        assert not (kind & INSERT and on_change), (table, name)
        assert enabled == ("A" if on_change else "O"), (table, name)


def test_every_table_refuses_in_one_way_what_nobody_may_change(scene: Scene) -> None:
    refusals: dict[str, int] = {}
    functions = set()
    for table, function, kind, unconditional, columns in scene.owner(
        "select c.relname, t.tgfoid, t.tgtype, t.tgqual is null, t.tgattr::text"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace = 'ops'::regnamespace and not t.tgisinternal"
        " and t.tgtype & 3 = 2"  # before, for each statement
    ):
        assert (unconditional, columns) == (True, ""), table
        refusals[table] = refusals.get(table, 0) | kind & ~3
        functions.add(function)
    assert refusals == {
        name: DELETE | TRUNCATE | (0 if table.changeable else UPDATE) for name, table in ACCESS.tables.items()
    }
    assert len(functions) == 1, "one function refuses"


# What a verdict rests on. Those that can change lock for a change too.
JUDGED = ("approvals", "deployments", "evidence_artifacts", "exceptions", "gate_checks", "release_gates")


def test_whoever_writes_what_a_verdict_rests_on_locks_its_release_first(scene: Scene) -> None:
    first = rows(
        scene,
        "select distinct on (t.tgrelid, e.bit) t.tgrelid::regclass::text, e.bit, t.tgfoid from pg_trigger t"
        " cross join unnest(array[4, 16]) as e (bit)"  # insert, update
        " where t.tgrelid = any (%s::regclass[]) and not t.tgisinternal"
        " and t.tgtype & 3 = 3 and t.tgtype & e.bit = e.bit"  # before, for each row
        " order by t.tgrelid, e.bit, t.tgname",
        [f"ops.{table}" for table in JUDGED],
    )
    assert {(table, event) for table, event, _ in first} == {(f"ops.{table}", 4) for table in JUDGED} | {
        (f"ops.{table}", 16) for table in JUDGED if ACCESS.tables[table].changeable
    }
    assert len({function for _, _, function in first}) == 1, "one function locks"


def test_internal_triggers_keep_foreign_keys_and_none_is_disabled(scene: Scene) -> None:
    disabled = (
        "select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        f" where c.relnamespace {BOTH} and t.tgisinternal and t.tgenabled <> 'O'"
    )
    assert rows(scene, disabled) == set()
    unchecked = f"select conname from pg_constraint where connamespace {BOTH} and not convalidated"
    assert rows(scene, unchecked) == set()
