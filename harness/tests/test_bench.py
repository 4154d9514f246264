"""The benchmark measures what it says, on data that the functions could have written. No test asks how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from harness.prove.bench import __main__ as command
from harness.prove.bench import floors
from harness.prove.bench.bars import BARS, SINCE, SPEED_TABLE, Bar, outcomes
from harness.prove.bench.cluster import BenchCluster
from harness.prove.bench.copies import Template
from harness.prove.bench.errors import BenchError
from harness.prove.bench.load import FRESH, add_fresh, load
from harness.prove.bench.older import older, resolved
from harness.prove.bench.proof import problems
from harness.prove.bench.report import DETAILS, GOALS, PAGE, BenchResult, write
from harness.prove.bench.report import SIZES as PICTURE
from harness.prove.bench.rows import BEFORE, ITSELF, LOOK_UP, ONE_ROW, QUICK, BenchRow, Where
from harness.prove.bench.run import RECIPES, Left, run
from harness.prove.bench.spent import Breakdown
from harness.prove.bench.stencils import PEOPLE, PROJECTS, SHAPES, register_people
from harness.prove.bench.waits import quantile, quantiles
from harness.prove.bench.words import anchor
from harness.prove.effort import NIGHTLY, at_night, times
from harness.stack import Cluster, Stack
from harness.stack.postgres import drop_database
from harness.tests.interrupted import exit_code_after_signal

RELEASES = 100
TINY = replace(QUICK, sizes=(20, 40), rounds=1, seconds=0.1, events=8, requests=8, clients=2, http_clients=4)
# In every run all rows at one size, and some at two; at night all at two.
SIZES = TINY.sizes[: times(1, 2)]


@pytest.fixture(scope="module")
def cluster(stack: Stack) -> Cluster:
    if stack.cluster is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} has only one")
    return stack.cluster


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[BenchCluster]:
    """A cluster to measure in, apart from those of other workers.

    The first test that needs the shapes of releases plays them, and the first that needs a loaded database loads it;
    the other tests of this file copy them.
    """
    place = BenchCluster(cluster, prefix=f"bench_{uuid4().hex[:8]}")
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


def loaded(connection: psycopg.Connection[Any], place: BenchCluster) -> list[Template]:
    made = place.templates()
    load(connection, made, RELEASES)
    return made


def test_a_load_obeys_every_constraint_and_its_verdicts_are_what_the_facts_say(
    admin: psycopg.Connection[Any], place: BenchCluster
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
    assert count(admin, "ops.projects") == len(PROJECTS)
    assert problems(admin, sample=RELEASES + 10) == []


@at_night("asks the measuring program")
def test_each_rollback_of_a_load_goes_back_to_something_and_derived_columns_follow_from_the_facts(
    admin: psycopg.Connection[Any], place: BenchCluster
) -> None:
    loaded(admin, place)
    rolled_back = count(admin, "ops.releases where status = 'rolled_back'")
    assert rolled_back == count(admin, "ops.deployments where rollback_known") == RELEASES * 4 // 100
    # Also by what is on record in the project of the copy alone.
    to_nothing = "rollback_of is not null and not (rollback_known and ops_private.is_known_rollback(d))"
    assert count(admin, f"ops.deployments as d where {to_nothing}") == 0
    stops = "lateral ops_private.stops_on_record(r.release_id) as s"
    assert count(admin, f"ops.releases r, {stops} where (r.stopped, r.objected) <> (s.stopped, s.objected)") == 0
    assert count(admin, "ops.releases where stopped") > 0
    excepted = "exists (select from ops.exceptions x where x.release_id = r.release_id)"
    assert count(admin, f"ops.releases r where excepted <> {excepted}") == 0
    assert count(admin, "ops.releases where excepted") > 0
    # Nothing of these shapes contests, dismisses, retires, closes, names artifacts or limits anything in time.
    others = "contested, dismissed, retired, has_artifacts, asks_beyond, name_freed"
    assert count(admin, f"ops.releases where true in ({others}) or num_nonnulls(closed_at, lapses_at) > 0") == 0


@at_night("asks the measuring program")
def test_the_people_of_a_load_are_registered_in_a_schema_from_before_anybody_had_to_say_why(
    admin: psycopg.Connection[Any],
) -> None:
    admin.execute("drop function ops.register_project")
    admin.execute("drop function ops.grant_membership")
    admin.execute(
        "create function ops.grant_membership(subject text, role text, handle text default null) returns void"
        " language sql security definer as 'insert into ops.members (subject, handle, kind)"
        " values (subject, handle, case role when ''ci_service_role'' then ''bot'' else ''person'' end)'"
    )
    admin.execute("grant execute on function ops.grant_membership to service_role")
    register_people(admin)
    admin.execute("reset role")
    assert count(admin, "ops.members") == len(PEOPLE)
    assert count(admin, "ops.projects") == 0


@at_night("asks the measuring program")
def test_a_copied_event_that_is_sent_again_is_a_duplicate_and_a_copied_release_goes_on(
    admin: psycopg.Connection[Any], place: BenchCluster
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


@at_night("asks the measuring program")
def test_a_load_follows_the_schema_ids_in_order_of_time_and_columns_that_come_later(cluster: Cluster) -> None:
    with cluster.database() as name:
        with psycopg.connect(cluster.server.admin_url(name), autocommit=True) as admin:
            admin.execute("alter table ops.release_gates add column seen_at timestamptz default clock_timestamp()")
        place = BenchCluster(replace(cluster, template=name))
        with place.cluster.database() as copy, place.admin(copy) as admin:
            add_fresh(admin, loaded(admin, place), 10)
            for table, key in (("releases", "release_id"), ("event_ingest_log", "ingest_id")):
                said = f"('x' || translate(left({key}::text, 13), '-', ''))::bit(48)::bigint"
                apart = f"ops.{table} where abs({said} - extract(epoch from created_at) * 1000) > 1000"
                assert count(admin, apart) == 0, table
                assert count(admin, f"ops.{table} where substr({key}::text, 15, 1) <> '7'") == 0, table
            assert count(admin, "ops.release_gates where abs(extract(epoch from seen_at - created_at)) > 60") == 0
            # As they were inserted, so they are ordered: a new id goes to the end of its index.
            before = "select lag(release_id) over (order by ctid) > release_id as later from ops.releases"
            assert count(admin, f"({before}) as r where later") == 0
            assert problems(admin, sample=RELEASES) == []


@at_night("asks the measuring program")
def test_a_lost_link_and_a_verdict_without_facts_are_found(admin: psycopg.Connection[Any], place: BenchCluster) -> None:
    loaded(admin, place)
    admin.execute("set session_replication_role = replica")
    admin.execute("alter table ops.release_gates disable trigger user")  # what guards updates is on even then
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


@at_night("measures every row; CI has a step for it")
def test_the_quick_profile_measures_every_row_and_the_page_names_every_bar(place: BenchCluster, tmp_path: Path) -> None:
    rows, breakdowns = run(place, replace(TINY, sizes=SIZES), RECIPES, profiled=True)
    assert [row.name for row in rows] == [recipe.name for recipe in RECIPES]
    for row, recipe in zip(rows, RECIPES, strict=True):
        rounds = TINY.view_rounds if recipe.few_rounds else TINY.rounds
        assert {len(figures) for figures in row.figures.values()} == {rounds}, row.name
        assert all(figure > 0 for figures in row.figures.values() for figure in figures), row.name
        wanted = SIZES[-1:] if recipe.where is Where.LARGEST else SIZES
        assert {size for _, size in row.figures} == {*wanted}, row.name
    found = BenchResult(rows, SIZES, {"Machine": "this one"}, {"releases": 6000}, breakdowns)
    assert {outcome.bar for outcome in found.outcomes} == {bar for bar in BARS if len(SIZES) > 1 or not bar.growth}
    assert {breakdown.about for breakdown in breakdowns} >= {row.why for row in SPEED_TABLE if row.why}
    for breakdown in breakdowns:
        assert breakdown.parts, breakdown.about
        assert {len(figures) for figures in breakdown.parts.values()} == {len(breakdown.kinds)}, breakdown.about
    page = write(found, tmp_path).read_text()
    details = (tmp_path / DETAILS).read_text()
    lines = [line.split(" | ")[1] for line in page.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert lines == [row.what for row in SPEED_TABLE if len(SIZES) > 1 or not row.bars[0].growth]
    assert all(row.title in details for row in rows)
    headings = {anchor(line.removeprefix("## ")) for line in details.splitlines() if line.startswith("## ")}
    assert {link.split(")")[0] for link in page.split(f"]({DETAILS}#")[1:]} <= headings
    for name in (GOALS, PICTURE):
        picture = (tmp_path / name).read_text()
        assert f"]({name})" in page
        assert picture.startswith("<svg")
        assert "<script" not in picture


def made_up(name: str, unit: str, **figures: list[float]) -> BenchRow:
    """Figures of `itself` and a floor at two sizes, as `itself_1000=[…]`."""
    named = {"itself": ITSELF, "one": ONE_ROW, "lookup": LOOK_UP, "before": BEFORE}
    by_size = {(named[key.split("_")[0]], int(key.split("_")[1])): values for key, values in figures.items()}
    return BenchRow(name, name, unit, by_size)


def test_ratios_are_taken_pair_by_pair_and_a_longer_time_is_a_lower_growth() -> None:
    rate = made_up("retry-8", "events/s", itself_10=[50, 90], itself_20=[40, 90], one_10=[100, 100], one_20=[100, 300])
    wait = made_up("eligible", "ms", itself_10=[1, 1], itself_20=[2, 2], lookup_10=[0.4, 0.4], lookup_20=[1.6, 1.6])
    found = {(o.bar.row, o.bar.growth, o.size): o for o in outcomes([rate, wait], [10, 20])}
    assert list(found["retry-8", False, 10].values) == [0.5, 0.9]
    assert list(found["retry-8", False, 20].values) == [0.4, 0.3]
    assert list(found["retry-8", True, 20].values) == [0.8, 1.0]
    assert found["retry-8", True, 20].met
    assert not found["eligible", False, 10].met
    assert found["eligible", False, 20].met
    assert found["eligible", True, 20].measured == 0.5
    assert not found["eligible", True, 20].met


@pytest.mark.parametrize(("own", "met"), [(9, True), (11, False)])
def test_a_page_that_is_slower_than_its_floor_is_good_enough_within_its_own_goal(own: float, met: bool) -> None:
    page = made_up("pages", "ms", itself_10=[own], lookup_10=[1])
    [found] = outcomes([page], [10], [Bar("pages", 1.5, LOOK_UP, at_most=True, or_at_most=10)])
    assert found.met is met
    assert found.measured == own


def test_the_shares_of_a_round_are_taken_of_the_same_samples_in_whichever_order() -> None:
    taken = iter([[1.0, 2, 3, 4], [50.0, 60, 70, 80]])
    measures = quantiles(lambda: next(taken))
    assert (measures["p95"](1.0), measures["p50"](1.0)) == (4, 2)
    assert (measures["p50"](1.0), measures["p95"](1.0)) == (60, 80)
    assert quantile([5.0], 0.95) == 5
    assert quantile([float(n) for n in range(1, 101)], 0.95) == 95


def test_the_time_that_is_left_follows_how_slow_the_rows_have_been() -> None:
    now = iter([0.0, 120.0, 240.0])
    left = Left([60, 60, 60], lambda: next(now))
    titles = [left.titled(name) for name in "abc"]
    assert titles == ["1 of 3, about 3 min left: a", "2 of 3, about 4 min left: b", "3 of 3, about 2 min left: c"]


def test_an_answer_that_was_not_expected_ends_the_measurement(
    place: BenchCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.prove.bench.rows.build_event", lambda *_: {"nonsense": True})
    with pytest.raises(BenchError, match="invalid_envelope"):
        run(place, replace(TINY, sizes=TINY.sizes[:1]), [recipe for recipe in RECIPES if recipe.name == "ingest-sql"])


def test_a_row_is_held_against_itself_at_an_earlier_commit_only_where_that_was_measured() -> None:
    rate = made_up("retry-8", "events/s", itself_10=[50, 90], itself_20=[50, 90], before_10=[50, 100], one_10=[90, 90])
    wait = made_up("whole", "ms", itself_10=[5, 5], itself_20=[9, 9], before_10=[4, 4])
    found = [o for o in outcomes([rate, wait], [10, 20]) if o.bar.held_against == BEFORE]
    assert [(o.bar.row, o.size, list(o.values), o.met) for o in found] == [
        ("retry-8", 10, [1.0, 0.9], True),
        ("whole", 10, [1.25, 1.25], False),
    ]
    assert {bar.row for bar in SINCE} == {recipe.name for recipe in RECIPES if recipe.compared}


@at_night("asks the measuring program")
def test_an_earlier_commit_takes_turns_at_the_smallest_size_and_leaves_no_database(place: BenchCluster) -> None:
    try:
        commit = resolved("HEAD")
    except BenchError:
        pytest.skip("needs the checkout's history")
    expected = {"whole": [20], "log": []} | ({"ingest-sql": [20]} if NIGHTLY else {})
    chosen = [recipe for recipe in RECIPES if recipe.name in expected]
    with older(place, commit, min(TINY.sizes)) as before:
        rows, _ = run(place, TINY, chosen, before)
        with place.admin("postgres") as connection:
            assert count(connection, "pg_database where starts_with(datname, %s)", before.prefix) > 1
    for row, recipe in zip(rows, chosen, strict=True):
        own = TINY.sizes[-1:] if recipe.where is Where.LARGEST else TINY.sizes
        assert {size for _, size in row.figures} == {*own}, row.name
    measured = {row.name: [size for contender, size in row.figures if contender == BEFORE] for row in rows}
    assert measured == expected
    with place.admin("postgres") as connection:
        assert count(connection, "pg_database where starts_with(datname, %s)", before.prefix) == 0


def test_a_commit_that_does_not_exist_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--quick", "--against", "no-such-commit"]) == 1
    assert "there is no commit no-such-commit" in capsys.readouterr().out


def test_a_queue_that_was_not_installed_is_one_clear_sentence(
    admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(floors, "QUEUE", tmp_path)
    with pytest.raises(BenchError, match="graphile-worker is missing"):
        floors.install_queue(admin)
    monkeypatch.setattr(floors, "MESSAGES", "no_such_package")
    with pytest.raises(BenchError, match="no_such_package is missing"):
        floors.install_messages(admin)


@pytest.mark.parametrize(("given", "code"), [([], 0), (["--strict"], 1)])
def test_a_missed_bar_is_an_error_only_when_asked(
    given: list[str], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = made_up("eligible", "ms", itself_10=[9, 9], lookup_10=[1, 1])
    taken: Callable[..., BenchResult] = lambda *_: BenchResult([slow], [10], {}, {"releases": 10})  # noqa: E731
    monkeypatch.setattr(command, "take", taken)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main(given) == code
    assert "missed by 500%" in capsys.readouterr().out
    page = (tmp_path / "docs" / "reports" / PAGE).read_text()
    assert "0 of 1 goals are met" in page
    assert "**missed** by 500%" in page


def test_a_ratio_that_is_missed_points_at_the_part_of_the_profile_that_shows_why(tmp_path: Path) -> None:
    slow = made_up("retry-8", "events/s", itself_10=[10], one_10=[100])
    why = Breakdown("in SQL", "Where it goes", "", "µs", ["an event"], {"`judge`": [3.0]})
    page = write(BenchResult([slow], [10], {}, {"releases": 10}, [why]), tmp_path).read_text()
    assert f"[why]({DETAILS}#where-it-goes)" in page
    assert "## Where it goes" in (tmp_path / DETAILS).read_text()


@at_night("starts a run of its own")
def test_ctrl_c_in_the_middle_of_a_row_ends_it_with_130_and_leaves_no_process(stack: Stack, tmp_path: Path) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    asked = ["harness.prove.bench", "--quick", "--only", "board", "--only", "http-wait"]
    assert exit_code_after_signal(asked, "1 of 2", tmp_path / "said") == 130
    assert "nothing is left running" in (tmp_path / "said").read_text()


@pytest.mark.parametrize("given", [["--only", "nothing"], ["--sizes", "five"], ["--sizes", "5"]])
def test_what_cannot_be_measured_is_refused_at_once(given: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(given)
    assert refused.value.code == 2
