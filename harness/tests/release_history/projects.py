"""A drawn history has a second project next door: with a policy of its own, and releases of the same names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import rule

from harness.prove.model import Release
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_people import MANAGER, Membership
from harness.prove.model_terms import ENVIRONMENTS, GATES
from harness.tests.release_history.drawn import CHECK_NAMES
from harness.tests.release_history.opened import ONE_RELEASE, OpenedRelease
from harness.tests.release_history.remembered import as_of_now

ONE_PROJECT = (*ONE_RELEASE, "project", "policy", "retirements", "refused", "other")
# Rows of its own: what passes here does not pass there, and the other way round.
NEXT_DOOR: tuple[Requirement, ...] = (
    *(r for r in DEFAULTS if (r.gate, r.kind) not in (("G2", "evidence"), ("G3", "evidence"))),
    Requirement("G1", "check", "unit_tests"),
    Requirement("G3", "environment_healthy"),
    Requirement("G3", "objected_elsewhere"),
)
PLACES = ("here", "next door", "nowhere")
places = st.sampled_from(["here", "next door", "next door", "nowhere"])
scopes = st.sampled_from(["here", "next door", "everywhere"])


@dataclass(frozen=True)
class Kept:
    """A release on record, what the model knows of it, and when its gates were judged."""

    release_id: UUID
    gate_ids: dict[str, UUID]
    model: Release
    judged_at: dict[str, datetime]
    project: str


class Projects(OpenedRelease):
    """Keeps the release of another project, and compares all releases of both after each step."""

    neighbour: dict[str, Any] | None = None  # what is kept of the other project

    @contextlib.contextmanager
    def next_door(self) -> Iterator[None]:
        """Act on the release of the other project, which is opened if it is not there."""
        own = {name: vars(self)[name] for name in ONE_PROJECT}
        if self.neighbour is None:
            self.open_in_a_project(f"{self.token}-next", own["model"].target, NEXT_DOOR)
        else:
            vars(self).update(self.neighbour)
        try:
            yield
        finally:
            self.neighbour = {name: vars(self)[name] for name in ONE_PROJECT}
            vars(self).update(own)

    @property
    def project_next_door(self) -> str:
        """The other project."""
        if self.neighbour is None:
            with self.next_door():
                pass
        assert self.neighbour
        return str(self.neighbour["project"])

    def at(self, place: str) -> AbstractContextManager[None]:
        """Act here or next door; what is nowhere is asked for from here."""
        return self.next_door() if place == "next door" else contextlib.nullcontext()

    def scope(self, place: str) -> str | None:
        """The project of a membership: None for every project."""
        return {"here": self.project, "next door": self.project_next_door, "everywhere": None}[place]

    def employ(self, person: str, role: str, place: str) -> str:
        """Let somebody hold a role in this very scope. Returns their subject."""
        project, subject = self.scope(place), self.subject(person)
        if Membership(subject, role, project) not in self.people.standing:
            self.admit(person, role, project)
        return subject

    def open_anew(self, policy: tuple[Requirement, ...]) -> None:
        """Go on with a release of another project; those that are left are closed, so that they wait for nobody."""
        self.leave_behind(self.kept()[:2] if self.other else self.kept()[:1])
        super().open_anew(policy)

    def leave_behind(self, left: list[Kept]) -> None:
        """Close releases at which nobody looks any more."""
        for kept in left:
            if kept.model.closed_at is None:
                with self.caller(MANAGER, self.lead):
                    self.ask("select ops.close_release(%s, 'superseded')", kept.release_id)

    def teardown(self) -> None:
        """Look back, and leave nothing open behind."""
        super().teardown()
        if self.lead:
            self.leave_behind(self.kept())

    # All releases of both

    def kept(self) -> list[Kept]:
        """All releases on record, the one at hand first."""
        known = (vars(self), self.other, self.neighbour, (self.neighbour or {}).get("other"))
        return [
            Kept(own["release_id"], own["gate_ids"], own["model"], own["judged_at"], own["model"].project)
            for own in known
            if own
        ]

    def acquaint(self) -> None:
        """Tell each model of the releases next door, at which no rule looks."""
        found = [k.model for k in self.kept()]
        for model in found:
            model.neighbours = [other for other in found if other.project != model.project]

    def compare_others(self, moment: datetime) -> None:
        """What happened to a release moves no verdict of another project, and of its own as the model says."""
        self.acquaint()
        others = self.kept()[1:]
        if not others:
            return
        gates = self.ask(
            """select g.release_id, g.gate_code::text, g.status::text, g.exception_id,
              ops.gate_status_at(g.gate_id, %s)::text as replayed, r.status::text as release_status
            from ops.release_gates g join ops.releases r on r.release_id = g.release_id
            where g.release_id = any(%s)""",
            moment,
            [k.release_id for k in others],
        )
        ways = self.ask(
            """select r.release_id, t.target, ops.is_eligible_for_promotion(r.release_id, t.target) as live,
              ops.was_eligible_for_promotion(r.release_id, t.target, %s) as replayed
            from unnest(%s::uuid[]) as r (release_id), unnest(%s::text[]) as t (target)""",
            moment,
            [k.release_id for k in others],
            list(ENVIRONMENTS),
        )
        now = self.now()
        for kept in others:
            self._compare_other(kept, moment, now, gates, ways)

    @staticmethod
    def _compare_other(
        kept: Kept, moment: datetime, now: datetime, gates: list[dict[str, Any]], ways: list[dict[str, Any]]
    ) -> None:
        model = as_of_now(kept.model)
        turns = model.boundaries()
        retired = max((r.recorded_at for r in model.retirements), default=kept.judged_at["G4"])
        own = {g["gate_code"]: g for g in gates if g["release_id"] == kept.release_id}
        assert {c: g["replayed"] for c, g in own.items()} == {c: model.verdict(c, moment).status for c in GATES}, kept
        for code, gate in own.items():
            judged = max(kept.judged_at[code], retired) if code == "G4" else kept.judged_at[code]
            if not any(judged < turn <= now for turn in turns):
                verdict = model.verdict(code, judged)
                assert (gate["status"], gate["exception_id"]) == (verdict.status, verdict.exception_id), (code, kept)
            assert gate["release_status"] == model.status(moment), kept
        eligible = {t: model.is_eligible(t, moment) for t in ENVIRONMENTS}
        there = [w for w in ways if w["release_id"] == kept.release_id]
        assert {w["target"]: w["replayed"] for w in there} == eligible, kept
        if not any(moment < turn <= now for turn in turns):
            assert {w["target"]: w["live"] for w in there} == eligible, kept

    # What happens next door

    @rule(
        what=st.lists(
            st.sampled_from(
                ["fail", "pass", "rejected", "approved", "contested", "go", "deployed", "retired", "again"]
            ),
            min_size=1,
            max_size=3,
        )
    )
    def act_next_door(self, what: list[str]) -> None:
        """Something happens to a release of the other project: the same artifacts, targets and references as here."""
        steps: dict[str, Callable[[], None]] = {
            "fail": lambda: self.build("lint", "fail", {}, [], None, None, None, "app=a"),
            "pass": lambda: self.build(
                "build", "pass", dict.fromkeys(CHECK_NAMES, "pass"), [], None, None, None, "app=a"
            ),
            "rejected": lambda: self.sign_off("G3", "rm-1", None, "rejected", [], None, False),
            "approved": lambda: self.sign_off("G2", "qa-1", None, "approved", ["test_result=a"], None, False),
            "contested": lambda: self.contest_next_door(),
            "go": lambda: self.go(5),
            "deployed": lambda: self.deploy("staging", "d1", "succeeded", None, None, False, 0, "app=a"),
            "retired": lambda: self.retire_target(0),
            "again": lambda: self.act_elsewhere(["fail", "rejected"], self.model.source_ref),
        }
        with self.next_door():
            for each in what:
                steps[each]()

    def contest_next_door(self) -> None:
        """Refuse a failed build there."""
        refused = self.envelope("build_complete", {"status": "fail"}, self.now())
        assert self.send(refused | {"schema_version": "v9.9"}) == "unsupported_schema_version"

    @staticmethod
    def nobody() -> str:
        """The id of no release."""
        return str(uuid4())
