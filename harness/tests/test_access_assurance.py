"""Whose approval counts where policy asks for own tokens, second factors and named people. Each part of the rules."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest

from harness.prove.access_scene import CannotAskError, Outcome, Scene

pytest_plugins = ("harness.tests.access_fixtures",)

A, B = "release_manager-a", "release_manager-b"
OWN: dict[str, Any] = {}  # a token that says nothing but who
HOUR = 3600
DAY = 24 * HOUR  # the claims are made when the tests are collected: later than the longest run


def signed_in(aal: str = "aal2", method: str = "totp", ago: int = 60, times: int = 1) -> dict[str, Any]:
    """More claims of a token: its level, and a method that was given some seconds ago."""
    entry = {"method": method, "timestamp": int(time.time()) - ago}
    return {"aal": aal, "amr": [entry] * times}


class Asked:
    """A release whose G3 asks for nothing but this, and those who decide on it."""

    def __init__(self, scene: Scene, *needs: dict[str, Any]) -> None:
        self.scene = scene
        asked = [{"kind": "approval", "subject": "release_manager", **need} for need in needs[:1]] + [*needs[1:]]
        scene.become("service_role")
        query = "select from ops.set_gate_policy('G3', %s, 'acme/shop', 'release_manager-a', 'a test')"
        assert scene.run(query, [json.dumps(asked)]).sqlstate is None
        scene.become(None)
        self.release, self.gates = scene.fresh_release()

    def run(self, who: str, claims: dict[str, Any] | None, query: str, values: list[Any]) -> Any:
        """Run a statement by somebody's own token, or (None) as a machine; the value that it returns."""
        role = "service_role" if claims is None else "release_manager"
        self.scene.become(role, who, None if claims is None else {"sub": who, "role": role, **claims})
        outcome = self.scene.run(query, values)
        assert outcome.sqlstate is None, outcome
        self.scene.become(None)
        return outcome.value

    def decide(
        self, who: str, claims: dict[str, Any] | None = None, decision: str = "approved", on: str | None = None
    ) -> str | None:
        """Decide on G3, or on an exception; what it does not meet."""
        query = """insert into ops.approvals
            (release_id, gate_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured)
          values (%s, %s, %s, %s, 'release_manager', %s, %s, '{"why": "known"}') returning unmet"""
        gate, scope = (None, "exception") if on else (self.gates["G3"], "gate")
        return cast("str | None", self.run(who, claims, query, [self.release, gate, on, who, decision, scope]))

    def allow(self, who: str, claims: dict[str, Any] | None = None, type_: str = "gate_bypass") -> str:
        """Open an exception over G3; its id."""
        query = """insert into ops.exceptions (
            release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
          values (%s, %s, '{G3}', 'r', 'r', %s, now() + interval '1 day') returning exception_id"""
        return str(self.run(who, claims, query, [self.release, type_, who]))

    def authorises(self, exception: str) -> bool:
        """Whether an exception has an effect now."""
        query = "select authorises from ops.v_exception_status where exception_id = %s"
        return bool(self.run(A, None, query, [exception]))

    def state(self) -> str:
        """The state of the finding on approvals."""
        query = "select state::text from ops.gate_findings(%s) where kind = 'approval'"
        return str(self.run(A, None, query, [self.gates["G3"]]))


@pytest.mark.parametrize(
    ("need", "claims", "unmet"),
    [
        ({"own_token": True}, None, "own_token"),
        ({"own_token": True}, OWN, None),
        ({"aal2": True}, None, "aal2"),
        ({"aal2": True}, OWN, "aal2"),
        ({"aal2": True}, signed_in(), None),
        ({"aal2": True}, signed_in(method="mfa/phone"), None),
        ({"aal2": True}, signed_in(method="mfa/webauthn"), None),
        ({"aal2": True}, signed_in(method="password"), "aal2"),
        ({"aal2": True}, signed_in(aal="aal1"), "aal2"),
        ({"aal2": True}, signed_in(ago=13 * HOUR), "aal2"),
        ({"aal2": True}, signed_in(ago=-DAY), "aal2"),
        ({"aal2": True}, {**signed_in(), "amr": signed_in()["amr"] + signed_in(ago=-DAY)["amr"]}, None),
        ({"aal2": True}, signed_in(times=100), None),
        ({"aal2": True}, signed_in(times=101), "aal2"),
        ({"aal2": True}, {**signed_in(), "more": "x" * 70_000}, "aal2"),
        ({"aal2": True}, signed_in("aal1", "sso/saml"), "aal2"),
        ({"aal2": True, "accept_sso": True}, signed_in("aal1", "sso/saml"), None),
        ({"aal2": True, "accept_sso": True}, signed_in("aal1", "sso/saml", 13 * HOUR), "aal2"),
        ({"approvers": [B]}, OWN, "approvers"),
        ({"approvers": [A]}, None, None),
    ],
)
def test_an_approval_counts_only_if_it_meets_what_policy_asks(
    scene: Scene, need: dict[str, Any], claims: dict[str, Any] | None, unmet: str | None
) -> None:
    asked = Asked(scene, need)
    assert asked.decide(A, claims) == unmet
    assert asked.state() == ("unsatisfied" if unmet else "satisfied")


def test_claims_that_a_machine_or_the_owner_brings_along_are_nobodys_token(scene: Scene) -> None:
    asked = Asked(scene, {"own_token": True})
    for role in ("service_role", None):
        scene.become("service_role", A, {"sub": A, "role": "release_manager", **signed_in()})
        if role is None:
            scene.db.execute("reset role")
        outcome = scene.insert(
            "approvals",
            {
                "release_id": asked.release, "gate_id": asked.gates["G3"], "approver_id": A,
                "persona_role": "release_manager", "decision": "approved", "scope": "gate",
                "rationale_structured": {"why": "known"},
            },
        )  # fmt: skip
        assert outcome.sqlstate is None, outcome
    scene.become(None)
    found = scene.owner("select unmet, (assurance).own_token from ops.approvals where release_id = %s", [asked.release])
    assert found == [("own_token", False)] * 2


def test_a_naming_replaces_no_own_approval_and_lifts_no_objection(scene: Scene) -> None:
    asked = Asked(scene, {"own_token": True})
    asked.decide(A, OWN)
    asked.decide(A)
    assert asked.state() == "satisfied"
    asked.decide(A, OWN, "rejected")
    asked.decide(A)
    assert asked.state() == "failed"


def test_a_naming_does_not_end_a_refused_objection(scene: Scene) -> None:
    asked = Asked(scene, {"own_token": True})
    event = scene.facts.signoff("G3", A, "release_manager") | {"release_id": asked.release}
    event["payload"] = {**event["payload"], "decision": "rejected", "rationale_structured": {}}
    scene.become("service_role")
    scene.run("select ops.ingest_event(%s)", [event])
    scene.become(None)
    standing = "select count(*) from ops.contested_reports c where release_id = %s and not exists (select from ops.contested_report_ends e where e.contested_id = c.contested_id)"  # noqa: E501
    assert scene.owner(standing, [asked.release]) == [(1,)]
    asked.decide(A)
    assert scene.owner(standing, [asked.release]) == [(1,)]
    asked.decide(A, OWN)
    assert scene.owner(standing, [asked.release]) == [(0,)]


def test_a_bypass_asks_for_the_own_tokens_of_what_it_covers_and_a_waiver_does_not(scene: Scene) -> None:
    asked = Asked(scene, {"own_token": True})
    named = asked.allow(A)
    assert [asked.authorises(e) for e in (named, asked.allow(A, OWN), asked.allow(A, None, "evidence_waiver"))] == [
        False,
        True,
        True,
    ]
    asked.decide(B, None, on=named)
    assert not asked.authorises(named)
    asked.decide(B, OWN, on=named)
    assert asked.authorises(named)


def test_a_bypass_asks_for_the_named_people_of_what_it_covers(scene: Scene) -> None:
    asked = Asked(scene, {"approvers": [B]})
    bypass = asked.allow(A)
    assert not asked.authorises(bypass)
    asked.decide(B, None, on=bypass)
    assert asked.authorises(bypass)


def test_policy_on_exceptions_asks_of_every_type(scene: Scene) -> None:
    asked = Asked(scene, {}, {"kind": "exception_approvals", "own_token": True})
    assert [asked.authorises(asked.allow(A, claims, "evidence_waiver")) for claims in (None, OWN)] == [False, True]


def only_manager(scene: Scene) -> str:
    """A release of the only release manager of its project, whom policy lets act alone."""
    scene.become("service_role")
    asked = json.dumps([{"kind": "check", "subject": "build"}, {"kind": "alone"}])
    each = "select ops.set_gate_policy(g, %s, 'acme/shop', %s, 'a test') from unnest('{G1,G2,G3,G4}'::text[]) as g"
    assert scene.run(each, [asked, A]).sqlstate is None
    others = "select subject from ops.v_memberships where role = 'release_manager' and subject <> %s"
    ended = f"select ops.revoke_membership(o.subject, null, null, %s, 'a test') from ({others}) as o"
    assert scene.run(ended, [A, A]).count
    scene.become(None)
    defined = scene.owner("select pg_get_functiondef('ops_private.alone_after()'::regprocedure)")[0][0]
    scene.db.execute(defined.replace("24 hours", "0"))
    return scene.fresh_release(A)[0]


def test_who_only_says_that_they_are_the_only_manager_does_nothing_alone(scene: Scene) -> None:
    release = only_manager(scene)
    stop = scene.facts.build("fail", check_name="lint") | {"release_id": release, "schema_version": "v9.9"}
    scene.become("service_role")
    assert scene.run("select ops.ingest_event(%s) ->> 'status'", [stop]).value == "rejected"
    scene.become(None)
    [[fact]] = scene.owner("select contested_id from ops.contested_reports where release_id = %s", [release])

    def tried() -> list[Outcome]:
        """What happens to an exception and a dismissal by a session that says it is the manager."""
        exception = """insert into ops.exceptions (
            release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
          values (%s, 'gate_bypass', '{G1}', 'r', 'r', %s, now() + interval '1 day') returning alone"""
        scene.become("release_manager", A)
        return [scene.run(exception, [release, A]), scene.run("select ops.dismiss(%s, 'it was mended')", [fact])]

    try:
        session = scene.superuser()
    except CannotAskError:
        pytest.skip("needs a superuser, and this stack has none")
    session.execute("create role reporter login; grant release_manager to reporter")
    session.execute("set session authorization reporter")
    assert [outcome.sqlstate for outcome in tried()] == ["OPS07", "OPS11"]
    session.execute("reset role; set session authorization authenticator")
    exception, dismissal = tried()
    assert (exception.value, dismissal.sqlstate) == (True, None)


@pytest.mark.parametrize(
    ("approvers", "sqlstate"),
    [
        ([A, "nobody"], "OPS06"),
        ([A, "ci_service_role-a"], "OPS06"),
        ([A, A.upper()], "OPS10"),
        ([], "OPS10"),
        ([f"p{n}" for n in range(51)], "OPS10"),
        (["x\u00e9"], "OPS10"),
    ],
)
def test_policy_names_active_people_once(scene: Scene, approvers: list[str], sqlstate: str) -> None:
    need = json.dumps([{"kind": "approval", "subject": "release_manager", "approvers": approvers}])
    setting = "select from ops.set_gate_policy('G3', %s, 'acme/shop', 'release_manager-a', 'a test')"
    asked = scene.attempt("service_role", setting, [need])
    assert asked.sqlstate == sqlstate
    written = scene.attempt(
        None,
        "insert into ops.gate_requirements (project, gate_code, kind, subject, approvers)"
        " values ('acme/shop', 'G3', 'approval', 'release_manager', %s)",
        [approvers],
    )
    assert written.sqlstate == sqlstate


def test_people_are_kept_as_their_members_are_spelled(scene: Scene) -> None:
    asked = Asked(scene, {"approvers": [A.upper()]})
    assert asked.decide(A) is None
    [[kept]] = scene.owner(
        "select approvers from ops.gate_requirements where project = 'acme/shop' and valid_to is null"
        " and approvers is not null"
    )
    assert kept == [A]
