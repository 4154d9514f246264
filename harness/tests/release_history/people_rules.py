"""The steps of a drawn history that somebody takes in a role: memberships, events, calls, rows and the role itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import rule
from psycopg.rows import dict_row

from harness.prove.model_events import MACHINE, PIPELINE, Sender
from harness.prove.model_people import MANAGER, PEOPLE, READERS, ROLES, Decided, Membership, People
from harness.tests.release_history.drawn import SOURCE_REF
from harness.tests.release_history.opened import NAME
from harness.tests.release_history.projects import Projects, places, scopes

Said = TypeVar("Said")
CAST = ("dev-1", "qa-1", "rm-1", "rm-2", "sre-1", "aud-1", "bot-1", "bot-2")
KINDS = ("build_complete", "gate_signoff", "deployment_event", "health_check")
# What only reads: where somebody may ask, the answer is compared too.
QUESTIONS = (
    "is_eligible_for_promotion",
    "was_eligible_for_promotion",
    "promotion_blockers",
    "gate_findings",
    "gate_status_at",
    "release_overview",
    "timeline",
)
# What changes something: it is tried where it is refused.
CHANGES = ("evaluate_gate", "close_release", "dismiss", "retire_target")
OWNER = Sender("none", "")
BECOME = "select set_config('role', %s, false), set_config('request.jwt.claims', %s, false)"
GO_BACK = "select set_config('role', 'service_role', false), set_config('request.jwt.claims', '', false)"
COUNTED = "select '{0}' as name, release_id as id, count(*) as rows from ops.{0} where release_id = any(%s) group by 2"
cast = st.sampled_from(CAST)
roles = st.sampled_from([*ROLES, *ROLES, MACHINE])


class PeopleRules(Projects):
    """Grants and ends memberships, and acts as somebody in a role, whether they hold it or not."""

    actor: str | None = None  # who acted in this step

    def who(self, person: str, role: str) -> Sender:
        """Somebody with a token of a role."""
        return Sender() if role == MACHINE else Sender(role, self.subject(person))

    def likely(self, person: str, role: str | None) -> str:
        """The role in which they act: the one that is named, otherwise one that they hold or held."""
        self.actor = person
        if role:
            return role
        own = [m.role for m in self.people.everyone() if m.subject == self.subject(person)]
        return own[-1] if own else "developer"

    def asked(self, surface: str, answer: Callable[[People], Said]) -> Said:
        """What the model says, and which of its rules decided that."""
        said = answer(self.people)
        if self.watch:
            self.watch.asked(self.people, surface, said, answer)
        return said

    def attempt(self, who: Sender, query: str, *values: Any) -> tuple[str | None, str, list[dict[str, Any]]]:
        """Try a statement as somebody, in one transaction as PostgREST does: the code, what was said, and the rows."""
        claims = json.dumps({"sub": who.subject, "role": who.role}) if who.role not in (MACHINE, OWNER.role) else ""
        cursor = psycopg.ClientCursor(self.db, row_factory=dict_row)
        with cursor:
            try:
                cursor.execute(f"{BECOME}; {query}; {GO_BACK}", (who.role, claims, *values))
            except psycopg.Error as error:  # with the transaction, the role is as before
                return error.sqlstate, str(error.diag.message_primary), []
            cursor.nextset()
            return None, "", cursor.fetchall()

    # Memberships

    @rule(
        person=cast,
        role=st.sampled_from(ROLES),
        place=scopes,
        wanting=st.sampled_from(["lead", "lead", "qa-1", "rm-2"]),
    )
    def grant(self, person: str, role: str, place: str, wanting: str) -> None:
        """Grant a membership, or be refused."""
        self.actor = person
        self.become("dev-1", "developer")  # there is a lead from then on
        self.employ_as_named(person)
        asked, wanted_by = Membership(self.subject(person), role, self.scope(place)), self.subject(wanting)
        code = self.asked("grant", lambda people: people.why_not_granted(asked, wanted_by))
        query = "select ops.grant_membership(%s, %s, %s, null, %s, 'a new task')"
        said, *_ = self.attempt(Sender(), query, asked.subject, role, asked.project, wanted_by)
        assert said == code, (asked, wanting, said, code)
        if code is None:
            self.people.grant(asked)

    def employ_as_named(self, person: str) -> None:
        """Let somebody be what their name says, a bot or a person, before a grant could make them the other."""
        if self.subject(person) not in {m.subject for m in self.people.everyone()}:
            self.employ(person, PIPELINE if person.startswith("bot") else "developer", "here")

    @rule(person=cast, role=st.sampled_from([None, *ROLES]), place=scopes, wanting=st.sampled_from(["lead", "rm-1"]))
    def revoke(self, person: str, role: str | None, place: str, wanting: str) -> None:
        """End one membership, or all; from the next statement on it gives nothing. No decision is withdrawn."""
        self.actor = person
        self.become("dev-1", "developer")
        subject, wanted_by = self.subject(person), self.subject(wanting)
        project = self.scope(place) if role else None
        code = self.people.why_not_revoked(subject, wanted_by)
        query = "select ops.revoke_membership(%s, %s, %s, %s, 'the task is over') as said"
        said, _, rows = self.attempt(Sender(), query, subject, role, project, wanted_by)
        assert said == code, (person, role, said, code)
        if code:
            return
        over = self.people.revoke(subject, role, project, wanted_by)
        told = [(r["role"], r["project"]) for r in rows[0]["said"]["revoked"]]
        assert sorted(told, key=str) == sorted(((m.role, m.project) for m in over), key=str)
        for membership in over:
            there = "next door" if membership.project == self.project_next_door else "here"
            self.call_as(person, membership.role, "is_eligible_for_promotion", there)
            self.send_as(person, membership.role, "gate_signoff", there, True)

    # Events

    @rule(person=cast, role=st.none() | roles, kind=st.sampled_from(KINDS), place=places, stops=st.booleans())
    def send_as(self, person: str, role: str | None, kind: str, place: str, stops: bool) -> None:
        """Send an event as somebody. What is of another project is as unknown as what is not there."""
        who = self.who(person, self.likely(person, role))
        with self.at(place):
            envelope, decided = self.event_as(who, person, kind, stops)
            project = None if place == "nowhere" else self.project
            missing = envelope | {"release_id": self.nobody(), "idempotency_key": f"{envelope['idempotency_key']}/none"}
            if place == "nowhere":
                envelope = missing
            code = self.asked("event", lambda people: people.answer_to_event(who, kind, project, decided))
            if code == "42501":
                said, *_ = self.attempt(who, "select ops.ingest_event(%s)", json.dumps(envelope))
                assert said == code
                return
            hidden = project is None or not self.people.acts(who, project)
            if code is None:
                code = self.expected(envelope)
            with self.sending(who):
                twin = self.ingest(missing) if hidden else {}
                assert self.send(envelope) == code, (who, kind, place, code)
                if hidden:
                    again = self.ingest(envelope)
                    assert [again[n] for n in ("status", "error", "detail")] == [
                        twin[n] for n in ("status", "error", "detail")
                    ]

    def event_as(self, who: Sender, person: str, kind: str, stops: bool) -> tuple[dict[str, Any], Decided | None]:
        """An event without a fault, from a source that the role may name."""
        source = {PIPELINE: "ci", MACHINE: "agent", "sre": "monitoring"}.get(who.role, "manual")
        place = {"environment": "staging", "deployment_ref": "d1"}
        report = {"check_name": "http", "status": "fail" if stops else "pass", "artifact_ref": "https://ci.example/r"}
        note = {"note": next(self.numbers)}
        if kind == "gate_signoff":
            gate = "G2" if who.role == "qa_tester" else "G3"
            persona = {"G2": "qa_tester", "G3": MANAGER}[gate]
            payload = self.decision(gate, person, persona, "rejected" if stops else "approved")
            source = "agent" if who.role == MACHINE else "manual"
            own = self.envelope(kind, payload | note, self.now(), gate, source)
            return own, Decided(self.subject(person), gate, persona)
        payload = {
            "build_complete": {"status": "fail" if stops else "pass", "check_name": "lint"},
            "deployment_event": {**place, "status": "failed" if stops else "succeeded", "source_ref": SOURCE_REF},
            "health_check": {**place, **report},
        }[kind]
        return self.envelope(kind, payload | note, self.now(), None, source), None

    # Calls

    @rule(person=cast, role=st.none() | roles, function=st.sampled_from(QUESTIONS + CHANGES), place=places)
    def call_as(self, person: str, role: str | None, function: str, place: str) -> None:
        """Ask or change something as somebody."""
        who = self.who(person, self.likely(person, role))
        with self.at(place):
            project = None if place == "nowhere" else self.project
            code = self.asked("call", lambda people: people.answer_to_call(who, function, project))
            if code is None and function in CHANGES:
                return
            now = self.calm_down()
            missing = self.called(function, None)
            said, words, rows = self.attempt(who, *(missing if project is None else self.called(function, now)))
            assert said == code, (who, function, place, said, code)
            if code is None:
                self.compare_answer(function, rows, now)
            elif project is None or not self.people.acts(who, project):
                nothing = self.attempt(who, *missing)[:2]
                assert said == nothing[0]
                # Who sees it in another role of theirs is told in which.
                told = code == "OPS04" and project is not None and self.people.is_person_of(who.subject, project)
                assert told or words == nothing[1], "an unknown id and a foreign one answer alike"

    def called(self, function: str, now: Any) -> tuple[Any, ...]:
        """A call about the release, or without a moment about one that is not there."""
        release, gate = (self.release_id, self.gate_ids["G1"]) if now else (UUID(self.nobody()), UUID(self.nobody()))
        fact, project = (self.any_fact(), self.project) if now else (UUID(self.nobody()), "acme/nowhere")
        moment = now or self.now()
        arguments: tuple[Any, ...] = {
            "is_eligible_for_promotion": (release, "production"),
            "was_eligible_for_promotion": (release, "staging", moment),
            "promotion_blockers": (release, "production"),
            "gate_findings": (gate,),
            "gate_status_at": (gate, moment),
            "release_overview": (release,),
            "timeline": (release,),
            "evaluate_gate": (gate,),
            "close_release": (release, "superseded"),
            "dismiss": (fact, "nobody can lift it"),
            "retire_target": (project, "staging", "default", "it is gone"),
        }[function]
        marks = ", ".join("%s" for _ in arguments)
        return f"select to_jsonb(x) as said from ops.{function}({marks}) as x", *arguments

    def any_fact(self) -> UUID:
        """The id of some fact of the release, if it has any."""
        query = "select approval_id as id from ops.approvals where release_id = %s limit 1"
        found = self.ask(query, self.release_id)
        return found[0]["id"] if found else UUID(self.nobody())

    def compare_answer(self, function: str, rows: list[dict[str, Any]], now: Any) -> None:
        """An answer says the same to everybody who may ask."""
        model, said = self.known, [r["said"] for r in rows]
        if self.crossed(now, self.now()):
            return
        if function == "is_eligible_for_promotion":
            assert said == [model.is_eligible("production", now)]
        elif function == "was_eligible_for_promotion":
            assert said == [model.is_eligible("staging", now)]
        elif function == "promotion_blockers":
            assert self.blocking(said) == self.expected_blockers(model.blockers("production", now))
        elif function == "gate_status_at":
            assert said == [model.verdict("G1", now).status]
        elif function == "gate_findings":
            expected = Counter((f.kind, f.subject, f.blocking, f.state) for f in model.findings("G1", now))
            assert self.found(said) == expected
        elif function == "timeline":
            newest = {e["gate_code"]: e["status"] for e in reversed(said[0]["entries"]) if e["kind"] == "verdict"}
            assert newest == {g: model.verdict(g, now).status for g in newest}
        else:
            assert said[0]["release"]["status"] == model.status(now)

    @rule(person=cast, role=st.none() | roles, place=places, initiator=cast, same=st.booleans())
    def open_as(self, person: str, role: str | None, place: str, initiator: str, same: bool) -> None:
        """Open a release as somebody: another one, or once more the one that is there under that name."""
        who = self.who(person, self.likely(person, role))
        with self.at(place):
            project = "acme/nowhere" if place == "nowhere" else self.project
            named = who.subject if who.role == MANAGER and initiator == person else self.subject(initiator)
            again = same and place != "nowhere" and self.model.closed_at is None
            name = NAME if again else f"one more {next(self.numbers)}"
            code = self.asked("opening", lambda people: (
                people.answer_to_call(who, "open_release", project) if again
                else people.answer_to_opening(who, project, named)))  # fmt: skip
            query = "select ops.open_release(%s, %s, 'staging', %s, '{}', %s) as id"
            said, words, rows = self.attempt(who, query, project, name, SOURCE_REF, named)
            assert said == code, (who, place, named, said, code)
            if again and code is None:
                assert rows[0]["id"] == self.release_id
            elif code and who.role != MACHINE and not self.people.acts(who, project):
                assert words == self.attempt(who, query, "acme/nowhere", name, SOURCE_REF, named)[1]

    # Rows

    @rule(person=cast, role=st.none() | st.sampled_from(ROLES))
    def read_as(self, person: str, role: str | None) -> None:
        """Read every table as somebody: the rows of their projects, and no others."""
        who = self.who(person, self.likely(person, role))
        everything = {k.release_id: k.project for k in self.kept()}
        projects = {*everything.values()}
        seen = self.asked("rows", lambda people: people.projects_of(who, sorted(projects)))
        readable = [table for table in READERS if self.people.answer_to_reading(who, table) is None]
        query = " union all ".join(COUNTED.format(table) for table in readable)
        values = [[*everything]] * len(readable)
        before = self.now()
        (code, words, shown), (_, _, there) = (self.attempt(one, query, *values) for one in (who, OWNER))
        assert code is None, (who, words)
        until = self.now()
        if any(before < turn <= until for k in self.kept() for turn in k.model.boundaries()):
            return  # what waits changed by itself between both
        visible = [r for r in there if everything[r["id"]] in seen]
        assert sorted(shown, key=str) == sorted(visible, key=str), who

    @rule(person=cast, role=st.sampled_from(ROLES), table=st.sampled_from([*READERS]))
    def read_one_as(self, person: str, role: str, table: str) -> None:
        """Read one table as somebody, which their role may not read at all or may."""
        who = self.who(person, self.likely(person, role))
        code, _, rows = self.attempt(who, f"select from ops.{table} limit 1")
        # Where tables show somebody no row, it is up to the plan whether a view still asks its function.
        unasked = code is None and not rows and who.role in READERS[table] and not self.people.is_known(who)
        assert unasked or code == self.people.answer_to_reading(who, table), (who, table)

    @rule(person=cast, role=st.none() | st.sampled_from(["qa_tester", MANAGER]), place=places, other=cast)
    def decide_by_row(self, person: str, role: str | None, place: str, other: str) -> None:
        """Write a decision to its table as a person, perhaps in the name of another; only refusals are tried."""
        who, named = self.who(person, self.likely(person, role)), self.subject(other)
        gate = "G2" if who.role == "qa_tester" else "G3"
        decided = Decided(named, gate, who.role)
        with self.at(place):
            project = None if place == "nowhere" else self.project
            code = self.asked("decision", lambda people: people.answer_to_decision(who, project, decided))
            if code is None or who.role in (MACHINE, "audit_reader", PIPELINE):
                return
            query = """insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,
              rationale_structured) values (%s, %s, %s, %s, 'request_changes', 'gate', '{}')"""
            release, gate_id = (self.release_id, self.gate_ids[gate]) if project else (self.nobody(), self.nobody())
            before = self.recorded
            said, words, _ = self.attempt(who, query, release, gate_id, named, who.role)
            assert said == code, (who, place, said, words)
            assert self.moment() is None
            assert self.recorded == before
            if project and not self.people.acts(who, project):
                nothing = self.attempt(who, query, self.nobody(), self.nobody(), named, who.role)
                assert (said, words) == nothing[:2], "an unknown id and a foreign one answer alike"

    # The role of a session

    @rule(
        person=cast,
        role=st.none() | st.sampled_from(PEOPLE),
        wanted=st.sampled_from(PEOPLE),
        session=st.sampled_from("ab"),
    )
    def choose_role(self, person: str, role: str | None, wanted: str, session: str) -> None:
        """Choose the role of a session; the next token of each session has what the model says."""
        who = self.who(person, self.likely(person, role))
        if who.role == MACHINE:
            return
        code = self.people.why_not_chosen(who, wanted)
        said = None
        with self.caller(who.role, who.subject):
            claims = {"sub": who.subject, "role": who.role, "session_id": f"{session}-{self.token}"}
            self.ask("select set_config('request.jwt.claims', %s, false)", json.dumps(claims))
            try:
                self.ask("select ops.act_as(%s)", wanted)
            except psycopg.Error as error:
                said = error.sqlstate
        assert said == code, (who, wanted, said, code)
        if code is None:
            self.people.chosen[who.subject, session] = wanted
        for one in "ab":
            given = self.asked("session", lambda people, one=one: people.role_of(who.subject, one))  # type: ignore[misc]
            assert self.token_of(who.subject, one) == given, (who, wanted)

    def token_of(self, subject: str, session: str) -> str:
        """The role that the hook puts into the next token of a session."""
        claims = {"sub": subject, "role": "authenticated", "session_id": f"{session}-{self.token}"}
        with self.caller("none"):
            event = json.dumps({"user_id": subject, "claims": claims})
            return str(self.ask("select ops.with_member_role(%s) #>> '{claims,role}' as role", event)[0]["role"])
