"""The database against the model: random facts in random order, and after each both give the same answers.

`HYPOTHESIS_PROFILE=nightly` runs far more of it; `OPS_MODEL_DB_URL` names another database to use.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import dict_row

from harness.prove.model import (
    CHECK_STATUSES,
    DECISIONS,
    DEPLOYMENT_STATUSES,
    ENVIRONMENTS,
    GATES,
    PERSONAS,
    RANK,
    Approval,
    Check,
    Evidence,
    GateException,
    Place,
    Release,
    Report,
)

COMMON = settings(
    deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("gates-default", COMMON, max_examples=10, stateful_step_count=20)
settings.register_profile("gates-nightly", COMMON, max_examples=60, stateful_step_count=40)

SOURCE_REF = "4f1c2d9"
OTHER_REF = "0ddba11"
PEOPLE = ("ines", "quinn", "rita", "sam")  # the first one opens the release
CHECK_NAMES = ("build", "unit_tests", "lint")
HEALTH_NAMES = ("http", "queue")
FORWARD_REFS = ("d1", "d2", "d3")
ROLLBACK_REFS = ("r1", "r2")
ARTIFACTS = ("build_log", "test_result", "uat_summary", "rollback_plan", "release_notes", "health_check")
EXCEPTION_TYPES = ("gate_bypass", "evidence_waiver", "timing_override")
WAITING = {
    "G1": GATES[:3],
    "G2": GATES[1:3],
    "G3": GATES[2:3],
    "G4": GATES[3:],
}  # a gate, and who waits on it
USUAL = {"G1": "developer", "G2": "qa_tester", "G3": "release_manager", "G4": "sre"}
MICROSECOND = timedelta(microseconds=1)
CALM = timedelta(milliseconds=100)  # a step does not begin when an exception begins or ends within this time

checks = st.sampled_from(CHECK_STATUSES)
environments = st.sampled_from(ENVIRONMENTS)
gates = st.sampled_from(GATES)
# When something was seen: one of a few moments around the opening, so that ties are common, or just now.
ticks = st.sampled_from([None, None, 0, 1, 1, 3, 4])
artifact_types = st.lists(st.sampled_from(ARTIFACTS), max_size=2)
# In milliseconds from now; None for the opening plus an hour, so that several end at once.
starts = st.sampled_from([0, 0, 0, 40, 300, 3_600_000])
lengths = st.sampled_from([30, 300, 1200, None, None, None, 72 * 3_600_000])


@dataclass(frozen=True)
class Answers:
    """What the model said about one moment."""

    moment: datetime
    statuses: dict[str, str]
    findings: dict[str, Counter[tuple[str, str | None, bool, str]]]
    eligible: dict[str, bool]


class Gates(RuleBasedStateMachine):
    """One release, in the database and in the model."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        super().__init__()
        self.db = connection
        self.token = uuid.uuid4().hex[:12]
        self.numbers = itertools.count()
        self.steps = 0
        self.sent: list[dict[str, Any]] = []
        self.memory: list[Answers] = []
        self.written = False  # whether anything new was written since the last step that changes nothing
        self.agreed = False  # nothing more can be learnt from a release about which they differ
        self.void = False  # an exception began or ended within a step: whose side it was on nobody can say

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
        """A write that makes some gates be judged again, and those that wait on them; cleared when refused."""
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
        return self.now() if tick is None else self.opened_at + timedelta(minutes=2 * tick - 4)

    def become(self, person: str, persona: str) -> str:
        """Give a person the persona's role: everyone has one role at a time. Returns their subject."""
        subject = f"{person}-{self.token}"
        self.ask("select ops.grant_membership(%s, %s, %s)", subject, persona, f"{person}.{self.token}")
        return subject

    def send(self, kind: str, payload: dict[str, Any], emitted_at: datetime, gate: str | None = None) -> str | None:
        """Send a new event; None when it was accepted, else the code of the refusal."""
        envelope = {
            "schema_version": "v1.0",
            "idempotency_key": f"agent/{self.token}/{kind}/{next(self.numbers)}",
            "event_type": kind,
            "source_system": "agent",
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

    def deployment_ids(self) -> dict[Place, uuid.UUID]:
        query = """select environment::text, deployment_ref, deployment_id
          from ops.deployments where release_id = %s"""
        rows = self.ask(query, self.release_id)
        return {Place(r["environment"], r["deployment_ref"]): r["deployment_id"] for r in rows}

    # The release

    @initialize(destination=environments, done=st.integers(0, 6))
    def open_release(self, destination: str, done: int) -> None:
        self.ask("select set_config('role', 'service_role', false)")
        initiator = self.become(PEOPLE[0], "developer")
        self.model = Release(initiator=initiator, target=destination, source_ref=SOURCE_REF)
        query = "select ops.open_release('acme/shop', %s, %s, %s, '{}', %s) as id"
        self.release_id = self.ask(query, self.token, destination, SOURCE_REF, initiator)[0]["id"]
        rows = self.ask("select gate_code::text, gate_id from ops.release_gates where release_id = %s", self.release_id)
        self.gate_ids = {r["gate_code"]: r["gate_id"] for r in rows}
        assert set(self.gate_ids) == set(GATES)
        self.opened_at = self.now()
        self.judged_at = dict.fromkeys(GATES, self.opened_at)
        way: list[Callable[[], None]] = [
            lambda: self.build("build", "pass", {}, [], None, SOURCE_REF),
            lambda: self.sign_off("G2", "quinn", "qa_tester", "approved", ["test_result"], None, False),
            lambda: self.sign_off("G3", "rita", "release_manager", "approved", ["rollback_plan"], None, True),
            lambda: self.deploy("staging", "d1", "succeeded", None, None, False, 0),
            lambda: self.check_health("staging", "d1", "http", "pass", [], None, False),
            lambda: self.deploy("production", "d1", "succeeded", None, None, False, 0),
        ]
        for step in way[:done]:
            step()

    # Events

    @rule(
        name=st.sampled_from(CHECK_NAMES),
        statuses=st.lists(st.sampled_from(["pass", "pass", "fail"]), min_size=1, max_size=2),
        more=st.dictionaries(st.sampled_from(CHECK_NAMES), checks, max_size=2),
        types=artifact_types,
        tick=ticks,
        source_ref=st.sampled_from([SOURCE_REF, SOURCE_REF, None, OTHER_REF]),
    )
    def builds(
        self,
        name: str,
        statuses: list[str],
        more: dict[str, str],
        types: list[str],
        tick: int | None,
        source_ref: str | None,
    ) -> None:
        """Several at one moment, often: a tie. So too below."""
        for status in statuses:
            self.build(name, status, more, types, tick, source_ref)

    def build(
        self,
        name: str,
        status: str,
        more: dict[str, str],
        types: list[str],
        tick: int | None,
        source_ref: str | None,
    ) -> None:
        results = {**more, name: status}
        observed = self.seen(tick)
        others = [{"check_name": n, "status": s} for n, s in results.items() if n != name]
        payload = {"status": status, "check_name": name, "checks": others, "evidence": self.artifacts(types)}
        with self.writing("G1") as touched:
            refusal = self.send(
                "build_complete", payload | ({"source_ref": source_ref} if source_ref else {}), observed
            )
            now = self.now()
            if source_ref == OTHER_REF:
                assert refusal == "source_ref_mismatch"
                touched.clear()
                return
            assert refusal is None
            self.model.checks += [Check("G1", n, s, True, observed, now) for n, s in results.items()]
            self.model.evidence += [Evidence("G1", t, now) for t in types]

    @rule(
        on=st.sampled_from([("G1",), ("G2",), ("G3",), ("G4",), ("G2", "G3"), ("G3", "G2")]),
        persona=st.sampled_from([None, None, None, *PERSONAS]),
        people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2),
        decisions=st.lists(st.sampled_from([*DECISIONS, "approved", "approved"]), min_size=1, max_size=2),
        types=artifact_types,
        tick=ticks,
        oneself=st.booleans(),
    )
    def sign_offs(
        self,
        on: tuple[str, ...],
        persona: str | None,
        people: list[str],
        decisions: list[str],
        types: list[str],
        tick: int | None,
        oneself: bool,
    ) -> None:
        for gate, person, decision in itertools.product(on, people, decisions):
            self.sign_off(gate, person, persona, decision, types, tick, oneself)

    def sign_off(
        self,
        gate: str,
        person: str,
        persona: str | None,
        decision: str,
        types: list[str],
        tick: int | None,
        oneself: bool,
    ) -> None:
        persona = persona or USUAL[gate]
        subject = self.become(person, persona)
        observed = self.seen(tick)
        payload = {
            "decision": decision,
            "approver_id": f" {person}.{self.token.upper()}",  # the handle, as somebody typed it
            "persona_role": persona,
            "rationale_structured": {"looked_at": gate},
            "evidence": self.artifacts(types),
        }
        alone = oneself and gate in ("G2", "G3") and persona == USUAL[gate]
        with self.writing(gate):
            with self.caller(persona, subject) if alone else contextlib.nullcontext():
                assert self.send("gate_signoff", payload, observed, gate) is None
            now = self.now()
            self.model.approvals.append(Approval(gate, subject, persona, decision, observed, now))
            self.model.evidence += [Evidence(gate, t, now) for t in types]
        if alone:
            self.sent.pop()  # sent again it would be by another caller

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *FORWARD_REFS, *ROLLBACK_REFS]),
        reports=st.lists(
            st.tuples(st.sampled_from([*DEPLOYMENT_STATUSES, "succeeded", "failed"]), ticks), min_size=1, max_size=4
        ),
        deployed=st.one_of(st.none(), ticks),
        other=st.sampled_from([False, False, False, True]),
        undone=st.integers(0, 5),
    )
    def deploys(
        self,
        environment: str,
        ref: str,
        reports: list[tuple[str, int | None]],
        deployed: int | None,
        other: bool,
        undone: int,
    ) -> None:
        for status, tick in reports:
            self.deploy(environment, ref, status, tick, deployed, other, undone)

    def deploy(
        self,
        environment: str,
        ref: str,
        status: str,
        tick: int | None,
        deployed: int | None,
        other: bool,
        undone: int,
    ) -> None:
        """A deployment, or another report about one; `other`: of another commit, or not what it was."""
        place = Place(environment, ref)
        first = next((r for r in self.model.reports if r.place == place), None)
        there = sorted({r.place.ref for r in self.model.reports if r.place.environment == environment} - {ref})
        expected = None
        if first:
            source_ref, rollback_of = first.source_ref, first.rollback_of
            if other:
                expected = "invalid_transition"
                if undone % 2 and there:
                    rollback_of = next((r for r in there if r != rollback_of), None)
                if rollback_of == first.rollback_of:
                    source_ref = {SOURCE_REF: OTHER_REF, OTHER_REF: SOURCE_REF}[source_ref]
        else:
            source_ref, rollback_of = OTHER_REF if other else SOURCE_REF, None
            if ref in ROLLBACK_REFS:
                rollback_of = there[undone % len(there)] if there else "nowhere"
                expected = None if there else "unknown_deployment"
        observed = self.seen(tick)
        deployed_at = observed if deployed is None else self.seen(deployed)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "status": status,
            "source_ref": source_ref,
            "deployed_at": None if deployed is None else deployed_at.isoformat(),
            "rollback_of_ref": rollback_of,
        }
        with self.writing("G4") as touched:
            refusal = self.send("deployment_event", payload, observed)
            assert refusal == expected, (refusal, expected, payload)
            if refusal:
                touched.clear()
                return
            query = """select created_at from ops.deployments
              where release_id = %s and environment = %s and deployment_ref = %s"""
            now = self.now() if first else self.ask(query, self.release_id, environment, ref)[0]["created_at"]
            report = Report(place, status, source_ref, observed, now, deployed_at, rollback_of)
            self.model.reports.append(report)

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *ROLLBACK_REFS]),
        name=st.sampled_from(HEALTH_NAMES),
        statuses=st.lists(st.sampled_from([*CHECK_STATUSES, "pass", "pass"]), min_size=1, max_size=2),
        types=artifact_types,
        tick=ticks,
        by_sre=st.booleans(),
    )
    def check_healths(
        self,
        environment: str,
        ref: str,
        name: str,
        statuses: list[str],
        types: list[str],
        tick: int | None,
        by_sre: bool,
    ) -> None:
        for status in statuses:
            self.check_health(environment, ref, name, status, types, tick, by_sre)

    def check_health(
        self,
        environment: str,
        ref: str,
        name: str,
        status: str,
        types: list[str],
        tick: int | None,
        by_sre: bool,
    ) -> None:
        place = Place(environment, ref)
        known = any(r.place == place for r in self.model.reports)
        observed = self.seen(tick)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "check_name": name,
            "status": status,
            "artifact_ref": "https://monitoring.example/report",
            "evidence": self.artifacts(types),
        }
        subject = self.become("sam", "sre") if by_sre else ""
        with self.writing("G4") as touched:
            with self.caller("sre", subject) if by_sre else contextlib.nullcontext():
                refusal = self.send("health_check", payload, observed)
            assert refusal == (None if known else "unknown_deployment")
            if refusal:
                touched.clear()
                return
            now = self.now()
            self.model.checks.append(Check("G4", name, status, True, observed, now, place))
            self.model.evidence += [Evidence("G4", t, now, place) for t in ("health_check", *types)]
        if by_sre:
            self.sent.pop()

    @precondition(lambda self: self.sent and self.written)
    @rule(which=st.integers(0, 1000), tick=ticks)
    def repeat(self, which: int, tick: int | None) -> None:
        """The same event again, emitted at another time: no difference."""
        self.written = False
        envelope = self.sent[which % len(self.sent)] | {"emitted_at": self.seen(tick).isoformat()}
        assert self.ingest(envelope)["status"] == "duplicate"

    # Rows

    @rule(
        gate=gates,
        name=st.sampled_from([*CHECK_NAMES, *HEALTH_NAMES]),
        observations=st.lists(st.tuples(checks, st.booleans()), min_size=1, max_size=3),
        which=st.integers(0, 20),
    )
    def insert_checks(self, gate: str, name: str, observations: list[tuple[str, bool]], which: int) -> None:
        """By a machine, or by hand: the owner of the tables is nobody to be trusted."""
        deployments = self.deployment_ids()
        if gate == "G4" and not deployments:
            return
        place = sorted(deployments)[which % len(deployments)] if gate == "G4" else None
        for status, trusted in observations:
            with self.writing(gate):
                with contextlib.nullcontext() if trusted else self.caller("none"):
                    row = self.insert(
                        "gate_checks",
                        release_id=self.release_id,
                        gate_id=self.gate_ids[gate],
                        deployment_id=deployments[place] if place else None,
                        check_name=name,
                        source_system="agent" if trusted else "manual",
                        status=status,
                    )
                check = Check(gate, name, status, trusted, row["observed_at"], row["created_at"], place)
                self.model.checks.append(check)

    @rule(
        gate=st.one_of(st.none(), gates),
        person=st.sampled_from(PEOPLE),
        persona=st.sampled_from(PERSONAS),
        decision=st.sampled_from(DECISIONS),
    )
    def insert_approval(self, gate: str | None, person: str, persona: str, decision: str) -> None:
        subject = self.become(person, persona)
        with self.writing(*filter(None, [gate])):
            row = self.insert(
                "approvals",
                release_id=self.release_id,
                gate_id=self.gate_ids[gate] if gate else None,
                approver_id=subject,
                persona_role=persona,
                decision=decision,
                scope="gate" if gate else "release",
                rationale_structured=json.dumps({"looked_at": gate or "everything"}),
            )
            approval = Approval(gate, subject, persona, decision, row["observed_at"], row["created_at"])
            self.model.approvals.append(approval)

    @rule(gate=st.one_of(st.none(), gates), type_=st.sampled_from(ARTIFACTS), which=st.integers(0, 20))
    def insert_evidence(self, gate: str | None, type_: str, which: int) -> None:
        deployments = self.deployment_ids()
        choices = [None, *sorted(deployments)]
        place = choices[which % len(choices)]
        with self.writing(*filter(None, [gate])):
            row = self.insert(
                "evidence_artifacts",
                release_id=self.release_id,
                gate_id=self.gate_ids[gate] if gate else None,
                deployment_id=deployments[place] if place else None,
                artifact_type=type_,
                source_system="manual",
                artifact_url="https://wiki.example/page",
            )
            self.model.evidence.append(Evidence(gate, type_, row["created_at"], place))

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *ROLLBACK_REFS]),
        status=st.sampled_from(DEPLOYMENT_STATUSES),
        undone=st.integers(0, 5),
    )
    def insert_deployment(self, environment: str, ref: str, status: str, undone: int) -> None:
        place = Place(environment, ref)
        known = self.deployment_ids()
        there = [p for p in sorted(known) if p.environment == environment]
        if place in known or (ref in ROLLBACK_REFS and not there):
            return
        named = there[undone % len(there)] if ref in ROLLBACK_REFS else None
        with self.writing("G4"):
            row = self.insert(
                "deployments",
                release_id=self.release_id,
                environment=environment,
                deployment_ref=ref,
                source_ref=SOURCE_REF,
                status=status,
                rollback_of=known[named] if named else None,
            )
            times = row["status_observed_at"], row["created_at"], row["deployed_at"]
            self.model.reports.append(Report(place, status, SOURCE_REF, *times, named.ref if named else None))

    @precondition(lambda self: self.model.reports)
    @rule(which=st.integers(0, 20), status=st.sampled_from(DEPLOYMENT_STATUSES))
    def update_deployment(self, which: int, status: str) -> None:
        now = self.calm_down()
        deployments = self.model.deployments(now)
        place = sorted(deployments)[which % len(deployments)]
        deployment = deployments[place]
        if deployment.status == status:
            return
        query = "update ops.deployments set status = %s where deployment_id = %s returning status_observed_at"
        with self.writing("G4") as touched:
            backwards = RANK[status] < RANK[deployment.status]
            with pytest.raises(psycopg.Error) if backwards else contextlib.nullcontext():
                row = self.ask(query, status, self.deployment_ids()[place])[0]
            if backwards:
                touched.clear()
                return
            first = next(r for r in self.model.reports if r.place == place)
            report = replace(
                first,
                status=status,
                observed_at=row["status_observed_at"],
                recorded_at=self.now(),
                deployed_at=deployment.deployed_at,
            )
            self.model.reports.append(report)

    # Exceptions

    @rule(
        type_=st.sampled_from([*EXCEPTION_TYPES, "gate_bypass", "evidence_waiver"]),
        impacted=st.sets(gates, min_size=1, max_size=4),
        start=starts,
        length=lengths,
        count=st.integers(1, 2),
    )
    def allow_exceptions(self, type_: str, impacted: set[str], start: int, length: int | None, count: int) -> None:
        for _ in range(count):
            self.allow_exception(type_, impacted, start, length)

    def allow_exception(self, type_: str, impacted: set[str], start: int, length: int | None) -> None:
        approver = self.become("rita", "release_manager")
        self.calm_down()
        begins = self.now() + timedelta(milliseconds=start or 50)
        # Begun in another transaction, "now" would be the past: leave the start out.
        columns = {"effective_from": begins} if start else {}
        end = self.opened_at + timedelta(hours=2) if length is None else begins + timedelta(milliseconds=length)
        try:
            row = self.insert(
                "exceptions",
                release_id=self.release_id,
                exception_type=type_,
                impacted_gates="{" + ",".join(sorted(impacted)) + "}",
                reason="the customer waits",
                risk_statement="it may break",
                approver_id=approver,
                expires_at=end,
                **columns,
            )
        except psycopg.Error:
            assert self.now() > begins, "refused although it was in time"
            return
        self.model.exceptions.append(
            GateException(
                id=row["exception_id"],
                type=type_,
                gates=frozenset(impacted),
                recorded_at=row["created_at"],
                effective_from=row["effective_from"],
                expires_at=row["expires_at"],
            )
        )
        self.judged(sorted(impacted), row["created_at"])

    @precondition(lambda self: any(e.revoked_at is None for e in self.model.exceptions))
    @rule(which=st.integers(0, 20))
    def revoke_exception(self, which: int) -> None:
        standing = [e for e in self.model.exceptions if e.revoked_at is None]
        chosen = standing[which % len(standing)]
        with self.writing(*sorted(chosen.gates)):
            query = "update ops.exceptions set revoked_at = now() where exception_id = %s returning revoked_at"
            self.model.revoke(chosen.id, self.ask(query, chosen.id)[0]["revoked_at"])

    @precondition(lambda self: self.model.exceptions)
    @rule()
    def wait_for_exception(self) -> None:
        now = self.now()
        soon = [b for b in self.boundaries() if now <= b <= now + timedelta(seconds=2)]
        if soon:
            event("waited for an exception to begin or end")
            self.wait_past(soon[0])

    @precondition(lambda self: self.written)
    @rule(gate=gates)
    def evaluate(self, gate: str) -> None:
        self.written = False
        before = self.calm_down()
        status = self.ask("select ops.evaluate_gate(%s)::text as status", self.gate_ids[gate])[0]["status"]
        self.judged_at[gate] = self.now()
        if not self.crossed(before, self.judged_at[gate]):
            assert status == self.model.verdict(gate, before).status

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
            Place(r["environment"], r["deployment_ref"]): (
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
        """Ask about a moment by name, and as often as one likes."""
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
        """What was answered once is answered for ever, by the model as by the database."""
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


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection as `postgres` that commits every statement."""
    url = os.environ.get("OPS_MODEL_DB_URL") or request.getfixturevalue("stack").db_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened


def test_the_database_judges_as_the_model_does(connection: psycopg.Connection[dict[str, Any]]) -> None:
    profile = os.environ.get("HYPOTHESIS_PROFILE", "default")

    class Connected(Gates):
        def __init__(self) -> None:
            super().__init__(connection)

    run_state_machine_as_test(Connected, settings=settings.get_profile(f"gates-{profile}"))
