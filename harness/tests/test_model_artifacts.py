"""The model judges artifacts and evidence: which set is on record, which approvals are of it, what counts once."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace

import pytest

from harness.prove.model_facts import DEFAULTS, DeploymentKey, Finding, Requirement
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute

# The set on record


def on_record(release: ToldRelease, at: float = 60) -> set[str]:
    return {f"{name}={sha256}" for name, sha256 in release.artifacts(minute(at))}


def test_the_set_on_record_is_the_union_over_names_of_checks() -> None:
    release = ToldRelease()
    release.build("app=1", seen=1, name="linux")
    release.build("app-mac=1", "notes=1", seen=2, name="mac")
    release.build("app=2", seen=3, name="linux")
    assert [on_record(release, m) for m in (0, 1, 2, 3)] == [
        set(), {"app=1"}, {"app=1", "app-mac=1", "notes=1"}, {"app=2", "app-mac=1", "notes=1"}
    ]  # fmt: skip


def test_of_a_name_the_latest_trusted_report_that_names_any_counts_in_whatever_order_they_came() -> None:
    told = [(1.0, ["app=1"], True), (3.0, ["app=2"], True), (5.0, [], True), (6.0, ["app=3"], False)]
    for order in itertools.permutations(told):
        release = ToldRelease()
        for recorded, (seen, artifacts, trusted) in enumerate(order, 10):
            release.build(*artifacts, seen=seen, recorded=recorded, trusted=trusted)
        assert on_record(release) == {"app=2"}


def test_of_two_reports_observed_at_once_the_one_that_was_recorded_last_counts() -> None:
    release = ToldRelease()
    release.build("app=2", seen=1, recorded=5)
    release.build("app=1", seen=1, recorded=6)
    assert [on_record(release, m) for m in (5, 6)] == [{"app=2"}, {"app=1"}]


def test_the_digest_names_the_sorted_lines_of_the_set_and_is_none_of_no_set() -> None:
    release = ToldRelease()
    assert release.digest(END) is None
    release.build("b=2", "Z=3", "a=1")
    assert release.digest(END) == hashlib.sha256(b"Z\t3\na\t1\nb\t2\n").hexdigest()


def test_one_name_with_two_hashes_is_a_conflict_that_fails_g1() -> None:
    release = ToldRelease()
    release.pass_gates("G1")
    release.build("app=1", "lib=1", name="linux")
    release.build("app=1", "lib=2", seen=1, name="mac")
    assert Finding("artifact_conflict", "lib", True, "failed") in release.findings("G1", END)
    assert [f.subject for f in release.conflicts(END)] == ["lib"]
    assert release.statuses()[0] == "failed"
    release.allow(1, "G1", end=30)
    assert release.verdict("G1", minute(29)).status == "bypassed"
    release.build("app=1", "lib=1", seen=2, name="mac")
    assert release.statuses()[0] == "passed"


# Approvals of them


def states(release: ToldRelease, *minutes: float) -> list[str]:
    return [release.state("G2", "approval", "qa_tester", minute(m)) for m in minutes]


def test_an_approval_lapses_when_other_artifacts_are_built_and_counts_again_when_they_are_back() -> None:
    release = ToldRelease()
    release.build("app=1", seen=1)
    release.decide("G2", "qa-1", "qa_tester", seen=2)
    release.build("app=2", seen=3)
    release.build("app=1", seen=4)
    release.build("app=1", "lib=1", seen=5)
    assert states(release, 2, 3, 4, 5) == ["satisfied", "unsatisfied", "satisfied", "unsatisfied"]
    release.decide("G2", "qa-1", "qa_tester", seen=6)
    assert states(release, 6) == ["satisfied"]


def test_no_artifacts_are_a_set_too() -> None:
    release = ToldRelease()
    release.decide("G2", "qa-1", "qa_tester", seen=1)
    release.build(seen=2)
    release.build("app=1", seen=3)
    assert states(release, 1, 2, 3) == ["satisfied", "satisfied", "unsatisfied"]


def test_an_approval_is_of_what_was_there_when_it_was_recorded_not_when_it_was_given() -> None:
    release = ToldRelease()
    release.build("app=1", seen=1)
    release.build("app=2", seen=2)
    release.decide("G2", "qa-1", "qa_tester", seen=1.5, recorded=3)
    assert states(release, 3) == ["satisfied"]


def test_a_rejection_does_not_lapse_and_a_lapsed_approval_still_replaces_what_was_said_before() -> None:
    release = ToldRelease()
    release.decide("G2", "qa-2", "qa_tester", "rejected", seen=1)
    release.build("app=1", seen=2)
    assert states(release, 2) == ["failed"]
    release.decide("G2", "qa-2", "qa_tester", seen=3)
    release.build("app=2", seen=4)
    assert states(release, 3, 4) == ["satisfied", "unsatisfied"]


def test_who_gave_a_lapsed_approval_on_a_lower_gate_still_approves_no_higher_one() -> None:
    release = ToldRelease()
    release.decide("G2", "rm-1", "qa_tester", seen=1)
    release.build("app=1", seen=2)
    release.decide("G3", "rm-1", "release_manager", seen=3)
    assert release.state("G3", "approval", "release_manager") == "unsatisfied"


def test_an_approval_of_an_exception_lapses_too_and_its_grant_does_not() -> None:
    release = ToldRelease(requirements=(*DEFAULTS, Requirement("G1", "exception_approvals", min_count=2)))
    exception, other = release.allow(1, "G1"), release.allow(2, "G2")
    release.decide(None, "rm-1", "release_manager", seen=1, on=exception)
    release.build("app=1", seen=2)
    assert [release.authorises(exception, minute(m)) for m in (1, 2)] == [True, False]
    assert release.authorises(other, END)


# Deployments of them


def test_a_deployment_of_something_else_than_the_set_on_record_is_not_eligible() -> None:
    for artifacts, outside in {
        "app=1": [],
        "lib=1 app=1": [],
        "app=2": ["app"],
        "app=1 cli=1": ["cli"],
        "": [],
    }.items():
        release = ToldRelease(target="dev")
        release.build("app=1", "lib=1")
        release.deploy(DeploymentKey("dev", "d1"), seen=1, artifacts=artifacts)
        release.allow(1, "G1 G2 G3 G4")
        found = release.blockers_at_deploy(release.deployments(END)[DeploymentKey("dev", "d1")])
        expected: list[tuple[None, Finding]] = [
            (None, Finding("artifact_mismatch", name, True, "failed")) for name in outside
        ]
        assert found == expected
        assert release.status(END) == ("in_progress" if outside else "promoted")


def test_artifacts_are_compared_with_the_set_each_time_that_a_deployment_is_judged() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DeploymentKey("dev", "d1"), "in_progress", seen=1, artifacts="app=1")
    release.build("app=2", seen=2)
    assert release.was_eligible(release.deployments(minute(2))[DeploymentKey("dev", "d1")]) is True, "no set was known"
    release.deploy(DeploymentKey("dev", "d1"), seen=3, artifacts="app=1")
    assert release.was_eligible(release.deployments(END)[DeploymentKey("dev", "d1")]) is False


def test_policy_may_ask_that_a_deployment_to_production_names_its_artifacts() -> None:
    need = Requirement("G3", "deployed_artifacts")
    for built, named, needs, expected in (
        (True, "", (need,), False),
        (True, "app=1", (need,), True),
        (False, "", (need,), True),
        (True, "", (replace(need, blocking=False),), True),
        (True, "", (), True),
    ):
        release = ToldRelease(requirements=DEFAULTS + needs)
        release.build(*(["app=1"] if built else []))
        release.pass_gates("G1", "G2", "G3")
        release.deploy(STAGING, seen=1)
        release.deploy(PRODUCTION, seen=1, artifacts=named)
        deployments = release.deployments(END)
        assert release.was_eligible(deployments[STAGING]) is True
        assert release.was_eligible(deployments[PRODUCTION]) is expected
        assert release.is_eligible("production", END), "only a deployment can name any"


def test_a_bypass_of_g3_covers_that_a_deployment_names_nothing_and_no_bypass_that_it_is_another_one() -> None:
    release = ToldRelease(requirements=(*DEFAULTS, Requirement("G3", "deployed_artifacts")))
    release.build("app=1")
    release.pass_gates("G1", "G2", "G3")
    exception = release.allow(1, "G1 G2 G3 G4")
    release.deploy(PRODUCTION, seen=1)
    release.deploy(DeploymentKey("production", "p2"), seen=1, artifacts="app=2")
    deployments = release.deployments(END)
    assert [release.was_eligible(d) for _, d in sorted(deployments.items())] == [True, False]
    assert release.excepted_by(deployments[PRODUCTION]) == {exception.id}


# Evidence


def shown(release: ToldRelease, count: int, *, require_hash: bool = False, at: float = 60) -> bool:
    """Whether so much evidence counts on G2."""
    need = Requirement("G2", "evidence", "test_result|uat_summary", count, require_hash=require_hash)
    release.requirements = (need,)
    return release.state("G2", "evidence", need.subject, minute(at)) == "satisfied"


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([("a", None), ("a", None)], 1),
        ([("a", None), ("b", None)], 2),
        ([("a", "1"), ("b", "1")], 1),
        ([("a", "1"), ("b", "2")], 2),
        ([("a", None), ("a", "1")], 1),
        ([("a", "1"), ("a", None)], 1),
        ([("a", "1"), ("a", "2")], 1),
        ([("a", "1"), ("a", "2"), ("b", "1")], 2),
        ([("a", "2"), ("a", "1"), ("b", "1")], 1),
    ],
)
def test_evidence_counts_once_per_artifact(rows: list[tuple[str, str | None]], count: int) -> None:
    release = ToldRelease()
    for number, (url, sha256) in enumerate(rows):
        release.show("G2", ("test_result", "uat_summary")[number % 2], seen=number, url=url, sha256=sha256)
    assert [shown(release, c) for c in (count, count + 1)] == [True, False]


def test_of_one_address_the_row_that_was_observed_last_counts_in_whatever_order_they_came() -> None:
    for order in itertools.permutations([(1.0, "1"), (3.0, None), (2.0, "2")]):
        release = ToldRelease()
        for recorded, (seen, sha256) in enumerate(order, 10):
            release.show("G2", "test_result", seen=seen, url="a", sha256=sha256, recorded=recorded)
        assert shown(release, 1)
        assert not shown(release, 1, require_hash=True), "the newest row has none"


def test_policy_may_ask_for_a_hash() -> None:
    release = ToldRelease()
    release.show("G2", "test_result", url="a")
    assert [shown(release, 1), shown(release, 1, require_hash=True)] == [True, False]
    release.show("G2", "test_result", seen=1, url="a", sha256="1")
    assert shown(release, 1, require_hash=True)


def signed(*, persona: str = "qa_tester") -> ToldRelease:
    """A release of which a tester approves a build, with a test result."""
    release = ToldRelease()
    release.build("app=1")
    release.decide("G2", "qa-1", persona, seen=1)
    release.show("G2", "test_result", seen=1, signed=True)
    return release


def test_evidence_of_a_sign_off_counts_while_its_author_approves() -> None:
    release = signed()
    release.decide("G2", "qa-1", "qa_tester", "request_changes", seen=2)
    release.decide("G2", "qa-1", "qa_tester", seen=3)
    release.decide("G2", "qa-1", "developer", "rejected", seen=4)
    release.decide("G2", "qa-2", "qa_tester", "rejected", seen=4)
    release.decide("G3", "qa-1", "qa_tester", "rejected", seen=4)
    assert [shown(release, 1, at=m) for m in (1, 2, 3, 4)] == [True, False, True, True]


def test_evidence_that_came_with_a_rejection_counts_for_nothing() -> None:
    release = ToldRelease()
    release.decide("G2", "qa-1", "qa_tester", "rejected")
    release.show("G2", "test_result", signed=True)
    assert not shown(release, 1)


def test_evidence_of_a_sign_off_lapses_with_its_artifacts_and_is_back_with_them() -> None:
    release = signed()
    release.build("app=2", seen=2)
    release.decide("G2", "qa-1", "qa_tester", seen=3)
    release.build("app=1", seen=4)
    assert [shown(release, 1, at=m) for m in (1, 2, 3, 4)] == [True, False, False, True]


def test_evidence_counts_also_where_the_approval_that_it_came_with_does_not() -> None:
    release = ToldRelease()
    release.decide("G2", "dev-1", "qa_tester")
    release.show("G2", "test_result", signed=True)
    assert shown(release, 1), "by the initiator"


def test_a_row_whose_sign_off_does_not_stand_hides_no_row_of_its_address() -> None:
    release = ToldRelease()
    release.build("app=1")
    release.decide("G2", "qa-1", "qa_tester", seen=1)
    release.show("G2", "test_result", seen=1, url="a", sha256="1", signed=True)
    release.build("app=2", seen=2)
    release.decide("G2", "qa-2", "qa_tester", seen=3)
    release.show("G2", "test_result", seen=3, url="a", sha256="2", signed=True)
    release.build("app=1", seen=4)
    assert [shown(release, 1, at=m) for m in (1, 2, 3, 4)] == [True, False, True, True], "the earlier set is back"


def test_evidence_on_g4_counts_for_the_deployment_that_it_names() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    release.check("pass", name="http", on=STAGING)
    release.show("G4", "health_check")
    release.show("G4", "health_check", DeploymentKey("staging", "s0"))
    release.show(None, "health_check", STAGING)
    assert release.state("G4", "evidence", "health_check") == "unsatisfied"
    release.show("G4", "health_check", STAGING, seen=1, url="b")
    assert release.state("G4", "evidence", "health_check") == "satisfied"
    release.deploy(PRODUCTION, seen=2)
    assert release.state("G4", "evidence", "health_check") == "unsatisfied"
