"""What the views say of delivery, and of what is live, is what a second computation finds in the facts."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from harness.prove.effort import times
from harness.stack import Stack
from harness.stack.members import GRANT, SET_POLICY

Row = dict[str, Any]
HISTORIES = times(12, 1_000)
# With these a build that passes makes a release eligible, so that rollbacks have something to go back to.
LAX = json.dumps([{"kind": "no_failed_checks"}])
COMMITS = tuple(f"{n:040x}" for n in range(0xA1, 0xA5))
ENDS = ("succeeded", "succeeded", "succeeded", "failed", "rolled_back")


@pytest.fixture(scope="module")
def db(stack: Stack) -> Iterator[psycopg.Connection[Row]]:
    """A transaction of all histories of this file: another session would plan each query anew."""
    with psycopg.connect(stack.db_url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        connection.execute(GRANT, ["dora-dev", "developer", None])
        yield connection
        connection.rollback()


class History:
    """Releases of a project of its own, and what was reported of them."""

    def __init__(self, db: psycopg.Connection[Row], chance: random.Random) -> None:
        self.db, self.chance = db, chance
        self.numbers = itertools.count()
        self.project = f"dora/{chance.getrandbits(48):012x}"
        db.execute("reset role")
        db.execute("select ops.register_project(%s, null, 'dora-dev', 'a test')", [self.project])
        for gate in ("G2", "G3"):
            db.execute(SET_POLICY, [gate, LAX, self.project])
        db.execute("set role service_role")
        self.moment = datetime.now(UTC) - timedelta(days=chance.randint(1, 70))
        # What was deployed where, for those who undo it: release, environment, target, reference.
        self.deployed: list[tuple[str, str, str, str]] = []
        commits = enumerate(chance.choices(COMMITS, k=4))
        self.releases = {self.open(number, commit): commit for number, commit in commits}

    def open(self, number: int, commit: str) -> str:
        query = "select ops.open_release(%s, %s, 'production', %s, '{}', 'dora-dev')::text as id"
        row = self.db.execute(query, [self.project, f"v{number}", commit]).fetchone()
        assert row is not None
        return str(row["id"])

    def send(self, release: str, event: str, **payload: Any) -> None:
        """Report something as it is observed a while after the last report; late ones arrive out of order."""
        self.moment += timedelta(minutes=self.chance.randint(1, 600) ** 2 / 60)
        emitted = min(self.moment - timedelta(minutes=self.chance.choice([0, 0, 50, 5000])), datetime.now(UTC))
        envelope = {
            "schema_version": "v1.0", "event_type": event, "source_system": "ci", "release_id": release,
            "idempotency_key": f"ci/{self.project.replace('/', '-')}-{next(self.numbers)}/{event}",
            "payload": payload, "emitted_at": emitted.isoformat(),
        }  # fmt: skip
        self.db.execute("select ops.ingest_event(%s)", [json.dumps(envelope)])

    def build(self) -> None:
        self.send(
            self.chance.choice([*self.releases]), "build_complete", status=self.chance.choice(["pass", "pass", "fail"])
        )

    def deploy(self) -> None:
        place = self.chance.choice(["production", "production", "staging"]), self.chance.choice(["default", "eu"])
        release = self.chance.choice([*self.releases])
        ref = f"d{len(self.deployed)}"
        for status in ("in_progress", self.chance.choice(ENDS), self.chance.choice(ENDS))[: self.chance.randint(1, 3)]:
            self.report(release, *place, ref, status)
        self.deployed.append((release, *place, ref))

    def undo(self) -> None:
        if not self.deployed:
            return
        release, environment, target, undone = self.chance.choice(self.deployed)
        other = self.chance.choice([*self.releases.values()])
        ref = f"u{next(self.numbers)}"
        for status in ("in_progress", "succeeded")[self.chance.randint(0, 1) :]:
            self.report(release, environment, target, ref, status, rollback_of_ref=undone, source_ref=other)

    def report(self, release: str, environment: str, target: str, ref: str, status: str, **more: Any) -> None:
        named = {"environment": environment, "target": target, "deployment_ref": ref, "status": status}
        self.send(release, "deployment_event", **named, **({"source_ref": self.releases[release]} | more))

    def probe(self) -> None:
        if self.deployed:
            release, environment, target, ref = self.chance.choice(self.deployed)
            status = self.chance.choice(["pass", "fail"])
            named = {"environment": environment, "target": target, "deployment_ref": ref, "check_name": "http"}
            self.send(release, "health_check", **named, status=status)

    def incident(self) -> None:
        detected = self.moment - timedelta(days=80)
        resolved = self.chance.choice([None, detected + timedelta(minutes=self.chance.randint(1, 5000))])
        self.db.execute(
            "insert into ops.incidents (deployment_id, severity, detected_at, resolved_at)"
            " select d.deployment_id, 'sev3', %s, %s from ops.deployments d where d.project = %s"
            " order by md5(d.deployment_id::text) limit 1",
            [detected, resolved, self.project],
        )

    def facts(self, table: str) -> list[Row]:
        if table == "deployment_reports":
            return self.ask("select p.* from ops.deployment_reports p join ops.deployments d using (deployment_id)"
                            " where d.project = %s", self.project)  # fmt: skip
        return self.ask(f"select * from ops.{table} where project = %s", self.project)

    def ask(self, query: Any, *values: Any) -> list[Row]:
        rows = self.db.execute(query, values).fetchall()
        return [{k: float(v) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]


class Facts:
    """The facts of a project, as the second computation reads them. Nothing derived is taken but health."""

    def __init__(self, history: History) -> None:
        self.releases = {r["release_id"]: r for r in history.facts("releases")}
        self.checks = history.facts("gate_checks")
        self.incidents = history.facts("incidents")
        self.gates = history.facts("release_gates")
        self.deployments = sorted(history.facts("deployments"), key=order)
        self.reports: dict[Any, list[Row]] = defaultdict(list)
        for report in history.facts("deployment_reports"):
            self.reports[report["deployment_id"]].append(report)

    def seen(self, deployment: Row, *statuses: str) -> list[datetime]:
        return [r["observed_at"] for r in self.reports[deployment["deployment_id"]] if r["status"] in statuses]

    def status(self, deployment: Row) -> str:
        reports = self.reports[deployment["deployment_id"]]
        ends = [r for r in reports if r["status"] in ("succeeded", "failed")]
        if self.seen(deployment, "rolled_back"):
            return "rolled_back"
        return (
            str(max(ends, key=lambda r: (r["observed_at"], r["status"] == "failed"))["status"])
            if ends
            else "in_progress"
        )

    def production(self) -> list[Row]:
        return [d for d in self.deployments if d["environment"] == "production" and d["rollback_of"] is None]

    def after(self, deployment: Row) -> Iterator[Row]:
        """What was deployed to the same place after it."""
        return (d for d in self.deployments if place(d) == place(deployment) and order(d) > order(deployment))


def order(deployment: Row) -> tuple[datetime, str]:
    return deployment["deployed_at"], deployment["deployment_ref"]


def place(deployment: Row) -> tuple[str, str]:
    return deployment["environment"], deployment["target"]


def month(moment: datetime) -> date:
    return moment.astimezone(UTC).date().replace(day=1)


def seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


def leads(facts: Facts) -> Iterator[tuple[datetime, float]]:
    for commit in {r["source_ref"] for r in facts.releases.values()}:
        of_commit = {i: r for i, r in facts.releases.items() if r["source_ref"] == commit}
        reached = [
            seen for d in facts.production() if d["release_id"] in of_commit and d["source_ref"] == commit
            for seen in facts.seen(d, "succeeded")
        ]  # fmt: skip
        reports = [r["created_at"] for r in of_commit.values()]
        reports += [c["observed_at"] for c in facts.checks if c["release_id"] in of_commit and not c["deployment_id"]]
        if reached:
            yield min(reached), seconds(min(reports), min(reached))


def restores(facts: Facts) -> Iterator[tuple[datetime, float]]:
    known = {d["deployment_id"]: d for d in facts.deployments}
    for incident in facts.incidents:
        if incident["resolved_at"] and known[incident["deployment_id"]]["environment"] == "production":
            yield incident["resolved_at"], seconds(incident["detected_at"], incident["resolved_at"])
    for d in facts.production():
        if facts.status(d) not in ("failed", "rolled_back") or any(
            i["deployment_id"] == d["deployment_id"] for i in facts.incidents
        ):
            continue
        began = facts.seen(d, "failed", "rolled_back")
        began += [
            c["observed_at"] for c in facts.checks if c["deployment_id"] == d["deployment_id"] and c["status"] == "fail"
        ]
        began += [u["deployed_at"] for u in facts.deployments if u["rollback_of"] == d["deployment_id"]]
        ended = next((min(seen) for n in facts.after(d) if (seen := facts.seen(n, "succeeded"))), None)
        if ended:
            yield max(ended, min(began)), seconds(min(began), ended)


def measures(facts: Facts) -> dict[date, Row]:
    """DORA's four measures, per month."""
    lead, restore = by_month(leads(facts)), by_month(restores(facts))
    hit = {i["deployment_id"] for i in facts.incidents}
    finished = by_month(
        (d["deployed_at"], facts.status(d) != "succeeded" or d["deployment_id"] in hit)
        for d in facts.production()
        if facts.status(d) != "in_progress"
    )
    return {
        m: {
            "commits": len(lead[m]), "lead_time_seconds": middle(lead[m]),
            "deployments": len(finished[m]), "failed_deployments": sum(finished[m]),
            "change_failure_rate": sum(finished[m]) / len(finished[m]) if finished[m] else None,
            "restores": len(restore[m]), "time_to_restore_seconds": middle(restore[m]),
        }
        for m in {*lead, *finished, *restore}
    }  # fmt: skip


def by_month(found: Iterable[tuple[datetime, float]]) -> defaultdict[date, list[float]]:
    months: defaultdict[date, list[float]] = defaultdict(list)
    for moment, value in found:
        months[month(moment)].append(value)
    return months


def middle(values: list[float]) -> float | None:
    return median(values) if values else None


def durations(facts: Facts) -> dict[tuple[date, str], tuple[int, float, float]]:
    """How long the gates took that are passed now: how many, the median, and what nine of ten took at most."""
    took: defaultdict[tuple[date, str], list[float]] = defaultdict(list)
    for gate in facts.gates:
        if gate["status"] in ("passed", "bypassed"):
            others = [g for g in facts.gates if g["release_id"] == gate["release_id"]]
            before = [g["resolved_at"] for g in others if g["gate_code"] < gate["gate_code"] and g["resolved_at"]]
            began = gate["entered_at"] if gate["gate_code"] == "G4" else max(before, default=gate["created_at"])
            took[month(gate["resolved_at"]), gate["gate_code"]].append(seconds(began, gate["resolved_at"]))
    return {key: (len(values), median(values), at_share(values, 0.9)) for key, values in took.items()}


def at_share(values: list[float], share: float) -> float:
    """What this share of the values reaches at most, between two of them in proportion."""
    ordered, place = sorted(values), (len(values) - 1) * share
    low = ordered[int(place)]
    return low + (ordered[min(int(place) + 1, len(values) - 1)] - low) * (place - int(place))


def live(facts: Facts) -> set[tuple[Any, ...]]:
    """What is live where, since when, and as which release."""
    found = set()
    for where in {place(d) for d in facts.deployments}:
        here = [d for d in facts.deployments if place(d) == where]
        running = [d for d in here if facts.status(d) == "succeeded"]
        if running:
            d = running[-1]
            undone = [max(facts.seen(u, "rolled_back")) for u in facts.after(d) if facts.status(u) == "rolled_back"]
            release = d["release_id"] if d["rollback_of"] is None else went_back_to(facts, here, d)
            found.add((*where, d["deployment_id"], max([d["deployed_at"], *undone]), release))
    return found


def went_back_to(facts: Facts, here: list[Row], rollback: Row) -> Any:
    there = [
        d for d in here if d["source_ref"] == rollback["source_ref"] and d["rollback_of"] is None
        and d["deployment_id"] != rollback["rollback_of"] and d["created_at"] < rollback["created_at"]
    ]  # fmt: skip
    best = max(there, key=lambda d: (facts.status(d) == "succeeded", order(d)), default=None)
    return best["release_id"] if best and rollback["rollback_known"] else None


def about(expected: Row) -> Row:
    return {key: pytest.approx(value, abs=0.002) if value is not None else None for key, value in expected.items()}


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_second_computation_finds_the_same_figures(db: psycopg.Connection[Row], seed: int) -> None:
    chance = random.Random(seed)
    history = History(db, chance)
    steps: list[Callable[[], None]] = [
        history.build, history.build, history.deploy, history.deploy, history.deploy, history.undo, history.probe,
        history.incident,
    ]  # fmt: skip
    for release in history.releases:
        history.send(release, "build_complete", status="pass")
    for step in chance.choices(steps, k=14):
        step()
    facts = Facts(history)

    said = history.ask("select * from ops.v_delivery_metrics where project = %s", history.project)
    expected = measures(facts)
    assert {r["month"] for r in said} == {*expected}
    for row in said:
        assert {k: v for k, v in row.items() if k not in ("project", "month")} == about(expected[row["month"]]), row
    gates = history.ask("select * from ops.v_gate_durations where project = %s", history.project)
    took = {(r["month"], r["gate_code"]): (r["gates"], r["median_seconds"], r["p90_seconds"]) for r in gates}
    assert took == {key: pytest.approx(value, abs=0.002) for key, value in durations(facts).items()}
    rows = history.ask("select * from ops.v_live where project = %s", history.project)
    assert {(*place(r), r["deployment_id"], r["since"], r["release_id"]) for r in rows} == live(facts)
