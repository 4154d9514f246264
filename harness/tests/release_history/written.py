"""A release that is written to the database and to the model: who sends what, and when."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from hypothesis.stateful import (
    RuleBasedStateMachine,
)

from harness.prove.model import Release
from harness.prove.model_events import Addressee, Sender, Submitted, stops_in
from harness.prove.model_facts import DeploymentKey, Retirement
from harness.prove.model_people import MANAGER, Membership, People
from harness.prove.model_terms import GATES
from harness.stack.members import GRANT
from harness.tests.release_history.decided import Decisions, Watch
from harness.tests.release_history.drawn import SignedIn
from harness.tests.release_history.remembered import as_of_now

# The gates whose verdict can change when a fact about the gate is written: itself, and those that wait for it.
WAITING = {"G1": GATES[:3], "G2": GATES[1:3], "G3": GATES[2:3], "G4": GATES[3:]}
MICROSECOND = timedelta(microseconds=1)
EVERYWHERE = ("sre-1",)  # who holds their roles for every project
# When something is seen: at one of a few moments before the opening, at a moment that is given, or now.
Tick = int | datetime | None
CALM = timedelta(milliseconds=100)  # a step waits while an answer is to change by itself within this time
GATE_OF = {"build_complete": ["G1"], "deployment_event": ["G4"], "health_check": ["G4"]}  # a decision names its own
# The moments at which facts of a release were recorded.
RECORDED = """
    select created_at from ops.gate_checks where release_id = %(release)s
    union all select created_at from ops.approvals where release_id = %(release)s
    union all select created_at from ops.evidence_artifacts where release_id = %(release)s
    union all select created_at from ops.exceptions where release_id = %(release)s
    union all select created_at from ops.deployments where release_id = %(release)s
    union all select created_at from ops.deployment_reports where release_id = %(release)s
    union all select created_at from ops.contested_reports where release_id = %(release)s
    union all select created_at from ops.build_artifacts where release_id = %(release)s
    union all select created_at from ops.dismissals where release_id = %(release)s
"""


@dataclass(frozen=True)
class Answers:
    """What the model said about one moment."""

    moment: datetime
    statuses: dict[str, str]
    findings: dict[str, Counter[tuple[str, str | None, bool, str]]]
    eligible: dict[str, bool]


class WrittenRelease(RuleBasedStateMachine):
    """One release, in the database and in the model."""

    # Set when the release is opened.
    model: Release
    release_id: uuid.UUID
    gate_ids: dict[str, uuid.UUID]
    opened_at: datetime
    judged_at: dict[str, datetime]  # per gate, when the database last stored a verdict
    recorded_at: datetime  # when the last fact was recorded
    project: str
    retirements: list[Retirement]  # of targets of the project

    def __init__(self, connection: psycopg.Connection[dict[str, Any]], decisions: Decisions | None = None) -> None:
        """With `decisions`, count there which rules decided; this takes several times as long."""
        super().__init__()
        self.db = connection
        self.watch = Watch(decisions) if decisions else None
        self.token = uuid.uuid4().hex[:12]
        self.numbers = itertools.count()
        self.steps = 0
        self.recorded = 0  # how many facts are on record
        self.sender = Sender()
        self.people = People()
        self.members = self.people.names  # subjects by each of their names
        self.lead = ""  # the release manager of every project who wants most changes, and does nothing else
        self.sent: list[dict[str, Any]] = []
        self.accepted: list[Submitted] = []
        self.memory: list[Answers] = []
        self.replayed: set[datetime] = set()  # the moments of the past at which answers changed
        self.written = False  # whether anything new was written since the last step that changes nothing
        self.agreed = False  # whether the last comparison found no difference
        self.void = False  # an answer changed by itself during a step, so that two answers are right

    # What every step uses

    def ask(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.db.execute(query, parameters).fetchall()

    def now(self) -> datetime:
        moment = self.ask("select clock_timestamp() as now")[0]["now"]
        assert isinstance(moment, datetime)
        return moment

    @contextlib.contextmanager
    def caller(self, role: str, subject: str = "", more: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Ask as a person in a role, with more claims of their token, or as the owner (`none`)."""
        claims = json.dumps({"sub": subject, "role": role, **(more or {})}) if subject else ""
        self.ask("select set_config('role', %s, false), set_config('request.jwt.claims', %s, false)", role, claims)
        try:
            yield
        finally:
            self.ask(
                """select set_config('role', 'service_role', false),
                  set_config('request.jwt.claims', '', false)"""
            )

    def claims(self, signed_in: SignedIn) -> dict[str, Any]:
        """What the token of somebody says who signed in so."""
        level, methods = signed_in
        now = int(self.now().timestamp())
        return {"aal": level, "amr": [{"method": method, "timestamp": now - ago} for method, ago in methods]}

    @contextlib.contextmanager
    def sending(self, sender: Sender) -> Iterator[None]:
        """Send events as somebody."""
        self.sender = sender
        try:
            yield
        finally:
            self.sender = Sender()

    @property
    def known(self) -> Release:
        """The model as it is now, which answers each question once: many answers ask for those of the past."""
        return as_of_now(self.model)

    def boundaries(self) -> list[datetime]:
        return self.model.boundaries()

    def crossed(self, after: datetime, until: datetime) -> bool:
        return any(after < b <= until for b in self.boundaries())

    def wait_past(self, moment: datetime) -> None:
        for _ in range(1000):
            left = (moment - self.now()).total_seconds()
            if left < 0:
                return
            time.sleep(min(left + 0.002, 0.1))
        raise AssertionError(f"waited too long for {moment}")

    def calm_down(self) -> datetime:
        """Wait until no answer is about to change by itself."""
        while True:
            now = self.now()
            near = [b for b in self.boundaries() if now - CALM / 10 <= b <= now + CALM]
            if not near:
                return now
            self.wait_past(near[-1] + CALM / 10)

    @contextlib.contextmanager
    def writing(self, *gates: str) -> Iterator[list[str]]:
        """Note that these gates, and those that wait for them, are judged again. A refused write clears the list."""
        before = self.calm_down() if self.boundaries() else None
        touched = list(gates)
        yield touched
        self.judged(touched, before)

    def judged(self, touched: Iterable[str], since: datetime | None) -> None:
        now = self.now()
        self.written = True
        self.void = self.void or (since is not None and self.crossed(since, now))
        for gate in touched:
            for waiting in WAITING[gate]:
                self.judged_at[waiting] = now

    def seen(self, tick: Tick) -> datetime:
        """When something was observed."""
        if isinstance(tick, datetime):
            return tick
        return self.now() if tick is None else self.opened_at + timedelta(minutes=2 * tick - 10)

    def become(self, person: str, persona: str) -> str:
        """Let a person have the persona's role in the project; they keep what else they hold. Returns their subject."""
        subject = self.subject(person)
        if not self.people.holds(subject, persona, self.project):
            self.admit(person, persona, None if person in EVERYWHERE else self.project)
        return subject

    def subject(self, person: str) -> str:
        """The subject of a person of this history."""
        return f"{person}-{self.token}"

    def admit(self, person: str, role: str, project: str | None) -> None:
        """Grant a membership that does not stand, on behalf of the lead."""
        subject, handle = self.subject(person), f"{person}.{self.token}"
        if not self.lead:
            self.lead = self.subject("lead")
            self.ask(GRANT, self.lead, MANAGER, None)
            self.people.grant(Membership(self.lead, MANAGER, None))
        query = "select ops.grant_membership(%s, %s, %s, %s, %s, 'moves about')"
        self.ask(query, subject, role, project, handle, self.lead)
        self.people.grant(Membership(subject, role, project), handle)

    def reinstate(self, subject: str) -> None:
        """Let somebody be a release manager of every project again."""
        self.ask("select ops.grant_membership(%s, %s, null, null, %s, 'back')", subject, MANAGER, self.lead)
        if any(m.subject == subject for m in self.people.everyone()):  # and not somebody of another history
            self.people.grant(Membership(subject, MANAGER, None))

    def end_all(self, person: str, wanted_by: str) -> None:
        """End all memberships of a person."""
        subject = self.subject(person)
        if self.people.held(subject):
            self.ask("select ops.revoke_membership(%s, null, null, %s, 'moved to another team')", subject, wanted_by)
            self.people.revoke(subject, None, None, wanted_by)

    def key(self, kind: str, source: str = "agent") -> str:
        """A key that was not used yet."""
        return f"{source}/{self.token}/{kind}/{next(self.numbers)}"

    def envelope(
        self, kind: str, payload: dict[str, Any], observed: datetime, gate: str | None = None, source: str = "agent"
    ) -> dict[str, Any]:
        """A new event about the release."""
        return {
            "schema_version": "v1.0",
            "idempotency_key": self.key(kind, source),
            "event_type": kind,
            "source_system": source,
            "release_id": str(self.release_id),
            "payload": payload,
            "emitted_at": observed.isoformat(),
            **({"gate_code": gate} if gate else {}),
        }

    def send(self, envelope: dict[str, Any], clock: timedelta | None = None) -> str | None:
        """Send an event, and tell the model; None when it was accepted, else the code of the refusal.

        None also when it was rightly refused because the release is closed.

        `clock` is how far the sender's clock is ahead. With it the event says by that clock when it is sent.
        """
        if clock is not None:
            emitted = datetime.fromisoformat(envelope["emitted_at"])
            sent = max(self.now(), emitted) + clock
            envelope = envelope | {"emitted_at": (emitted + clock).isoformat(), "sent_at": sent.isoformat()}
        gates = GATE_OF.get(str(envelope.get("event_type")), [str(envelope.get("gate_code"))])
        with self.writing() as touched:
            answer = self.ingest(envelope)
            if answer["status"] == "accepted":
                assert not self.goes_on(envelope), "accepted although the release is closed"
                self.record(self.submitted(envelope, answer))
                touched += gates
                return None
            if answer["status"] == "duplicate":
                return "duplicate"
            assert answer["status"] == "rejected", answer
            if answer["error"] == "release_closed":
                assert self.goes_on(envelope), envelope
                touched += self.contest(self.submitted(envelope, answer), answer["error"])
                return None
            touched += self.contest(self.submitted(envelope, answer), answer["error"])
        return str(answer["error"])

    def goes_on(self, envelope: dict[str, Any]) -> bool:
        """Whether an event is refused because the release is closed: an approval, or a build that passes."""
        if self.model.closed_at is None:
            return False
        if envelope.get("event_type") == "build_complete":
            return bool(envelope["payload"].get("status") == "pass")
        return envelope.get("event_type") == "gate_signoff" and not stops_in(envelope, Sender(), self.addressee())

    def submitted(self, envelope: dict[str, Any], answer: dict[str, Any]) -> Submitted:
        """The event as the model is told of it: when it was received and recorded the database says."""
        query = "select received_at from ops.event_ingest_log where ingest_id = %s"
        received = self.ask(query, answer["ingest_id"])[0]["received_at"]
        return Submitted(envelope, self.sender, self.addressee(), received, self.moment() or self.now())

    def addressee(self) -> Addressee:
        """What the model must know of the release to read an event."""
        hidden = not self.people.acts(self.sender, self.project)
        return Addressee(self.release_id, self.model.source_ref, self.members, hidden)

    def moment(self) -> datetime | None:
        """When the last step recorded its facts: all at one moment, later than all before. None if it recorded none."""
        query = f"""select count(*) as all, max(r.created_at) as last,
          count(*) filter (where r.created_at > %(last)s) as new,
          count(distinct r.created_at) filter (where r.created_at > %(last)s) as moments
          from ({RECORDED}) as r"""
        values = {"release": self.release_id, "last": self.recorded_at}
        [found] = self.db.execute(query, values).fetchall()
        assert found["all"] == self.recorded + found["new"], "a fact was recorded no later than those before it"
        if not found["new"]:
            return None
        assert found["moments"] == 1, "facts of one event were recorded at several moments"
        self.recorded, self.recorded_at = found["all"], found["last"]
        return self.recorded_at

    def record(self, event: Submitted) -> None:
        """Tell the model of an accepted event."""
        self.model.take(event)
        self.accepted.append(event)
        if self.watch:
            self.watch.accepted(self.model, event)
        if event.sender == Sender():  # a repetition would come from another caller
            self.sent.append(dict(event.envelope))

    def contest(self, event: Submitted, code: str) -> list[str]:
        """Tell the model of a refused event. The same stops must stand in the database. Returns the gates touched."""
        if self.watch:
            self.watch.refused(self.known, event, code)
        arising = self.known.turn_down(event)
        query = "select observed_at, created_at from ops.contested_reports where release_id = %s"
        rows = sorted((r["observed_at"], r["created_at"]) for r in self.ask(query, self.release_id))
        assert rows == sorted((r.observed_at, r.recorded_at) for r in self.model.contested), "contested reports"
        return [r.stop.gate for r in arising if r.stop.gate]

    def ingest(self, envelope: dict[str, Any]) -> dict[str, Any]:
        person = self.caller(self.sender.role, self.sender.subject, self.sender.claims)
        with person if self.sender != Sender() else contextlib.nullcontext():
            answer = self.ask("select ops.ingest_event(%s) as answer", json.dumps(envelope))[0]["answer"]
        assert isinstance(answer, dict)
        return answer

    @staticmethod
    def artifacts(drawn: list[str]) -> list[dict[str, str]]:
        """Evidence: each drawn as its type, perhaps `@` and a number of its address, perhaps `=` and its hash."""
        found = []
        for each in drawn:
            named, _, sha256 = each.partition("=")
            type_ = named.partition("@")[0]
            entry = {"artifact_type": type_, "artifact_url": f"https://ci.example/{named}"}
            found.append(entry | ({"sha256": sha256 * 64} if sha256 else {}))
        return found

    @staticmethod
    def files(drawn: str) -> list[dict[str, str]]:
        """Artifacts of a build or deployment, each drawn as its name, `=` and its hash."""
        return [{"name": f.partition("=")[0], "sha256": f.partition("=")[2] * 64} for f in drawn.split()]

    def insert(self, table: str, **columns: Any) -> dict[str, Any]:
        names = ", ".join(columns)
        places = ", ".join("%s" for _ in columns)
        query = f"insert into ops.{table} ({names}) values ({places}) returning *"
        return self.ask(query, *columns.values())[0]

    def deployment_ids(self) -> dict[DeploymentKey, uuid.UUID]:
        query = """select environment::text, deployment_ref, target, deployment_id
          from ops.deployments where release_id = %s"""
        rows = self.ask(query, self.release_id)
        return {DeploymentKey(r["environment"], r["deployment_ref"], r["target"]): r["deployment_id"] for r in rows}

    # Both must say the same
