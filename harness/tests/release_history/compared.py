"""A release that is written to the database and to the model, and compared after each step."""

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
from hypothesis import event
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from harness.prove.model import Blocker, Release
from harness.prove.model_events import Addressee, Sender, Submitted, stops_in
from harness.prove.model_facts import ENVIRONMENTS, GATES, DeploymentKey, Retirement
from harness.prove.model_people import MANAGER, Membership, People
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


class ComparedRelease(RuleBasedStateMachine):
    """One release, in the database and in the model. After each step both must give the same answers."""

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

    @invariant()
    def agree(self) -> None:
        if self.void:
            event("void: an answer changed by itself within a step")
            return
        self.agreed = False
        self.steps += 1
        moment = self.now()
        expected = self.answers(moment)
        rows = self.ask(
            """
            select g.gate_code::text, g.status::text, g.exception_id, g.resolved_at,
              (select json_agg(f) from ops.gate_findings(g.gate_id) as f) as findings
            from ops.release_gates as g where g.release_id = %s
            """,
            self.release_id,
        )
        targets = self.ask(
            """
            select t.target, ops.is_eligible_for_promotion(%(release)s, t.target) as eligible,
              (select json_agg(b) from ops.promotion_blockers(%(release)s, t.target) as b) as blockers,
              (select json_agg(a) from ops.promotion_advice(%(release)s, t.target) as a) as advice
            from unnest(%(targets)s::text[]) as t(target)
            """.replace("%(release)s", "%s").replace("%(targets)s", "%s"),
            self.release_id,
            self.release_id,
            self.release_id,
            list(ENVIRONMENTS),
        )
        self.compare_deployments(moment)
        now = self.now()
        if not self.crossed(moment, now):
            live = {r["gate_code"]: self.found(r["findings"]) for r in rows}
            assert live == expected.findings, "live findings"
            eligible = {r["target"]: r["eligible"] for r in targets}
            assert eligible == expected.eligible, "live eligibility"
            digest = self.ask("select ops.release_overview(%s) ->> 'artifacts_digest' as digest", self.release_id)
            assert digest[0]["digest"] == self.known.digest(moment), "digest of the artifacts on record"
            advice = {
                r["target"]: Counter((a["kind"], a["subject"]) for a in r["advice"] or [] if not is_shown_alone(a))
                for r in targets
            }
            expected_advice = {t: Counter((f.kind, f.subject) for f in self.known.advice(t, moment)) for t in advice}
            assert advice == expected_advice, "advice"
            blockers = {r["target"]: self.blocking(r["blockers"] or []) for r in targets}
            assert blockers == {t: self.expected_blockers(self.known.blockers(t, moment)) for t in blockers}, "blockers"
        for row in rows:
            gate = row["gate_code"]
            if not self.crossed(self.judged_at[gate], now):
                verdict = self.known.verdict(gate, self.judged_at[gate])
                assert (row["status"], row["exception_id"]) == (verdict.status, verdict.exception_id), f"stored {gate}"
            terminal = row["status"] in ("passed", "failed", "bypassed")
            assert (row["resolved_at"] is not None) == terminal, f"resolved_at of {gate}"
        self.replay(expected)
        self.memory.append(expected)
        self.compare_others(moment)
        if self.watch:
            self.watch.compared(self.model, moment)
        if self.steps % 5 == 0:
            self.look_back(self.memory[self.steps % 3 :: 3])
        for status in expected.statuses.items():
            event("{} {}".format(*status))
        event(f"release {self.known.status(moment)}")
        self.agreed = True

    def compare_others(self, moment: datetime) -> None:
        """Compare the other releases on record. There is none here."""

    def compare_deployments(self, moment: datetime) -> None:
        rows = self.ask("select * from ops.deployments where release_id = %s", self.release_id)
        stored = {
            DeploymentKey(r["environment"], r["deployment_ref"], r["target"]): (
                r["status"], r["status_observed_at"], r["deployed_at"], r["deployed_by"], r["g4_status"],
                r["was_eligible"], self.blocking(r["blockers_at_deploy"] or []),
                r["g4_resolved_at"] is not None, r["rollback_of"] is not None, r["rollback_known"],
                None if r["excepted_by"] is None else {*r["excepted_by"]},
            )
            for r in rows
        }  # fmt: skip
        model = as_of_now(self.model)
        expected = {
            place: (
                d.status, d.status_observed_at, d.deployed_at, d.deployed_by, model.health(d, moment),
                model.was_eligible(d), self.expected_blockers(model.blockers_at_deploy(d) or []),
                model.health(d, moment) != "pending", d.rollback_of is not None, d.rollback_known,
                model.excepted_by(d),
            )
            for place, d in model.deployments(moment).items()
        }  # fmt: skip
        assert stored == expected, "deployments"
        status = self.ask("select status::text from ops.releases where release_id = %s", self.release_id)[0]["status"]
        assert status == model.status(moment), "release status"

    def answers(self, moment: datetime) -> Answers:
        model = as_of_now(self.model)
        return Answers(
            moment=moment,
            statuses={g: model.verdict(g, moment).status for g in GATES},
            findings={
                g: Counter((f.kind, f.subject, f.blocking, f.state) for f in model.findings(g, moment)) for g in GATES
            },
            eligible={t: model.is_eligible(t, moment) for t in ENVIRONMENTS},
        )

    @staticmethod
    def found(findings: list[dict[str, Any]]) -> Counter[tuple[str, str | None, bool, str]]:
        for f in findings:
            assert f["state"] == "satisfied" or (f["detail"] and f["remedy"] and f["who"]), f
        return Counter(
            (f["kind"], f["subject"], f["enforcement"] == "blocking", f["state"])
            for f in findings
            if not is_shown_alone(f)
        )

    @staticmethod
    def blocking(rows: list[dict[str, Any]]) -> Counter[tuple[str | None, str, str | None, str]]:
        return Counter((r.get("gate_code"), r["kind"], r["subject"], r["state"]) for r in rows)

    @staticmethod
    def expected_blockers(blockers: list[Blocker]) -> Counter[tuple[str | None, str, str | None, str]]:
        return Counter((gate, f.kind, f.subject, f.state) for gate, f in blockers)

    def replay(self, expected: Answers) -> None:
        """Ask the database about a past moment, and compare with the model's answers."""
        moment = expected.moment
        rows = self.ask(
            """
            select g.gate_code::text, ops.gate_status_at(g.gate_id, %s)::text as status,
              (select json_agg(f) from ops.gate_findings(g.gate_id, %s) as f) as findings
            from ops.release_gates as g where g.release_id = %s
            """,
            moment,
            moment,
            self.release_id,
        )
        assert {r["gate_code"]: r["status"] for r in rows} == expected.statuses, f"gate_status_at {moment}"
        assert {r["gate_code"]: self.found(r["findings"]) for r in rows} == expected.findings, f"findings at {moment}"
        query = """select t.target, ops.was_eligible_for_promotion(%s, t.target, %s) as eligible
          from unnest(%s::text[]) as t(target)"""
        eligible = {r["target"]: r["eligible"] for r in self.ask(query, self.release_id, moment, list(ENVIRONMENTS))}
        assert eligible == expected.eligible, f"eligibility at {moment}"

    def look_back(self, memory: list[Answers]) -> None:
        """Ask about past moments again: the answers of model and database must not have changed."""
        for remembered in memory:
            assert self.answers(remembered.moment) == remembered
            self.replay(remembered)
        now = self.now()
        revoked = [e.revoked_at for e in self.model.exceptions if e.revoked_at]
        for moment in (*self.model.boundaries(), *revoked, self.recorded_at):
            if self.watch and self.opened_at < moment < now and moment not in self.replayed:
                self.watch.passed(self.model, moment)
            for exact in (moment - MICROSECOND, moment):
                if self.opened_at < exact < now and exact not in self.replayed:
                    self.replayed.add(exact)
                    self.replay(self.answers(exact))

    def teardown(self) -> None:
        if not self.void and self.agreed:
            self.replayed = {*sorted(self.replayed)[::2]}  # the others once more
            self.look_back(self.memory[::4])


def is_shown_alone(finding: dict[str, Any]) -> bool:
    """Whether a finding only shows what was dismissed: no policy of a history asks for such a thing as advice."""
    met = (finding["enforcement"], finding["state"]) == ("advisory", "satisfied")
    return met and finding["kind"] in ("contested_report", "approval", "no_failed_checks", "deployment_health")
