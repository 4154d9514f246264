"""A release that is written to the database and to the model, and compared after each step."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from hypothesis import event
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from harness.prove.model import Release
from harness.prove.model_facts import ENVIRONMENTS, GATES, DeploymentKey

# The gates whose verdict can change when a fact about the gate is written: itself, and those that wait for it.
WAITING = {"G1": GATES[:3], "G2": GATES[1:3], "G3": GATES[2:3], "G4": GATES[3:]}
MICROSECOND = timedelta(microseconds=1)
CALM = timedelta(milliseconds=100)  # a step waits while an exception is to begin or end within this time


@dataclass(frozen=True)
class Answers:
    """What the model said about one moment."""

    moment: datetime
    statuses: dict[str, str]
    findings: dict[str, Counter[tuple[str, str | None, bool, str]]]
    eligible: dict[str, bool]


class ComparedRelease(RuleBasedStateMachine):
    """One release, in the database and in the model. After each step both must give the same answers."""

    # Set when the release is opened.
    model: Release
    release_id: uuid.UUID
    gate_ids: dict[str, uuid.UUID]
    opened_at: datetime
    judged_at: dict[str, datetime]  # per gate, when the database last stored a verdict

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        super().__init__()
        self.db = connection
        self.token = uuid.uuid4().hex[:12]
        self.numbers = itertools.count()
        self.steps = 0
        self.sent: list[dict[str, Any]] = []
        self.memory: list[Answers] = []
        self.written = False  # whether anything new was written since the last step that changes nothing
        self.agreed = False  # whether the last comparison found no difference
        self.void = False  # an exception began or ended during a step, so that two answers are right

    # What every step uses

    def ask(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.db.execute(query, parameters).fetchall()

    def now(self) -> datetime:
        moment = self.ask("select clock_timestamp() as now")[0]["now"]
        assert isinstance(moment, datetime)
        return moment

    @contextlib.contextmanager
    def caller(self, role: str, subject: str = "") -> Iterator[None]:
        claims = json.dumps({"sub": subject, "role": role}) if subject else ""
        self.ask("select set_config('role', %s, false), set_config('request.jwt.claims', %s, false)", role, claims)
        try:
            yield
        finally:
            self.ask(
                """select set_config('role', 'service_role', false),
                  set_config('request.jwt.claims', '', false)"""
            )

    def boundaries(self) -> list[datetime]:
        return sorted(b for e in self.model.exceptions for b in e.boundaries)

    def crossed(self, after: datetime, until: datetime) -> bool:
        return any(after < b <= until for b in self.boundaries())

    def wait_past(self, moment: datetime) -> None:
        for _ in range(1000):
            left = (moment - self.now()).total_seconds()
            if left < 0:
                return
            time.sleep(min(left + 0.002, 0.1))
        raise AssertionError(f"waited too long for {moment}")

    def calm_down(self) -> datetime:
        """Wait until no exception is about to begin or end."""
        while True:
            now = self.now()
            near = [b for b in self.boundaries() if now - CALM / 10 <= b <= now + CALM]
            if not near:
                return now
            self.wait_past(near[-1] + CALM / 10)

    @contextlib.contextmanager
    def writing(self, *gates: str) -> Iterator[list[str]]:
        """Note that these gates, and those that wait for them, are judged again. A refused write clears the list."""
        before = self.calm_down()
        touched = list(gates)
        yield touched
        self.judged(touched, before)

    def judged(self, touched: Iterable[str], since: datetime) -> None:
        now = self.now()
        self.written = True
        self.void = self.void or self.crossed(since, now)
        for gate in touched:
            for waiting in WAITING[gate]:
                self.judged_at[waiting] = now

    def seen(self, tick: int | None) -> datetime:
        return self.now() if tick is None else self.opened_at + timedelta(minutes=2 * tick - 10)

    def become(self, person: str, persona: str) -> str:
        """Give a person the persona's role: everyone has one role at a time. Returns their subject."""
        subject = f"{person}-{self.token}"
        self.ask("select ops.grant_membership(%s, %s, %s)", subject, persona, f"{person}.{self.token}")
        return subject

    def send(self, kind: str, payload: dict[str, Any], emitted_at: datetime, gate: str | None = None) -> str | None:
        """Send a new event; None when it was accepted, else the code of the refusal."""
        source = "monitoring" if kind == "health_check" else "agent"  # an SRE may send these too
        envelope = {
            "schema_version": "v1.0",
            "idempotency_key": f"{source}/{self.token}/{kind}/{next(self.numbers)}",
            "event_type": kind,
            "source_system": source,
            "release_id": str(self.release_id),
            "payload": payload,
            "emitted_at": emitted_at.isoformat(),
            **({"gate_code": gate} if gate else {}),
        }
        answer = self.ingest(envelope)
        if answer["status"] == "accepted":
            self.sent.append(envelope)
            return None
        assert answer["status"] == "rejected", answer
        return str(answer["error"])

    def ingest(self, envelope: dict[str, Any]) -> dict[str, Any]:
        answer = self.ask("select ops.ingest_event(%s) as answer", json.dumps(envelope))[0]["answer"]
        assert isinstance(answer, dict)
        return answer

    @staticmethod
    def artifacts(types: list[str]) -> list[dict[str, str]]:
        return [{"artifact_type": t, "artifact_url": f"https://ci.example/{t}"} for t in types]

    def insert(self, table: str, **columns: Any) -> dict[str, Any]:
        names = ", ".join(columns)
        places = ", ".join("%s" for _ in columns)
        query = f"insert into ops.{table} ({names}) values ({places}) returning *"
        return self.ask(query, *columns.values())[0]

    def deployment_ids(self) -> dict[DeploymentKey, uuid.UUID]:
        query = """select environment::text, deployment_ref, deployment_id
          from ops.deployments where release_id = %s"""
        rows = self.ask(query, self.release_id)
        return {DeploymentKey(r["environment"], r["deployment_ref"]): r["deployment_id"] for r in rows}

    # Both must say the same

    @invariant()
    def agree(self) -> None:
        if self.void:
            event("void: an exception began or ended within a step")
            return
        self.agreed = False
        self.steps += 1
        moment = self.now()
        expected = self.answers(moment)
        rows = self.ask(
            """
            select g.gate_code::text, g.status::text, g.exception_id, g.resolved_at,
              (select json_agg(f) from ops.gate_findings(g.gate_id) as f) as findings
            from ops.release_gates as g where g.release_id = %s
            """,
            self.release_id,
        )
        targets = self.ask(
            """
            select t.target, ops.is_eligible_for_promotion(%(release)s, t.target) as eligible,
              (select count(*) from ops.promotion_blockers(%(release)s, t.target)) as blockers
            from unnest(%(targets)s::text[]) as t(target)
            """.replace("%(release)s", "%s").replace("%(targets)s", "%s"),
            self.release_id,
            self.release_id,
            list(ENVIRONMENTS),
        )
        self.compare_deployments(moment)
        now = self.now()
        if not self.crossed(moment, now):
            live = {r["gate_code"]: self.found(r["findings"]) for r in rows}
            assert live == expected.findings, "live findings"
            eligible = {r["target"]: r["eligible"] for r in targets}
            assert eligible == expected.eligible, "live eligibility"
            assert {r["target"]: r["blockers"] == 0 for r in targets} == eligible, "no blockers exactly when eligible"
        for row in rows:
            gate = row["gate_code"]
            if not self.crossed(self.judged_at[gate], now):
                verdict = self.model.verdict(gate, self.judged_at[gate])
                assert (row["status"], row["exception_id"]) == (verdict.status, verdict.exception_id), f"stored {gate}"
            terminal = row["status"] in ("passed", "failed", "bypassed")
            assert (row["resolved_at"] is not None) == terminal, f"resolved_at of {gate}"
        self.replay(expected)
        self.memory.append(expected)
        if self.steps % 5 == 0:
            self.look_back(self.memory[self.steps % 3 :: 3])
        for status in expected.statuses.items():
            event("{} {}".format(*status))
        event(f"release {self.model.status(moment)}")
        self.agreed = True

    def compare_deployments(self, moment: datetime) -> None:
        rows = self.ask("select * from ops.deployments where release_id = %s", self.release_id)
        stored = {
            DeploymentKey(r["environment"], r["deployment_ref"]): (
                r["status"], r["status_observed_at"], r["deployed_at"], r["g4_status"], r["was_eligible"],
                r["g4_resolved_at"] is not None, r["rollback_of"] is not None,
            )
            for r in rows
        }  # fmt: skip
        expected = {
            place: (
                d.status, d.status_observed_at, d.deployed_at, self.model.health(d, moment),
                self.model.was_eligible(d), self.model.health(d, moment) != "pending", d.is_rollback,
            )
            for place, d in self.model.deployments(moment).items()
        }  # fmt: skip
        assert stored == expected, "deployments"
        status = self.ask("select status::text from ops.releases where release_id = %s", self.release_id)[0]["status"]
        assert status == self.model.status(moment), "release status"

    def answers(self, moment: datetime) -> Answers:
        return Answers(
            moment=moment,
            statuses={g: self.model.verdict(g, moment).status for g in GATES},
            findings={
                g: Counter((f.kind, f.subject, f.blocking, f.state) for f in self.model.findings(g, moment))
                for g in GATES
            },
            eligible={t: self.model.is_eligible(t, moment) for t in ENVIRONMENTS},
        )

    @staticmethod
    def found(findings: list[dict[str, Any]]) -> Counter[tuple[str, str | None, bool, str]]:
        for f in findings:
            assert f["state"] == "satisfied" or (f["detail"] and f["remedy"] and f["who"]), f
        return Counter((f["kind"], f["subject"], f["enforcement"] == "blocking", f["state"]) for f in findings)

    def replay(self, expected: Answers) -> None:
        """Ask the database about a past moment, and compare with the model's answers."""
        moment = expected.moment
        rows = self.ask(
            """
            select g.gate_code::text, ops.gate_status_at(g.gate_id, %s)::text as status,
              (select json_agg(f) from ops.gate_findings(g.gate_id, %s) as f) as findings
            from ops.release_gates as g where g.release_id = %s
            """,
            moment,
            moment,
            self.release_id,
        )
        assert {r["gate_code"]: r["status"] for r in rows} == expected.statuses, f"gate_status_at {moment}"
        assert {r["gate_code"]: self.found(r["findings"]) for r in rows} == expected.findings, f"findings at {moment}"
        query = """select t.target, ops.was_eligible_for_promotion(%s, t.target, %s) as eligible
          from unnest(%s::text[]) as t(target)"""
        eligible = {r["target"]: r["eligible"] for r in self.ask(query, self.release_id, moment, list(ENVIRONMENTS))}
        assert eligible == expected.eligible, f"eligibility at {moment}"

    def look_back(self, memory: list[Answers]) -> None:
        """Ask about past moments again: the answers of model and database must not have changed."""
        for remembered in memory:
            assert self.answers(remembered.moment) == remembered
            self.replay(remembered)
        now = self.now()
        for exception in self.model.exceptions:
            for moment in filter(None, (*exception.boundaries, exception.revoked_at)):
                for exact in (moment - MICROSECOND, moment):
                    if exact < now:
                        self.replay(self.answers(exact))

    def teardown(self) -> None:
        if not self.void and self.agreed:
            self.look_back(self.memory[::4])
