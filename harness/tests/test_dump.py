"""A restored dump has every row and gives the same answers. The commands are those of `docs/backup.md`."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from harness.check import drift
from harness.prove import access_rows
from harness.prove.bench import stencils
from harness.prove.effort import NIGHTLY, times
from harness.prove.upgrades import answers
from harness.stack import Stack, StackError
from harness.stack.members import GRANT, REVOKE
from harness.stack.parts import ROOT
from harness.stack.pg_tools import run, why_unusable
from harness.stack.projects import REGISTER
from harness.stack.stack import Cluster, run_cluster
from harness.tests.terminal import Terminal
from ops_gates.events import Envelope

PAGE = (ROOT / "docs" / "backup.md").read_text()
SCHEMAS = ["ops", "ops_private", "supabase_migrations"]
SECTIONS = {
    "whole": "The whole database",
    "only ours, as postgres": "Only the release gates",
    "supabase cli": "With the Supabase CLI",
    "seed": "Data into a database that has the migrations",
}
FLOWS = ("whole", "only ours, as postgres", "supabase cli", "supabase cli, inserts")
EVERY_TIME = ("whole", "supabase cli")
SCHEMA = 'psql --single-transaction --variable=ON_ERROR_STOP=1 --file=schema.sql "$TARGET"'
HISTORY = 'psql --single-transaction --variable=ON_ERROR_STOP=1 --file=history.sql "$TARGET"'
DATA = 'psql --single-transaction --variable=ON_ERROR_STOP=1 --file=data.sql "$TARGET"'
RELEASE_COUNT = len([shape for shape in stencils.SHAPES if shape.opens])

if unusable := why_unusable():
    pytest.skip(unusable, allow_module_level=True)


@dataclass(frozen=True)
class Source:
    """A database with a history, and one event of it that can be sent again."""

    url: str
    sent: Envelope
    ingest_id: str


def commands(flow: str) -> tuple[str, str]:
    """The commands of a section of the page: those that dump, and those that restore."""
    section = PAGE.split(f"\n## {SECTIONS[flow]}\n")[1].split("\n## ")[0]
    lines = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)).splitlines()
    dumping = [line for line in lines if "$SOURCE" in line]
    return "\n".join(dumping), "\n".join(line for line in lines if line not in dumping)


def play(lines: str, folder: Path, *, source: str = "", target: str = "") -> None:
    """Run commands of the page."""
    if not (folder / "supabase").exists():
        (folder / "supabase").symlink_to(ROOT / "supabase")
    run(lines, folder, SOURCE=source, TARGET=target)


@pytest.fixture(scope="module")
def cluster(stack: Stack) -> Cluster:
    """The server of our own databases."""
    if stack.kind != "embedded" or stack.cluster is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} cannot furnish them")
    return stack.cluster


@pytest.fixture(scope="module")
def source(clones: Callable[[], str]) -> Source:
    """Releases of every shape, people of every role and rows that each of them wrote."""
    url = clones()
    with psycopg.connect(url, autocommit=True) as connection:
        stencils.register_people(connection)
        assert len(list(stencils.play_all(connection))) > RELEASE_COUNT
        sent, ingest_id = more_history(connection)
    access_rows.commit_rows(url)
    return Source(url, sent, ingest_id)


def more_history(connection: psycopg.Connection[Any]) -> tuple[Envelope, str]:
    """Add what the shapes lack: a failed release, a changed policy, exceptions of all states, a member who left."""
    ask = connection.execute
    failed = stencils.Stencil(connection, "failed")
    failed.open()
    failed.deploy("production", status="failed")
    failed.signoff("G2", "qa-2", "request_changes")
    ask(REGISTER, ["acme/strict"])
    for subject in ("'requirement'", "'lint'"):  # so that rows of a project and of the defaults were closed
        ask(
            "select ops.set_gate_policy('G1', jsonb_build_array(jsonb_build_object('kind', 'check', 'subject', "
            f"{subject})), project, 'rm-1', 'a policy')"
            " from unnest(array[null, 'acme/strict']) as project"
        )
    sent = stencils.build_event(failed.release_id, "again")
    [(answer,)] = ask("select ops.ingest_event(%s)", [Jsonb(sent)]).fetchall()
    assert answer["status"] == "accepted"
    ask(
        "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement, approver_id,"
        " effective_from, expires_at) select release_id, x.type::ops.ops_exception_type, '{G1,G2}', 'r', 'r', 'rm-2',"
        " clock_timestamp() + x.wait, clock_timestamp() + x.wait + interval '9 hours' from ops.releases,"
        " (values ('evidence_waiver', interval '0'), ('timing_override', interval '5 days')) as x (type, wait)"
        " where release_id = %s",
        [sent["release_id"]],
    )
    ask("update ops.exceptions set revoked_at = now() where exception_type = 'evidence_waiver'")
    ask("update ops.incidents set severity = 'sev1', resolved_at = clock_timestamp()")
    ask(GRANT, ["qa-9", "qa_tester", "left-the-company"])
    with connection.transaction():
        ask("select set_config('request.jwt.claims', %s, true)", ['{"sub": "rm-2", "session_id": "s-1"}'])
        ask("set local role release_manager")
        ask("select ops.act_as('release_manager')")
    ask(REVOKE, ["qa-9"])
    ask('select ops.record_refusal(\'{"error": "internal_error"}\')')
    return sent, answer["ingest_id"]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Cluster]:
    """Another project: a server without our roles, whose `postgres` has the rights of a hosted one."""
    with run_cluster(kind="embedded", migrate=False) as cluster:
        with psycopg.connect(cluster.server.admin_url()) as admin:
            admin.execute("grant set on parameter session_replication_role to postgres")
        yield cluster


@pytest.fixture(scope="module")
def dumped(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the Supabase CLI dumps."""
    folder = tmp_path_factory.mktemp("cli")
    play(commands("supabase cli")[0], folder, source=source.url)
    assert (folder / "data.sql").read_text().startswith("SET session_replication_role = replica;")
    return folder


@pytest.fixture(scope="module", params=FLOWS if NIGHTLY else EVERY_TIME)
def restored(
    request: pytest.FixtureRequest,
    source: Source,
    cluster: Cluster,
    dumped: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The source's dump, restored in each of the ways that the page shows; the address as `postgres`."""
    flow = request.param
    with contextlib.ExitStack() as made:
        if flow == "supabase cli":
            other: Cluster = request.getfixturevalue("elsewhere")
            url = other.server.url("postgres", made.enter_context(other.database()))
            play(commands(flow)[1], dumped, target=url)
            yield url
            return
        name = made.enter_context(cluster.bare_database(furnished=flow != "whole"))
        url, admin = cluster.server.url("postgres", name), cluster.server.admin_url(name)
        folder = tmp_path_factory.mktemp("dump")
        if flow == "supabase cli, inserts":
            dumping = next(line for line in commands("supabase cli")[0].splitlines() if line.endswith(" > data.sql"))
            play(dumping.replace(" --use-copy", ""), folder, source=source.url)
            assert "INSERT INTO" in (folder / "data.sql").read_text()
            play(SCHEMA, dumped, target=admin)
            play(DATA, folder, target=admin)
            play(HISTORY, dumped, target=admin)
        else:
            dumping, restoring = commands(flow)
            play(dumping, folder, source=source.url)
            play(restoring, folder, target=admin if flow == "whole" else url)
        yield url


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Every table of our schemas."""
    found = connection.execute(
        "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = any (%s) order by 1",
        [SCHEMAS],
    )
    return [name for (name,) in found]


def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of every table as text, provenance and ids included."""
    with psycopg.connect(url) as connection:
        return {
            table: [row for (row,) in connection.execute(f"select t::text from {table} as t order by 1".encode())]
            for table in tables(connection)
        }


def stored(url: str) -> dict[str, list[str]]:
    """Every row of every table, and where every sequence stands."""
    with psycopg.connect(url) as connection:
        sequences = connection.execute(
            "select format('%%I.%%I', schemaname, sequencename), last_value::text from pg_sequences"
            " where schemaname = any (%s)",
            [SCHEMAS],
        ).fetchall()
    return rows_of(url) | {name: [value] for name, value in sequences}


# Both are asked of the source once for all flows.
stored_in_source = functools.cache(stored)
answers_of_source = functools.cache(answers)


def rules(url: str) -> set[tuple[Any, ...]]:
    """What a comparison of schemas may pass over: how triggers are switched on, who may run what, under which path."""
    with psycopg.connect(url) as connection:
        triggers = connection.execute(
            "select tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(t.oid)"
            " from pg_trigger as t join pg_class as c on c.oid = tgrelid"
            " where not tgisinternal and relnamespace::regnamespace::text = any (%s)",
            [SCHEMAS],
        ).fetchall()
        functions = connection.execute(
            "select oid::regprocedure::text, prosecdef, proconfig, pg_get_userbyid(proowner), md5(prosrc),"
            " array(select a::text from unnest(coalesce(proacl, acldefault('f', proowner))) as a order by 1)"
            " from pg_proc where pronamespace::regnamespace::text = any (%s)",
            [SCHEMAS],
        ).fetchall()
    return {tuple(map(str, row)) for row in (*triggers, *functions)}


def test_the_history_has_something_of_everything(source: Source) -> None:
    """Without rows in every table the other tests would compare nothing."""
    rows = stored(source.url)
    assert [name for name, found in rows.items() if not found] == []
    with psycopg.connect(source.url) as connection:
        for column in ("releases.status", "release_gates.status", "approvals.decision", "deployments.status"):
            table, name = column.split(".")
            query = sql.SQL("select {0} from unnest(enum_range(null::ops.{1})) as {0} except select {0} from ops.{2}")
            kind = connection.execute(
                "select t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid"
                " where attrelid = %s::regclass and attname = %s",
                [f"ops.{table}", name],
            ).fetchone()
            assert kind
            missing = connection.execute(
                query.format(sql.Identifier(name), sql.Identifier(kind[0]), sql.Identifier(table))
            )
            assert missing.fetchall() == [], column
        states = connection.execute("select distinct processing_status::text from ops.event_ingest_log order by 1")
        assert states.fetchall() == [("accepted",), ("duplicate",), ("error",), ("rejected",)]
        closed = connection.execute("select from ops.gate_requirements where valid_to is not null").fetchall()
        assert closed


def test_every_row_of_every_table_comes_back_with_its_provenance(source: Source, restored: str) -> None:
    want, found = stored_in_source(source.url), stored(restored)
    assert [name for name in want if found.get(name) != want[name]] == []
    assert found.keys() == want.keys()


# The same rows under the same rules give the same answers: one way in every run, all of them at night.
@pytest.mark.parametrize("restored", FLOWS if NIGHTLY else ["supabase cli"], indirect=True)
def test_the_restored_database_gives_the_same_answers(source: Source, restored: str) -> None:
    want, found = answers_of_source(source.url), answers(restored)
    for question, answered in want.items():
        assert len(answered) > RELEASE_COUNT
        assert found[question] == answered, question


# A whole dump, and a schema whose data was loaded alone in replica mode.
def test_restore_check_finds_no_difference(source: Source, restored: str, tmp_path: Path) -> None:
    there, here = (Terminal({"SUPABASE_DB_URL": url}) for url in (source.url, restored))
    assert there("restore-check", "--write", str(tmp_path / "before.json")).exit_code == 0
    assert all(check["ok"] for check in here.json("restore-check", "--against", str(tmp_path / "before.json")))


@contextlib.contextmanager
def sequences_put_back(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Restore the sequences: a rollback does not, and other tests compare them."""
    standing = connection.execute(
        "select format('%%I.%%I', schemaname, sequencename), last_value from pg_sequences"
        " where schemaname = any (%s) and last_value is not null",
        [SCHEMAS],
    ).fetchall()
    yield
    for name, value in standing:
        connection.execute("select setval(%s::regclass, %s)", [name, value])
    connection.commit()


def test_the_restored_database_goes_on_where_the_old_one_was(source: Source, restored: str) -> None:
    with psycopg.connect(restored) as connection, sequences_put_back(connection):
        connection.execute("set local role service_role")
        fresh = stencils.build_event(source.sent["release_id"], "after-the-restore")
        [(first,), (again,)] = connection.execute(
            "select ops.ingest_event(event) from unnest(%s::jsonb[]) as event", [[Jsonb(fresh), Jsonb(source.sent)]]
        ).fetchall()
        assert first["status"] == "accepted"
        assert (again["status"], again["ingest_id"]) == ("duplicate", source.ingest_id)
        connection.execute(GRANT, ["after-the-restore", "sre", None])  # takes the next of a sequence
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update ops.gate_checks set status = 'pass'")
        connection.rollback()


def test_the_rules_come_back(source: Source, restored: str) -> None:
    assert rules(restored) == rules(source.url)


# `a between 1 and 20 and b` in a constraint is read back as a nested AND, is written flat by pg_dump, and then differs
# for the CLI.
@pytest.mark.parametrize("restored", ["supabase cli", "only ours, as postgres"][: times(1, 2)], indirect=True)
def test_what_was_restored_by_the_postgres_of_a_project_has_no_drift(restored: str, reference: str) -> None:
    assert drift.report(restored, reference=reference).sql == ""


def test_without_replica_mode_the_data_is_refused(cluster: Cluster, dumped: Path, tmp_path: Path) -> None:
    """The rules of those who write ask the order of events, which a dump by tables has not."""
    loud = (dumped / "data.sql").read_text().replace("SET session_replication_role = replica;", "")
    (tmp_path / "data.sql").write_text(loud)
    with cluster.bare_database() as name:
        admin = cluster.server.admin_url(name)
        play(SCHEMA, dumped, target=admin)
        with pytest.raises(StackError):
            play(DATA, tmp_path, target=admin)


def test_a_trigger_that_stamps_in_replica_mode_too_is_noticed(source: Source, cluster: Cluster, dumped: Path) -> None:
    """This proves that the comparison of rows notices such a trigger."""
    with cluster.bare_database() as name:
        admin = cluster.server.admin_url(name)
        play(SCHEMA, dumped, target=admin)
        with psycopg.connect(admin) as connection:
            stamping = connection.execute(
                "select tgname from pg_trigger join pg_proc as p on p.oid = tgfoid"
                " where tgrelid = 'ops.recovery_drills'::regclass and prosrc like '%new.created_by :=%'"
            ).fetchall()
            assert stamping
            for (trigger,) in stamping:
                always = sql.SQL("alter table ops.recovery_drills enable always trigger {}")
                connection.execute(always.format(sql.Identifier(trigger)))
        play(DATA, dumped, target=admin)
        want, found = stored_in_source(source.url), stored(admin)
        assert [table for table in found if found[table] != want[table]] == ["ops.recovery_drills"]


def test_a_dump_of_the_data_does_not_go_over_what_migrations_filled(
    cluster: Cluster, clones: Callable[[], str], dumped: Path
) -> None:
    migrated = clones()
    before = stored(migrated)
    with pytest.raises(StackError, match="duplicate key value"):
        play(DATA, dumped, target=as_admin(cluster, migrated))
    assert stored(migrated) == before


def test_a_seed_leaves_out_what_migrations_filled_and_brings_all_else(
    source: Source, cluster: Cluster, clones: Callable[[], str], tmp_path: Path
) -> None:
    migrated = clones()
    filled = {table for table, rows in rows_of(migrated).items() if rows} - {"supabase_migrations.schema_migrations"}
    dumping, restoring = commands("seed")
    assert set(re.findall(r"--exclude (\S+)", dumping)) == filled
    play(dumping, tmp_path, source=source.url)
    play(restoring, tmp_path, target=as_admin(cluster, migrated))
    want, found = stored_in_source(source.url), stored(migrated)
    # The types of event are the same in every database; a need of a gate has an id and a moment.
    assert {table for table in want if found[table] != want[table]} == {"ops.gate_requirements"} < filled


def as_admin(cluster: Cluster, url: str) -> str:
    """The superuser's address of the same database: nobody else here may set `session_replication_role`."""
    return cluster.server.admin_url(str(conninfo_to_dict(url)["dbname"]))
