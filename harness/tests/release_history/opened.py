"""How a drawn history begins: a release is opened under a policy, and goes some way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from harness.prove.model import Release
from harness.prove.model_facts import DEFAULTS, GATES, Requirement
from harness.tests.release_history.drawn import CHECK_NAMES, PEOPLE, SOURCE_REF, early_refusals, environments, policies
from harness.tests.release_history.refused_rules import RefusedRules


def needed(requirement: Requirement) -> dict[str, Any]:
    """A requirement as `ops.set_gate_policy` takes it."""
    return {
        "kind": requirement.kind,
        "subject": requirement.subject,
        "min_count": requirement.min_count,
        "enforcement": "blocking" if requirement.blocking else "advisory",
        "separation_of_duties": requirement.separation_of_duties,
        **({} if requirement.valid_for is None else {"valid_for": requirement.valid_for}),
    }


class OpenedRelease(RefusedRules):
    """Opens the release."""

    @initialize(destination=environments, done=st.integers(0, 6), policy=policies, early=early_refusals)
    def open_release(
        self,
        destination: str,
        done: int,
        policy: tuple[Requirement, ...] | None = None,
        early: tuple[str, str] | None = None,
    ) -> None:
        """Open a release; perhaps refuse something at once; then take some steps of its way."""
        self.ask("select set_config('role', 'service_role', false)")
        initiator = self.become(PEOPLE[0], "developer")
        self.model = Release(initiator, destination, SOURCE_REF, policy or DEFAULTS, members=self.members)
        project = f"acme/{self.token}" if policy else "acme/shop"
        for gate in GATES if policy else ():
            needs = json.dumps([needed(r) for r in policy or () if r.gate == gate])
            self.ask("select from ops.set_gate_policy(%s, %s, %s)", gate, needs, project)
        query = "select ops.open_release(%s, %s, %s, %s, '{}', %s) as id"
        self.release_id = self.ask(query, project, self.token, destination, SOURCE_REF, initiator)[0]["id"]
        rows = self.ask("select gate_code::text, gate_id from ops.release_gates where release_id = %s", self.release_id)
        self.gate_ids = {r["gate_code"]: r["gate_id"] for r in rows}
        assert set(self.gate_ids) == set(GATES)
        self.opened_at = self.recorded_at = self.now()
        self.judged_at = dict.fromkeys(GATES, self.opened_at)
        self.refused = []
        if early:
            self.refuse_once(*early, 0, None, None)
            self.agree()
        self.go(done)
        if policy and any(r.valid_for == 1 for r in policy):
            self.approve_both("rm-1")

    @rule(done=st.integers(3, 6))
    def go(self, done: int) -> None:
        """Take some steps of the way of a release that meets everything."""
        way: list[Callable[[], None]] = [
            lambda: self.build("build", "pass", dict.fromkeys(CHECK_NAMES, "pass"), [], None, SOURCE_REF),
            lambda: self.sign_off("G2", "qa-1", "qa_tester", "approved", ["test_result"], None, False),
            lambda: self.sign_off("G3", "rm-1", "release_manager", "approved", ["rollback_plan"], None, True),
            lambda: self.deploy_healthy("staging", "d1"),
            lambda: self.deploy_healthy("production", "d1"),
        ]
        for step in way[:done]:
            step()

    @rule(person=st.sampled_from(["qa-1", "rm-1"]))
    def approve_both(self, person: str) -> None:
        """One person approves G2 and G3. The first approval may end; it bars from the second nevertheless."""
        self.sign_off("G2", person, "qa_tester", "approved", ["test_result"], None, False)
        self.sign_off("G3", person, "release_manager", "approved", ["rollback_plan"], None, False)
