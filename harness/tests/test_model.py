"""The model by itself: one short story per rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from harness.prove.model import (
    DEFAULTS,
    ENVIRONMENTS,
    GATES,
    PERSONAS,
    Approval,
    Check,
    Evidence,
    Finding,
    GateException,
    Place,
    Release,
    Report,
    Requirement,
    Verdict,
)

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
REF = "4f1c2d9"
STAGING = Place("staging", "s1")
PRODUCTION = Place("production", "p1")


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


class Story(Release):
    """A release whose facts are told in minutes: when seen, and recorded at the same time if nothing is said."""

    def __init__(self, target: str = "production", requirements: tuple[Requirement, ...] = DEFAULTS) -> None:
        super().__init__(initiator="ines", target=target, source_ref=REF, requirements=requirements)

    def check(
        self,
        status: str,
        seen: float = 0,
        *,
        name: str = "build",
        trusted: bool = True,
        on: str | Place = "G1",
        recorded: float | None = None,
    ) -> None:
        place = on if isinstance(on, Place) else None
        moment = minute(seen if recorded is None else recorded)
        self.checks.append(Check("G4" if place else str(on), name, status, trusted, minute(seen), moment, place))

    def decide(self, gate: str | None, who: str, persona: str, decision: str = "approved", seen: float = 0) -> None:
        self.approvals.append(Approval(gate, who, persona, decision, minute(seen), minute(seen)))

    def show(self, gate: str | None, type_: str, place: Place | None = None, seen: float = 0) -> None:
        self.evidence.append(Evidence(gate, type_, minute(seen), place))

    def allow(
        self, number: int, gate: str, type_: str = "gate_bypass", start: float = 0, end: float = 600
    ) -> GateException:
        exception = GateException(UUID(int=number), type_, frozenset([gate]), minute(start), minute(start), minute(end))
        self.exceptions.append(exception)
        return exception

    def deploy(
        self,
        place: Place,
        status: str = "succeeded",
        seen: float = 0,
        *,
        rollback_of: str | None = None,
        source_ref: str = REF,
        recorded: float | None = None,
        deployed: float | None = None,
    ) -> None:
        moment = minute(seen if recorded is None else recorded)
        at = minute(seen if deployed is None else deployed)
        self.reports.append(Report(place, status, source_ref, minute(seen), moment, at, rollback_of))

    def pass_gates(self, *gates: str) -> None:
        if "G1" in gates:
            self.check("pass")
        if "G2" in gates:
            self.decide("G2", "quinn", "qa_tester")
            self.show("G2", "test_result")
        if "G3" in gates:
            self.decide("G3", "rita", "release_manager")
            self.show("G3", "rollback_plan")

    def statuses(self, at: datetime = END) -> list[str]:
        return [self.verdict(gate, at).status for gate in GATES]

    def state(self, gate: str, kind: str, subject: str | None = None, at: datetime = END) -> str:
        [finding] = [f for f in self.findings(gate, at) if (f.kind, f.subject) == (kind, subject)]
        return finding.state

    def one(self, place: Place, at: datetime = END) -> tuple[str, datetime]:
        deployment = self.deployments(at)[place]
        return deployment.status, deployment.status_observed_at


def test_nothing_is_pending_and_a_draft() -> None:
    story = Story()
    assert story.statuses() == ["pending"] * 4
    assert [story.is_eligible(e, END) for e in ENVIRONMENTS] == [True, False, False]
    assert story.status(END) == "draft"


def test_a_release_that_meets_everything() -> None:
    story = Story()
    story.pass_gates("G1", "G2", "G3")
    assert story.statuses() == ["passed", "passed", "passed", "pending"]
    assert all(story.is_eligible(e, END) for e in ENVIRONMENTS)
    story.deploy(PRODUCTION, seen=5)
    assert story.status(END) == "promoted"
    assert story.statuses()[3] == "pending", "a deployment is no fact on G4"
    story.check("pass", 6, name="http", on=PRODUCTION)
    assert story.statuses()[3] == "in_progress", "without the report"
    story.show("G4", "health_check", PRODUCTION)
    assert story.statuses() == ["passed"] * 4


def test_without_a_blocking_requirement_nothing_passes() -> None:
    story = Story(requirements=(Requirement("G1", "evidence", "build_log", blocking=False),))
    story.show("G1", "build_log")
    assert story.verdict("G1", END) == Verdict("in_progress")


# Checks


@pytest.mark.parametrize(
    ("status", "state"),
    [("pass", "satisfied"), ("warning", "unsatisfied"), ("skipped", "unsatisfied"), ("fail", "failed")],
)
def test_only_a_pass_satisfies(status: str, state: str) -> None:
    story = Story()
    story.check(status)
    assert story.state("G1", "check", "build") == state


def test_the_latest_observation_counts_in_whatever_order_it_came() -> None:
    story = Story()
    story.check("pass", 9, recorded=10)
    story.check("fail", 5, recorded=11)
    assert story.statuses()[0] == "passed"
    story.check("fail", 9, recorded=12)
    assert story.statuses()[0] == "failed", "a tie goes to the worse"
    story.check("pass", 13)
    assert story.statuses()[0] == "passed", "a rerun heals"


def test_what_is_not_trusted_fails_but_never_satisfies() -> None:
    story = Story()
    story.check("pass", trusted=False)
    assert story.statuses()[0] == "in_progress"
    story.check("pass", 1)
    story.check("fail", 2, trusted=False)
    story.check("pass", 3)
    assert story.statuses()[0] == "failed", "a machine does not heal what a person saw"
    story.check("skipped", 4, trusted=False)
    assert story.statuses()[0] == "passed"


def test_any_failed_check_fails_its_gate() -> None:
    story = Story()
    story.pass_gates("G1", "G2")
    story.check("fail", name="load_test", on="G2")
    assert story.statuses()[:2] == ["passed", "failed"]
    assert story.state("G2", "no_failed_checks") == "failed"


# Approvals


def test_the_latest_decision_of_a_person_counts() -> None:
    story = Story()
    story.pass_gates("G1", "G2")
    story.decide("G2", "quinn", "qa_tester", "rejected", seen=3)
    assert story.statuses()[1] == "failed"
    story.decide("G2", "quinn", "qa_tester", "request_changes", seen=4)
    assert story.statuses()[1] == "in_progress"
    story.decide("G2", "quinn", "qa_tester", "rejected", seen=2)
    assert story.statuses()[1] == "in_progress", "an earlier one that came late"
    story.decide("G2", "quinn", "qa_tester", seen=4)
    assert story.statuses()[1] == "in_progress", "a tie goes to the worse"
    story.decide("G2", "quinn", "qa_tester", seen=5)
    assert story.statuses()[1] == "passed"


def test_one_rejection_outweighs_every_approval() -> None:
    story = Story()
    story.pass_gates("G1", "G2")
    story.decide("G2", "theo", "qa_tester", "rejected")
    assert story.statuses()[1] == "failed"


def test_as_many_approvals_as_are_asked_for() -> None:
    story = Story(requirements=(Requirement("G2", "approval", "qa_tester", min_count=2),))
    story.decide("G2", "quinn", "qa_tester")
    story.decide("G2", "quinn", "qa_tester", seen=1)
    assert story.statuses()[1] == "in_progress"
    story.decide("G2", "theo", "qa_tester")
    assert story.statuses()[1] == "passed"


@pytest.mark.parametrize(("decision", "state"), [("rejected", "failed"), ("request_changes", "unsatisfied")])
def test_an_objection_counts_where_nobody_asked(decision: str, state: str) -> None:
    for gate in GATES:
        story = Story()
        story.decide(gate, "dora", "developer", decision)
        assert Finding("approval", "developer", True, state) in story.findings(gate, END)


def test_an_approval_where_nobody_asked_is_only_a_fact() -> None:
    story = Story()
    story.decide("G1", "dora", "developer")
    assert story.statuses()[0] == "in_progress"
    assert [f for f in story.findings("G1", END) if f.kind == "approval"] == []


def test_a_decision_about_the_release_counts_on_no_gate() -> None:
    story = Story()
    story.decide(None, "rita", "release_manager", "rejected")
    assert story.statuses() == ["pending"] * 4
    assert story.status(END) == "in_progress"


def test_the_initiator_objects_but_does_not_approve() -> None:
    story = Story()
    story.pass_gates("G1")
    story.show("G2", "uat_summary")
    story.decide("G2", "ines", "qa_tester")
    assert story.state("G2", "approval", "qa_tester") == "unsatisfied"
    story.decide("G2", "ines", "qa_tester", "rejected", seen=1)
    assert story.state("G2", "approval", "qa_tester") == "failed"


def test_who_approved_g2_does_not_approve_g3() -> None:
    story = Story()
    story.pass_gates("G1", "G2", "G3")
    story.decide("G2", "rita", "developer", seen=3)
    assert story.statuses()[:3] == ["passed", "passed", "in_progress"], "in any persona, and afterwards too"
    story.decide("G2", "rita", "developer", "request_changes", seen=4)
    assert story.state("G3", "approval", "release_manager") == "satisfied"


def test_duties_may_be_joined_by_policy() -> None:
    story = Story(requirements=(Requirement("G3", "approval", "release_manager", separation_of_duties=False),))
    story.decide("G2", "ines", "qa_tester")
    story.decide("G3", "ines", "release_manager")
    assert story.statuses()[2] == "passed"


# Evidence, prior gates


def test_any_of_the_types_is_evidence() -> None:
    for type_, state in {"uat_summary": "satisfied", "test_result": "satisfied", "reference": "unsatisfied"}.items():
        story = Story()
        story.show("G2", type_)
        assert story.state("G2", "evidence", "test_result|uat_summary") == state


def test_evidence_for_another_gate_or_for_none_does_not_count() -> None:
    story = Story()
    story.show("G3", "test_result")
    story.show(None, "test_result")
    assert story.statuses() == ["pending", "pending", "in_progress", "pending"]


def test_a_prior_gate_leaves_open_and_never_fails() -> None:
    story = Story()
    story.check("fail")
    assert story.statuses()[:2] == ["failed", "pending"]
    assert story.state("G2", "prior_gate", "G1") == "unsatisfied"
    story.allow(1, "G1")
    assert story.state("G2", "prior_gate", "G1") == "satisfied"


# Exceptions


def test_an_exception_is_active_from_its_start_until_before_its_end() -> None:
    exception = Story().allow(1, "G1", start=10, end=20)
    instant = timedelta(microseconds=1)
    moments = [minute(10) - instant, minute(10), minute(20) - instant, minute(20)]
    assert [exception.active(m) for m in moments] == [False, True, True, False]


def test_a_revoked_exception_ends_at_once() -> None:
    story = Story()
    story.allow(1, "G1", start=10, end=20)
    story.revoke(UUID(int=1), minute(15))
    story.revoke(UUID(int=1), minute(18))
    assert [story.verdict("G1", minute(m)).status for m in (14, 15, 19)] == ["bypassed", "pending", "pending"]


def test_a_waiver_covers_evidence_alone() -> None:
    story = Story()
    story.pass_gates("G1")
    story.allow(1, "G2", "evidence_waiver")
    assert story.statuses()[1] == "pending"
    story.decide("G2", "quinn", "qa_tester")
    assert story.verdict("G2", END) == Verdict("bypassed", UUID(int=1))


def test_a_bypass_covers_failures_too_and_a_timing_override_nothing() -> None:
    story = Story()
    story.check("fail")
    story.decide("G1", "dora", "developer", "rejected")
    story.allow(1, "G1", "timing_override")
    assert story.statuses()[0] == "failed"
    story.allow(2, "G1")
    assert story.verdict("G1", END) == Verdict("bypassed", UUID(int=2))


def test_one_exception_must_cover_everything() -> None:
    story = Story(requirements=(Requirement("G2", "evidence", "test_result"), Requirement("G2", "check", "uat")))
    story.allow(1, "G2", "evidence_waiver")
    story.allow(2, "G1")
    assert story.statuses()[1] == "pending"


def test_a_gate_that_truly_passes_is_not_bypassed() -> None:
    story = Story()
    story.pass_gates("G1")
    story.allow(1, "G1")
    assert story.verdict("G1", END) == Verdict("passed")


def test_the_exception_that_ends_last_is_named_then_the_smallest_id() -> None:
    story = Story()
    story.allow(1, "G1", end=120)
    story.allow(3, "G1", end=180)
    story.allow(2, "G1", end=180)
    assert story.verdict("G1", END) == Verdict("bypassed", UUID(int=2))


def test_an_exception_is_a_fact_of_the_release_and_of_no_gate() -> None:
    story = Story()
    story.allow(1, "G1", "timing_override")
    assert story.statuses()[0] == "pending"
    assert story.status(END) == "in_progress"


# Deployments


def test_the_order_of_reports_is_no_matter() -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        story = Story()
        reports = [("in_progress", 1.0), ("succeeded", 4.0), ("failed", 3.0)]
        for recorded, index in enumerate(order, 10):
            story.deploy(STAGING, *reports[index], recorded=recorded)
        assert story.one(STAGING) == ("succeeded", minute(4))
        assert story.deployments(END)[STAGING].deployed_at == minute(1), "the earliest that any report names"


def test_a_deployment_only_moves_forward_and_a_tie_is_a_failure() -> None:
    story = Story()
    story.deploy(STAGING, "succeeded", 4)
    story.deploy(STAGING, "in_progress", 9)
    assert story.one(STAGING) == ("succeeded", minute(4))
    story.deploy(STAGING, "failed", 4)
    assert story.one(STAGING) == ("failed", minute(4))


def test_a_rollback_undoes_the_one_it_names_when_it_succeeds() -> None:
    story = Story(target="staging")
    rollback = Place("staging", "r1")
    story.deploy(STAGING, seen=1)
    story.deploy(rollback, "in_progress", 2, rollback_of="s1")
    assert story.one(STAGING)[0] == "succeeded"
    story.deploy(rollback, "succeeded", 3, rollback_of="s1")
    assert story.one(STAGING) == ("rolled_back", minute(3))
    story.deploy(rollback, "failed", 5, rollback_of="s1")
    assert story.one(STAGING) == ("rolled_back", minute(3)), "for good"
    assert story.was_eligible(story.deployments(END)[rollback]) is None
    assert story.status(END) == "rolled_back"


def test_a_failed_deployment_and_a_failed_check_make_it_unhealthy() -> None:
    story = Story()
    story.deploy(STAGING, "failed")
    assert story.state("G4", "deployment_health") == "failed"
    story.deploy(Place("staging", "s2"), seen=1)
    story.check("fail", 2, name="http", on=Place("staging", "s2"), trusted=False)
    assert story.health(story.newest_first("staging", END)[0], END) == "failed"


def test_a_failure_is_not_undone_by_a_rollback() -> None:
    story = Story()
    story.deploy(STAGING, "failed", 1)
    story.deploy(Place("staging", "r1"), "succeeded", 2, rollback_of="s1")
    assert story.one(STAGING) == ("rolled_back", minute(2))
    assert story.standing_health("staging", END) == "failed"
    story.deploy(STAGING, "succeeded", 3)
    assert story.one(STAGING) == ("rolled_back", minute(2))
    assert story.standing_health("staging", END) == "pending"


def test_healthy_is_when_all_trusted_checks_pass() -> None:
    story = Story()
    story.deploy(STAGING)
    assert story.standing_health("staging", END) == "pending"
    story.check("pass", 1, name="http", on=STAGING, trusted=False)
    assert story.standing_health("staging", END) == "pending"
    story.check("pass", 1, name="http", on=STAGING)
    assert story.standing_health("staging", END) == "passed"
    story.check("warning", 1, name="queue", on=STAGING)
    assert story.standing_health("staging", END) == "pending"


def test_an_earlier_failure_stands_until_a_later_pass() -> None:
    story = Story()
    story.pass_gates("G1", "G2", "G3")
    assert story.standing_health("staging", END) is None
    story.deploy(Place("staging", "s0"), "failed")
    for number, seen in enumerate((1, 2), 1):
        story.deploy(Place("staging", f"s{number}"), seen=seen)
    assert story.state("G4", "deployment_health") == "failed"
    assert not story.is_eligible("production", END)
    story.allow(1, "G4")
    assert not story.is_eligible("production", END), "nothing excuses that"
    story.check("pass", 3, name="http", on=Place("staging", "s1"))
    assert story.standing_health("staging", END) == "pending"
    assert story.is_eligible("production", END)
    story.check("pass", 3, name="http", on=Place("staging", "s2"))
    assert story.standing_health("staging", END) == "passed"


def test_g4_is_about_the_newest_deployment_in_the_furthest_environment() -> None:
    story = Story()
    story.deploy(STAGING)
    story.check("pass", 1, name="http", on=STAGING)
    story.show("G4", "health_check", STAGING)
    assert story.statuses()[3] == "passed"
    story.deploy(PRODUCTION, "in_progress", 2)
    assert story.statuses()[3] == "pending"
    story.deploy(Place("staging", "s2"), "failed", 9)
    assert story.statuses()[3] == "pending", "a later staging deployment does not matter any more"
    story.deploy(Place("production", "p0"), seen=3, deployed=1)
    story.deploy(Place("production", "r1"), seen=4, rollback_of="p0")
    judged = story.judged_deployment(END)
    assert judged is not None
    assert judged.place == PRODUCTION


def test_what_is_about_no_deployment_is_a_fact_on_g4_but_shows_no_health() -> None:
    story = Story()
    story.show("G4", "health_check")
    assert story.statuses()[3] == "in_progress"
    story.deploy(PRODUCTION)
    story.check("pass", name="http", on=PRODUCTION)
    assert story.state("G4", "evidence", "health_check") == "unsatisfied"


def test_who_was_not_eligible_is_not_promoted() -> None:
    story = Story()
    story.deploy(PRODUCTION, seen=1)
    story.pass_gates("G1", "G2", "G3")
    assert story.status(END) == "promoted"
    for fact in (story.checks, story.approvals, story.evidence):
        fact.clear()
    story.check("pass", 5)
    assert story.was_eligible(story.deployments(END)[PRODUCTION]) is False, "judged when it was recorded"
    assert story.status(END) == "in_progress"


def test_another_commit_is_not_promoted() -> None:
    story = Story(target="dev")
    story.deploy(Place("dev", "d1"), source_ref="0ddba11")
    assert story.was_eligible(story.deployments(END)[Place("dev", "d1")]) is False
    assert story.status(END) == "in_progress"


def test_the_newest_finished_deployment_to_the_target_decides() -> None:
    story = Story(target="dev")
    story.deploy(Place("dev", "d1"), "failed", 1)
    assert story.status(END) == "failed"
    story.deploy(Place("dev", "d2"), "succeeded", 2)
    assert story.status(END) == "promoted"
    story.deploy(Place("dev", "d3"), "in_progress", 3)
    story.deploy(PRODUCTION, "failed", 4)
    assert story.status(END) == "promoted"


# Replay


def test_a_moment_is_judged_by_what_was_known_then() -> None:
    story = Story()
    story.check("pass", 1, recorded=10)
    story.check("fail", 2, recorded=20)
    story.deploy(STAGING, "succeeded", 3, recorded=30)
    story.deploy(STAGING, "failed", 4, recorded=40)
    answers = [(story.statuses(minute(m))[0], story.standing_health("staging", minute(m))) for m in (9, 10, 20, 30, 40)]
    assert answers == [
        ("pending", None),
        ("passed", None),
        ("failed", None),
        ("failed", "pending"),
        ("failed", "failed"),
    ]


def test_defaults_have_a_blocking_need_on_every_gate() -> None:
    assert {r.gate for r in DEFAULTS if r.blocking} == set(GATES)
    assert {r.subject for r in DEFAULTS if r.kind == "approval"} <= set(PERSONAS)
