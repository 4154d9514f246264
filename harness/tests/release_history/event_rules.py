"""The steps of a drawn history that send events through `ops.ingest_event`."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
)

from harness.prove.model_events import Sender
from harness.prove.model_terms import DECISIONS, PERSONAS
from harness.tests.release_history.deployment_rules import DeploymentRules
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    FILES,
    OTHER_REF,
    PEOPLE,
    SOURCE_REF,
    USUAL,
    SignedIn,
    artifact_types,
    built,
    checks,
    clocks,
    sign_ins,
    ticks,
    wrong_clocks,
)
from harness.tests.release_history.written import Tick

NOT = {SOURCE_REF: OTHER_REF, OTHER_REF: SOURCE_REF}


class EventRules(DeploymentRules):
    """Sends events of every type."""

    @rule(
        name=st.sampled_from(CHECK_NAMES),
        statuses=st.lists(st.sampled_from(["pass", "pass", "fail"]), min_size=1, max_size=2),
        more=st.dictionaries(st.sampled_from(CHECK_NAMES), checks, max_size=2),
        types=artifact_types,
        tick=ticks,
        source_ref=st.sampled_from([SOURCE_REF, SOURCE_REF, None, OTHER_REF]),
        clock=clocks,
        files=built,
    )
    def builds(
        self,
        name: str,
        statuses: list[str],
        more: dict[str, str],
        types: list[str],
        tick: Tick,
        source_ref: str | None,
        clock: timedelta | None,
        files: str = "",
    ) -> None:
        """Send several builds, often at one moment, so that ties occur."""
        for status in statuses:
            self.build(name, status, more, types, tick, source_ref, clock, files)

    def build(
        self,
        name: str,
        status: str,
        more: dict[str, str],
        types: list[str],
        tick: Tick,
        source_ref: str | None,
        clock: timedelta | None = None,
        files: str = "",
    ) -> None:
        others = [{"check_name": n, "status": s} for n, s in more.items() if n != name]
        payload = {"status": status, "check_name": name, "checks": others, "evidence": self.artifacts(types)}
        payload |= {"source_ref": source_ref} if source_ref else {}
        payload |= {"artifacts": self.files(files)} if files else {}
        envelope = self.envelope("build_complete", payload, self.seen(tick))
        other = source_ref not in (None, self.model.source_ref) and not self.goes_on(envelope)
        assert self.send(envelope, clock) == ("source_ref_mismatch" if other else None)

    @rule(
        on=st.sampled_from([("G1",), ("G2",), ("G3",), ("G4",), ("G2", "G3"), ("G3", "G2")]),
        persona=st.sampled_from([None, None, None, *PERSONAS]),
        people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2),
        decisions=st.lists(st.sampled_from([*DECISIONS, "approved", "approved"]), min_size=1, max_size=2),
        types=artifact_types,
        tick=ticks,
        oneself=st.booleans(),
        signed_in=sign_ins,
    )
    def sign_offs(
        self,
        on: tuple[str, ...],
        persona: str | None,
        people: list[str],
        decisions: list[str],
        types: list[str],
        tick: Tick,
        oneself: bool,
        signed_in: SignedIn | None,
    ) -> None:
        for gate, person, decision in itertools.product(on, people, decisions):
            self.sign_off(gate, person, persona, decision, types, tick, oneself, signed_in)

    def sign_off(
        self,
        gate: str,
        person: str,
        persona: str | None,
        decision: str,
        types: list[str],
        tick: Tick,
        oneself: bool,
        signed_in: SignedIn | None = None,
    ) -> None:
        persona = persona or USUAL[gate]
        subject = self.become(person, persona)
        alone = oneself and gate in ("G2", "G3") and persona == USUAL[gate]
        payload = self.decision(gate, person, persona, decision) | {"evidence": self.artifacts(types)}
        claims = self.claims(signed_in) if signed_in else {}
        with self.sending(Sender(persona, subject, claims) if alone else Sender()):
            source = "manual" if alone else "agent"
            assert self.send(self.envelope("gate_signoff", payload, self.seen(tick), gate, source)) is None

    def decision(self, gate: str, person: str, persona: str, decision: str) -> dict[str, Any]:
        return {
            "decision": decision,
            "approver_id": f" {person}.{self.token.upper()}",  # the handle, as somebody typed it
            "persona_role": persona,
            "rationale_structured": {"looked_at": gate},
        }

    @rule(
        files=st.lists(st.sampled_from(FILES), min_size=2, max_size=3),
        gates_=st.sampled_from([("G2",), ("G3",), ("G2", "G3")]),
    )
    def rebuild(self, files: list[str], gates_: tuple[str, ...]) -> None:
        """Build something, approve it, and build something else, and perhaps the first again."""
        self.build("build", "pass", {}, [], None, None, None, files[0])
        for gate in gates_:
            person, type_ = {"G2": ("qa-1", "test_result=a"), "G3": ("rm-1", "rollback_plan")}[gate]
            self.sign_off(gate, person, None, "approved", [type_, "uat_summary@2=b"], None, False)
        for other in files[1:]:
            self.agree()
            self.build("build", "pass", {}, [], None, None, None, other)

    @rule(
        gate=st.sampled_from(["G2", "G3"]),
        decision=st.sampled_from(DECISIONS),
        between=st.sampled_from([None, "check", "files"]),
    )
    def decide_on_what_was_seen(self, gate: str, decision: str, between: str | None) -> None:
        """A person looks at the release and decides; perhaps a build lands in between."""
        person = {"G2": "qa-1", "G3": "rm-1"}[gate]
        self.become(person, USUAL[gate])
        seen = self.ask("select ops.release_overview(%s) ->> 'seen' as seen", self.release_id)[0]["seen"]
        if between:
            self.build("lint", "pass", {}, [], None, None, None, "lint=a" if between == "files" else "")
        payload = self.decision(gate, person, USUAL[gate], decision) | {"seen": seen}
        refusal = self.send(self.envelope("gate_signoff", payload, self.now(), gate))
        landed = between and self.model.closed_at is None
        assert refusal == ("changed_since_seen" if landed else None)

    @rule(status=st.sampled_from(["pass", "fail", "fail"]), tick=ticks, clock=wrong_clocks)
    def skewed_build(self, status: str, tick: Tick, clock: timedelta) -> None:
        """Report a build by a wrong clock, after one that passed."""
        self.build("build", "pass", {}, [], 1, None)
        self.build("build", status, {}, [], tick, None, clock)

    @rule(
        gate=st.sampled_from(["G2", "G3"]),
        approved=ticks,
        objected=st.integers(0, 4),
        decision=st.sampled_from(DECISIONS[1:]),
        again=st.booleans(),
    )
    def changes_mind(self, gate: str, approved: Tick, objected: Tick, decision: str, again: bool) -> None:
        """A person approves and then objects, as seen before; perhaps the approval comes once more, late."""
        person = {"G2": "qa-1", "G3": "rm-1"}[gate]
        types = ["test_result", "rollback_plan"]
        self.sign_off(gate, person, None, "approved", types, approved, False)
        self.sign_off(gate, person, None, decision, [], objected, False)
        if again:
            self.sign_off(gate, person, None, "approved", [], approved, False)

    @rule(which=st.integers(0, 1000), tick=ticks)
    def repeat(self, which: int, tick: Tick) -> None:
        """Send an event again with another time. The answer is `duplicate`."""
        if not (self.sent and self.written):
            return
        self.written = False
        again = {"emitted_at": self.seen(tick).isoformat(), "sent_at": None}
        answer = self.ingest(self.sent[which % len(self.sent)] | again)
        assert answer["status"] == "duplicate", answer
