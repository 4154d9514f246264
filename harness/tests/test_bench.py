"""The benchmark measures what it says, on data that the schema would have made; how fast is no matter here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from harness.bench import __main__ as command
from harness.bench.bars import BARS, outcomes
from harness.bench.copies import Template
from harness.bench.errors import BenchError
from harness.bench.load import FRESH, add_fresh, load
from harness.bench.place import Place
from harness.bench.proof import problems
from harness.bench.report import KEPT, Findings, kept_section, write
from harness.bench.rows import ITSELF, ONE_ROW, QUICK, SELECT_1, Row
from harness.bench.run import RECIPES, run
from harness.bench.stencils import SHAPES
from harness.stack import Cluster, Stack
from harness.stack.postgres import drop_database

RELEASES = 200
TINY = replace(QUICK, sizes=(20, 40), rounds=1, seconds=0.1, events=8, requests=8, clients=2, http_clients=4)


@pytest.fixture
def cluster(stack: Stack) -> Cluster:
    if stack.cluster is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} has only one")
    return stack.cluster


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Place]:
    """A place to measure in, beside those of other workers; what it loaded is dropped."""
    place = Place(cluster, prefix=f"bench_{uuid4().hex[:8]}")
    yield place
    for size in TINY.sizes:
        drop_database(cluster.server, f"{place.prefix}_{size}")


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    """A superuser in a database as the migrations leave it."""
    with (
        cluster.database() as name,
        psycopg.connect(cluster.server.admin_url(name), autocommit=True) as connection,
    ):
        yield connection


def count(connection: psycopg.Connection[Any], what: str, *values: Any) -> int:
    query: Any = f"select count(*) from {what}"
    [(counted,)] = connection.execute(query, values or None).fetchall()
    return int(counted)


def loaded(connection: psycopg.Connection[Any], place: Place) -> list[Template]:
    made = place.templates()
    load(connection, made, RELEASES)
    return made


def test_a_load_obeys_every_constraint_and_its_verdicts_are_what_the_facts_say(
    admin: psycopg.Connection[Any], place: Place
) -> None:
    made = loaded(admin, place)
    add_fresh(admin, made, 10)
    assert count(admin, "ops.releases") == RELEASES + 10
    assert count(admin, "ops.releases where release_name ~ %s and status = 'draft'", FRESH) == 10
    assert count(admin, "ops.release_gates") == 4 * (RELEASES + 10)
    assert count(admin, "ops.event_ingest_log") == 10 * RELEASES
    assert {template.shape.name for template in made} >= {shape.name for shape in SHAPES}
    assert count(admin, "ops.exceptions where expires_at < now()") == RELEASES * 2 // 100
    for table in ("approvals", "deployment_reports", "environment_events", "incidents"):
        assert count(admin, f"ops.{table}") > 0, table
    assert problems(admin, sample=RELEASES + 10) == []


def test_a_copied_event_that_is_sent_again_is_a_duplicate_and_a_copied_release_goes_on(
    admin: psycopg.Connection[Any], place: Place
) -> None:
    loaded(admin, place)
    admin.execute("set role service_role")
    answers = admin.execute(
        "select ops.ingest_event((l.content - 'caller') || jsonb_build_object('schema_version', 'v1.0',"
        " 'idempotency_key', l.idempotency_key, 'emitted_at', l.received_at)) ->> 'status', l.payload_hash"
        " from ops.event_ingest_log as l where l.processing_status = 'accepted' order by l.ingest_id limit 50"
    ).fetchall()
    assert {status for status, _ in answers} == {"duplicate"}
    again = {digest for (digest,) in admin.execute(
        "select payload_hash from ops.event_ingest_log order by created_at desc limit 50")}  # fmt: skip
    assert again == {digest for _, digest in answers}


def test_a_lost_link_and_a_verdict_without_facts_are_found(admin: psycopg.Connection[Any], place: Place) -> None:
    loaded(admin, place)
    admin.execute("set session_replication_role = replica")
    admin.execute(
        "update ops.release_gates set status = 'passed', entered_at = now(), resolved_at = now(), resolved_by = 'me',"
        " first_missing = null where gate_id = (select gate_id from ops.release_gates where status = 'pending' limit 1)"
    )
    [wrong] = problems(admin, sample=RELEASES)
    assert "is stored as passed" in wrong
    admin.execute("insert into ops.incidents (deployment_id, severity, created_at, created_by, created_role)"
                  " values (gen_random_uuid(), 'sev1', now(), 'me', 'sre')")  # fmt: skip
    admin.execute(
        "insert into ops.event_ingest_log"
        " (processing_status, release_id, duplicate_of, caller_role, created_at, created_by, created_role)"
        " values ('duplicate', gen_random_uuid(), gen_random_uuid(), 'sre', now(), 'me', 'sre')"
    )
    found = problems(admin, sample=RELEASES)
    assert len(found) == 4
    assert any("rows of ops.incidents break" in problem for problem in found)
    assert sum("rows of ops.event_ingest_log break the link" in problem for problem in found) == 2


def test_the_quick_profile_measures_every_row_and_the_page_names_every_bar(place: Place, tmp_path: Path) -> None:
    rows = run(place, TINY, RECIPES)
    assert [row.name for row in rows] == [recipe.name for recipe in RECIPES]
    for row in rows:
        rounds = TINY.view_rounds if row.name == "views" else TINY.rounds
        assert {len(figures) for figures in row.figures.values()} == {rounds}, row.name
        assert {size for _, size in row.figures} == {*TINY.sizes}, row.name
    found = Findings(rows, TINY.sizes, {"Machine": "this one"}, {"releases": 6000})
    assert {outcome.bar for outcome in found.outcomes} == {*BARS}
    (tmp_path / "benchmarks.md").write_text(f"# Old\n\nold figures\n\n{KEPT}\n\nA cache won 40 %.\n")
    for _ in range(2):
        page = write(found, tmp_path).read_text()
        assert page.endswith(f"{KEPT}\n\nA cache won 40 %.\n")
        assert page.count(KEPT) == 1
    assert "old figures" not in page
    assert all(row.title in page for row in rows)
    picture = (tmp_path / "benchmarks.svg").read_text()
    assert picture.startswith("<svg")
    assert "<script" not in picture


def test_a_page_without_a_section_by_hand_gets_one() -> None:
    assert kept_section("# Benchmarks\n").startswith(KEPT)


def made_up(name: str, unit: str, **figures: list[float]) -> Row:
    """Figures of `itself` and a floor at two sizes, as `itself_1000=[…]`."""
    named = {"itself": ITSELF, "one": ONE_ROW, "select": SELECT_1}
    by_size = {(named[key.split("_")[0]], int(key.split("_")[1])): values for key, values in figures.items()}
    return Row(name, name, unit, by_size)


def test_ratios_are_taken_pair_by_pair_and_a_longer_time_is_a_lower_growth() -> None:
    rate = made_up("retry-8", "events/s", itself_10=[50, 90], itself_20=[40, 90], one_10=[100, 100], one_20=[100, 300])
    wait = made_up("eligible", "ms", itself_10=[1, 1], itself_20=[2, 2], select_10=[0.4, 0.4], select_20=[1, 1])
    found = {(o.bar.row, o.bar.growth, o.size): o for o in outcomes([rate, wait], [10, 20])}
    assert list(found["retry-8", False, 10].values) == [0.5, 0.9]
    assert list(found["retry-8", False, 20].values) == [0.4, 0.3]
    assert list(found["retry-8", True, 20].values) == [0.8, 1.0]
    assert found["retry-8", True, 20].met
    assert not found["eligible", False, 10].met
    assert found["eligible", False, 20].met
    assert found["eligible", True, 20].measured == 0.5
    assert not found["eligible", True, 20].met


def test_an_answer_that_was_not_expected_ends_the_measurement(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bench.rows.build_event", lambda *_: {"nonsense": True})
    with pytest.raises(BenchError, match="invalid_envelope"):
        run(place, replace(TINY, sizes=TINY.sizes[:1]), [recipe for recipe in RECIPES if recipe.name == "ingest-sql"])


@pytest.mark.parametrize(("given", "code"), [([], 0), (["--strict"], 1)])
def test_a_missed_bar_is_an_error_only_when_asked(
    given: list[str], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = made_up("eligible", "ms", itself_10=[9, 9], select_10=[1, 1])
    taken: Callable[..., Findings] = lambda *_: Findings([slow], [10], {}, {"releases": 10})  # noqa: E731
    monkeypatch.setattr(command, "take", taken)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main(given) == code
    assert "missed by 350%" in capsys.readouterr().out
    assert (tmp_path / "docs" / "benchmarks.md").exists()


@pytest.mark.parametrize("given", [["--only", "nothing"], ["--sizes", "five"], ["--sizes", "5"]])
def test_what_cannot_be_measured_is_refused_at_once(given: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(given)
    assert refused.value.code == 2
