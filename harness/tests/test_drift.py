"""Drift finds every kind of change by hand, with the SQL that undoes it, and nothing in an unchanged database."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from harness.check import drift, preflight
from harness.check.drift import facts
from harness.check.drift.__main__ import main
from harness.prove.effort import NIGHTLY, at_night
from harness.stack import Stack, StackError, up
from harness.stack.cli_tool import SupabaseCli
from harness.stack.postgres_trees import of_major, source
from harness.tests.drift_changes import CHANGES, HARMLESS, NOTED, PRIVATE, UNSEEN
from ops_gates.errors import NotAllowed, Unreachable


def changed(url: str, *statements: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
    return url


@pytest.fixture(scope="module")
def named(reference: str) -> Callable[[str], str]:
    """Puts the names of private functions that nobody may execute into a text."""
    with psycopg.connect(reference) as connection:
        names = connection.execute(
            "select proname from pg_proc where pronamespace = 'ops_private'::regnamespace and prokind = 'f'"
            " and prorettype <> 'trigger'::regtype and not has_function_privilege('anon', oid, 'execute')"
            " group by 1 having count(*) = 1 order by 1 limit %s",
            [PRIVATE],
        ).fetchall()
    places = {f"private_{number}": name for number, (name,) in enumerate(names, start=1)}
    assert len(places) == PRIVATE

    def put(text: str) -> str:
        return re.sub(r"\bprivate_\d\b", lambda found: places[found[0]], text)

    return put


@pytest.fixture(scope="module")
def everything_changed(clones: Callable[[], str], reference: str, named: Callable[[str], str]) -> tuple[int, str]:
    """How the command ends on a database with all changes at once, and what it prints.

    The nightly run tries each change alone.
    """
    target = changed(
        clones(),
        *(named(statement) for statement, _ in CHANGES.values()),
        "create view public.leak as select * from ops.releases",
    )
    with pytest.MonkeyPatch.context() as given, contextlib.redirect_stdout(io.StringIO()) as said:
        given.setattr(drift, "fresh", lambda _major: contextlib.nullcontext(reference))
        given.setenv("SUPABASE_DB_URL", target)
        return main([]), said.getvalue()


@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_change_is_found(
    change: str,
    clones: Callable[[], str],
    reference: str,
    named: Callable[[str], str],
    request: pytest.FixtureRequest,
) -> None:
    statement, expected = map(named, CHANGES[change])
    if NIGHTLY:
        assert expected in drift.report(changed(clones(), statement), reference=reference).sql
    else:
        assert expected in request.getfixturevalue("everything_changed")[1]


@at_night("makes one more database from the migrations")
def test_an_enum_value_is_found_although_nothing_takes_it_back(clones: Callable[[], str], reference: str) -> None:
    target = changed(
        clones(), "alter type ops.ops_gate_code add value 'G5'", "alter table ops.releases add column note text"
    )
    report = drift.report(target, reference=reference)
    assert report.backwards
    assert "ADD VALUE 'G5'" in report.sql
    assert 'ADD COLUMN "note"' in report.sql


@pytest.fixture
def admin(stack: Stack, reference: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser in a transaction that is rolled back, so that no other test sees a changed role."""
    assert stack.cluster
    name = psycopg.conninfo.conninfo_to_dict(reference)["dbname"]
    with psycopg.connect(stack.cluster.server.admin_url(str(name))) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def wanted(reference: str) -> list[facts.CatalogueFact]:
    """The facts of a database that nobody changed."""
    with drift.connect(reference) as untouched:
        return facts.read(untouched)


def differences(admin: psycopg.Connection[Any], wanted: list[facts.CatalogueFact], statement: str) -> list[str]:
    admin.execute(statement)
    return [line for _, line in facts.mending(facts.read(admin), wanted)]


def can_be_made(admin: psycopg.Connection[Any], change: str) -> None:
    """Skip a change of how a membership is inherited on a version that knows of no such thing."""
    if admin.info.server_version < 160_000 and re.search(r"with (inherit|set|admin false)", " ".join(UNSEEN[change])):
        pytest.skip("a membership has options of its own since Postgres 16")


@pytest.mark.parametrize("change", UNSEEN)
def test_each_change_that_a_comparison_of_schemas_cannot_see_is_found(
    change: str, admin: psycopg.Connection[Any], wanted: list[facts.CatalogueFact]
) -> None:
    can_be_made(admin, change)
    statement, expected = UNSEEN[change]
    assert expected in "\n".join(differences(admin, wanted, statement))


@pytest.mark.parametrize("change", HARMLESS)
def test_what_does_not_concern_the_schema_is_no_drift(
    change: str, admin: psycopg.Connection[Any], wanted: list[facts.CatalogueFact]
) -> None:
    assert differences(admin, wanted, HARMLESS[change]) == []


def test_settings_that_are_merely_different_are_notes_without_their_values(
    admin: psycopg.Connection[Any], wanted: list[facts.CatalogueFact]
) -> None:
    for change in NOTED:
        admin.execute("select set_config('test.change', %s, true)", [change])
        admin.execute(
            "do $$ begin execute 'alter ' || format(current_setting('test.change'), current_database()); end $$"
        )
    lines = facts.mending(facts.read(admin), wanted)
    assert sorted(lines) == sorted((facts.NOTE, f"{note} is not as in a new project") for note in NOTED.values())
    report = drift.DriftReport("postgres at db", notes=tuple(line for _, line in lines))
    assert not report
    assert report.text().splitlines()[1:] == [f"note: {line}" for _, line in lines]


def test_a_note_does_not_change_how_the_command_ends(
    clones: Callable[[], str], reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drift, "_schema_difference", lambda *_: ("", False))
    monkeypatch.setattr(drift, "fresh", lambda _major: contextlib.nullcontext(reference))
    target = clones()
    changed(target, f"alter database {psycopg.conninfo.conninfo_to_dict(target)['dbname']} set work_mem = '8MB'")
    monkeypatch.setenv("SUPABASE_DB_URL", target)
    assert main([]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["no drift", "note"]


@pytest.mark.parametrize(
    "change", [name for name, (_, sql) in UNSEEN.items() if sql.endswith(";") and "create role" not in sql]
)
def test_the_sql_of_a_fact_takes_the_change_back(
    change: str, admin: psycopg.Connection[Any], wanted: list[facts.CatalogueFact]
) -> None:
    can_be_made(admin, change)
    for line in differences(admin, wanted, UNSEEN[change][0]):
        admin.execute(line)
    left = differences(admin, wanted, "select")
    # What belongs to another owner is first made visible to the comparison of schemas.
    assert left == []


@at_night("makes one more database from the migrations")
def test_a_database_that_was_reset_and_pushed_to_again_has_no_drift(
    clones: Callable[[], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, cli = clones(), SupabaseCli()
    cli.reset(target)
    cli.push(target)
    monkeypatch.setenv("SUPABASE_DB_URL", target)
    assert main([]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("no drift: ")


@at_night("starts two more clusters")
@pytest.mark.parametrize("major", [15, 16, 18])
def test_a_project_on_another_version_is_compared_with_its_own_kind(major: int) -> None:
    try:
        source(of_major(major))
    except StackError as error:
        pytest.skip(str(error).replace("\n", "; "))
    with drift.fresh(major) as target:
        assert drift.report(target).sql == ""


def test_a_database_without_the_schemas_is_said_in_a_line(clones: Callable[[], str], reference: str) -> None:
    report = drift.report(changed(clones(), "drop schema ops, ops_private cascade"), reference=reference)
    assert report.absent
    assert report.sql == "-- there is no schema ops: supabase db push"


@at_night("makes one more database from the migrations")
def test_a_database_that_lost_one_of_the_two_schemas_has_drift(clones: Callable[[], str], reference: str) -> None:
    report = drift.report(changed(clones(), "drop schema ops_private cascade"), reference=reference)
    assert not report.absent
    assert 'CREATE SCHEMA "ops_private"' in report.sql


@pytest.mark.parametrize("name", drift.SCHEMAS)
def test_a_schema_of_somebody_else_is_named_and_nothing_else_is_said(
    name: str, clones: Callable[[], str], reference: str
) -> None:
    target = changed(
        clones(),
        "drop schema ops, ops_private cascade",
        f"create schema {name}",
        f"create table {name}.releases (id integer)",
    )
    report = drift.report(target, reference=reference)
    assert report
    assert report.foreign == (name,)
    assert len(report.sql.splitlines()) == 1


def test_a_schema_that_is_ours_stays_so_without_its_comment_and_functions(
    clones: Callable[[], str], reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whose the schemas are is known before anything is compared, and the comparison takes seconds.
    monkeypatch.setattr(drift, "_schema_difference", lambda *_: ("", False))
    target = changed(
        clones(),
        "comment on schema ops is null",
        "do $$ begin execute 'drop routine ' || (select string_agg(oid::regprocedure::text, ', ') from pg_proc"
        " where pronamespace = 'ops'::regnamespace) || ' cascade'; end $$",
    )
    assert drift.report(target, reference=reference).foreign == ()
    changed(target, "drop table ops.releases cascade", "comment on schema ops_private is null")
    assert drift.report(target, reference=reference).foreign == ()


def test_the_command_ends_with_1_and_prints_sql_without_a_password(
    everything_changed: tuple[int, str], reference: str
) -> None:
    code, said = everything_changed
    assert code == 1
    assert "alter view public.leak set (security_invoker = true);" in said
    assert str(psycopg.conninfo.conninfo_to_dict(reference)["password"]) not in said


@pytest.mark.parametrize(
    "target",
    ["https://example.com", "host=x", "postgresql://", "postgresql://h:port/x", "postgresql://postgres@rest@h/x"],
)
def test_what_is_no_address_is_wrong_usage_and_is_not_repeated(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--target", target]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "is not an address" in said


def test_without_a_target_the_command_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SUPABASE_DB_URL", raising=False)
    monkeypatch.setattr("harness.stack.up.running_state", lambda: None)
    assert main([]) == 2
    assert "give --target or SUPABASE_DB_URL" in capsys.readouterr().err


def test_a_target_that_is_set_to_nothing_is_not_taken_for_the_stack(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", " ")
    running = up.State(0, stack.url, stack.db_url, stack.db_url)
    monkeypatch.setattr("harness.stack.up.running_state", lambda: running)
    assert main([]) == 2
    with pytest.raises(SystemExit, match="2"):
        preflight.main([])


def test_a_password_in_an_argument_is_wrong_usage_and_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    for target in (
        "postgresql://postgres:hunter2@127.0.0.1:1/x",
        "postgresql://postgres@127.0.0.1:1/x?password=hunter2",
    ):
        assert main(["--target", target]) == 2
        said = capsys.readouterr().err
        assert "SUPABASE_DB_URL" in said
        assert "hunter2" not in said


def test_an_unreachable_target_is_a_sentence_and_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://postgres:hunter2@127.0.0.1:1/postgres")
    assert main([]) == 5
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "postgres at 127.0.0.1:1 does not answer" in said
    assert "hunter2" not in said
    with pytest.raises(Unreachable):
        drift.report("postgresql://postgres@127.0.0.1:1/postgres")


def test_a_wrong_password_is_a_sentence_and_a_code_of_its_own(
    reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    password = str(psycopg.conninfo.conninfo_to_dict(reference)["password"])
    wrong = reference.replace(password, "hunter2")
    monkeypatch.setenv("SUPABASE_DB_URL", wrong)
    assert main([]) == 4
    said = capsys.readouterr().err
    assert "does not accept this user and password" in said
    assert "hunter2" not in said
    with pytest.raises(NotAllowed):
        drift.report(wrong)


def test_a_user_who_may_not_read_enough_is_told_which_one_may(
    stack: Stack, reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.cluster
    monkeypatch.setattr(drift, "fresh", lambda _major: contextlib.nullcontext(reference))
    name = str(psycopg.conninfo.conninfo_to_dict(reference)["dbname"])
    monkeypatch.setenv("SUPABASE_DB_URL", stack.cluster.server.url("authenticator", name))
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "cannot be read: permission denied" in said
    assert "do: connect as `postgres`" in said
