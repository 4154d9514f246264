"""The model judges checks, approvals, evidence and exceptions: one short story per rule."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from harness.prove.model_facts import Finding, Requirement, Verdict
from harness.prove.model_terms import ENVIRONMENTS, GATES
from harness.tests.told_release import END, PRODUCTION, ToldRelease, minute


def test_nothing_is_pending_and_a_draft() -> None:
    release = ToldRelease()
    assert release.statuses() == ["pending"] * 4
    assert [release.is_eligible(e, END) for e in ENVIRONMENTS] == [True, False, False]
    assert release.status(END) == "draft"


def test_a_release_that_meets_everything() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    assert release.statuses() == ["passed", "passed", "passed", "pending"]
    assert all(release.is_eligible(e, END) for e in ENVIRONMENTS)
    release.deploy(PRODUCTION, seen=5)
    assert release.status(END) == "promoted"
    assert release.statuses()[3] == "pending", "a deployment is no fact on G4"
    release.check("pass", 6, name="http", on=PRODUCTION)
    assert release.statuses()[3] == "in_progress", "without the report"
    release.show("G4", "health_check", PRODUCTION)
    assert release.statuses() == ["passed"] * 4


def test_without_a_blocking_requirement_nothing_passes() -> None:
    release = ToldRelease(requirements=(Requirement("G1", "evidence", "build_log", blocking=False),))
    release.show("G1", "build_log")
    assert release.verdict("G1", END) == Verdict("in_progress")


# Checks


@pytest.mark.parametrize(
    ("status", "state"),
    [("pass", "satisfied"), ("warning", "unsatisfied"), ("skipped", "unsatisfied"), ("fail", "failed")],
)
def test_only_a_pass_satisfies(status: str, state: str) -> None:
    release = ToldRelease()
    release.check(status)
    assert release.state("G1", "check", "build") == state


def test_the_latest_observation_counts_in_whatever_order_it_came() -> None:
    release = ToldRelease()
    release.check("pass", 9, recorded=10)
    release.check("fail", 5, recorded=11)
    assert release.statuses()[0] == "passed"
    release.check("fail", 9, recorded=12)
    assert release.statuses()[0] == "failed", "a tie goes to the worse"
    release.check("pass", 13)
    assert release.statuses()[0] == "passed", "a rerun heals"


def test_what_is_not_trusted_fails_but_never_satisfies() -> None:
    release = ToldRelease()
    release.check("pass", trusted=False)
    assert release.statuses()[0] == "in_progress"
    release.check("pass", 1)
    release.check("fail", 2, trusted=False)
    release.check("pass", 3)
    assert release.statuses()[0] == "failed", "a machine does not heal what a person saw"
    release.check("skipped", 4, trusted=False)
    assert release.statuses()[0] == "passed"


def test_any_failed_check_fails_its_gate() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2")
    release.check("fail", name="load_test", on="G2")
    assert release.statuses()[:2] == ["passed", "failed"]
    assert release.state("G2", "no_failed_checks") == "failed"


# Approvals


def test_the_latest_decision_of_a_person_counts() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2")
    release.decide("G2", "qa-1", "qa_tester", "rejected", seen=3)
    assert release.statuses()[1] == "failed"
    release.decide("G2", "qa-1", "qa_tester", "request_changes", seen=4)
    assert release.statuses()[1] == "in_progress"
    release.decide("G2", "qa-1", "qa_tester", "rejected", seen=2)
    assert release.statuses()[1] == "in_progress", "an earlier one that came late"
    release.decide("G2", "qa-1", "qa_tester", seen=4)
    assert release.statuses()[1] == "in_progress", "a tie goes to the worse"
    release.decide("G2", "qa-1", "qa_tester", seen=5)
    assert release.statuses()[1] == "passed"


def test_one_rejection_outweighs_every_approval() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2")
    release.decide("G2", "theo", "qa_tester", "rejected")
    assert release.statuses()[1] == "failed"


def test_as_many_approvals_as_are_asked_for() -> None:
    release = ToldRelease(requirements=(Requirement("G2", "approval", "qa_tester", min_count=2),))
    release.decide("G2", "qa-1", "qa_tester")
    release.decide("G2", "qa-1", "qa_tester", seen=1)
    assert release.statuses()[1] == "in_progress"
    release.decide("G2", "theo", "qa_tester")
    assert release.statuses()[1] == "passed"


@pytest.mark.parametrize(("decision", "state"), [("rejected", "failed"), ("request_changes", "unsatisfied")])
def test_an_objection_counts_where_nobody_asked(decision: str, state: str) -> None:
    for gate in GATES:
        release = ToldRelease()
        release.decide(gate, "dora", "developer", decision)
        assert Finding("approval", "developer", True, state) in release.findings(gate, END)


def test_an_approval_where_nobody_asked_is_only_a_fact() -> None:
    release = ToldRelease()
    release.decide("G1", "dora", "developer")
    assert release.statuses()[0] == "in_progress"
    assert [f for f in release.findings("G1", END) if f.kind == "approval"] == []


def test_a_decision_about_the_release_counts_on_no_gate() -> None:
    release = ToldRelease()
    release.decide(None, "rm-1", "release_manager", "rejected")
    assert release.statuses() == ["pending"] * 4
    assert release.status(END) == "in_progress"


def test_the_initiator_objects_but_does_not_approve() -> None:
    release = ToldRelease()
    release.pass_gates("G1")
    release.show("G2", "uat_summary")
    release.decide("G2", "dev-1", "qa_tester")
    assert release.state("G2", "approval", "qa_tester") == "unsatisfied"
    release.decide("G2", "dev-1", "qa_tester", "rejected", seen=1)
    assert release.state("G2", "approval", "qa_tester") == "failed"


def test_who_approved_g2_does_not_approve_g3() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.decide("G2", "rm-1", "developer", seen=3)
    assert release.statuses()[:3] == ["passed", "passed", "in_progress"], "in any persona, and afterwards too"
    release.decide("G2", "rm-1", "developer", "request_changes", seen=4)
    assert release.state("G3", "approval", "release_manager") == "satisfied"


@pytest.mark.parametrize("not_initiator", [True, False])
@pytest.mark.parametrize("one_gate", [True, False])
def test_policy_says_by_two_switches_whose_approval_counts(not_initiator: bool, one_gate: bool) -> None:
    need = Requirement("G3", "approval", "release_manager", not_initiator=not_initiator, one_gate=one_gate)
    expected = {
        ("dev-1", None): not not_initiator,
        ("rm-1", "G2"): not one_gate,
        ("rm-1", "G3"): not one_gate,
        ("dev-1", "G2"): not (not_initiator or one_gate),
    }
    for (person, before), counts in expected.items():
        release = ToldRelease(requirements=(need, Requirement("G3", "approval", "qa_tester")))
        if before:
            release.decide(before, person, "qa_tester")
        release.decide("G3", person, "release_manager")
        assert (release.state("G3", "approval", "release_manager") == "satisfied") == counts, (person, before)


# The life of approvals and evidence


def living(valid_for: int) -> ToldRelease:
    """A release whose approvals on G2, and evidence there, count for some seconds."""
    needs = (
        Requirement("G2", "approval", "qa_tester", valid_for=valid_for),
        Requirement("G2", "evidence", "test_result", valid_for=valid_for),
        Requirement("G3", "approval", "release_manager"),
        Requirement("G3", "approval", "qa_tester"),
    )
    return ToldRelease(requirements=needs)


def test_an_approval_and_evidence_count_until_just_before_their_end() -> None:
    release = living(600)
    release.decide("G2", "qa-1", "qa_tester", seen=1, recorded=5)
    release.show("G2", "test_result", seen=7)
    instant = timedelta(microseconds=1)
    moments = [minute(15) - instant, minute(15), minute(17) - instant, minute(17)]
    kinds = [("approval", "qa_tester"), ("evidence", "test_result")]
    found = [[release.state("G2", *kind, at=moment) for kind in kinds] for moment in moments]
    assert found == [
        ["satisfied", "satisfied"],
        ["unsatisfied", "satisfied"],
        ["unsatisfied", "satisfied"],
        ["unsatisfied", "unsatisfied"],
    ]
    assert [release.verdict("G2", moment).status for moment in moments[:2]] == ["passed", "in_progress"]
    assert release.boundaries() == [minute(15), minute(17)]


def test_an_approval_that_ended_still_replaces_what_that_person_said_before_and_is_renewed_by_another() -> None:
    release = living(60)
    release.decide("G2", "qa-1", "qa_tester", "rejected", seen=1)
    release.decide("G2", "qa-1", "qa_tester", seen=2)
    assert release.state("G2", "approval", "qa_tester", minute(4)) == "unsatisfied"
    release.decide("G2", "qa-1", "qa_tester", seen=5)
    states = [release.state("G2", "approval", "qa_tester", minute(m)) for m in (5, 6)]
    assert states == ["satisfied", "unsatisfied"]


def test_an_objection_does_not_end() -> None:
    release = living(60)
    release.decide("G2", "qa-1", "qa_tester", "rejected", seen=1)
    assert release.state("G2", "approval", "qa_tester", minute(50)) == "failed"


def test_who_approved_g2_does_not_approve_g3_when_that_approval_has_ended() -> None:
    release = living(60)
    release.decide("G2", "qa-1", "qa_tester", seen=1)
    release.decide("G3", "qa-1", "qa_tester", seen=1)
    assert [release.state("G3", "approval", "qa_tester", minute(m)) for m in (1, 50)] == ["unsatisfied"] * 2


# Evidence, prior gates


def test_any_of_the_types_is_evidence() -> None:
    for type_, state in {"uat_summary": "satisfied", "test_result": "satisfied", "reference": "unsatisfied"}.items():
        release = ToldRelease()
        release.show("G2", type_)
        assert release.state("G2", "evidence", "test_result|uat_summary") == state


def test_evidence_for_another_gate_or_for_none_does_not_count() -> None:
    release = ToldRelease()
    release.show("G3", "test_result")
    release.show(None, "test_result")
    assert release.statuses() == ["pending", "pending", "in_progress", "pending"]


def test_a_prior_gate_leaves_open_and_never_fails() -> None:
    release = ToldRelease()
    release.check("fail")
    assert release.statuses()[:2] == ["failed", "pending"]
    assert release.state("G2", "prior_gate", "G1") == "unsatisfied"
    release.allow(1, "G1")
    assert release.state("G2", "prior_gate", "G1") == "satisfied"


# Exceptions


def test_an_exception_is_active_from_its_start_until_before_its_end() -> None:
    exception = ToldRelease().allow(1, "G1", start=10, end=20)
    instant = timedelta(microseconds=1)
    moments = [minute(10) - instant, minute(10), minute(20) - instant, minute(20)]
    assert [exception.active(m) for m in moments] == [False, True, True, False]


def test_a_revoked_exception_ends_at_once() -> None:
    release = ToldRelease()
    release.allow(1, "G1", start=10, end=20)
    release.revoke(UUID(int=1), minute(15))
    release.revoke(UUID(int=1), minute(18))
    assert [release.verdict("G1", minute(m)).status for m in (14, 15, 19)] == ["bypassed", "pending", "pending"]


def test_a_waiver_covers_evidence_alone() -> None:
    release = ToldRelease()
    release.pass_gates("G1")
    release.allow(1, "G2", "evidence_waiver")
    assert release.statuses()[1] == "pending"
    release.decide("G2", "qa-1", "qa_tester")
    assert release.verdict("G2", END) == Verdict("bypassed", UUID(int=1))


def test_a_bypass_covers_failures_too_and_a_timing_override_nothing() -> None:
    release = ToldRelease()
    release.check("fail")
    release.decide("G1", "dora", "developer", "rejected")
    release.allow(1, "G1", "timing_override")
    assert release.statuses()[0] == "failed"
    release.allow(2, "G1")
    assert release.verdict("G1", END) == Verdict("bypassed", UUID(int=2))


def test_one_exception_must_cover_everything() -> None:
    release = ToldRelease(
        requirements=(Requirement("G2", "evidence", "test_result"), Requirement("G2", "check", "uat"))
    )
    release.allow(1, "G2", "evidence_waiver")
    release.allow(2, "G1")
    assert release.statuses()[1] == "pending"


def test_a_gate_that_truly_passes_is_not_bypassed() -> None:
    release = ToldRelease()
    release.pass_gates("G1")
    release.allow(1, "G1")
    assert release.verdict("G1", END) == Verdict("passed")


def test_the_exception_that_ends_last_is_named_then_the_smallest_id() -> None:
    release = ToldRelease()
    release.allow(1, "G1", end=120)
    release.allow(3, "G1", end=180)
    release.allow(2, "G1", end=180)
    assert release.verdict("G1", END) == Verdict("bypassed", UUID(int=2))


def test_an_exception_is_a_fact_of_the_release_and_of_no_gate() -> None:
    release = ToldRelease()
    release.allow(1, "G1", "timing_override")
    assert release.statuses()[0] == "pending"
    assert release.status(END) == "in_progress"
