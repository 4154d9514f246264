"""Functions and views have the rights of the access page: who may call, as whom they run, and what they check first."""

from __future__ import annotations

import re

from harness.check.access import ACCESS
from harness.prove.access_functions import Function
from harness.prove.access_scene import Scene
from harness.tests.access_catalogue import BOTH, SCHEMAS, rows

pytest_plugins = ("harness.tests.access_fixtures",)


# It runs the conditions of a table's own constraints, as the catalogue has them. Only the owner can change these.
PUTS_SQL_TOGETHER = {"broken_constraint"}


def test_every_function_pins_its_search_path_and_none_sets_a_role(scene: Scene) -> None:
    for function in scene.functions():
        paths = [setting for setting in function.settings if setting.startswith("search_path=")]
        assert paths == ["search_path=pg_catalog, pg_temp"], function.signature
        names = {setting.partition("=")[0] for setting in function.settings}
        assert names <= {"search_path", "lock_timeout", "plan_cache_mode"}, function.signature
        code = re.sub(r"'[^']*'", "''", function.code)
        sets = r"\bset_config\b|(;|\b(begin|then|else|loop))\s*set\b(?!\s+constraints\b)"
        assert not re.search(sets, code, re.IGNORECASE), function.signature
        together = re.search(r"\bexecute\b", code, re.IGNORECASE) is not None
        assert together == (function.name in PUTS_SQL_TOGETHER), f"{function.signature} puts SQL together"


# The check is the first statement, or, in the functions called most, the first declaration, which is cheaper.
CHECKED = (
    r"\A\s*((declare\b.*?\n)?begin\s+perform|declare\s+v_allowed constant boolean :=)"
    r"\s+ops_private\.require_(?:(any_|own_)?role|(operator))\(([^)]*)\);"
)
# What an initial value in the declarations must not do before that: call a function of ours, or read.
ACTS = rf"\b(ops|{ACCESS.private.schema})\.\w+\(|\bselect\b"
IN_PASSING = (
    r"\A\s*(?:declare\b.*?\n)?begin\s+if \(current_setting\('role'\) in \(([^)]*)\)\) is not true\s+or [^;]*? then"
    r"\s+perform ops_private\.require_role\(([^)]*)\);"
)
# A function that is asked for each row of a view looks at the project first, which a member alone sees, and asks for
# readers only to refuse.
ASKS_FOR_READERS = (
    r"\A\s*(?:declare\b.*?\n)?begin\s+"
    r"(?:select r\.[^;]*;\s+if not \((?:ops_private\.reads\('ops\.\w+'\)\s+and\s+)+"
    r"ops_private\.sees\(v_project\)\) then\s+)?"
    r"perform ops_private\.require_reader\(([^)]*)\);"
)
ANY = {*ACCESS.roles, "service_role"}
# A private function that reads no table needs no rights of the owner, but for these two.
KNOWS = {"is_owner", "is_member"}
READS = re.compile(r"\b(select|insert|update|delete|perform|from)\b")


def asked_for(function: Function) -> set[str]:
    """The roles that a definer asks for before anything else."""
    # The functions called most compare the role themselves, and call `require_role` only to refuse.
    in_passing = re.match(IN_PASSING, function.source, re.DOTALL)
    if in_passing:
        assert in_passing[1] == in_passing[2], function.signature
        return {*re.findall(r"'(\w+)'", in_passing[1])}
    checked = re.match(CHECKED, function.source, re.DOTALL)
    assert checked, function.signature
    if checked[4]:
        assert function.name in ACCESS.owner, function.signature
        return {"service_role"}
    return ANY if checked[3] == "any_" else {*re.findall(r"'(\w+)'", checked[5])}


def test_the_api_has_the_functions_of_the_file_and_no_others(scene: Scene) -> None:
    others = [name for other in ACCESS.others.values() for name in other.functions]
    assert [f.name for f in scene.functions("ops")] == sorted([*ACCESS.functions, *others])


def test_every_definer_of_the_api_asks_for_exactly_the_roles_of_the_file_first(scene: Scene) -> None:
    definers = [function for function in scene.functions("ops") if function.is_definer]
    hooks = {name for other in ACCESS.others.values() for name in other.functions}
    assert {function.name for function in definers} - hooks == {*ACCESS.asking}
    for function in definers:
        if function.name in hooks:
            continue  # it never raises: whoever is not Auth gets back what they sent; see test_access_hook
        assert asked_for(function) == {*ACCESS.functions[function.name]}, function.signature
        before = re.split(rf"{ACCESS.private.schema}\.require_\w+\(", function.code)[0]
        assert not re.search(ACTS, before), function.signature


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
    assert {f.name for f in definers if not (f.is_trigger or READS.search(f.code))} == KNOWS
    for function in definers:
        if function.name == "current_actor":
            continue  # it says by which name records know the caller, and nothing else
        if any(f"{function.schema}.{function.name}(" in scope for scope in ACCESS.restrictions.values()):
            assert {*function.places} == {"policy"}, function.signature  # it says something of the caller alone
        elif not function.is_trigger and READS.search(function.code):
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
    # Nobody may use the private schema: such a body would fail for every caller.
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
