"""The model knows the ways out: what may be dismissed, what that sets aside, and that a closed release goes nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from harness.prove.model_facts import (
    DEFAULTS,
    Approval,
    Check,
    ContestedReport,
    DeploymentKey,
    Finding,
    Requirement,
    Stop,
)
from harness.prove.model_terms import ENVIRONMENTS
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute

LINT = Stop("build_complete", "G1", check="lint")
OBJECTION = Stop("gate_signoff", "G2", person="qa-1", persona="qa_tester")
Dismissed = Approval | Check | ContestedReport | DeploymentKey


def active(_person: str, _role: str) -> bool:
    return True


def gone(_person: str, _role: str) -> bool:
    return False


def refused(stop: Stop, role: str = "service_role", seen: float = 5) -> tuple[ToldRelease, ContestedReport]:
    release = ToldRelease()
    release.refuse(stop, seen, role=role)
    return release, release.contested[0]


# Who


def test_neither_who_opened_the_release_nor_who_ever_approved_anything_of_it_may_dismiss() -> None:
    release = ToldRelease()
    exception = release.allow(1, "G1", by="rm-1")
    release.decide("G2", "rm-2", "qa_tester")
    release.decide("G2", "rm-2", "qa_tester", "rejected", 1)
    release.decide(None, "rm-3", "release_manager", on=exception)
    release.decide(None, "rm-4", "developer")
    release.decide("G3", "rm-5", "release_manager", "rejected")
    people = ["dev-1", "rm-1", "rm-2", "rm-3", "rm-4", "rm-5", "rm-6"]
    assert [p for p in people if release.may_dismiss(p)] == ["rm-5", "rm-6"]


def test_who_has_dismissed_may_still_approve_but_it_does_not_count() -> None:
    need = Requirement("G2", "approval", "qa_tester", not_initiator=False, one_gate=False)
    release = ToldRelease(requirements=(need,))
    release.check("fail", name="lint")
    release.dismiss(release.checks[0], "d", "rm-1", minute(3))
    release.decide("G2", "rm-1", "qa_tester", seen=4)
    exception = release.allow(1, "G1", by="rm-1", start=4)
    assert release.state("G2", "approval", "qa_tester") == "unsatisfied"
    assert not release.authorises(exception, END)
    release.decide("G2", "qa-1", "qa_tester", seen=5)
    assert release.state("G2", "approval", "qa_tester") == "satisfied"


# (a) Refused reports


@pytest.mark.parametrize("role", ["service_role", "ci_service_role"])
@pytest.mark.parametrize("stop", [LINT, OBJECTION, Stop("deployment_event", "G4", environment="staging", ref="s1")])
def test_a_refused_report_of_a_machine_may_be_dismissed_whoever_is_active(role: str, stop: Stop) -> None:
    release, report = refused(stop, role)
    assert release.why_dismissible(report, END, active) == "a"
    assert release.why_dismissible(report, END, gone) == ("b" if stop == OBJECTION else "a")


def test_a_refused_report_of_a_person_may_be_dismissed_where_its_check_or_its_deployment_is_not_known() -> None:
    probe = Stop("health_check", "G4", check="http", environment="staging", ref="s1")
    for stop, why in {probe: None, replace(probe, check=None): "a", replace(probe, target="eu"): "a"}.items():
        release, report = refused(stop, "sre")
        assert release.why_dismissible(report, END, active) == "a"
        release.deploy(STAGING, seen=6)
        assert release.why_dismissible(report, END, gone) == why
        assert release.why_dismissible(report, END, gone, ended_by_same=active) is None


def test_a_dismissed_report_stands_no_more_and_neither_do_earlier_ones_of_that_stop() -> None:
    release, report = refused(LINT)
    release.refuse(LINT, 6, key="again")
    release.refuse(Stop("build_complete", "G1", check="unit_tests"), 6)
    release.dismiss(report, "a", "rm-1", minute(8))
    assert [release.contests(m) for m in (7, 8)] == [3, 1]
    release.refuse(LINT, 9, key="later")
    assert release.contests() == 2, "later facts count anew"
    release.check("fail", 7, name="lint")
    assert Finding("no_failed_checks", None, True, "failed") in release.findings("G1", END), "facts are something else"


def test_what_has_ended_is_not_dismissed() -> None:
    release, report = refused(LINT)
    release.check("pass", 6, name="lint")
    assert release.why_dismissible(report, END) is None


# (b) Objections


def test_only_the_objection_of_somebody_who_is_no_active_member_in_that_role_is_dismissed() -> None:
    for gate, exception in (("G2", False), (None, False), (None, True)):
        release = ToldRelease()
        on = release.allow(1, "G1") if exception else None
        rejected = release.decide(gate, "qa-1", "qa_tester", "rejected", 1, on=on)
        assert release.why_dismissible(rejected, END, active) is None
        assert release.why_dismissible(rejected, END, gone) == "b"
        assert release.why_dismissible(rejected, END, lambda _, role: role == "developer") == "b", "another role"
        assert release.why_dismissible(rejected, END, gone, active) is None, "ended on behalf of the same person"
        release.decide(gate, "qa-1", "qa_tester", "approved", 2, on=on)
        assert release.why_dismissible(rejected, END, gone) is None, "it does not stand"


def test_an_approval_is_never_dismissed() -> None:
    release = ToldRelease()
    assert release.why_dismissible(release.decide("G2", "qa-1", "qa_tester"), END, gone) is None


def test_a_refused_objection_of_a_person_is_dismissed_like_one_on_record() -> None:
    release, report = refused(OBJECTION, "qa_tester")
    assert release.why_dismissible(report, END, active) is None
    assert release.why_dismissible(report, END, gone) == "b"
    assert release.why_dismissible(report, END, gone, active) is None


def test_a_dismissed_objection_takes_along_all_that_its_author_said_there_in_that_persona() -> None:
    release = ToldRelease()
    release.pass_gates("G1")
    release.show("G2", "test_result")
    release.decide("G2", "qa-2", "qa_tester", seen=1)
    release.decide("G2", "qa-1", "qa_tester", seen=2)
    rejected = release.decide("G2", "qa-1", "qa_tester", "rejected", 3)
    release.refuse(OBJECTION, 4, role="qa_tester")
    release.decide("G2", "qa-1", "developer", "request_changes", 4)
    release.dismiss(rejected, "b", "rm-1", minute(5))
    assert release.statuses(minute(4))[1] == "failed"
    assert release.contests(5) == 0
    assert [a.approver for a in release.current_decisions("G2", minute(5)) if a.persona == "qa_tester"] == ["qa-2"]
    assert Finding("approval", "developer", True, "unsatisfied") in release.findings("G2", minute(5)), "another persona"
    release.decide("G2", "qa-1", "qa_tester", "rejected", 6)
    assert release.statuses(minute(6))[1] == "failed", "later facts count anew"


# (c) Failures by hand


def test_only_a_failure_by_hand_of_somebody_who_is_gone_is_dismissed() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    failed = release.check("fail", 1, name="smoke", on=STAGING, trusted=False)
    assert [release.why_dismissible(failed, END, member) for member in (active, gone)] == [None, "c"]
    release.dismiss(failed, "c", "rm-1", minute(5))
    assert [release.standing_health("staging", minute(m)) for m in (4, 5)] == ["failed", "pending"]
    release.check("fail", 6, name="smoke", on=STAGING, trusted=False)
    assert release.standing_health("staging", END) == "failed"


# (d) Checks that are held no more


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ({"passed": "unit_tests"}, "d"),
        ({"passed": "lint"}, None),
        ({"passed": "unit_tests", "part": "other"}, None),
        ({"passed": "unit_tests", "name": "linux"}, None),
        ({"passed": "unit_tests", "name": "linux", "part": "build"}, "d"),
        ({"passed": "unit_tests", "by": "other-bot"}, None),
        ({"failed": "unit_tests"}, None),
    ],
)
def test_a_failed_check_that_a_later_passing_report_of_its_part_does_not_hold_may_be_dismissed(
    later: dict[str, str], why: str | None
) -> None:
    release = ToldRelease()
    release.build(failed="lint", seen=1)
    lint = release.checks[0]
    assert release.why_dismissible(lint, END) is None, "nothing came later"
    release.build(seen=3, **later)  # type: ignore[arg-type]
    assert release.why_dismissible(lint, END) == why


def test_a_report_that_was_observed_earlier_is_not_later() -> None:
    release = ToldRelease()
    release.build(failed="lint", seen=3)
    release.build(seen=1, recorded=4)
    assert release.why_dismissible(release.checks[0], END) is None


def test_a_check_that_policy_asks_for_by_name_is_never_dismissed() -> None:
    release = ToldRelease(requirements=(*DEFAULTS, Requirement("G1", "check", "lint")))
    release.build(failed="lint", seen=1)
    release.build(seen=3)
    release.refuse(LINT, 4)
    assert release.why_dismissible(release.checks[0], END) is None
    assert release.why_dismissible(release.contested[0], END) is None


def test_a_dismissed_check_takes_along_all_rows_of_its_name_and_trust_class_and_its_artifacts() -> None:
    release = ToldRelease()
    release.check("pass")
    release.build("app=1", failed="lint", name="build", seen=1)
    release.build("lint=1", name="lint", seen=1)
    release.check("fail", 1, name="lint", trusted=False)
    [lint, *_] = [c for c in release.checks if c.name == "lint"]
    release.build("app=1", name="build", seen=3)
    release.dismiss(lint, "d", "rm-1", minute(5))
    assert [sorted(release.artifacts(minute(m))) for m in (4, 5)] == [[("app", "1"), ("lint", "1")], [("app", "1")]]
    assert release.statuses()[0] == "failed", "the failure by hand stands"
    release.check("pass", 6, name="lint", trusted=False)
    assert release.statuses(minute(6))[0] == "passed"
    release.check("fail", 7, name="lint")
    assert release.statuses()[0] == "failed"


def test_a_failed_probe_is_dismissed_only_where_its_deployment_is_no_longer_looked_at() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    release.build(name="http", seen=1, part="probes", where="staging")
    probe = release.check("fail", 1, name="http", on=STAGING)
    release.build(name="queue", seen=2, part="probes", where="production")
    release.deploy(PRODUCTION, seen=2)
    release.retire("staging", "default", 2)
    assert release.why_dismissible(probe, END) is None, "the staging blocker looks at it when the target is back"
    release.deploy(DeploymentKey("staging", "s2"), "in_progress", 3)
    assert release.why_dismissible(probe, END) == "d"
    release.dismiss(probe, "d", "rm-1", minute(5))
    assert [release.standing_health("staging", minute(m)) for m in (4, 5)] == ["failed", "pending"]


def test_an_earlier_row_of_a_failure_that_stands_may_be_named_too() -> None:
    release = ToldRelease()
    release.build(failed="lint", seen=1)
    release.build(failed="lint", seen=2)
    release.build(seen=3)
    assert [release.why_dismissible(c, END) for c in release.checks] == ["d", "d"]
    release.check("pass", 4, name="lint")
    assert [release.why_dismissible(c, END) for c in release.checks] == [None] * 3


# (e) Deployments that never ended


def test_a_deployment_in_progress_is_dismissed_a_day_after_its_last_report_until_a_later_one() -> None:
    day = timedelta(hours=24)
    release = ToldRelease()
    release.deploy(STAGING, seen=0)
    release.check("pass", 1, name="http", on=STAGING)
    newer = DeploymentKey("staging", "s2")
    release.deploy(newer, "in_progress", 2)
    release.deploy(newer, "in_progress", 3)
    late = minute(3) + day
    assert release.why_dismissible(STAGING, late) is None, "it has ended"
    assert [release.why_dismissible(newer, m) for m in (late - timedelta(microseconds=1), late)] == [None, "e"]
    release.dismiss(newer, "e", "rm-1", late)
    assert release.why_dismissible(newer, late + day) is None
    failed = ToldRelease()
    failed.deploy(newer, "in_progress", 2)
    failed.check("fail", 3, name="http", on=newer)
    assert failed.why_dismissible(newer, late + day) is None, "its failure would be set aside with it"
    assert [release.standing_health("staging", m) for m in (minute(3), late)] == ["pending", "passed"]
    release.deploy(newer, "in_progress", 3 + 24 * 60 + 1)
    assert release.standing_health("staging", late + day) == "pending", "a later report brings it back"


# Closed releases


def test_a_closed_release_is_eligible_for_nothing_and_no_exception_covers_that() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.allow(1, "G1 G2 G3 G4")
    release.closed_at = minute(5)
    for moment, expected in ((minute(5) - timedelta(microseconds=1), True), (minute(5), False)):
        assert [release.is_eligible(e, moment) for e in ENVIRONMENTS] == [expected] * 3
    assert release.blockers("dev", END) == [(None, Finding("release_closed", "superseded", True, "failed"))]
    assert release.statuses() == ["passed", "passed", "passed", "bypassed"], "its past stays"


def test_what_is_deployed_of_a_closed_release_is_not_promoted_and_what_was_stays_so() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DeploymentKey("dev", "d1"), seen=1)
    release.closed_at = minute(2)
    assert release.status(END) == "promoted"
    release.deploy(DeploymentKey("dev", "d2"), seen=3)
    assert release.was_eligible(release.deployments(END)[DeploymentKey("dev", "d2")]) is False
    assert release.status(END) == "in_progress"
