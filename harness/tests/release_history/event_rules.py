"""The steps of a drawn history that send events through `ops.ingest_event`."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from harness.prove.model import Release
from harness.prove.model_facts import (
    CHECK_STATUSES,
    DECISIONS,
    DEPLOYMENT_STATUSES,
    GATES,
    PERSONAS,
    Approval,
    Check,
    DeploymentKey,
    Evidence,
    Report,
)
from harness.tests.release_history.compared import ComparedRelease
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    FORWARD_REFS,
    HEALTH_NAMES,
    OTHER_REF,
    PEOPLE,
    ROLLBACK_REFS,
    SOURCE_REF,
    USUAL,
    artifact_types,
    checks,
    environments,
    ticks,
)


class EventRules(ComparedRelease):
    """Opens the release, and sends it events of every type."""

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
            lambda: self.sign_off("G2", "qa-1", "qa_tester", "approved", ["test_result"], None, False),
            lambda: self.sign_off("G3", "rm-1", "release_manager", "approved", ["rollback_plan"], None, True),
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
        """Send several builds, often at one moment, so that ties occur."""
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
            self.sent.pop()  # not repeated: the repetition would come from another caller

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
        """Report a new or known deployment. `other` gives another commit or rollback: refused for a known one."""
        place = DeploymentKey(environment, ref)
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
        place = DeploymentKey(environment, ref)
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
        subject = self.become("sre-1", "sre") if by_sre else ""
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
        """Send an event again with another time. The answer is `duplicate`."""
        self.written = False
        envelope = self.sent[which % len(self.sent)] | {"emitted_at": self.seen(tick).isoformat()}
        assert self.ingest(envelope)["status"] == "duplicate"
