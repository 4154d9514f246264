"""The model judges how sure it is who decided, and who may decide, as policy asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.prove.model_assurance import SKEW, Asked, SignIn, sign_in_of
from harness.prove.model_facts import Requirement, Stop
from harness.prove.model_inbox import Asking, Inbox
from harness.prove.model_people import Membership, People
from harness.tests.told_release import END, ToldRelease, minute

PASSWORD = SignIn("aal1")
FRESH, OLD = minute(0) - timedelta(hours=1), minute(0) - timedelta(hours=13)
FACTOR, STALE = SignIn("aal2", FRESH), SignIn("aal2", OLD)
SSO, OLD_SSO = SignIn("aal1", None, FRESH), SignIn("aal1", None, OLD)
OWN, AAL2, EITHER = Asked(own_token=True), Asked(aal2=True), Asked(aal2=True, accept_sso=True)
NAMED = Asked(approvers=frozenset(["rm-1", "rm-2", "rm-3"]))


def asking(asked: Asked, count: int = 1, *more: Requirement) -> ToldRelease:
    """A release whose G3 asks for nothing but approvals of release managers."""
    return ToldRelease(requirements=(Requirement("G3", "approval", "release_manager", count, asked=asked), *more))


def state(release: ToldRelease, at: datetime = END) -> str:
    return release.state("G3", "approval", "release_manager", at)


@pytest.mark.parametrize(
    ("asked", "sign_in", "expected"),
    [
        (Asked(), None, "satisfied"),
        (OWN, None, "unsatisfied"),
        (OWN, PASSWORD, "satisfied"),
        (AAL2, None, "unsatisfied"),
        (AAL2, PASSWORD, "unsatisfied"),
        (AAL2, FACTOR, "satisfied"),
        (AAL2, STALE, "unsatisfied"),
        (AAL2, SignIn("aal1", FRESH), "unsatisfied"),
        (AAL2, SignIn("aal2"), "unsatisfied"),
        (AAL2, SSO, "unsatisfied"),
        (EITHER, SSO, "satisfied"),
        (EITHER, OLD_SSO, "unsatisfied"),
        (EITHER, FACTOR, "satisfied"),
        (EITHER, None, "unsatisfied"),
        (NAMED, None, "satisfied"),
    ],
)
def test_an_approval_counts_if_it_meets_what_is_asked(asked: Asked, sign_in: SignIn | None, expected: str) -> None:
    release = asking(asked)
    release.decide("G3", "rm-1", "release_manager", sign_in=sign_in)
    assert state(release) == expected


def test_a_second_factor_is_fresh_for_12_hours() -> None:
    for seconds, expected in ((0, "satisfied"), (1, "unsatisfied")):
        release = asking(AAL2)
        given = minute(5) - timedelta(hours=12, seconds=seconds)
        release.decide("G3", "rm-1", "release_manager", seen=5, sign_in=SignIn("aal2", given))
        assert state(release) == expected
    release = asking(AAL2)
    release.decide("G3", "rm-1", "release_manager", seen=5, sign_in=SignIn("aal2", minute(6)))
    assert state(release) == "unsatisfied", "it was given after the decision"


def test_a_naming_takes_nothing_from_an_own_approval_and_lifts_no_objection() -> None:
    release = asking(OWN)
    release.decide("G3", "rm-1", "release_manager", seen=1, sign_in=PASSWORD)
    release.decide("G3", "rm-1", "release_manager", seen=2)
    assert state(release) == "satisfied"
    release.decide("G3", "rm-1", "release_manager", "rejected", seen=3)
    release.decide("G3", "rm-1", "release_manager", seen=4)
    assert state(release) == "failed", "an objection counts whoever tells it"
    release.decide("G3", "rm-1", "release_manager", seen=5, sign_in=PASSWORD)
    assert state(release) == "satisfied"


def test_without_such_a_policy_a_naming_lifts_an_objection() -> None:
    release = asking(Asked())
    release.decide("G3", "rm-1", "release_manager", "rejected", seen=3, sign_in=PASSWORD)
    release.decide("G3", "rm-1", "release_manager", seen=4)
    assert state(release) == "satisfied"


def test_the_same_person_may_approve_again_with_a_second_factor() -> None:
    release = asking(AAL2)
    release.decide("G3", "rm-1", "release_manager", seen=1, sign_in=PASSWORD)
    release.decide("G3", "rm-1", "release_manager", seen=2, sign_in=FACTOR)
    release.decide("G3", "rm-1", "release_manager", seen=3, sign_in=PASSWORD)
    assert [state(release, minute(m)) for m in (1, 2, 3)] == ["unsatisfied", "satisfied", "satisfied"]


def test_so_many_of_the_named_people_must_approve() -> None:
    release = asking(NAMED, 2)
    for number, (who, expected) in enumerate(
        [("rm-4", "unsatisfied"), ("rm-1", "unsatisfied"), ("rm-1", "unsatisfied"), ("rm-3", "satisfied")]
    ):
        release.decide("G3", who, "release_manager", seen=number)
        assert state(release) == expected
    release.decide("G3", "rm-4", "release_manager", "rejected", seen=5)
    assert state(release) == "failed", "an objection counts whoever it is"
    release.decide("G3", "rm-4", "release_manager", seen=6)
    assert state(release) == "satisfied", "and is lifted by whoever it is"


def test_a_refused_objection_is_not_ended_by_a_naming() -> None:
    release = asking(OWN)
    release.refuse(Stop("gate_signoff", "G3", person="rm-1", persona="release_manager"), seen=1)
    release.decide("G3", "rm-1", "release_manager", seen=2)
    assert release.contests() == 1
    release.decide("G3", "rm-1", "release_manager", seen=3, sign_in=PASSWORD)
    assert release.contests() == 0


def test_a_refused_objection_that_cannot_be_read_is_not_corrected_by_a_naming() -> None:
    release = asking(OWN)
    release.refuse(Stop("gate_signoff", None, person="rm-1", persona="release_manager"), seen=1)
    about = Stop("gate_signoff", "G3", person="rm-1", persona="release_manager")
    for seen, sign_in, left in ((2, None, 1), (3, PASSWORD, 0)):
        given = release.decide("G3", "rm-1", "release_manager", seen=seen, sign_in=sign_in)
        release.accept("gate_signoff", seen, about=about, approval=given)
        assert release.contests() == left


@pytest.mark.parametrize(
    ("asked", "type_", "sign_in", "expected"),
    [
        (OWN, "gate_bypass", None, False),
        (OWN, "gate_bypass", PASSWORD, True),
        (OWN, "evidence_waiver", None, True),
        (AAL2, "gate_bypass", PASSWORD, False),
        (AAL2, "gate_bypass", FACTOR, True),
        (AAL2, "gate_bypass", SSO, False),
        (EITHER, "gate_bypass", SSO, True),
    ],
)
def test_an_exception_asks_for_the_assurance_of_what_it_covers(
    asked: Asked, type_: str, sign_in: SignIn | None, expected: bool
) -> None:
    release = asking(asked)
    assert release.authorises(release.allow(1, "G3", type_, sign_in=sign_in), END) is expected
    assert release.authorises(release.allow(2, "G1", type_), END), "G1 asks for nothing"


def test_an_exception_asks_for_the_named_people_of_what_it_covers() -> None:
    release = asking(Asked(approvers=frozenset(["rm-1", "rm-2"])), 2)
    bypass, waiver = release.allow(1, "G3"), release.allow(2, "G3", "evidence_waiver")
    assert release.authorises(waiver, END)
    for number, (who, expected) in enumerate([("rm-7", False), ("rm-1", False), ("rm-2", True)]):
        release.decide(None, who, "release_manager", seen=number, on=bypass)
        assert release.authorises(bypass, END) is expected


def test_named_people_approve_an_exception_in_the_persona_that_names_them() -> None:
    need = Requirement("G2", "approval", "qa_tester", asked=Asked(approvers=frozenset(["qa-1"])))
    release = ToldRelease(requirements=(need,))
    bypass = release.allow(1, "G2")
    release.decide(None, "qa-1", "sre", on=bypass)
    assert not release.authorises(bypass, END)
    release.decide(None, "qa-1", "qa_tester", on=bypass)
    assert release.authorises(bypass, END)


def test_policy_on_exceptions_asks_of_every_type() -> None:
    need = Requirement("G3", "exception_approvals", min_count=2, asked=OWN)
    release = asking(Asked(), 1, need)
    waiver = release.allow(1, "G3", "evidence_waiver")
    for number, (who, sign_in, expected) in enumerate(
        [("rm-1", PASSWORD, False), ("rm-2", None, False), ("rm-2", PASSWORD, True)]
    ):
        release.decide(None, who, "release_manager", seen=number, on=waiver, sign_in=sign_in)
        assert release.authorises(waiver, END) is expected


NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
THEN = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, SignIn()),
        ({"aal": "aal3", "amr": ["totp", "sso/saml"]}, SignIn()),
        ({"aal": "aal2", "amr": [{"method": "totp", "timestamp": THEN}]}, SignIn("aal2", NOW)),
        ({"aal": "aal2", "amr": [{"method": "totp", "timestamp": THEN + SKEW}]}, SignIn("aal2", NOW)),
        ({"aal": "aal2", "amr": [{"method": "totp", "timestamp": THEN + SKEW + 1}]}, SignIn("aal2")),
        ({"amr": [{"method": "mfa/phone", "timestamp": THEN}]}, SignIn(None, NOW)),
        ({"amr": [{"method": "sso/saml", "timestamp": THEN}]}, SignIn(None, None, NOW)),
        ({"amr": [{"method": "password", "timestamp": THEN}]}, SignIn()),
        ({"amr": [{"method": "totp", "timestamp": str(THEN)}, {"method": "totp"}, None, 7, []]}, SignIn()),
        ({"amr": [{"method": "totp", "timestamp": THEN}] * 101}, SignIn()),
    ],
)
def test_a_token_says_how_its_holder_signed_in(claims: dict[str, Any], expected: SignIn) -> None:
    assert sign_in_of(claims, NOW) == expected


BOTH = (
    Requirement("G2", "approval", "qa_tester", asked=OWN),
    Requirement("G3", "approval", "qa_tester", asked=OWN),
    Requirement("G3", "approval", "release_manager"),
)


@pytest.mark.parametrize("gate", ["G2", "G3"])
@pytest.mark.parametrize(("sign_in", "expected"), [(None, "satisfied"), (PASSWORD, "unsatisfied")])
def test_a_naming_bars_nobody_from_another_gate_or_role(gate: str, sign_in: SignIn | None, expected: str) -> None:
    release = ToldRelease(requirements=BOTH)
    release.decide(gate, "two-1", "qa_tester", seen=1, sign_in=sign_in)
    release.decide("G3", "two-1", "release_manager", seen=2, sign_in=PASSWORD)
    assert state(release) == expected


def test_a_naming_bars_nobody_from_dismissing() -> None:
    release = asking(OWN)
    release.decide("G3", "rm-1", "release_manager", seen=1)
    release.allow(1, "G3", by="rm-2")
    release.decide("G3", "rm-3", "release_manager", seen=1, sign_in=PASSWORD)
    release.allow(2, "G3", by="rm-4", sign_in=PASSWORD)
    assert [release.may_dismiss(f"rm-{number}") for number in (1, 2, 3, 4)] == [True, True, False, False]


def waiting(release: ToldRelease, person: str, people: People, project: str = "p") -> set[tuple[str, str]]:
    """What waits for somebody, and in which role."""
    release.people, release.project = people, project
    held = frozenset(people.roles_in(person, project))
    return {(i.kind, i.role) for i in Inbox(release, Asking(person, held, people, project), END).items()}


def managers(*people: str) -> People:
    return People({"p"}, [Membership(p, "release_manager", None) for p in people])


@pytest.mark.parametrize(
    ("approved", "left", "is_asked"),
    [
        ((), ("rm-1", "rm-2"), True),
        ((), ("rm-2",), False),
        (("rm-1",), ("rm-2",), True),
        (("rm-4",), ("rm-2",), False),
    ],
)
def test_who_approved_and_left_is_one_of_so_many_named_people(
    approved: tuple[str, ...], left: tuple[str, ...], is_asked: bool
) -> None:
    others = [Requirement(gate, "no_failed_checks") for gate in ("G1", "G2")]
    release = asking(Asked(approvers=frozenset(["rm-1", "rm-2"])), 2, *others)
    for who in approved:
        release.decide("G3", who, "release_manager", sign_in=PASSWORD)
    assert (("sign_off", "release_manager") in waiting(release, "rm-2", managers(*left))) is is_asked


@pytest.mark.parametrize(("sign_in", "is_asked"), [(None, True), (PASSWORD, False)])
def test_a_naming_bars_nobody_from_a_review(sign_in: SignIn | None, is_asked: bool) -> None:
    release = asking(OWN)
    release.allow(1, "G3", end=1, by="rm-1", sign_in=sign_in)
    found = waiting(release, "rm-1", managers("rm-1"))
    assert (("exception_review", "release_manager") in found) is is_asked


@pytest.mark.parametrize(
    ("person", "persona", "held", "key", "sender", "who"),
    [
        ("qa-1", "qa_tester", True, "k", "service_role", "qa_tester"),
        ("qa-1", "qa_tester", False, "k", "service_role", "release_manager"),
        ("qa-1", None, False, "ci/1/gate_signoff", "service_role", "service_role"),
        (None, "qa_tester", False, "ci/1/gate_signoff", "service_role", "service_role"),
        (None, "qa_tester", False, "ci/1/health_check", "service_role", "release_manager"),
        (None, "qa_tester", False, "k", "service_role", "release_manager"),
        (None, "qa_tester", False, None, "service_role", "release_manager"),
        (None, "qa_tester", True, None, "qa_tester", "qa_tester"),
        (None, "qa_tester", False, None, "qa_tester", "release_manager"),
    ],
)
def test_whom_a_refused_objection_waits_for(
    person: str | None, persona: str | None, held: bool, key: str | None, sender: str, who: str
) -> None:
    release = ToldRelease()
    by = "qa-1" if sender == "qa_tester" else sender
    release.refuse(Stop("gate_signoff", "G2", person=person, persona=persona), key=key, sender=by, role=sender)
    people = People({"p"}, [Membership("qa-1", "qa_tester", None)] if held else [])
    asking_all = Asking(None, frozenset(["service_role", "qa_tester", "release_manager"]), people, "p")
    found = Inbox(release, asking_all, END).items()
    assert {i.role for i in found if i.kind == "contested_report"} == {who}
