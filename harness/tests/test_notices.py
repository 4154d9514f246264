"""Notices against a small model: each exactly when its fact becomes true, sent in order, whoever else sends."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.effort import times
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from ops_gates import events
from ops_gates.events import Envelope

COMMIT = "a" * 40
PEOPLE = {
    "qa-1": "qa_tester",
    "rm-1": "release_manager",
    "sre-1": "sre",
    "dev-1": "developer",
    "bot-1": "ci_service_role",
}
SET = "select ops.set_notice_target('acme/told', %s, 'webhook', 'OPS_NOTICE_T', null, 'rm-1', 'a test')"
Told = Counter[tuple[str, ...]]


@pytest.fixture
def url(fresh_db: Callable[[], str]) -> str:
    """A database with people, a project and a target that asks for every kind."""
    made = fresh_db()
    with service(made) as db:
        for who, role in PEOPLE.items():
            db.execute(GRANT, [who, role, None])
        db.execute(REGISTER, ["acme/told"])
        db.execute(SET, ["first"])
        db.execute(SET, ["second"])
    return made


def service(url: str) -> psycopg.Connection[Any]:
    """A session of the secret key that commits each statement."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("set role service_role")
    return connection


@dataclass
class History:
    """Random facts of a few releases, and the notices that a model expects of them."""

    db: psycopg.Connection[Any]
    chance: random.Random
    releases: list[str] = field(default_factory=list)

    def open(self) -> None:
        """One more release."""
        target = self.chance.choice(["staging", "production"])
        opened = "select ops.open_release('acme/told', %s, %s, %s, initiating_actor => 'dev-1')"
        [(release,)] = self.db.execute(opened, [uuid.uuid4().hex, target, COMMIT]).fetchall()
        self.releases.append(str(release))

    def act(self, release: str) -> None:
        """One fact, which may be refused."""
        pick = self.chance.choice
        if self.chance.random() < 0.08:
            exception = (
                "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement,"
                " approver_id, expires_at) values (%s, 'gate_bypass', %s, 'r', 'k', 'rm-1', now() + interval '5 days')"
            )
            self.db.execute(exception, [release, pick(["{G1}", "{G2}", "{G3}", "{G4}", "{G1,G2,G3}"])])
            return
        self.db.execute("select ops.ingest_event(%s)", [Jsonb(self._event(release))])

    def _event(self, release: str) -> Envelope:
        pick, run = self.chance.choice, uuid.uuid4().hex
        kind = pick(["build", "build", "sign", "sign", "sign", "deploy", "deploy", "health", "refused"])
        good = pick(["pass", "pass", "pass", "fail"])
        ref, environment = pick(["d-1", "d-2"]), pick(["staging", "production"])
        if kind == "build":
            return events.build_complete(release, run_id=run, status=good)
        if kind == "refused":  # the address is none: a failure that stands as a contested report
            return events.build_complete(release, run_id=run, status="fail", evidence=[{"artifact_type": "build_log"}])
        if kind == "sign":
            gate, approver = pick([("G2", "qa-1"), ("G3", "rm-1")])
            proof = {"G2": "test_result", "G3": "rollback_plan"}[gate]
            return events.gate_signoff(
                release,
                gate,
                session_id=run,
                decision=pick(["approved", "approved", "rejected", "request_changes"]),
                approver_id=approver,
                persona_role=PEOPLE[approver],
                rationale_structured={"met": "yes"},
                evidence=[events.evidence(proof, "https://ci.example/1")],
            )
        at: Any = {"environment": environment, "deployment_ref": ref, "run_id": run}
        if kind == "health":
            return events.health_check(release, status=good, artifact_ref="https://ci.example/2", **at)
        status = pick(["in_progress", "succeeded", "succeeded", "failed"])
        return events.deployment_event(release, status=status, source_ref=COMMIT, **at)

    def seen(self, release: str) -> dict[str, Any]:
        """What the model looks at: which gates wait, by their view, and the facts of which people are told."""
        [(waits, status, counts)] = self.db.execute(
            "select (select coalesce(jsonb_object_agg(w.gate_code, jsonb_build_object('status', w.status, 'who', array("
            "select distinct m.who from ops.release_gates g, unnest(g.missing) m where g.gate_id = w.gate_id"
            " and m.who in ('developer', 'qa_tester', 'release_manager', 'sre')))), '{}') from ops.v_waiting w"
            " where w.release_id = r.release_id), r.status::text, jsonb_build_object('exception_opened',"
            " (select count(*) from ops.exceptions x where x.release_id = r.release_id), 'contested',"
            " (select count(*) from ops.contested_reports c where c.release_id = r.release_id),"
            " 'ineligible_deployment', (select count(*) from ops.deployments d"
            " where d.release_id = r.release_id and d.was_eligible is false))"
            " from ops.releases r where r.release_id = %s",
            [release],
        ).fetchall()
        return {"waits": waits, "status": status, "counts": counts}

    def told(self, release: str) -> Told:
        """The notices there are."""
        found = self.db.execute(
            "select kind::text, coalesce(gate_code::text, '') from ops.notices where release_id = %s", [release]
        ).fetchall()
        return Counter((kind, gate if kind.startswith("gate_") else "") for kind, gate in found)


def expected(before: dict[str, Any], after: dict[str, Any]) -> Told:
    """What people are told of a change: the model."""
    said: Told = Counter()
    for gate, now in after["waits"].items():
        was = before["waits"].get(gate, {"status": "", "who": []})
        if now["status"] == "failed":
            said["gate_failed", gate] += was["status"] != "failed"
        elif {*now["who"]} - {*was["who"]}:
            said["gate_waits", gate] += 1
    if after["status"] != before["status"] and after["status"] in ("promoted", "rolled_back"):
        said[after["status"], ""] += 1
    for kind, count in after["counts"].items():
        said[kind, ""] += count - before["counts"][kind]
    return +said


@pytest.mark.parametrize("seed", range(times(2, 60)))
def test_each_notice_is_written_exactly_when_its_fact_becomes_true(url: str, seed: int) -> None:
    with service(url) as db:
        history = History(db, random.Random(seed))
        for _ in range(3):
            history.open()
        for step in range(60):
            release = history.chance.choice(history.releases)
            before, told = history.seen(release), history.told(release)
            undone = history.chance.random() < 0.15
            with db.transaction(force_rollback=undone):
                history.act(release)
                new = history.told(release) - told
                assert new == expected(before, history.seen(release)), step
            if undone:
                assert history.told(release) == told
        [(kinds,)] = db.execute("select count(distinct kind) from ops.notices").fetchall()
        assert kinds >= 5


@dataclass
class Senders:
    """Two senders with random outcomes, who write down what they claimed and what became of it."""

    url: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    done: list[tuple[str, str, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def round(self, seed: int) -> int:
        """Claim a few, and record an outcome of each. Returns how many there were."""
        chance = random.Random(seed)
        with service(self.url) as db:
            claimed = db.execute("select delivery_id::text, attempt from ops.claim_notices(3)").fetchall()
            for delivery, attempt in claimed:
                [(queue, place, kind, yields)] = db.execute(
                    "select release_id::text || target_name, place, kind::text, yields from ops.notice_deliveries"
                    " where delivery_id = %s",
                    [delivery],
                ).fetchall()
                # What was tried five times is passed by; an ineligible deployment passes all others.
                ordered = kind != "ineligible_deployment" and not yields
                with self.lock:
                    if delivery in self.held or (ordered and any(q == queue for q, _, _ in self.held.values())):
                        self.wrong.append(f"{delivery} is held twice, or another one of its queue")
                    if ordered:
                        self.held[delivery] = (queue, kind, str(place))
                outcome = chance.choice(["delivered", "delivered", "failed"])
                with self.lock:
                    self.held.pop(delivery, None)
                    if outcome == "delivered" and ordered:
                        self.done.append((queue, kind, place))
                    said = db.execute(
                        "select ops.record_notice_outcome(%s, %s, %s, null, %s)",
                        [delivery, attempt, outcome, "timeout" if outcome == "failed" else None],
                    ).fetchall()
                if said[0][0] == "overtaken":
                    self.wrong.append(f"{delivery} was overtaken")
        return len(claimed)


def test_two_senders_never_hold_the_same_and_send_each_queue_in_order(url: str) -> None:
    with service(url) as db, psycopg.connect(url, autocommit=True) as owner:
        history = History(db, random.Random(7))
        for _ in range(4):
            history.open()
        for _ in range(times(40, 1000)):
            history.act(history.chance.choice(history.releases))
        senders = Senders(url)
        seed = 0
        with ThreadPoolExecutor(2) as pool:
            while True:
                owner.execute("update ops.notice_deliveries set due_at = clock_timestamp() where state = 'waiting'")
                if sum(pool.map(senders.round, (seed, seed + 1))) == 0:
                    break
                seed += 2
        assert senders.wrong == []
        for queue in {queue for queue, _, _ in senders.done}:
            places = [place for q, _, place in senders.done if q == queue]
            assert places == sorted(places)
        [(still,)] = db.execute("select count(*) from ops.notice_deliveries where ended_at is null").fetchall()
        assert still == 0
        assert len(senders.done) > 10


def test_what_time_makes_true_is_said_once_by_however_many_ask_at_once(url: str) -> None:
    with service(url) as db, psycopg.connect(url, autocommit=True) as owner:
        history = History(db, random.Random(3))
        for _ in range(6):
            history.open()
        for release in history.releases:
            db.execute(
                "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement,"
                " approver_id, expires_at) values (%s, 'gate_bypass', '{G2}', 'r', 'k', 'rm-1',"
                " clock_timestamp() + interval '2 seconds')",
                [release],
            )
        owner.execute("select pg_sleep_until((select max(expires_at) + interval '10 ms' from ops.exceptions))")

        def ask(_: int) -> int:
            with service(url) as asking:
                return int(asking.execute("select ops.due_notices()").fetchall()[0][0])

        with ThreadPoolExecutor(4) as pool:
            answered = list(pool.map(ask, range(12)))
        assert sum(answered) == 6
        due = "select count(*) from ops.notices where kind = 'exception_review_due' and by_time"
        assert db.execute(due).fetchall() == [(6,)]


def test_a_retry_and_a_claim_at_once_leave_one_holder(url: str) -> None:
    with service(url) as db:
        history = History(db, random.Random(5))
        history.open()
        db.execute("select ops.ingest_event(%s)", [
            Jsonb(events.build_complete(history.releases[0], run_id="1", status="fail"))])  # fmt: skip

        def retry(delivery: str) -> str:
            with service(url) as other:
                return str(other.execute("select ops.retry_notice(%s)", [delivery]).fetchall()[0][0])

        def claim(_: str) -> list[str]:
            with service(url) as other:
                return [str(row[0]) for row in other.execute("select delivery_id from ops.claim_notices()").fetchall()]

        for _ in range(8):
            ids = [str(row[0]) for row in db.execute("select delivery_id from ops.notice_deliveries").fetchall()]
            with ThreadPoolExecutor(4) as pool:
                retried = [pool.submit(retry, delivery) for delivery in ids]
                claimed = [pool.submit(claim, "") for _ in range(2)]
                held = Counter(delivery for done in claimed for delivery in done.result())
            assert {done.result() for done in retried} <= {"waiting", "claimed"}
            assert set(held.values()) <= {1}
            for delivery in held:
                said = "select ops.record_notice_outcome(%s, (select attempt from ops.notice_deliveries"
                db.execute(f"{said} where delivery_id = %s), 'failed', null, 'timeout')", [delivery, delivery])
