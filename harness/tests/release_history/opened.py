"""How a drawn history begins: a release is opened under a policy, and goes some way."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from harness.prove.model import Release
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_terms import GATES
from harness.stack.members import SET_POLICY
from harness.stack.projects import REGISTER
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    OTHER_REF,
    PEOPLE,
    SOURCE_REF,
)
from harness.tests.release_history.ways_rules import WaysRules

# As much evidence as any drawn policy asks for on G2.
TWO_HASHED = ["test_result=a", "uat_summary@2=b"]
NAME = "a release"  # in each project
# What is kept of each release of the project.
ONE_RELEASE = (
    "model",
    "release_id",
    "gate_ids",
    "opened_at",
    "recorded_at",
    "recorded",
    "judged_at",
    "sent",
    "accepted",
)


def needed(requirement: Requirement) -> dict[str, Any]:
    """A requirement as `ops.set_gate_policy` takes it."""
    return {
        "kind": requirement.kind,
        "subject": requirement.subject,
        "min_count": requirement.min_count,
        "enforcement": "blocking" if requirement.blocking else "advisory",
        "not_initiator": requirement.not_initiator,
        "one_gate": requirement.one_gate,
        "require_hash": requirement.require_hash,
        **({} if requirement.valid_for is None else {"valid_for": requirement.valid_for}),
        "own_token": requirement.asked.own_token,
        "aal2": requirement.asked.aal2,
        "accept_sso": requirement.asked.accept_sso,
        "approvers": None if requirement.asked.approvers is None else sorted(requirement.asked.approvers),
    }


class OpenedRelease(WaysRules):
    """Opens the release, and another one of its project."""

    policy: tuple[Requirement, ...]
    other: dict[str, Any] | None = None  # what is kept of the other release

    def open_release(
        self,
        destination: str,
        done: int,
        policy: tuple[Requirement, ...] | None = None,
        early: tuple[str, str] | None = None,
    ) -> None:
        """Open a release; perhaps refuse something at once; then take some steps of its way."""
        self.ask("select set_config('role', 'service_role', false)")
        self.open_in_a_project(self.token, destination, policy or DEFAULTS)
        if early:
            self.refuse_once(*early, 0, None, None)
            self.agree()
        self.go(done)
        if policy and any(r.valid_for == 1 for r in policy):
            self.approve_both("rm-1")

    def open_in_a_project(self, name: str, destination: str, policy: tuple[Requirement, ...]) -> None:
        """Open the release of a new project under a policy."""
        self.project = f"acme/{name}"
        self.retirements, self.refused, self.other = [], [], None
        self.ask(REGISTER, self.project)
        self.people.projects.add(self.project)
        self.policy = tuple(self.with_subjects(r) for r in policy)  # whom it names are members of the project
        for gate in GATES if policy != DEFAULTS else ():
            needs = json.dumps([needed(r) for r in self.policy if r.gate == gate])
            self.ask(SET_POLICY, gate, needs, self.project)
        self.open_one(NAME, destination, SOURCE_REF)

    def with_subjects(self, requirement: Requirement) -> Requirement:
        """A requirement with the subjects of the people whom it names; they become members."""
        if requirement.asked.approvers is None:
            return requirement
        named = frozenset(self.become(person, "release_manager") for person in sorted(requirement.asked.approvers))
        return replace(requirement, asked=replace(requirement.asked, approvers=named))

    def open_anew(self, policy: tuple[Requirement, ...]) -> None:
        """Go on with another release, of a project of its own."""
        self.open_in_a_project(f"{self.token}-{next(self.numbers)}", self.model.target, policy)
        self.memory, self.replayed, self.void, self.written = [], set(), False, False
        if self.watch:
            self.watch.begin()

    def open_one(self, name: str, destination: str, source_ref: str) -> None:
        """Open a release of the project, in the database and in the model."""
        initiator = self.become(PEOPLE[0], "developer")
        self.model = Release(
            initiator,
            destination,
            source_ref,
            self.policy,
            members=self.members,
            retirements=self.retirements,
            project=self.project,
            people=self.people,
        )
        query = "select ops.open_release(%s, %s, %s, %s, '{}', %s) as id"
        self.release_id = self.ask(query, self.project, name, destination, source_ref, initiator)[0]["id"]
        rows = self.ask("select gate_code::text, gate_id from ops.release_gates where release_id = %s", self.release_id)
        self.gate_ids = {r["gate_code"]: r["gate_id"] for r in rows}
        assert set(self.gate_ids) == set(GATES)
        self.opened_at = self.recorded_at = self.now()
        self.recorded = 0
        self.judged_at = dict.fromkeys(GATES, self.opened_at)
        self.sent, self.accepted = [], []

    @contextlib.contextmanager
    def elsewhere(self, source_ref: str = SOURCE_REF) -> Iterator[None]:
        """Act on another release of the project, which is opened if there is none. Nothing is compared meanwhile."""
        own = {name: vars(self)[name] for name in ONE_RELEASE}
        if self.other is None:
            self.open_one(f"{NAME} again", own["model"].target, source_ref)
            self.model.others, own["model"].others = [own["model"]], [self.model]
        else:
            vars(self).update(self.other)
        try:
            yield
        finally:
            self.other = {name: vars(self)[name] for name in ONE_RELEASE}
            vars(self).update(own)

    @rule(
        what=st.lists(
            st.sampled_from(["fail", "pass", "rejected", "approved", "contested", "go"]), min_size=1, max_size=2
        ),
        source_ref=st.sampled_from([SOURCE_REF, SOURCE_REF, OTHER_REF]),
    )
    def act_elsewhere(self, what: list[str], source_ref: str) -> None:
        """Something happens to another release of the project."""
        with self.elsewhere(source_ref):
            for each in what:
                if each == "go":
                    self.go(6)
                elif each == "contested":
                    refused = self.envelope("build_complete", {"status": "fail"}, self.now())
                    assert self.send(refused | {"schema_version": "v9.9"}) == "unsupported_schema_version"
                elif each in ("pass", "fail"):
                    self.build("build", each, {}, [], None, None)
                else:
                    self.sign_off("G3", "rm-1", None, each, [], None, False)

    @rule(done=st.integers(3, 6))
    def go(self, done: int) -> None:
        """Take some steps of the way of a release that meets everything."""
        way: list[Callable[[], None]] = [
            lambda: self.build("build", "pass", dict.fromkeys(CHECK_NAMES, "pass"), [], None, None),
            lambda: self.sign_off("G2", "qa-1", "qa_tester", "approved", TWO_HASHED, None, False),
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
