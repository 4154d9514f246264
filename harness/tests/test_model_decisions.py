"""The model judges decisions on the release, on exceptions and on several gates, and what other releases are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.prove.model_facts import DEFAULTS, Dismissal, Finding, Requirement, Stop, Verdict
from harness.prove.model_terms import ALONE, ENVIRONMENTS, GATES
from harness.tests.told_release import END, PRODUCTION, REF, STAGING, ToldRelease, minute

OBJECTIONS = [("rejected", "failed"), ("request_changes", "unsatisfied")]


def ready(*more: Requirement, needs: tuple[Requirement, ...] = DEFAULTS) -> ToldRelease:
    """A release that may go to production, by the defaults and some more needs."""
    release = ToldRelease(requirements=needs + more)
    release.pass_gates("G1", "G2", "G3")
    return release


def eligible(release: ToldRelease, at: float = 60) -> list[bool]:
    return [release.is_eligible(environment, minute(at)) for environment in ENVIRONMENTS]


# Decisions on the release as a whole


@pytest.mark.parametrize(("decision", "state"), OBJECTIONS)
@pytest.mark.parametrize("persona", ["developer", "sre", "release_manager"])
def test_an_objection_to_the_release_blocks_staging_and_production_with_that_reason(
    persona: str, decision: str, state: str
) -> None:
    release = ready()
    release.decide(None, "person-1", persona, decision, 5)
    assert eligible(release) == [True, False, False]
    for environment in ENVIRONMENTS[1:]:
        assert release.blockers(environment, END) == [(None, Finding("approval", persona, True, state))]
    assert release.statuses() == ["passed", "passed", "passed", "pending"]
    release.decide(None, "person-2", persona, "approved", 6)
    assert eligible(release) == [True, False, False], "somebody else's approval lifts nothing"
    release.decide(None, "person-1", persona, "approved", 7)
    assert eligible(release) == [True, True, True]


def test_each_persona_that_objects_to_the_release_is_a_blocker_and_the_worse_objection_counts() -> None:
    release = ready()
    release.decide(None, "sre-1", "sre", "request_changes", 5)
    release.decide(None, "sre-2", "sre", "rejected", 5)
    release.decide(None, "dev-2", "developer", "request_changes", 5)
    found = {(f.subject, f.state) for gate, f in release.blockers("staging", END) if gate is None}
    assert found == {("sre", "failed"), ("developer", "unsatisfied")}


def test_one_bypass_of_g1_g2_and_g3_covers_an_objection_to_the_release() -> None:
    release = ready()
    release.decide(None, "sre-1", "sre", "rejected", 5)
    release.allow(1, "G1 G2")
    release.allow(2, "G3 G4")
    release.allow(3, "G1 G2 G3", "evidence_waiver")
    assert eligible(release) == [True, False, False]
    release.allow(4, "G1 G2 G3", end=30)
    assert [eligible(release, m)[2] for m in (29, 30)] == [True, False]


def test_a_deployment_that_began_under_an_objection_to_the_release_is_not_promoted() -> None:
    release = ready()
    release.decide(None, "sre-1", "sre", "rejected", 5)
    release.deploy(PRODUCTION, seen=6)
    release.decide(None, "sre-1", "sre", seen=7)
    assert release.was_eligible(release.deployments(END)[PRODUCTION]) is False
    assert release.status(END) == "in_progress"


# Exceptions


@pytest.mark.parametrize(("decision", "_state"), OBJECTIONS)
@pytest.mark.parametrize("persona", ["developer", "qa_tester", "release_manager"])
def test_an_exception_with_a_standing_objection_authorises_nothing(persona: str, decision: str, _state: str) -> None:
    release = ToldRelease()
    exception = release.allow(1, "G1 G2 G3 G4")
    assert eligible(release) == [True, True, True]
    release.decide(None, "person-1", persona, decision, 5, on=exception)
    assert eligible(release) == [True, False, False]
    assert release.statuses() == ["pending"] * 4
    release.decide(None, "person-1", persona, "approved", 6, on=exception)
    assert [eligible(release, m)[2] for m in (4, 5, 6)] == [True, False, True]


def test_an_objection_to_one_exception_is_none_to_another_or_to_the_release() -> None:
    release = ToldRelease()
    objected, other = release.allow(1, "G1", end=180), release.allow(2, "G1", end=120)
    release.decide(None, "qa-1", "qa_tester", "rejected", 5, on=objected)
    assert release.verdict("G1", END) == Verdict("bypassed", other.id)
    assert release.objections_to_the_release(END) == []


def test_an_exception_needs_the_most_approvals_that_its_gates_ask_for() -> None:
    needs = (*DEFAULTS, Requirement("G2", "exception_approvals", min_count=2),
             Requirement("G3", "exception_approvals", min_count=3))  # fmt: skip
    release = ToldRelease(requirements=needs)
    wide, narrow = release.allow(1, "G1 G2 G3"), release.allow(2, "G1 G2", "evidence_waiver")
    one = release.allow(3, "G1")
    assert [release.authorises(e, END) for e in (wide, narrow, one)] == [False, False, True]
    for exception in (wide, narrow):
        release.decide(None, "rm-9", "release_manager", seen=5, on=exception)
        release.decide(None, "dev-1", "release_manager", seen=5, on=exception)
        release.decide(None, "qa-1", "qa_tester", seen=5, on=exception)
        assert not release.authorises(exception, END), "its approver again, the initiator, and another persona"
        release.decide(None, "rm-1", "release_manager", seen=6, on=exception)
    assert [release.authorises(e, END) for e in (wide, narrow)] == [False, True]
    release.decide(None, "rm-2", "release_manager", seen=7, on=wide)
    assert [release.authorises(wide, minute(m)) for m in (6, 7)] == [False, True]


def test_how_many_approve_exceptions_is_no_finding_and_only_asked_where_it_blocks() -> None:
    need = Requirement("G1", "exception_approvals", min_count=2)
    assert ToldRelease(requirements=(need,)).findings("G1", END) == []
    release = ToldRelease(requirements=(*DEFAULTS, replace(need, blocking=False)))
    assert release.authorises(release.allow(1, "G1"), END)


# The only release manager

SOLO = tuple(Requirement(gate, ALONE) for gate in GATES)


def test_what_was_granted_alone_counts_where_policy_lets_the_only_manager() -> None:
    for needs, counts in ((SOLO, True), (SOLO[:1], True), (SOLO[1:], False), ((), False)):
        release = ToldRelease(requirements=(*DEFAULTS, *needs))
        own = release.allow(1, "G1", by=release.initiator)
        assert not release.authorises(own, END), "who opened the release, and was not alone"
        release.exceptions = [replace(own, alone=True)]
        assert release.authorises(release.exceptions[0], END) is counts
        assert [f.kind for f in release.findings("G1", END)].count(ALONE) == 0


def test_who_dismissed_alone_keeps_what_they_granted_before_and_grants_more_alone() -> None:
    release = ToldRelease(requirements=(*DEFAULTS, *SOLO))
    before = release.allow(1, "G1", by="rm-9")
    assert not release.may_dismiss("rm-9")
    assert release.may_dismiss("rm-9", only_manager=True)
    release.dismissals.append(Dismissal(before, "a", "rm-9", minute(5), alone=True))  # type: ignore[arg-type]
    later = release.allow(2, "G2", by="rm-9", start=6)
    assert [release.authorises(e, minute(7)) for e in (before, later, replace(later, alone=True))] == [
        True,
        False,
        True,
    ]
    release.dismissals = [replace(release.dismissals[0], alone=False)]
    assert not release.authorises(before, minute(7)), "who was not alone chose to dismiss"
    assert not ToldRelease(requirements=SOLO[1:]).may_dismiss("dev-1", only_manager=True)


# One person, one gate


@pytest.mark.parametrize("lower", ["G1", "G2", "G3"])
def test_who_approved_a_lower_gate_in_any_persona_does_not_approve_a_higher_one(lower: str) -> None:
    for gate in GATES:
        release = ToldRelease(requirements=(Requirement(gate, "approval", "sre"),))
        release.decide(gate, "sre-1", "sre", seen=1)
        release.decide(lower, "sre-1", "developer", seen=2)
        expected = "unsatisfied" if lower < gate else "satisfied"
        assert release.state(gate, "approval", "sre") == expected if lower != gate else True
        release.decide(lower, "sre-1", "developer", "request_changes", seen=3)
        if lower < gate:
            assert release.state(gate, "approval", "sre") == "satisfied", "it is an approval no more"


def test_policy_may_let_one_person_approve_several_gates() -> None:
    release = ToldRelease(requirements=(Requirement("G4", "approval", "sre", not_initiator=False, one_gate=False),))
    release.decide("G1", "dev-1", "sre")
    release.decide("G4", "dev-1", "sre")
    assert release.statuses()[3] == "passed"


# What policy asks about production


def test_policy_may_ask_that_staging_is_healthy_before_production() -> None:
    release = ready(Requirement("G3", "environment_healthy"))
    assert eligible(release) == [True, True, False]
    assert release.blockers("production", END) == [("G3", Finding("environment_healthy", None, True, "unsatisfied"))]
    assert release.statuses()[2] == "passed", "it is no finding on the gate"
    release.deploy(STAGING, seen=5)
    release.check("pass", 6, name="http", on=STAGING)
    assert [eligible(release, m)[2] for m in (5, 6)] == [False, True]
    release.check("fail", 7, name="http", on=STAGING)
    assert ("G3", Finding("environment_healthy", None, True, "failed")) in release.blockers("production", END)


@pytest.mark.parametrize("kind", ["environment_healthy", "objected_elsewhere"])
def test_a_bypass_of_g3_covers_what_policy_asks_about_production(kind: str) -> None:
    release = ready(Requirement("G3", kind))
    other = ToldRelease()
    other.decide("G2", "qa-1", "qa_tester", "rejected")
    release.others = [other]
    assert eligible(release) == [True, True, False]
    release.allow(1, "G1 G2 G4")
    release.allow(2, "G3", "evidence_waiver")
    assert eligible(release) == [True, True, False]
    release.allow(3, "G3")
    assert eligible(release) == [True, True, True]
    assert release.excused_by("production", END) == {release.exceptions[2].id}


def test_a_need_about_production_that_is_advisory_keeps_nobody_out() -> None:
    assert eligible(ready(Requirement("G3", "environment_healthy", blocking=False))) == [True, True, True]


# Other releases of the commit


def objected(how: str) -> ToldRelease:
    """A release to which somebody or something objects."""
    other = ToldRelease()
    if how == "failed check":
        other.check("fail", 5, name="lint")
    elif how == "failed probe":
        other.deploy(STAGING)
        other.check("fail", 5, name="http", on=STAGING)
    elif how == "contested report":
        other.refuse(Stop("build_complete", "G1", check="lint"), 5)
    else:
        other.decide(None if how == "rejected as a whole" else "G3", "rm-1", "release_manager", "rejected", 5)
    return other


@pytest.mark.parametrize("how", ["failed check", "failed probe", "contested report", "rejected", "rejected as a whole"])
def test_what_stands_against_another_release_of_the_commit_is_known_here(how: str) -> None:
    release = ready(Requirement("G3", "objected_elsewhere"))
    release.others = [objected(how)]
    assert release.policy_on_production(END) == [Finding("objected_elsewhere", None, True, "failed")]
    assert [eligible(release, m) for m in (4, 5)] == [[True] * 3, [True, True, False]]
    assert release.statuses()[2] == "passed", "what is stored does not depend on it"
    lenient = ready()
    lenient.others = release.others
    assert eligible(lenient) == [True, True, True]
    assert lenient.is_objected_elsewhere(END)


def test_a_rejection_of_an_exception_elsewhere_is_about_that_exception_alone() -> None:
    release, other = ready(Requirement("G3", "objected_elsewhere")), ToldRelease()
    other.decide(None, "rm-1", "release_manager", "rejected", on=other.allow(1, "G1"))
    release.others = [other]
    assert eligible(release) == [True, True, True]


def test_what_was_healed_is_untrusted_or_about_another_commit_is_no_objection_elsewhere() -> None:
    release = ready(Requirement("G3", "objected_elsewhere"))
    healed, manual, wished = objected("failed check"), ToldRelease(), ToldRelease()
    healed.check("pass", 6, name="lint")
    manual.check("fail", 5, trusted=False)
    wished.decide("G2", "qa-1", "qa_tester", "request_changes", 5)
    release.others = [healed, manual, wished, objected("rejected")]
    release.others[-1].source_ref = "0ddba11"
    assert eligible(release) == [True, True, True]
    release.others[-1].source_ref = REF
    assert eligible(release) == [True, True, False]


# What a deployment needed


def test_a_deployment_says_which_exceptions_it_needed_each_time_that_it_was_judged() -> None:
    release = ToldRelease()
    release.check("pass")
    release.allow(1, "G2", end=8)
    release.allow(2, "G2 G3", start=5)
    release.allow(3, "G1", start=0)
    release.deploy(STAGING, "in_progress", 3)
    release.deploy(STAGING, "succeeded", 9)
    release.deploy(PRODUCTION, "failed", 4)
    deployments = release.deployments(END)
    assert release.excepted_by(deployments[STAGING]) == {e.id for e in release.exceptions[:2]}
    assert release.excepted_by(deployments[PRODUCTION]) is None
    release = ready()
    release.deploy(STAGING, seen=1)
    assert release.excepted_by(release.deployments(END)[STAGING]) == set()


def test_a_deployment_says_which_exception_covered_what_is_beside_its_gates() -> None:
    release = ready()
    release.deploy(STAGING, "failed", 1)
    release.decide(None, "sre-1", "sre", "rejected", 2)
    release.allow(1, "G4")
    release.allow(2, "G1 G2 G3")
    release.deploy(PRODUCTION, seen=3)
    deployment = release.deployments(END)[PRODUCTION]
    assert release.was_eligible(deployment)
    assert release.excepted_by(deployment) == {e.id for e in release.exceptions}
