"""Breaks every rule about access, one at a time, and asks whether the tests notice: `python -m harness.mutants`.

The list of mutants is made from the catalogue, so that a new policy, right, trigger or function brings its own. Each
is applied in a transaction on a copy of the database; then the SQL tests of access run in the same session, and all
is undone. Exit 1 when one survived.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import functools
import inspect
import itertools
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import ModuleType
from typing import Any

import psycopg
import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from harness.access import ACCESS
from harness.stack import Cluster, run_cluster
from harness.tests import (
    test_access,
    test_access_catalogue,
    test_access_rules,
    test_private_functions,
    test_ways_round,
)
from harness.tests.access_scene import CannotAskError, Function, Scene, functions_of, scene_on, settle

# Mutants that change nothing anybody could see. Pattern of the name → why.
EQUIVALENT: dict[str, str] = {}

BEHAVIOUR = (test_access, test_access_rules, test_ways_round, test_private_functions)
SCHEMAS = ("ops", ACCESS.private.schema)
GRANTEES = (*ACCESS.nine, *ACCESS.others, "public")
WORKERS = 2
CHUNK = 24


@dataclass(frozen=True)
class Mutant:
    """One rule broken. `about` is the table, function or role it concerns; `felt` asks what callers notice of it."""

    kind: str
    name: str
    statement: str
    about: str
    felt: bool = False


@dataclass(frozen=True)
class Verdict:
    """Which test noticed first: in the catalogue, and in what callers experience."""

    mutant: Mutant
    catalogue: str | None
    behaviour: str | None
    broken: str | None = None

    @property
    def survived(self) -> bool:
        """Whether nothing noticed."""
        return self.catalogue is None and self.behaviour is None


# The tests, without pytest around them.


@dataclass(frozen=True)
class Case:
    """One test with its parameters, and the words by which it is found."""

    name: str
    run: Callable[..., None] = field(compare=False)
    words: frozenset[str] = field(compare=False)

    @property
    def test(self) -> str:
        """Its name without parameters."""
        return self.name.partition("[")[0]


def cases_of(module: Any) -> Iterator[Case]:
    """Every test of a module that asks for nothing but the scene, once for each set of parameters."""
    for name, test in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("test_") or test.__module__ != module.__name__:
            continue
        axes = [list(parameters(mark)) for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        wanted = {*inspect.signature(test).parameters}
        words = {*re.findall(r"\w+", inspect.getsource(test))}
        for combination in itertools.product(*axes):
            given: dict[str, Any] = {}
            for part in combination:
                given |= part
            if wanted - {*given} != {"scene"}:
                continue
            text = "-".join(str(value) for value in given.values())
            yield Case(
                f"{name}[{text}]" if text else name,
                functools.partial(test, **given),
                frozenset(words | {*re.findall(r"\w+", text)}) if not given else frozenset(re.findall(r"\w+", text)),
            )


def parameters(mark: Any) -> Iterator[dict[str, Any]]:
    """The sets of parameters of one `parametrize`."""
    names = mark.args[0] if isinstance(mark.args[0], (tuple, list)) else [n.strip() for n in mark.args[0].split(",")]
    for values in mark.args[1]:
        yield dict(zip(names, [values] if len(names) == 1 else values, strict=True))


def fails(case: Case, scene: Scene) -> bool:
    """Whether the test is red. What it did is undone."""
    try:
        with scene.undone():
            case.run(scene=scene)
    except (AssertionError, psycopg.Error, ValueError, KeyError, IndexError):
        return True
    except (CannotAskError, pytest.skip.Exception):
        return False
    return False


# The mutants, made from the catalogue.


def mutants(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    """Every rule of this database, broken."""
    yield from _policies(db)
    yield from _tables(db)
    yield from _columns(db)
    yield from _triggers(db)
    yield from _functions(db)
    yield from _views(db)
    yield from _schema(db)
    yield from _roles(db)


def _rows(db: psycopg.Connection[Any], query: str, *values: Any) -> list[tuple[Any, ...]]:
    statement: Any = query
    return db.execute(statement, values or None).fetchall()


def _policies(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, name, command, using, check in _rows(
        db, "select tablename, policyname, cmd, qual, with_check from pg_policies where schemaname = 'ops'"
    ):
        on = f"{name} on ops.{table}"
        yield Mutant("policy dropped", name, f"drop policy {on}", table, felt=True)
        yield Mutant("policy for everybody", name, f"alter policy {on} to public", table)
        true = ([] if using in (None, "true") else ["using (true)"]) + (
            [] if check in (None, "true") else ["with check (true)"]
        )
        for clause in true:
            which = f"{name} {clause}" if len(true) > 1 else name
            yield Mutant("policy lets all pass", which, f"alter policy {on} {clause}", table, felt=True)
        if command == "SELECT" and using == "true":
            yield Mutant("policy lets none pass", name, f"alter policy {on} using (false)", table, felt=True)
    for table in ACCESS.tables:
        yield Mutant("row security off", table, f"alter table ops.{table} disable row level security", table, felt=True)
        yield Mutant("policy added", table, f"create policy extra on ops.{table} using (true) with check (true)", table)


def _tables(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    privileges = ["select", "insert", "update", "delete", "truncate", "references", "trigger"]
    if db.info.server_version >= 170000:
        privileges.append("maintain")
    for schema, relation, role, privilege, held in _rows(
        db,
        "select c.relnamespace::regnamespace::text, c.relname, r.name, p.name,"
        " has_table_privilege(r.name, c.oid, p.name)"
        " from pg_class c cross join unnest(%s::text[]) as r (name) cross join unnest(%s::text[]) as p (name)"
        " where c.relnamespace::regnamespace::text = any (%s) and c.relkind in ('r', 'p', 'v', 'm')"
        " order by 1, 2, 3, 4",
        [*GRANTEES],
        privileges,
        [*SCHEMAS],
    ):
        what = f"{privilege} on {schema}.{relation}, {role}"
        if held:
            revoke = f"revoke {privilege} on {schema}.{relation} from {role}"
            yield Mutant("right taken", what, revoke, relation, felt=role in ACCESS.nine)
        else:
            yield Mutant("right given", what, f"grant {privilege} on {schema}.{relation} to {role}", relation)
    for table in ACCESS.tables:
        grant = f"grant select on ops.{table} to audit_reader with grant option"
        yield Mutant("right to pass on", table, grant, table)
    for sequence, name in _rows(
        db,
        "select oid::regclass::text, relname from pg_class"
        " where relnamespace::regnamespace::text = any (%s) and relkind = 'S'",
        [*SCHEMAS],
    ):
        yield Mutant("right given", name, f"grant usage on sequence {sequence} to sre", name)


def _columns(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, column, role, held, whole, seen in _rows(
        db,
        "select c.relname, a.attname, r.name, has_column_privilege(r.name, c.oid, a.attnum, 'update'),"
        " has_table_privilege(r.name, c.oid, 'update'), has_table_privilege(r.name, c.oid, 'select')"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " cross join unnest(%s::text[]) as r (name)"
        " where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p')",
        [*ACCESS.roles],
    ):
        what = f"{table}.{column}, {role}"
        if held and not whole:
            yield Mutant("column taken", what, f"revoke update ({column}) on ops.{table} from {role}", table, felt=True)
        elif not held and ACCESS.tables[table].right(role, "update"):
            grant = f"grant update ({column}) on ops.{table} to {role}"
            yield Mutant("column given", what, grant, table, felt=True)
        if not seen and column == "created_by":
            yield Mutant("column given", f"select {what}", f"grant select ({column}) on ops.{table} to {role}", table)
            yield Mutant("column given", f"insert {what}", f"grant insert ({column}) on ops.{table} to {role}", table)


def _triggers(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, about, name, enabled in _rows(
        db,
        "select t.tgrelid::regclass::text, c.relname, t.tgname, t.tgenabled"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace::regnamespace::text = any (%s) and not t.tgisinternal order by 1, 3",
        [*SCHEMAS],
    ):
        what = f"{name} on {table}"
        alter = f"alter table {table}"
        yield Mutant("trigger disabled", what, f"{alter} disable trigger {name}", about, felt=True)
        yield Mutant("trigger dropped", what, f"drop trigger {name} on {table}", about, felt=True)
        yield Mutant("trigger for replicas only", what, f"{alter} enable replica trigger {name}", about, felt=True)
        if enabled == "A":
            yield Mutant("trigger not always on", what, f"{alter} enable trigger {name}", about)
        else:
            yield Mutant("trigger always on", what, f"{alter} enable always trigger {name}", about)


ASKS = rf"\b{ACCESS.private.schema}\.require_(any_)?role\("


def _functions(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    granted = {
        (oid, role)
        for oid, role in _rows(
            db,
            "select p.oid::bigint, case a.grantee when 0 then 'public' else a.grantee::regrole::text end from pg_proc p"
            " cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a",
        )
    }
    for function in functions_of(db, *SCHEMAS):
        name, signature = function.name, function.signature
        alter = f"alter function {signature}"
        yield Mutant("search_path unset", signature, f"{alter} reset search_path", name)
        for path in ("''", "pg_catalog", "pg_temp, pg_catalog", "pg_catalog, pg_temp, public", "ops, pg_catalog"):
            if function.schema == "ops" or path.startswith("ops"):
                yield Mutant("search_path changed", f"{signature} {path}", f"{alter} set search_path = {path}", name)
        for role in GRANTEES:
            what = f"{signature}, {role}"
            if (function.oid, role) in granted:
                revoke = f"revoke execute on function {signature} from {role}"
                yield Mutant("function taken", what, revoke, name, felt=role in ACCESS.nine or bool(function.places))
            else:
                yield Mutant("function given", what, f"grant execute on function {signature} to {role}", name)
        if function.is_definer:
            yield Mutant("definer made invoker", signature, f"{alter} security invoker", name)
            yield from _role_checks(db, function)
        else:
            yield Mutant("invoker made definer", signature, f"{alter} security definer", name)
        if function.is_trigger:
            yield Mutant("trigger function renamed", signature, f"{alter} rename to {name.removeprefix('tg_')}", name)
        elif function.schema != "ops":
            yield Mutant("function renamed", signature, f"{alter} rename to tg_{name}", name)
            if not function.places:
                yield Mutant("function moved", signature, f"{alter} set schema ops", name)


def _role_checks(db: psycopg.Connection[Any], function: Function) -> Iterator[Mutant]:
    """The first thing that a definer does: ask who calls."""
    name, signature = function.name, function.signature
    [[definition]] = _rows(db, "select pg_get_functiondef(%s::oid)", function.oid)
    unchecked = re.sub(rf"perform {ASKS}[^)]*\);", "", definition)
    unchecked = re.sub(rf"(v_allowed constant boolean :=)\s+{ASKS}[^)]*\)", r"\1 true", unchecked)
    if unchecked == definition:
        return
    by_name = function.schema == "ops"  # who comes by a policy has its role already
    yield Mutant("role check removed", signature, unchecked, name, felt=by_name)
    listed = re.search(rf"({ACCESS.private.schema}\.require_role\()([^)]*)\)", definition)
    if listed is None:
        return
    asked = re.findall(r"'(\w+)'", listed[2])
    for role in asked if len(asked) > 1 else ():
        fewer = ", ".join(f"'{other}'" for other in asked if other != role)
        broken = definition.replace(listed[0], f"{listed[1]}{fewer})", 1)
        yield Mutant("role check without a role", f"{signature}, {role}", broken, name, felt=True)
    for role in {*ACCESS.roles, "service_role"} - {*asked}:
        broken = definition.replace(listed[1], f"{listed[1]}'{role}', ", 1)
        yield Mutant("role check with one more", f"{signature}, {role}", broken, name, felt=by_name)


def _views(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for (view,) in _rows(
        db, "select relname from pg_class where relnamespace = 'ops'::regnamespace and relkind in ('v', 'm')"
    ):
        yield Mutant("view of the owner", view, f"alter view ops.{view} reset (security_invoker)", view, felt=True)
        yield Mutant("view of the owner", f"{view} off", f"alter view ops.{view} set (security_invoker = off)", view)
    yield Mutant("view added", "v_extra", "create view ops.v_extra as select * from ops.approvals", "approvals")
    yield Mutant("table added", "extra", "create table ops.extra (extra_id integer primary key)", "extra")


def _schema(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    on_database = "do $$ begin execute format('grant {} on database %I to {}', current_database()); end $$"
    for role in [*ACCESS.nine, "public", "authenticator"]:
        [[usage]] = _rows(db, "select has_schema_privilege(%s, 'ops', 'usage')", role)
        if usage:
            yield Mutant("schema taken", role, f"revoke usage on schema ops from {role}", role, felt=True)
        else:
            yield Mutant("schema given", role, f"grant usage on schema ops to {role}", role)
        private = f"grant usage on schema {ACCESS.private.schema} to {role}"
        yield Mutant("schema given", f"{ACCESS.private.schema}, {role}", private, role, felt=role in ACCESS.nine)
        for schema in (*SCHEMAS, "extensions"):
            yield Mutant("schema to fill", f"{schema}, {role}", f"grant create on schema {schema} to {role}", role)
        yield Mutant("schemas of one's own", role, on_database.format("create", role), role)
        if role == "authenticator":
            continue
        for schema in SCHEMAS:
            default = f"alter default privileges in schema {schema} grant"
            yield Mutant("default right", f"{schema}, {role}", f"{default} select on tables to {role}", role)
            given = f"{default} execute on functions to {role}"
            yield Mutant("default right", f"functions of {schema}, {role}", given, role)
    for table in ACCESS.tables:
        published = f"create publication extra for table ops.{table}"
        yield Mutant("published", table, published, table)


ROLE_KINDS = ("role attribute", "membership")


def _roles(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for role in ACCESS.roles:
        for attribute in ("login", "inherit", "createrole", "createdb", "replication", "bypassrls"):
            yield Mutant("role attribute", f"{role}, {attribute}", f"alter role {role} {attribute}", role)
        yield Mutant("role attribute", f"{role}, setting", f"alter role {role} set search_path = ops", role)
        yield Mutant("membership", f"{role} left", f"revoke {role} from authenticator", role)
    for role in ("anon", "authenticated"):
        for attribute in ("login", "createrole", "createdb", "replication", "bypassrls"):
            yield Mutant("role attribute", f"{role}, {attribute}", f"alter role {role} {attribute}", role)
    for role, member in itertools.permutations(ACCESS.nine, 2):
        yield Mutant("membership", f"{role} to {member}", f"grant {role} to {member}", role)
    for role in ACCESS.roles:
        yield Mutant("membership", f"{role} to supabase_auth_admin", f"grant {role} to supabase_auth_admin", role)
        if db.info.server_version >= 160000:
            passed_on = f"grant {role} to authenticator with admin option"
            yield Mutant("membership", f"{role} to pass on", passed_on, role)
            yield Mutant("membership", f"{role} inherited", f"grant {role} to authenticator with inherit true", role)


# Trying them.


class Bench:
    """A copy of the database with the scene on it, and the tests."""

    def __init__(self, url: str, modules: Sequence[ModuleType] = BEHAVIOUR) -> None:
        facts = settle(url)
        self._closing = contextlib.ExitStack()
        self.scene = self._closing.enter_context(scene_on(url, facts))
        self.scene.db.execute("set statement_timeout = '30s'; set lock_timeout = '5s'; set client_min_messages = error")
        self.scene.db.commit()
        self.catalogue = [*cases_of(test_access_catalogue)]
        self.behaviour = [case for module in modules for case in cases_of(module)]
        self._noticed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.red = [case.name for case in [*self.catalogue, *self.behaviour] if fails(case, self.scene)]
        self.catalogue = [case for case in self.catalogue if case.name not in self.red]
        self.behaviour = [case for case in self.behaviour if case.name not in self.red]

    def close(self) -> None:
        """Close the session."""
        self._closing.close()

    def try_out(self, mutant: Mutant) -> Verdict:
        """Break the rule, ask the tests, mend it."""
        scene = self.scene
        catalogue = behaviour = None
        with scene.undone():
            try:
                with scene.db.transaction():
                    scene.db.execute(mutant.statement.encode())
            except psycopg.Error as error:
                return Verdict(mutant, None, None, broken=str(error).splitlines()[0])
            catalogue = self._first(mutant, self.catalogue)
            if mutant.felt or catalogue is None:
                # No test speaks of a private function by its name: then any may notice.
                about = [case for case in self.behaviour if mutant.about in case.words] or self.behaviour
                behaviour = self._first(mutant, about)
                if catalogue is None and behaviour is None:
                    behaviour = self._first(mutant, self.behaviour)
        scene.db.rollback()
        return Verdict(mutant, catalogue, behaviour)

    def _first(self, mutant: Mutant, cases: Sequence[Case]) -> str | None:
        """The first red test; those come first that were red for such a mutant before, or speak of the same things."""
        known = self._noticed[mutant.kind]
        words = {mutant.about, *re.findall(r"\w+", mutant.name)}
        if mutant.name.startswith(f"{mutant.about}_"):  # a policy: <table>_<command>_<role>
            words |= {*mutant.name.removeprefix(f"{mutant.about}_").split("_", 1)}

        def promise(case: Case) -> tuple[int, int, int]:
            return (-len(words & case.words), -known[case.test], len(case.words))

        for case in sorted(cases, key=promise):
            if fails(case, self.scene):
                known[case.test] += 1
                return case.name
        return None


_bench: Bench | None = None
_database = contextlib.ExitStack()


def _set_up(cluster: dict[str, Any]) -> None:
    global _bench
    copied = Cluster.from_dict(cluster)
    _bench = Bench(copied.server.url("postgres", _database.enter_context(copied.database())))


def _try_out(chunk: list[Mutant]) -> tuple[list[str], list[Verdict]]:
    if _bench is None:
        raise RuntimeError("this worker was not set up")
    return _bench.red, [_bench.try_out(mutant) for mutant in chunk]


def try_all(found: list[Mutant], cluster: Cluster, workers: int, console: Console) -> tuple[list[str], list[Verdict]]:
    """Every mutant on `workers` copies; the tests that are red without any, and the verdicts."""
    # Roles belong to the cluster: theirs are tried by one worker, in one go.
    apart = [mutant for mutant in found if mutant.kind in ROLE_KINDS]
    rest = [mutant for mutant in found if mutant.kind not in ROLE_KINDS]
    chunks = [apart] if apart else []
    chunks += [rest[start : start + CHUNK] for start in range(0, len(rest), CHUNK)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    red: list[str] = []
    verdicts: list[Verdict] = []
    with (
        Progress(*columns, console=console, transient=True) as progress,
        ProcessPoolExecutor(workers, get_context("spawn"), _set_up, (cluster.as_dict(),)) as pool,
    ):
        task = progress.add_task("mutants", total=len(found))
        for done in as_completed([pool.submit(_try_out, chunk) for chunk in chunks]):
            red, tried = done.result()
            verdicts += tried
            progress.advance(task, len(tried))
    return red, verdicts


def report(red: list[str], verdicts: list[Verdict], seconds: float, console: Console) -> bool:
    """Print what survived and how many there were; whether all is well."""
    table = Table("kind", "mutants", "felt by callers", "seen in the catalogue alone", "survived", "equivalent")
    totals: Counter[str] = Counter()
    lines: list[str] = []
    excused = {
        verdict.mutant.name
        for verdict in verdicts
        if verdict.survived and any(fnmatch.fnmatch(verdict.mutant.name, pattern) for pattern in EQUIVALENT)
    }
    for kind in dict.fromkeys(verdict.mutant.kind for verdict in sorted(verdicts, key=lambda v: v.mutant.kind)):
        own = [verdict for verdict in verdicts if verdict.mutant.kind == kind]
        equivalent = [verdict for verdict in own if verdict.mutant.name in excused]
        survived = [verdict for verdict in own if verdict.survived and verdict not in equivalent]
        counts = {
            "mutants": len(own),
            "felt": sum(verdict.behaviour is not None for verdict in own),
            "seen": sum(verdict.behaviour is None and verdict.catalogue is not None for verdict in own),
            "survived": len(survived),
            "equivalent": len(equivalent),
        }
        totals.update(counts)
        table.add_row(kind, *map(str, counts.values()))
        lines += [
            f"could not be tried: {kind}: {v.mutant.name}: {v.broken}"
            if v.broken
            else f"survived: {kind}: {v.mutant.name}"
            for v in survived
        ]
    table.add_section()
    table.add_row("all", *(str(totals[name]) for name in ("mutants", "felt", "seen", "survived", "equivalent")))
    console.print(table)
    for pattern, reason in EQUIVALENT.items():
        console.print(f"equivalent: {pattern}: {reason}", markup=False)
    for line in lines:
        console.print(line, markup=False)
    for name in red:
        console.print(f"red without any mutant: {name!r}", markup=False)
    console.print(f"{totals['mutants']} mutants, {totals['survived']} survived, in {seconds:.0f} s")
    return not lines and not red


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every mutant was noticed, 1 when one survived or a test is red without any."""
    parser = argparse.ArgumentParser(prog="python -m harness.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="PATTERN", help="those whose kind or name contains or matches it")
    parser.add_argument("--workers", type=int, default=min(WORKERS, os.cpu_count() or 1))
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    given = parser.parse_args(arguments)
    console = Console()
    started = time.monotonic()
    with run_cluster() as cluster:
        with cluster.database() as name, psycopg.connect(cluster.server.url("postgres", name)) as db:
            found = [mutant for mutant in mutants(db) if _wanted(mutant, given.only)]
        if given.list:
            for mutant in found:
                console.print(f"{mutant.kind}: {mutant.name}", markup=False)
            return 0
        if not found:
            console.print(f"no mutant is called {given.only}")
            return 1
        red, verdicts = try_all(found, cluster, given.workers, console)
    return 0 if report(red, verdicts, time.monotonic() - started, console) else 1


def _wanted(mutant: Mutant, pattern: str | None) -> bool:
    text = f"{mutant.kind}: {mutant.name}"
    return pattern is None or pattern in text or fnmatch.fnmatch(text, pattern)


if __name__ == "__main__":
    sys.exit(main())
