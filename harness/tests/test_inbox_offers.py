"""The inbox asks for a sign-off exactly when it would count: asked, and then signed and undone, in random histories."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.stack.members import SET_POLICY
from ops_gates import events

pytest_plugins = ("harness.tests.access_fixtures",)

ROLES = ("qa_tester", "release_manager")
GATES = ("G1", "G2", "G3")
PEOPLE = ("ann", "bob", "cas")
HISTORIES = 40
SOURCE = "9f3ab" * 8

Needed = tuple[str, str]  # a gate, and the persona of an approval that it asks for


@dataclass
class History:
    """A project of its own with three people who hold two roles each, and one release of the first of them."""

    db: psycopg.Connection[Any]
    chance: random.Random
    project: str = field(default_factory=lambda: f"acme/offers-{uuid.uuid4().hex[:12]}")
    release: str = ""
    gates: dict[str, str] = field(default_factory=dict)
    needs: set[Needed] = field(default_factory=set)

    def person(self, name: str) -> str:
        """The subject of somebody of this project."""
        return f"{name}-{self.project[-12:]}"

    def one(self, query: str, *values: Any) -> Any:
        """The only value that a query returns."""
        row = self.db.execute(query.encode(), values).fetchone()
        assert row
        return row[0]

    def become(self, role: str, sub: str | None = None) -> None:
        """Act in a role from here on; `none` is the owner."""
        self.db.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps({"sub": sub} if sub else {})])
        self.db.execute(f"set local role {role}".encode())

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what is done inside."""
        with self.db.transaction(force_rollback=True):
            yield

    def begin(self) -> None:
        """Register the project and its people, set its policy, and open a release."""
        self.become("service_role")
        first = self.person(PEOPLE[0])
        self.one("select ops.register_project(%s, null, %s, 'test')", self.project, "release_manager-a")
        for name, role in itertools.product(PEOPLE, ROLES):
            grant = "select ops.grant_membership(%s, %s, %s, null, %s, 'test')"
            self.one(grant, self.person(name), role, self.project, "release_manager-a")
        for gate in GATES:
            one_gate = self.chance.random() < 0.7  # policy says it alike for all approvals of a gate
            policy = [{"kind": "check", "subject": "build"}] + [
                {"kind": "approval", "subject": role, "not_initiator": self.chance.random() < 0.7, "one_gate": one_gate}
                for role in self.chance.sample(ROLES, self.chance.choice((0, 1, 1, 2, 2)))
            ]
            self.needs |= {(gate, str(asked["subject"])) for asked in policy if asked["kind"] == "approval"}
            self.db.execute(SET_POLICY, [gate, Jsonb(policy), self.project])
        opening = "select ops.open_release(%s, 'v1', 'production', %s, '{}', %s)"
        self.release = str(self.one(opening, self.project, SOURCE, first))
        found = self.db.execute(
            "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s", [self.release]
        )
        self.gates = dict(found.fetchall())

    def send(self, event: events.Envelope) -> str:
        """Whether an event of the secret key was accepted."""
        return str(self.one("select ops.ingest_event(%s) ->> 'status'", Jsonb(event)))

    def sign(self, name: str, gate: str, role: str, decision: str = "approved") -> str:
        """A decision that an agent records in somebody's name."""
        return self.send(
            events.gate_signoff(
                self.release,
                gate,
                session_id=uuid.uuid4().hex,
                decision=decision,
                approver_id=self.person(name),
                persona_role=role,
                rationale_structured={"ok": True},
            )
        )

    def step(self) -> None:
        """Something that happens to a release."""
        self.become("service_role")
        what = self.chance.random()
        if what < 0.2:
            made = (
                [{"name": "shop", "sha256": f"{self.chance.randrange(3)}" * 64}] if self.chance.random() < 0.7 else None
            )
            self.send(events.build_complete(self.release, run_id=uuid.uuid4().hex, status="pass", artifacts=made))
        elif what < 0.9:
            decision = self.chance.choices(("approved", "rejected", "request_changes"), (8, 1, 1))[0]
            self.sign(self.chance.choice(PEOPLE), self.chance.choice(GATES), self.chance.choice(ROLES), decision)
        else:
            self.set_aside()

    def set_aside(self) -> None:
        """Somebody who objected leaves, and another one dismisses what they said; nothing if that is not possible."""
        leaver, other = (self.person(name) for name in self.chance.sample(PEOPLE, 2))
        for role in ROLES:
            ended = "select ops.revoke_membership(%s, %s, %s, %s, 'left')"
            self.one(ended, leaver, role, self.project, "release_manager-a")
        objections = self.db.execute(
            "select approval_id from ops.approvals"
            " where release_id = %s and approver_id = %s and decision <> 'approved'",
            [self.release, leaver],
        ).fetchall()
        self.become("release_manager", other)
        for (fact,) in objections:
            with contextlib.suppress(psycopg.Error), self.db.transaction():
                self.db.execute("select ops.dismiss(%s, 'they left')", [fact])

    def held(self, name: str) -> set[str]:
        """The roles that somebody holds now."""
        self.become("none")
        found = self.db.execute("select role from ops.v_memberships where subject = %s", [self.person(name)])
        return {str(role) for (role,) in found.fetchall()}

    def approvals(self) -> dict[Needed, str]:
        """The state of each approval that the policy asks for."""
        self.become("service_role")
        found = self.db.execute(
            "select g.gate_code::text, f.subject, f.state::text from ops.release_gates g"
            " cross join lateral ops.gate_findings(g.gate_id) as f"
            " where g.release_id = %s and f.kind = 'approval' and f.enforcement = 'blocking'",
            [self.release],
        )
        states = {(gate, subject): state for gate, subject, state in found.fetchall()}
        return {need: states[need] for need in sorted(self.needs)}

    def offered(self, name: str, gate: str, role: str) -> bool:
        """Whether the inbox would ask somebody to sign off a gate in a role, were it the turn of the gate."""
        self.become("none")
        return bool(
            self.one(
                "select ops_private.may_sign(row(r, array(select g from ops.release_gates g"
                " where g.release_id = r.release_id order by g.gate_code), %s, %s, ops_private.present(r),"
                " exists (select from ops.gate_requirements where approvers is not null), false, false, false"
                ")::ops_private.inbox_release, g, %s)"
                " from ops.releases r join ops.release_gates g using (release_id)"
                " where r.release_id = %s and g.gate_code = %s",
                self.person(name), [*ROLES], role, self.release, gate,
            )
        )  # fmt: skip

    def would_count(self, name: str, gate: str, role: str, before: dict[Needed, str]) -> bool | None:
        """Sign, look, and undo: whether it met the requirement and broke no other; None where objections hide that."""
        if any(self.hides(name, *need) for need in before if need != (gate, role)):
            return None
        with self.undone():
            self.become("service_role")
            assert self.sign(name, gate, role) == "accepted"
            after = self.approvals()
        lost = [need for need, state in before.items() if state == "satisfied" and after[need] != "satisfied"]
        return after[gate, role] == "satisfied" and not lost

    def hides(self, name: str, gate: str, role: str) -> bool:
        """Whether objections make a requirement look the same with and without the approval of somebody."""
        self.become("none")
        both = (
            "select coalesce(bool_or(d.approver_id = %s and d.decision = 'approved')"
            " and bool_or(d.decision <> 'approved'), false)"
            " from ops_private.standing_decisions(%s, %s, 'infinity') as d where d.persona_role::text = %s"
        )
        return bool(self.one(both, self.person(name), self.release, self.gates[gate], role))

    def objected(self, gate: str, role: str) -> bool:
        """Whether an objection in this persona stands on the gate: only who objected is asked to decide again."""
        self.become("none")
        standing = "select exists (select from ops_private.standing_decisions(%s, %s, 'infinity') as d"
        about = " where d.persona_role::text = %s and d.decision <> 'approved')"
        return bool(self.one(standing + about, self.release, self.gates[gate], role))

    def asked(self, name: str, role: str) -> set[Needed]:
        """What the inbox of somebody asks them to sign off."""
        self.become(role, self.person(name))
        items = self.one("select ops.inbox() -> 'items'")
        return {(item["gate_code"], item["role"]) for item in items if item["kind"] == "sign_off"}


@pytest.mark.usefixtures("scene_facts")
def test_a_sign_off_is_offered_exactly_when_it_would_count(db: psycopg.Connection[Any]) -> None:
    seen: Counter[bool] = Counter()
    shown = 0
    for seed in range(HISTORIES):
        with db.transaction(force_rollback=True):
            history = History(db, random.Random(seed))
            history.begin()
            for _ in range(history.chance.randrange(1, 9)):
                history.step()
            before = history.approvals()
            for name in PEOPLE:
                held = history.held(name)
                inbox = history.asked(name, min(held)) if held else set()
                shown += len(inbox)
                for (gate, role), state in before.items():
                    if role not in held or state == "satisfied" or history.objected(gate, role):
                        assert (gate, role) not in inbox, (seed, name)
                        continue
                    counts = history.would_count(name, gate, role, before)
                    if counts is None:
                        continue
                    assert history.offered(name, gate, role) == counts, (seed, name, gate, role)
                    assert counts or (gate, role) not in inbox, (seed, name, gate, role)
                    seen[counts] += 1
    assert min(seen[True], seen[False]) >= 30, seen
    assert shown >= 10
