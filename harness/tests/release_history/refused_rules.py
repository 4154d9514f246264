"""The steps of a drawn history that send stops which are refused, and what ends the reports that arise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import rule

from harness.prove.model_events import SENDERS, Sender, content_of, deployment_in
from harness.prove.model_facts import DeploymentKey
from harness.prove.model_terms import ENVIRONMENTS, GATES
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    FORWARD_REFS,
    HEALTH_NAMES,
    OTHER_REF,
    SOURCE_REF,
    USUAL,
    clocks,
    late_ticks,
    ticks,
)
from harness.tests.release_history.event_rules import EventRules
from harness.tests.release_history.row_rules import RowRules
from harness.tests.release_history.written import Tick

Envelope = dict[str, Any]
KINDS = tuple(SENDERS)
TOO_LONG = "x" * 9000


@dataclass(frozen=True)
class Fault:
    """What makes an event be refused with a code. `spoil` returns what differs in the envelope and in its payload."""

    code: str
    spoil: Callable[[Envelope], tuple[Envelope, Envelope]]
    kinds: tuple[str, ...] = KINDS


def _envelope(**different: Any) -> Callable[[Envelope], tuple[Envelope, Envelope]]:
    return lambda _: (different, {})


def _payload(**different: Any) -> Callable[[Envelope], tuple[Envelope, Envelope]]:
    return lambda _: ({}, different)


def _long_before(envelope: Envelope) -> tuple[Envelope, Envelope]:
    observed = datetime.fromisoformat(envelope["emitted_at"])
    return {}, {"deployed_at": (observed - timedelta(hours=2)).isoformat()}


def _padded(envelope: Envelope) -> tuple[Envelope, Envelope]:
    """Blanks and line ends around all that is read without them."""
    payload = {"source_ref": SOURCE_REF, **envelope["payload"]}
    return {}, {name: f"\t{payload[name]} \r\n" for name in ("status", "decision", "source_ref") if name in payload}


def _elsewhere(envelope: Envelope) -> tuple[Envelope, Envelope]:
    return {"idempotency_key": envelope["idempotency_key"].replace("agent/", "ci/", 1)}, {}


BUILD, DECISION, DEPLOYMENT, HEALTH = KINDS
# The faults that do not depend on what is on record, by name.
FAULTS = {
    "version": Fault("unsupported_schema_version", _envelope(schema_version="v9.9")),
    "field": Fault("invalid_envelope", _envelope(surprise=1)),
    "time": Fault("invalid_envelope", _envelope(emitted_at="yesterday")),
    "sending time": Fault("invalid_envelope", _envelope(sent_at="soon")),
    "future": Fault("invalid_envelope", _envelope(emitted_at="2199-01-01T00:00:00Z")),
    "key": Fault("invalid_envelope", _elsewhere),
    "no key": Fault("invalid_envelope", _envelope(idempotency_key=None)),
    "gate": Fault("invalid_envelope", _envelope(gate_code="G9")),
    "release": Fault("unknown_release", _envelope(release_id=str(UUID(int=1)))),
    "number": Fault("invalid_json", _payload(count=9007199254740993)),
    "evidence": Fault("invalid_payload", _payload(evidence=[{"artifact_type": "selfie"}]), (BUILD, DECISION, HEALTH)),
    "text": Fault("invalid_payload", _payload(artifact_ref=TOO_LONG), (BUILD, HEALTH)),
    "rationale": Fault("invalid_payload", _payload(rationale_structured={}), (DECISION,)),
    "check": Fault("invalid_payload", _payload(check_name=TOO_LONG), (BUILD, HEALTH)),
    "unseen": Fault("invalid_payload", _payload(check_name="lint\u200b"), (BUILD, HEALTH)),
    "entry": Fault("invalid_payload", _payload(checks=[{"status": "fail"}]), (BUILD,)),
    "word": Fault("invalid_payload", lambda e: ({}, {"status": "failed" if e["event_type"] != DEPLOYMENT else "fail"}),
                  (BUILD, DEPLOYMENT, HEALTH)),
    "commit": Fault("source_ref_mismatch", _payload(source_ref=OTHER_REF), (BUILD,)),
    "approver": Fault("invalid_payload", _payload(approver_id=7), (DECISION,)),
    "persona": Fault("invalid_payload", _payload(persona_role="tester"), (DECISION,)),
    "stranger": Fault("forbidden_event", _payload(approver_id="nobody-1"), (DECISION,)),
    "environment": Fault("invalid_payload", _payload(environment="prod"), (DEPLOYMENT, HEALTH)),
    "target": Fault("invalid_payload", _payload(target=" "), (DEPLOYMENT, HEALTH)),
    "reference": Fault("invalid_payload", _payload(deployment_ref=" "), (DEPLOYMENT, HEALTH)),
    "early": Fault("invalid_payload", _long_before, (DEPLOYMENT,)),
    "blanks": Fault("invalid_payload", _padded),
}  # fmt: skip
# Those that do.
ON_RECORD = {
    "reused": KINDS,
    "unknown": (HEALTH, DEPLOYMENT),
    "transition": (DEPLOYMENT,),
    "another": (DECISION, DEPLOYMENT),
    "newcomer": (DECISION,),
}
WAYS = (
    "heal", "heal", "same key", "later attempt", "another person", "mended", "other key", "retry", "replace", "newer",
    "newer", "late",
)  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """An event that was refused, and the same without its fault."""

    envelope: Envelope
    mended: Envelope
    sender: Sender


class RefusedRules(EventRules, RowRules):
    """Sends stops that are refused, for one reason each, and answers the contested reports."""

    # Set when the release is opened.
    refused: list[Refused]

    @rule(
        kind=st.sampled_from(KINDS),
        fault=st.sampled_from([*FAULTS, *[*ON_RECORD] * 3]),
        which=st.integers(0, 35),
        tick=ticks,
        clock=clocks,
        times=st.sampled_from([1, 1, 1, 2]),
        excused=st.sampled_from([None, None, {"G4"}, {"G1", "G2", "G3"}, {*GATES}]),
        ways=st.lists(st.tuples(st.sampled_from(WAYS), late_ticks), max_size=2),
    )
    def refuse(
        self,
        kind: str,
        fault: str,
        which: int,
        tick: Tick,
        clock: timedelta | None,
        times: int,
        excused: set[str] | None,
        ways: list[tuple[str, Tick]],
    ) -> None:
        """Send a stop that is refused, perhaps twice, perhaps allow an exception, and answer the refusal."""
        for _ in range(times):
            self.refuse_once(kind, fault, which, tick, clock)
        self.agree()
        if excused:
            self.allow_exception("gate_bypass", excused, 0, None)
            self.agree()
        for way, late_tick in ways:
            self.answer(way, 0, late_tick)
            self.agree()

    @rule(kind=st.sampled_from([BUILD, DEPLOYMENT, HEALTH]), which=st.integers(0, 35), healed=st.sampled_from([0, 3]))
    def refuse_without_time(self, kind: str, which: int, healed: int) -> None:
        """Refuse a stop whose time cannot be read; send it mended, and heal what was seen then."""
        fault = ("time", "sending time", "future")[which % 3]
        self.refuse_once(kind, fault, which, 1, None)
        for way, tick in (("other key", None), ("heal", healed)):
            self.answer(way, 0, tick)
            self.agree()

    @rule(kind=st.sampled_from([DEPLOYMENT, HEALTH]), which=st.integers(0, 35), tick=ticks)
    def report_late(self, kind: str, which: int, tick: Tick) -> None:
        """Refuse a failure of a deployment that is not on record; make a later one healthy; then report the first."""
        self.refuse_once(kind, "unknown", which, tick, None)
        for way in ("newer", "late"):
            self.answer(way, 0, None)
            self.agree()

    @rule(kind=st.sampled_from(KINDS), which=st.integers(0, 35), tick=ticks, healed=st.booleans(), again=ticks)
    def repeat_stop(self, kind: str, which: int, tick: Tick, healed: bool, again: Tick) -> None:
        """Send a stop that is accepted, perhaps what heals it, and the same stop again under its key."""
        first = self.stop(kind, which, self.seen(tick))
        self.send_well_formed(first)
        if healed:
            self.send_well_formed(self.healed(Refused(first, first, Sender()), self.now(), "heal"))
        payload = first["payload"] | {"note": next(self.numbers)}
        self.send_well_formed({**first, "payload": payload, "emitted_at": self.seen(again).isoformat()})

    def refuse_once(self, kind: str, fault: str, which: int, tick: Tick, clock: timedelta | None) -> None:
        kinds = FAULTS[fault].kinds if fault in FAULTS else ON_RECORD[fault]
        mended = self.stop(kind if kind in kinds else kinds[which % len(kinds)], which, self.seen(tick))
        sender = Sender()
        if fault in FAULTS:
            spoiled, code = self.spoiled(mended, FAULTS[fault])
        else:
            found = getattr(self, f"_{fault}")(mended, which)
            if found is None:
                return
            spoiled, mended, code, sender = found
        with self.sending(sender):
            late = clock if "time" not in fault and fault != "future" else None
            assert self.send(spoiled, late) == code, fault
        event(f"refused {code}")
        self.refused.append(Refused(spoiled, mended, sender))

    # What is refused

    def stop(self, kind: str, which: int, observed: datetime) -> Envelope:
        """An event that would be accepted, with a stop in it; `note` tells apart the contents of any two."""
        note = {"note": next(self.numbers)}
        known = sorted(
            r.place
            for r in self.model.reports
            if (r.source_ref, r.rollback_of, r.artifacts) == (SOURCE_REF, None, frozenset())
        )
        place = {"environment": ENVIRONMENTS[which % 3], "deployment_ref": FORWARD_REFS[which // 3 % 3]}
        if known and which % 4:
            chosen = known[which % len(known)]
            place = self.named(chosen)
        if kind == BUILD:
            failed = {"check_name": CHECK_NAMES[which % 3], "status": "fail"}
            inside = {"status": "pass", "check_name": CHECK_NAMES[(which + 1) % 3], "checks": [failed]}
            return self.envelope(kind, (failed if which % 2 else inside) | note, observed)
        if kind == DECISION:
            gate, person = ("G2", "G3")[which % 2], ("qa-1", "rm-1")[which // 2 % 2]
            self.become(person, USUAL[gate])
            decision = ("rejected", "request_changes")[which // 4 % 2]
            return self.envelope(kind, self.decision(gate, person, USUAL[gate], decision) | note, observed, gate)
        if kind == DEPLOYMENT:
            return self.envelope(kind, {**place, "status": "failed", "source_ref": SOURCE_REF, **note}, observed)
        health = {"check_name": HEALTH_NAMES[which % 2], "status": "fail", "artifact_ref": "https://ci.example/report"}
        return self.envelope(kind, {**place, **health, **note}, observed)

    @staticmethod
    def named(place: DeploymentKey) -> dict[str, str]:
        """A deployment as a payload names it."""
        return {"environment": place.environment, "deployment_ref": place.ref, "target": place.target}

    def spoiled(self, mended: Envelope, fault: Fault) -> tuple[Envelope, str]:
        different, inside = fault.spoil(mended)
        return {**mended, **different, "payload": mended["payload"] | inside}, fault.code

    def _reused(self, mended: Envelope, which: int) -> tuple[Envelope, Envelope, str, Sender] | None:
        own = [a.envelope for a in self.accepted if a.sender == Sender() and (a.stops or which % 3 == 0)]
        if not own:
            return None
        first = own[which % len(own)]
        if which % 3:  # the same stop as was accepted under the key
            payload = first["payload"] | {"note": mended["payload"]["note"], "deployed_at": None}
            mended = {**first, "payload": payload, "emitted_at": mended["emitted_at"], "sent_at": None}
        elif mended["event_type"] != first["event_type"]:
            return None
        return mended | {"idempotency_key": first["idempotency_key"]}, mended, "idempotency_key_reused", Sender()

    def _unknown(self, mended: Envelope, which: int) -> tuple[Envelope, Envelope, str, Sender] | None:
        payload = mended["payload"]
        known = {r.place for r in self.model.reports}
        if mended["event_type"] == DEPLOYMENT:
            payload = payload | {"rollback_of_ref": "nowhere"}
        elif deployment_in(payload) in known:
            payload = payload | {"deployment_ref": f"u{which % 2}"}
            if deployment_in(payload) in known:
                return None
        return {**mended, "payload": payload}, {**mended, "payload": payload}, "unknown_deployment", Sender()

    def _transition(self, mended: Envelope, which: int) -> tuple[Envelope, Envelope, str, Sender] | None:
        own = [r for r in self.model.reports if r.source_ref == SOURCE_REF and not r.rollback_of and not r.artifacts]
        pairs = [(r.place, o.place.ref) for r in own for o in self.model.reports
                 if r.place != o.place and r.place.where == o.place.where]  # fmt: skip
        if not pairs:
            return None
        place, other = sorted(pairs)[which % len(pairs)]
        mended = {**mended, "payload": mended["payload"] | self.named(place)}
        spoiled = {**mended, "payload": mended["payload"] | {"rollback_of_ref": other}}
        return spoiled, mended, "invalid_transition", Sender()

    def _another(self, mended: Envelope, _which: int) -> tuple[Envelope, Envelope, str, Sender] | None:
        """A person sends it, in the name of somebody else."""
        if mended["event_type"] == DEPLOYMENT:
            sender = Sender("sre", self.become("sre-1", "sre"))
            spoiled = {**mended, "payload": mended["payload"] | {"deployed_by": "sre-2"}}
        else:
            role = USUAL[mended["gate_code"]]
            person = {"qa_tester": "dev-1", "release_manager": "sre-1"}[role]
            sender = Sender(role, self.become(person, role))
            spoiled = mended
        key = mended["idempotency_key"].replace("agent/", "manual/", 1)
        manual = {"source_system": "manual", "idempotency_key": key}
        return spoiled | manual, mended | manual, "forbidden_event", sender

    def _newcomer(self, mended: Envelope, _which: int) -> tuple[Envelope, Envelope, str, Sender] | None:
        """It names somebody who is no member yet."""
        named = {"approver_id": f"new-{next(self.numbers)}.{self.token}"}
        mended = {**mended, "payload": mended["payload"] | named}
        return mended, mended, "forbidden_event", Sender()

    # What ends it

    @rule(way=st.sampled_from(WAYS), which=st.integers(0, 50), tick=late_ticks)
    def answer(self, way: str, which: int, tick: Tick) -> None:
        """Answer a refusal; mostly one whose report stands."""
        if not self.refused:
            return
        standing = {r.content for r in self.known.standing_reports(self.now())}
        chosen = [r for r in self.refused if self.content(r.envelope) in standing] or self.refused
        refused = chosen[-1 - which % len(chosen)]
        observed = self.seen(tick)
        key = refused.envelope["idempotency_key"]
        if way == "retry":
            with self.sending(refused.sender):
                self.send(refused.envelope | ({} if tick is None else {"emitted_at": observed.isoformat()}))
        elif way in ("mended", "other key") and refused.sender == Sender():
            own = way == "mended" and str(key).startswith("agent/")
            kind, seen = refused.mended["event_type"], datetime.fromisoformat(refused.mended["emitted_at"])
            seen -= timedelta(0) if tick is None else timedelta(minutes=2)
            changed = {"idempotency_key": key if own else self.key(kind), "emitted_at": seen.isoformat()}
            self.send_well_formed(refused.mended | changed)
        else:
            self.end(way, refused, observed, which)

    def end(self, way: str, refused: Refused, observed: datetime, which: int) -> None:
        """Send what may end the reports of a refusal."""
        kind, payload = refused.mended["event_type"], refused.mended["payload"]
        key = str(refused.envelope["idempotency_key"])
        if way == "newer" and kind in (DEPLOYMENT, HEALTH):
            self.deploy_healthy(payload["environment"], FORWARD_REFS[which % 3], deployment_in(payload).target)
            return
        if way == "late":
            if kind in (DEPLOYMENT, HEALTH):
                place = deployment_in(payload)
                self.deploy(place.environment, place.ref, "in_progress", observed, None, False, 0, region=place.target)
            return
        healed = self.healed(refused, observed, way)
        if way == "newer" and kind == DECISION:
            self.insert_approval(None, self.person(healed), healed["payload"]["persona_role"], "approved")
            return
        if way in ("same key", "later attempt", "another person"):
            if not key.startswith("agent/") or (way, kind) in [("another person", k) for k in KINDS if k != DECISION]:
                return
            if way == "another person":
                healed["payload"]["approver_id"] = f"dev-1.{self.token}"
            healed["idempotency_key"] = key + ("/~2" if way == "later attempt" else "")
        self.send_well_formed(healed)

    def healed(self, refused: Refused, observed: datetime, way: str) -> Envelope:
        """An event about the same that says the opposite; for `replace`, one that says the same again."""
        kind, gate = refused.mended["event_type"], refused.mended.get("gate_code")
        payload = {**refused.mended["payload"], "note": next(self.numbers)}
        replaces = way == "replace"
        if kind == BUILD:
            payload["status"] = "fail" if replaces else "pass"
            payload["checks"] = [c | {"status": payload["status"]} for c in payload.get("checks") or ()]
        elif kind == DECISION:
            payload["decision"] = "request_changes" if replaces else "approved"
            if refused.sender != Sender():
                payload |= {"approver_id": refused.sender.subject, "persona_role": refused.sender.role}
        elif kind == DEPLOYMENT:
            payload["status"] = "failed" if replaces else "succeeded"
        else:
            payload["status"] = "fail" if replaces else "pass"
        return self.envelope(kind, payload, observed, gate)

    def person(self, envelope: Envelope) -> str:
        """The person whom a decision names."""
        name = self.addressee().resolve(envelope["payload"]["approver_id"])
        return name.removesuffix(f"-{self.token}").removesuffix(f".{self.token}")

    def send_well_formed(self, envelope: Envelope) -> None:
        """Send an event in which nothing is wrong but what is on record. The approver has the persona's role."""
        if envelope["event_type"] == DECISION:
            self.become(self.person(envelope), envelope["payload"]["persona_role"])
        expected = self.expected(envelope)
        assert self.send(envelope) == expected, expected

    def expected(self, envelope: Envelope) -> str | None:
        """How a well-formed event is answered: None, `duplicate` or the code of a refusal."""
        kind, payload = envelope["event_type"], envelope["payload"]
        for accepted in self.accepted:
            if accepted.envelope["idempotency_key"] == envelope["idempotency_key"]:
                return "duplicate" if accepted.content == self.content(envelope) else "idempotency_key_reused"
        if kind in (BUILD, DECISION):
            return None
        place = deployment_in(payload)
        first = next((r for r in self.model.reports if r.place == place), None)
        if kind == HEALTH:
            return None if first else "unknown_deployment"
        if payload.get("rollback_of_ref") == "nowhere":
            return "unknown_deployment"
        named = frozenset((f["name"], f["sha256"]) for f in payload.get("artifacts") or ())
        given = SOURCE_REF, payload.get("rollback_of_ref"), named
        same = first is None or (first.source_ref, first.rollback_of, first.artifacts) == given
        return None if same else "invalid_transition"

    def content(self, envelope: Envelope) -> str:
        return content_of(envelope, self.addressee())
