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
from harness.prove.model_facts import (
    CHECK_STATUSES,
    DECISIONS,
    DEFAULT_TARGET,
    DEPLOYMENT_STATUSES,
    PERSONAS,
    Artifacts,
    DeploymentKey,
    is_named_too_early,
)
from harness.tests.release_history.compared import ComparedRelease, Tick
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    FILES,
    FORWARD_REFS,
    HEALTH_NAMES,
    OTHER_REF,
    PEOPLE,
    ROLLBACK_REFS,
    SOURCE_REF,
    USUAL,
    SignedIn,
    artifact_types,
    built,
    checks,
    clocks,
    deployed_files,
    environments,
    named,
    sign_ins,
    targets,
    ticks,
    wrong_clocks,
)

NOT = {SOURCE_REF: OTHER_REF, OTHER_REF: SOURCE_REF}


class EventRules(ComparedRelease):
    """Sends events of every type."""

    def deploy_healthy(self, environment: str, ref: str, region: str = DEFAULT_TARGET) -> None:
        """Report that a deployment succeeded, if it is one of the release, and that it is healthy."""
        place = DeploymentKey(environment, ref, region)
        first = next((r for r in self.model.reports if r.place == place), None)
        if first is None or (first.source_ref, first.rollback_of) == (self.model.source_ref, None):
            self.deploy(environment, ref, "succeeded", None, None, False, 0, region=region)
        for name in HEALTH_NAMES:
            self.check_health(environment, ref, name, "pass", [], None, False, region)

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
        refusal = self.send(self.envelope("build_complete", payload, self.seen(tick)), clock)
        assert refusal == ("source_ref_mismatch" if source_ref not in (None, self.model.source_ref) else None)

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

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *FORWARD_REFS, *ROLLBACK_REFS]),
        reports=st.lists(
            st.tuples(st.sampled_from([*DEPLOYMENT_STATUSES, "succeeded", "failed"]), ticks), min_size=1, max_size=4
        ),
        deployed=named,
        other=st.sampled_from([False, False, False, True]),
        undone=st.integers(0, 5),
        files=deployed_files,
        region=targets,
    )
    def deploys(
        self,
        environment: str,
        ref: str,
        reports: list[tuple[str, int | None]],
        deployed: timedelta | None,
        other: bool,
        undone: int,
        files: str = "",
        region: str = DEFAULT_TARGET,
    ) -> None:
        for status, tick in reports:
            self.deploy(environment, ref, status, tick, deployed, other, undone, files, region)

    def deploy(
        self,
        environment: str,
        ref: str,
        status: str,
        tick: Tick,
        deployed: timedelta | None,
        other: bool,
        undone: int,
        files: str = "",
        region: str = DEFAULT_TARGET,
    ) -> None:
        """Report a new or known deployment. `other` gives another commit or rollback: refused for a known one.

        So are other artifacts; one that is known is mostly reported with its own.
        """
        place = DeploymentKey(environment, ref, region)
        first = next((r for r in self.model.reports if r.place == place), None)
        there = sorted({r.place.ref for r in self.model.reports if r.place.where == place.where} - {ref})
        rollbacks = {r.place.ref for r in self.model.reports if r.place.where == place.where and r.rollback_of}
        expected = None
        if first:
            source_ref, rollback_of = first.source_ref, first.rollback_of
            listed = self.files(files) if files and undone == 0 else self.listed(first.artifacts)
            if {(f["name"], f["sha256"]) for f in listed} != first.artifacts:
                expected = "invalid_transition"
            if other:
                expected = "invalid_transition"
                if undone % 2 and there:
                    rollback_of = next((r for r in there if r != rollback_of), None)
                if rollback_of == first.rollback_of:
                    source_ref = NOT[source_ref]
        else:
            listed = self.files(files)
            source_ref, rollback_of = NOT[self.model.source_ref] if other else self.model.source_ref, None
            if ref in ROLLBACK_REFS:
                rollback_of = there[undone % len(there)] if there else "nowhere"
                expected = None if there else "unknown_deployment"
                if rollback_of in rollbacks:
                    expected = "invalid_transition"
        observed = self.seen(tick)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "status": status,
            "source_ref": source_ref,
            "deployed_at": None if deployed is None else (observed + deployed).isoformat(),
            "deployed_by": [None, "ci-bot", "deployer-1"][undone % 3],
            "rollback_of_ref": rollback_of,
            **({"artifacts": listed} if listed else {}),
            **({} if region == DEFAULT_TARGET else {"target": region}),
        }
        if deployed is not None and is_named_too_early(observed, observed + deployed):
            expected = "invalid_payload"
        refusal = self.send(self.envelope("deployment_event", payload, observed))
        assert refusal == expected, (refusal, expected, payload)

    @staticmethod
    def listed(artifacts: Artifacts) -> list[dict[str, str]]:
        return [{"name": name, "sha256": sha256} for name, sha256 in sorted(artifacts)]

    @rule(
        environment=environments,
        named_by=st.permutations([None, None, timedelta(minutes=-7)]),
        order=st.permutations(range(3)),
        statuses=st.permutations(["pass", "fail", "warning"]),
        region=targets,
    )
    def two_deployments(
        self,
        environment: str,
        named_by: list[timedelta | None],
        order: list[int],
        statuses: list[str],
        region: str = DEFAULT_TARGET,
    ) -> None:
        """Report two new deployments in any order, one of them twice: it matters which is the newer."""
        first, second = (f"e{next(self.numbers)}" for _ in range(2))
        refs = first, second, second
        start = self.now() - timedelta(seconds=3)
        for index in order:
            seen = start + timedelta(seconds=index)
            self.deploy(environment, refs[index], "succeeded", seen, named_by[index], False, 0, region=region)
        for ref, status in zip((first, second), statuses, strict=False):
            self.check_health(environment, ref, "http", status, [], None, False, region)

    @rule(
        environment=environments,
        region=targets,
        before=st.lists(st.sampled_from(["healthy", "failed", "other"]), max_size=2),
        status=st.sampled_from(["pass", "pass", "fail", None]),
        to=st.sampled_from([SOURCE_REF, SOURCE_REF, OTHER_REF]),
        late=st.sampled_from([None, "pass", "pass", "fail", "succeeded"]),
        after=st.sampled_from([None, "in_progress", "healthy"]),
        newest=st.sampled_from([True, True, False]),
    )
    def roll_back(
        self,
        environment: str,
        region: str,
        before: list[str],
        status: str | None,
        to: str,
        after: str | None,
        newest: bool = True,
        late: str | None = None,
    ) -> None:
        """Deploy some times, roll the last deployment back or an older one, report late, and perhaps deploy again."""
        older: str | None = None
        for what in before:
            ref = f"e{next(self.numbers)}"
            if what == "healthy":
                self.deploy_healthy(environment, ref, region)
            else:
                ended = "failed" if what == "failed" else "succeeded"
                self.deploy(environment, ref, ended, None, None, what == "other", 0, region=region)
            older = ref
        undone, rollback = f"e{next(self.numbers)}", f"b{next(self.numbers)}"
        self.deploy(environment, undone, "succeeded", None, None, False, 0, region=region)
        if status:
            self.check_health(environment, undone, "http", status, [], None, False, region)
        self.agree()
        named = {"environment": environment, "target": region, "deployment_ref": rollback}
        named["rollback_of_ref"] = undone if newest else older or undone
        event = self.envelope("deployment_event", {**named, "status": "succeeded", "source_ref": to}, self.now())
        assert self.send(event) is None
        self.agree()
        if late == "succeeded":
            self.deploy(environment, undone, late, None, None, False, 0, region=region)
        elif late:
            self.check_health(environment, undone, "http", late, [], None, False, region)
        self.agree()
        if after == "healthy":
            self.deploy_healthy(environment, f"e{next(self.numbers)}", region)
        elif after:
            self.deploy(environment, f"e{next(self.numbers)}", after, None, None, False, 0, region=region)

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

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *ROLLBACK_REFS]),
        name=st.sampled_from(HEALTH_NAMES),
        statuses=st.lists(st.sampled_from([*CHECK_STATUSES, "pass", "pass"]), min_size=1, max_size=2),
        types=artifact_types,
        tick=ticks,
        by_sre=st.booleans(),
        region=targets,
    )
    def check_healths(
        self,
        environment: str,
        ref: str,
        name: str,
        statuses: list[str],
        types: list[str],
        tick: Tick,
        by_sre: bool,
        region: str = DEFAULT_TARGET,
    ) -> None:
        for status in statuses:
            self.check_health(environment, ref, name, status, types, tick, by_sre, region)

    def check_health(
        self,
        environment: str,
        ref: str,
        name: str,
        status: str,
        types: list[str],
        tick: Tick,
        by_sre: bool,
        region: str = DEFAULT_TARGET,
    ) -> None:
        known = any(r.place == DeploymentKey(environment, ref, region) for r in self.model.reports)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "check_name": name,
            "status": status,
            "artifact_ref": "https://monitoring.example/report",
            "evidence": self.artifacts(types),
            **({} if region == DEFAULT_TARGET else {"target": region}),
        }
        with self.sending(Sender("sre", self.become("sre-1", "sre")) if by_sre else Sender()):
            source = "monitoring" if by_sre else "agent"
            refusal = self.send(self.envelope("health_check", payload, self.seen(tick), source=source))
        assert refusal == (None if known else "unknown_deployment")

    @rule(which=st.integers(0, 1000), tick=ticks)
    def repeat(self, which: int, tick: Tick) -> None:
        """Send an event again with another time. The answer is `duplicate`."""
        if not (self.sent and self.written):
            return
        self.written = False
        again = {"emitted_at": self.seen(tick).isoformat(), "sent_at": None}
        answer = self.ingest(self.sent[which % len(self.sent)] | again)
        assert answer["status"] == "duplicate", answer
