"""An upgrade of each released version keeps what was recorded and every answer, and ends as a new installation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

import pytest

from harness.prove.effort import NIGHTLY
from harness.prove.upgrades import apply, load_history, upgrade
from harness.stack import Stack
from harness.stack.stack import Cluster
from ops_gates.installing.package import Package, Release

OWN = Package.own()
NEXT = "ops.version() returns text language plpgsql stable set search_path = pg_catalog, pg_temp"
RISEN = f"create or replace function {NEXT} as $$ begin return '99.0.0'; end $$;\n"


def unguarded(table: str, statement: str) -> str:
    """A statement that the triggers of a table would refuse."""
    return f"alter table ops.{table} disable trigger user; {statement}; alter table ops.{table} enable trigger user;"


# What an artificial next version brings, and the fault that is found; None where there is none.
STEPS = {
    "a table and a column more": (
        RISEN + "create table ops.more (more_id integer primary key); alter table ops.projects add column more text;",
        None,
    ),
    "the version is the old one": ("create table ops.more (more_id integer primary key);", "ops.version()"),
    "what was recorded is rewritten": (
        RISEN + unguarded("releases", "update ops.releases set release_name = release_name || '!'"),
        "ops.releases",
    ),
    "rows are lost": (
        RISEN + unguarded("gate_checks", "delete from ops.gate_checks where check_name = 'lint'"),
        "ops.gate_checks",
    ),
    "a new rule applies to past decisions": (
        RISEN + "create or replace function ops_private.authorises(exception ops.exceptions, at timestamptz,"
        " policy ops_private.requirements_in_force[] default null)"
        " returns boolean language plpgsql stable set search_path = pg_catalog, pg_temp"
        " as $$ begin return false; end $$;",
        "answers differ",
    ),
    "an old database keeps what a new one has not": (
        RISEN + "do $$ begin if exists (select from ops.releases) then create table ops.kept (); end if; end $$;",
        "differs from that of a new installation",
    ),
    "events are refused": (
        RISEN + "alter table ops.gate_checks add constraint nobody check (false) not valid;",
        "an event after the upgrade",
    ),
}


EVERY_TIME = ("a new rule applies to past decisions",)


@pytest.fixture(scope="module")
def cluster(stack: Stack) -> Cluster:
    """The server of our own databases."""
    if stack.kind != "embedded" or stack.cluster is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} cannot furnish them")
    return stack.cluster


Databases = Callable[[Mapping[str, str]], tuple[str, str]]


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """For the migrations of a version, a database that has them, and one that has a history too; each made once."""
    made: dict[int, tuple[str, str]] = {}
    with contextlib.ExitStack() as databases:

        def of(migrations: Mapping[str, str]) -> tuple[str, str]:
            if len(migrations) not in made:
                empty = databases.enter_context(cluster.bare_database())
                apply(cluster.server.url("postgres", empty), "\n".join(migrations.values()))
                full = databases.enter_context(cluster.database(empty))
                load_history(cluster.server.url("postgres", full))
                made[len(migrations)] = empty, full
            return made[len(migrations)]

        yield of


def upgraded(cluster: Cluster, older: tuple[str, str], package: Package, version: str) -> list[str]:
    """What an upgrade of copies of two databases of the older version changes."""
    with cluster.database(older[0]) as fresh, cluster.database(older[1]) as full:
        for step in package.steps(version):
            apply(cluster.server.url("postgres", fresh), step.sql)
        url = cluster.server.url("postgres", full)
        return upgrade(url, package, version, cluster.server.url("postgres", fresh))


# Before the second release there is none.
@pytest.mark.parametrize("version", [version for version in OWN.released if version != OWN.version])
def test_every_released_version_is_upgraded_to_this_one_without_a_difference(
    cluster: Cluster, databases: Databases, version: str
) -> None:
    assert upgraded(cluster, databases(OWN.until(version)), OWN, version) == []


@pytest.mark.parametrize("step", STEPS if NIGHTLY else EVERY_TIME)
def test_what_a_next_version_breaks_is_found(cluster: Cluster, databases: Databases, step: str) -> None:
    statements, fault = STEPS[step]
    last, added = [*OWN.migrations][-1], "99999999999999_next.sql"
    released = {"98.0.0": Release(last, ""), "99.0.0": Release(added, "")}
    package = Package("99.0.0", {**OWN.migrations, added: statements}, {}, released)
    found = upgraded(cluster, databases(OWN.migrations), package, "98.0.0")
    assert [fault in text for text in found[:1]] == [True] if fault else found == [], found


def test_no_migration_of_a_released_version_was_changed() -> None:
    for version, release in OWN.released.items():
        assert OWN.sha256(version) == release.sha256, f"{version} is released: add a migration instead"


def test_a_migration_after_a_release_is_of_a_new_version() -> None:
    released = OWN.released.get(OWN.version)
    assert released is None or released.last == [*OWN.migrations][-1], f"{OWN.version} is released: raise the version"


def test_a_changed_migration_of_a_released_version_is_noticed() -> None:
    first, *_, last = OWN.migrations
    released = {"98.0.0": Release(last, "")}
    edited = {**OWN.migrations, first: OWN.migrations[first] + "-- more\n"}
    assert Package("98.0.0", OWN.migrations, {}, released).sha256("98.0.0") != (
        Package("98.0.0", edited, {}, released).sha256("98.0.0")
    )
