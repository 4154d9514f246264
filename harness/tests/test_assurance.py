"""How surely somebody approved, by every way in over HTTP, and by sessions that are not PostgREST's."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from harness.prove.world import COMMIT, post, register_people
from harness.stack import Stack
from harness.stack.projects import register
from ops_gates import events
from ops_gates.answers import Answer, Reply
from ops_gates.client import Gates

NOTHING = {"own_token": False, "aal": None, "second_factor_at": None, "sso_at": None}
ASKS = {"kind": "approval", "subject": "qa_tester", "own_token": True, "aal2": True, "approvers": ["qa-1-login"]}


def factor(**more: Any) -> dict[str, Any]:
    """Claims of somebody who gave a second factor a minute ago."""
    then = int(time.time()) - 60
    methods = [{"method": "password", "timestamp": then - 5}, {"method": "totp", "timestamp": then}]
    return {"aal": "aal2", "amr": methods, **more}


class Asked:
    """A release of a project whose G2 asks for `ASKS`."""

    def __init__(self, stack: Stack) -> None:
        register_people(stack)
        self.stack, self.gates = stack, Gates(stack.client())
        self.project = f"acme/{uuid.uuid4().hex}"
        register(stack.client(), self.project)
        self.gates.set_policy("G2", [ASKS], self.project, on_behalf_of="rm-1", reason="a test")
        self.release_id = self.gates.open_release(self.project, "v1", "production", COMMIT, initiating_actor="dev-1")
        [gate] = self.gates.rows("release_gates", "gate_id", release_id=self.release_id, gate_code="G2")
        self.gate_id = gate["gate_id"]

    def signoff(self, who: str, claims: dict[str, Any] | None) -> Answer:
        """Approve G2: by one's own token with these claims, or (None) by an agent that names the person."""
        event = events.gate_signoff(
            self.release_id, "G2", session_id=uuid.uuid4().hex, decision="approved", approver_id=who,
            persona_role="qa_tester", rationale_structured={"criteria_met": True},
        )  # fmt: skip
        if claims is None:
            reply = post(self.stack, json.dumps(event).encode())
        else:
            token = self.stack.token("qa_tester", who, **claims)
            reply = post(self.stack, json.dumps(events.by_hand(event, who)).encode(), token=token)
        return Answer.of(Reply.of(reply.status_code, reply.content, reply.headers.items()))

    def insert(self, who: str, token: str | None, **more: Any) -> httpx.Response:
        """Insert an approval of G2 over the API, with `assurance` and `unmet` of the caller's own."""
        key = self.stack.publishable_key if token else self.stack.secret_key
        row = {
            "release_id": str(self.release_id), "gate_id": self.gate_id, "approver_id": who,
            "persona_role": "qa_tester", "decision": "approved", "scope": "gate",
            "rationale_structured": {"criteria_met": True},
            "assurance": {"own_token": True, "aal": "aal2", "second_factor_at": "2026-01-01", "sso_at": None},
            "unmet": None, **more,
        }  # fmt: skip
        headers = {"apikey": key, "content-profile": "ops", "authorization": f"Bearer {token or key}"}
        if token is None:
            del headers["authorization"]
        return self.stack.http.post(f"{self.stack.url}/rest/v1/approvals", json=row, headers=headers)

    def newest(self) -> dict[str, Any]:
        """The newest approval, as a client reads it."""
        rows = self.gates.rows("approvals", "assurance,unmet,created_at", release_id=self.release_id)
        return max(rows, key=lambda row: str(row["created_at"]))

    def status(self) -> str:
        """The stored status of G2."""
        [row] = self.gates.rows("release_gates", "status", gate_id=self.gate_id)
        return str(row["status"])


@pytest.fixture
def asked(stack: Stack) -> Asked:
    return Asked(stack)


@pytest.mark.parametrize(
    ("who", "claims", "unmet"),
    [
        ("qa-1", None, "own_token"),
        ("qa-1", {}, "aal2"),
        ("qa-1", {"aal": "aal2", "amr": ["totp"]}, "aal2"),
        ("qa-1", {"aal": "aal1", "amr": [{"method": "sso/saml", "timestamp": 1}]}, "aal2"),
        ("qa-2", factor(), "approvers"),
    ],
)
def test_an_approval_that_lacks_something_is_accepted_and_says_what(
    asked: Asked, who: str, claims: dict[str, Any] | None, unmet: str
) -> None:
    answer = asked.signoff(who, claims)
    assert (answer.status, answer.detail.get("unmet")) == ("accepted", unmet)
    assert (answer.unheard({}) or "").startswith("does_not_count: ")
    assert (asked.newest()["unmet"], asked.status()) == (unmet, "in_progress")
    again = asked.signoff("qa-1", factor())
    assert (again.status, "unmet" in again.detail, again.unheard({})) == ("accepted", False, None)
    assert asked.status() == "passed"


def test_the_token_says_how_its_holder_signed_in_by_event_and_by_row(asked: Asked) -> None:
    claims = factor()
    assert asked.signoff("qa-1", claims).kept
    by_event = asked.newest()["assurance"]
    answer = asked.insert("qa-1", asked.stack.token("qa_tester", "qa-1", **claims))
    assert answer.status_code == 201, answer.text
    by_row = asked.newest()["assurance"]
    assert by_event == by_row
    assert (by_row["own_token"], by_row["aal"], by_row["sso_at"]) == (True, "aal2", None)
    assert len(asked.gates.rows("approvals", "assurance->>aal", release_id=asked.release_id)) == 2


def test_what_a_caller_says_of_their_assurance_is_ignored(asked: Asked) -> None:
    answer = asked.insert("qa-1", asked.stack.token("qa_tester", "qa-1"))
    assert answer.status_code == 201, answer.text
    assert asked.newest()["assurance"] == {**NOTHING, "own_token": True}
    assert asked.newest()["unmet"] == "aal2"
    answer = asked.insert("qa-1", None)
    assert answer.status_code == 201, answer.text
    assert (asked.newest()["assurance"], asked.newest()["unmet"]) == (NOTHING, "own_token")


def test_a_login_that_is_neither_postgrest_nor_the_owner_has_nobodys_token(asked: Asked) -> None:
    login = f"reporter_{uuid.uuid4().hex[:8]}"
    name = sql.Identifier(login)
    with psycopg.connect(asked.stack.db_url, autocommit=True) as owner:
        owner.execute(sql.SQL("create role {} login password 'known'").format(name))
        owner.execute(sql.SQL("grant qa_tester to {}").format(name))
        try:
            with psycopg.connect(asked.stack.db_url, user=login, password="known", autocommit=True) as other:
                claims = json.dumps({"sub": "qa-1", "role": "qa_tester", **factor()})
                other.execute("set role qa_tester")
                other.execute("select set_config('request.jwt.claims', %s, false)", [claims])
                other.execute(
                    "insert into ops.approvals"
                    " (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)"
                    " values (%s, %s, 'qa-1', 'qa_tester', 'approved', 'gate', '{\"a\": 1}')",
                    [asked.release_id, asked.gate_id],
                )
        finally:
            owner.execute(sql.SQL("drop role {}").format(name))
    assert (asked.newest()["assurance"], asked.newest()["unmet"]) == (NOTHING, "own_token")
