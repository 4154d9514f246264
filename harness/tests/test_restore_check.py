"""`ops-gates restore-check` finds each kind of difference between a database and the one that was dumped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from harness.prove.access_rows import commit_rows
from harness.stack import Stack
from harness.tests.special_files import KINDS, special
from harness.tests.terminal import Terminal, failed
from ops_gates import versions
from ops_gates.errors import NotAllowed
from ops_gates.exit_codes import Code
from ops_gates.restoring import checks
from ops_gates.restoring.figures import Figures, take

TABLES, TRIGGERS, POLICIES, GRANTS = (f"{kind}: as in the source" for kind in ("table", "trigger", "policy", "grant"))
STORED_OF_GATES = "what a release stores of its gates = its gates"
SWITCHED = "triggers are switched on as they were"
# By what differs: the table whose triggers let it pass, the statement, and the questions that find it.
PLANTED: dict[str, tuple[str | None, LiteralString, set[str]]] = {
    "nothing": (None, "select 1", set()),
    "a verdict": (
        "release_gates",
        "update ops.release_gates set status = 'failed', first_missing = 'x' where gate_id = ("
        "select gate_id from ops.release_gates where status = 'passed' limit 1)",
        {"stored verdict = pure verdict", "stored verdict = its replay", TABLES},
    ),
    "what a gate lacks": (
        "release_gates",
        "update ops.release_gates set missing = missing[2:] where gate_id = ("
        "select gate_id from ops.release_gates where missing <> '{}' limit 1)",
        {"stored verdict = pure verdict", TABLES},
    ),
    "for which gate a gate waits": (
        "release_gates",
        "update ops.release_gates set waits_for = 'G1' where gate_id = ("
        "select gate_id from ops.release_gates where gate_code = 'G3' and first_missing is not null limit 1)",
        {"stored verdict = pure verdict", TABLES},
    ),
    "whether evidence is missing": (
        "release_gates",
        "update ops.release_gates set evidence_gap = not evidence_gap where gate_id = ("
        "select gate_id from ops.release_gates limit 1)",
        {"stored verdict = pure verdict", TABLES},
    ),
    "the statuses that a release has of its gates": (
        "releases",
        "update ops.releases set gate_statuses[4] = 'failed' where release_id = ("
        "select release_id from ops.releases where gate_statuses[4] = 'pending' limit 1)",
        {STORED_OF_GATES, TABLES},
    ),
    "for which environment a release is cleared": (
        "releases",
        "update ops.releases set cleared_for = 'staging' where release_id = ("
        "select release_id from ops.releases where cleared_for = 'dev' and closed_at is null limit 1)",
        {STORED_OF_GATES, TABLES},
    ),
    "the status of a release": (
        "releases",
        "update ops.releases set status = 'promoted' where release_id = ("
        "select release_id from ops.releases where status = 'in_progress' and closed_at is null limit 1)",
        {"release status = its facts", TABLES},
    ),
    "a trigger that is off": (
        None,
        "alter table ops.approvals disable trigger _200_stamp_provenance",
        {SWITCHED, TRIGGERS},
    ),
    "a trigger that is on in replica mode alone": (
        None,
        "alter table ops.approvals enable replica trigger _200_stamp_provenance",
        {SWITCHED, TRIGGERS},
    ),
    "a refusal that replica mode passes": (
        None,
        "alter table ops.approvals enable trigger _000_refuse_change",
        {SWITCHED, TRIGGERS},
    ),
    "a trigger that is lost": (
        None,
        "drop trigger _000_refuse_change on ops.recovery_drills",
        {"every table stamps and keeps its rows", TRIGGERS},
    ),
    "a row that is lost": ("incidents", "delete from ops.incidents", {TABLES}),
    "a row that others name": (
        "retired_targets",
        "delete from ops.retired_targets",
        {"every row that is named is there", TABLES},
    ),
    "a gate that is lost": (
        "release_gates",
        "delete from ops.release_gates where gate_code = 'G4' and release_id = ("
        "select release_id from ops.releases where status = 'draft' limit 1)",
        {"each release has its four gates", TABLES},
    ),
    "a row that has changed": ("approvals", "update ops.approvals set rationale_text = 'otherwise'", {TABLES}),
    "a moment that has changed": (
        "recovery_drills",
        "update ops.recovery_drills set created_at = created_at - interval '1 microsecond'",
        {TABLES},
    ),
    "an event that has changed": (
        "event_ingest_log",
        """update ops.event_ingest_log set content = content || '{"x": 1}' where content is not null""",
        {"each accepted event has the hash of its content", TABLES},
    ),
    "a subject that was never on record": (
        "members",
        "update ops.members set subject = 'x' where subject = 'sre-b'",
        {"each member has a membership, and the subject that is on record", TABLES},
    ),
    "row security that is off": (
        None,
        "alter table ops.incidents disable row level security",
        {"row security is on, with a policy that asks for the project", "row security: as in the source"},
    ),
    "a policy that is lost": (None, "drop policy incidents_select_sre on ops.incidents", {POLICIES}),
    "a policy that anybody passes": (
        None,
        "drop policy incidents_in_own_projects on ops.incidents",
        {"row security is on, with a policy that asks for the project", POLICIES},
    ),
    "a sequence that begins anew": (
        None,
        "alter sequence ops.memberships_membership_id_seq restart with 1",
        {"sequences are ahead of their rows", "sequence: as in the source"},
    ),
    "a rule that is lost": (
        None,
        "alter table ops.members drop constraint kind_is_person_or_bot",
        {"constraint: as in the source"},
    ),
    "a rule that has changed": (
        None,
        "alter table ops.members drop constraint kind_is_person_or_bot, add constraint kind_is_person_or_bot"
        " check (kind in ('person', 'bot', 'other'))",
        {"constraint: as in the source"},
    ),
    "a policy that has changed": (
        None,
        "alter policy incidents_select_sre on ops.incidents using (false)",
        {POLICIES},
    ),
    "a function that has changed": (
        None,
        "alter function ops.version() cost 7",
        {"function: as in the source"},
    ),
    "a right to a function": (None, "grant execute on function ops.version() to pg_monitor", {GRANTS}),
    "a right to a table": (None, "revoke select on ops.incidents from sre", {GRANTS}),
    "a right to a column": (None, "grant select (reason) on ops.memberships to pg_monitor", {GRANTS}),
    "a right to a schema": (None, "grant usage on schema ops_private to pg_monitor", {GRANTS}),
}


# Of the rules alone: what differs is of one kind, and no row has changed.
RULES: dict[str, tuple[str, LiteralString]] = {
    "row security that holds for the owner too": (
        "row security",
        "alter table ops.incidents force row level security",
    ),
    "a trigger that never fires": (
        "trigger",
        "create or replace trigger _200_stamp_provenance before insert on ops.incidents for each row when (false)"
        " execute function ops_private.tg_stamp_provenance()",
    ),
    "a table that takes no row": ("rule", "create rule lost as on insert to ops.incidents do instead nothing"),
    "a name that is no longer unique": ("index", "drop index ops.one_release_per_project_and_name"),
    "a column that may be empty": ("column", "alter table ops.members alter recorded_as drop not null"),
    "a column with another default": ("column", "alter table ops.members alter kind set default 'bot'"),
    "a view that shows less": (
        "view",
        "do $$ begin execute format('create or replace view ops.v_live with (security_invoker = true) as"
        " select * from (%s) as v where false', rtrim(pg_get_viewdef('ops.v_live'::regclass), ';')); end $$",
    ),
    "a view that shows the rows of its owner": ("view", "alter view ops.v_live set (security_invoker = false)"),
    "a value of an enum that is new": ("enum", "alter type ops.ops_gate_status add value 'maybe'"),
    "another owner": ("owner", "alter function ops.version() owner to supabase_admin"),
    "a role that passes row security": ("role", "alter role developer bypassrls"),
    "a role that may what another may": ("role", "grant service_role to developer"),
    "a role that has a member": ("role", "grant release_manager to pg_monitor"),
    "a right to what comes later": (
        "default grant",
        "alter default privileges for role postgres in schema ops grant select on tables to pg_monitor",
    ),
    "a right to a type": ("grant", "grant usage on type ops.ops_gate_code to pg_monitor"),
}


@pytest.fixture(scope="module")
def told(clones: Callable[[], str]) -> str:
    """A database with rows in most tables."""
    url = clones()
    commit_rows(url)
    return url


@pytest.fixture(scope="module")
def admin(stack: Stack, told: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser there, for whom no trigger is in the way."""
    assert stack.cluster
    name = str(conninfo_to_dict(told)["dbname"])
    with psycopg.connect(stack.cluster.server.admin_url(name)) as connection:
        yield connection


@pytest.fixture(scope="module")
def before(admin: psycopg.Connection[Any]) -> Figures:
    """The figures of the database as it was."""
    with admin.transaction(force_rollback=True):
        return take(admin, versions.of_this(), lambda _: None)


@contextlib.contextmanager
def without_triggers(connection: psycopg.Connection[Any], table: str | None) -> Iterator[None]:
    """Pass the triggers of a table, and leave them as they were."""
    if table is None:
        yield
        return
    name = sql.Identifier(table)
    triggers = connection.execute(
        "select tgname from pg_trigger where tgrelid = %s::regclass and tgenabled = 'A'", [f"ops.{table}"]
    ).fetchall()
    connection.execute(sql.SQL("alter table ops.{} disable trigger all").format(name))
    yield
    connection.execute(sql.SQL("alter table ops.{} enable trigger all").format(name))
    for (trigger,) in triggers:
        always = sql.SQL("alter table ops.{} enable always trigger {}")
        connection.execute(always.format(name, sql.Identifier(trigger)))


@pytest.mark.parametrize("what", PLANTED)
def test_each_difference_is_found_and_nothing_else(admin: psycopg.Connection[Any], before: Figures, what: str) -> None:
    table, statement, questions = PLANTED[what]
    with admin.transaction(force_rollback=True):
        with without_triggers(admin, table):
            assert admin.execute(statement).rowcount != 0
        found = {c.name for c in checks.checks(admin, versions.of_this(), before, lambda _: None) if not c.ok}
    assert questions <= found
    # What follows from a row that has changed may be found as well; rules say which one it is.
    assert found == questions or table is not None


@pytest.mark.parametrize("what", RULES)
def test_a_rule_that_differs_is_found(admin: psycopg.Connection[Any], before: Figures, what: str) -> None:
    kind, statement = RULES[what]
    with admin.transaction(force_rollback=True):
        admin.execute(statement)
        found = {each for each, *_ in take(admin, versions.of_this(), lambda _: None).differences(before)}
    # The rights of an owner are grants too.
    assert found - {"grant"} == {kind} - {"grant"}
    assert kind in found


def test_versions_may_differ_in_the_patch_and_another_source_is_told(
    admin: psycopg.Connection[Any], before: Figures
) -> None:
    patched = f"{versions.of_this().rpartition('.')[0]}.99"
    with admin.transaction(force_rollback=True):
        found = {c.name for c in checks.checks(admin, patched, before, lambda _: None) if not c.ok}
    assert found == {"version: as in the source"}
    [other] = checks.checks(admin, "99.0.0", before, lambda _: None)
    assert not other.ok


def test_figures_survive_their_file_and_hold_no_value_of_a_row(before: Figures, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    file.write_text(before.text())
    assert list(Figures.read(file).differences(before)) == []
    assert "release_manager-a" not in before.text()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--against", "FILE"], Code.DONE),
        (["--against", "FILE", "--write", "FILE"], Code.USAGE),
        (["--against", "nowhere.json"], Code.USAGE),
        (["--against", "[]"], Code.USAGE),
        (["--against", '{"format": 1, "version": "1.0.0", "table": []}'], Code.USAGE),
        (["--against", '{"format": 1, "version": "1.0.0", "table": {"ops.members": 1}}'], Code.USAGE),
        (["--against", '{"format": 1, "table": {}}'], Code.USAGE),
        (["--write", "/nowhere/else.json"], Code.USAGE),
    ],
)
def test_the_command_compares_with_the_file_of_the_source(
    told: str, tmp_path: Path, words: list[str], code: Code
) -> None:
    gates = Terminal({"SUPABASE_DB_URL": told})
    file, broken = tmp_path / "before.json", tmp_path / "broken.json"
    broken.write_text(words[-1])
    given = [str(file) if word == "FILE" else str(broken) if word[0] in "[{" else word for word in words]
    if code is Code.DONE:
        assert gates.json("restore-check", "--write", str(file)) == {"written": str(file)}
        assert {check["ok"] for check in gates.json("restore-check", *given)} == {True}
    else:
        failed(gates("restore-check", *given), code)


def test_figures_replace_figures_alone_unless_it_is_told_to_replace_more(told: str, tmp_path: Path) -> None:
    gates = Terminal({"SUPABASE_DB_URL": told})
    file, link = tmp_path / "before.json", tmp_path / "link.json"
    link.symlink_to(file)
    for content in (None, "", "figures"):  # nothing is there, an empty file, figures
        if content == "":
            file.write_text("")
        assert gates("restore-check", "--write", str(link)).exit_code == 0
        assert Figures.read(file).version == versions.of_this()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["before.json", "link.json"]
    file.write_text("a letter")
    failed(gates("restore-check", "--write", str(link)), Code.USAGE)
    assert file.read_text() == "a letter"
    assert gates("restore-check", "--write", str(link), "--overwrite").exit_code == 0
    printed = gates("restore-check", "--write", "-").stdout
    assert printed == file.read_text()
    assert gates("restore-check", "--against", "-", stdin=printed).exit_code == 0
    failed(gates("restore-check", "--overwrite"), Code.USAGE)


@pytest.mark.parametrize("option", ["--write", "--against"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_a_device_or_a_pipe_is_no_file_of_figures(
    told: str, before: Figures, tmp_path: Path, option: str, kind: str
) -> None:
    with special(kind, tmp_path, before.text()) as path:
        given = ("restore-check", option, str(path), *(["--overwrite"] if option == "--write" else []))
        failed(Terminal({"SUPABASE_DB_URL": told})(*given), Code.USAGE)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", Code.USAGE),
        ("nowhere", Code.USAGE),
        ("postgresql://postgres:of@of-nobody@127.0.0.1:1/postgres", Code.USAGE),
        ("postgresql://postgres:of-nobody@127.0.0.1:1/postgres", Code.UNREACHABLE),
    ],
)
def test_a_database_that_cannot_be_asked_is_a_sentence(url: str, code: Code) -> None:
    said = failed(Terminal({"SUPABASE_DB_URL": url})("restore-check"), code)
    assert "of-nobody" not in said
    assert "( " not in said


def test_a_lock_or_a_time_out_is_no_difference(told: str, admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    gates = Terminal({"SUPABASE_DB_URL": f"{told}&options=-c%20lock_timeout%3D1"})
    with admin.transaction(force_rollback=True):
        admin.execute("lock table ops.replaced_subjects")
        for words in ([], ["--write", str(tmp_path / "before.json")]):
            failed(gates("restore-check", *words), Code.UNREACHABLE)
    with psycopg.connect(told, options="-c statement_timeout=60000") as connection:
        assert checks.start(connection, "here") == versions.of_this()
        assert connection.execute("show statement_timeout").fetchone() == ("0",)


def test_a_server_without_the_role_that_is_asked_is_a_sentence(admin: psycopg.Connection[Any]) -> None:
    with admin.transaction(force_rollback=True):
        admin.execute("alter role service_role rename to gone")
        with pytest.raises(NotAllowed):
            checks.start(admin, "here")


def test_who_does_not_own_the_schema_is_told(told: str) -> None:
    with psycopg.connect(told) as connection:
        connection.execute("set role audit_reader")
        connection.commit()
        with pytest.raises(NotAllowed):
            checks.start(connection, "here")


def test_a_database_without_the_schema_has_nothing_to_check(stack: Stack) -> None:
    assert stack.cluster
    with stack.cluster.bare_database() as name:
        gates = Terminal({"SUPABASE_DB_URL": stack.cluster.server.url("postgres", name)})
        assert gates("restore-check").exit_code == Code.NOT_ELIGIBLE
        failed(gates("restore-check", "--write", "nowhere.json"), Code.NOT_FOUND)
