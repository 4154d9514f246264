"""The events of releases under load: all five types, in histories that end anywhere between G1 and a rollback.

No two events of a run have the same `emitted_at`, and every fact keeps it as the time it was observed: that is how
a stored row is traced to its key, and a row without a key is found.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.prove.chaos.journal import Meant
from harness.prove.world import COMMIT, PEOPLE
from ops_gates import events
from ops_gates.events import Envelope

OTHER_COMMIT = "0ddba11c0ffee0ddba11c0ffee0ddba11c0ffee0"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Planned:
    """An event, who sends it, and what it is to leave behind."""

    event: Envelope
    caller: str
    meant: Meant


class RisingClock:
    """A clock that never gives the same time twice."""

    def __init__(self) -> None:
        """Start at the present time."""
        self._last = datetime.now(UTC)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """A moment later than every moment given before."""
        with self._lock:
            self._last = max(datetime.now(UTC), self._last + _MICROSECOND)
            return self._last


def planned(event: Envelope, caller: str, *, refused: str | None = None, **rows: int) -> Planned:
    """An event that is to leave so many rows in each table."""
    left = {table: count for table, count in rows.items() if count}
    # Facts are found again by the moment when they were observed, so that is to be the one of the event.
    event = event | {"sent_at": None}
    if caller in PEOPLE and event["source_system"] != "monitoring":
        event = events.by_hand(event, caller)
    return Planned(
        event,
        caller,
        Meant(event["idempotency_key"], event["emitted_at"], event["event_type"], left, refused),
    )


class EventWaves:
    """The events of one release, in waves: those of one wave are on their way at the same time."""

    def __init__(self, release_id: str, clock: RisingClock, draw: random.Random, caller: str | None = None) -> None:
        """`caller`: who sends all of them; otherwise one of those that may."""
        self._release_id, self._clock, self._draw, self._caller = release_id, clock, draw, caller
        self._run = 0
        self._known: set[tuple[str, str]] = set()

    def waves(self) -> Iterator[list[Planned]]:
        """From the first build on; one story in six goes all the way."""
        chapters: tuple[Callable[[], list[Planned]], ...] = (
            lambda: [self.build("fail"), self.build("pass"), self.environment_event()],
            lambda: [self.build("pass")],
            lambda: [self.signoff("G2", "qa-1", self._draw.choice(["approved", "rejected"])), self.build("pass")],
            lambda: [self.signoff("G2", "qa-1"), self.signoff("G3", "rm-1")],
            lambda: [self.signoff("G3", "rm-2")],
            lambda: [self.deployment("staging", "s-1", "in_progress"), self.unknown_health()],
            lambda: [self.deployment("staging", "s-1", "succeeded"), self.build("pass")],
            lambda: [self.health("staging", "s-1"), self.health("staging", "s-1", "warning")],
            lambda: [self.health("staging", "s-1")],
            lambda: [self.deployment("production", "p-1", "in_progress")],
            lambda: [self.deployment("production", "p-1", self._draw.choice(["succeeded", "succeeded", "failed"]))],
            lambda: [self.health("production", "p-1"), self.environment_event()],
            lambda: [self.deployment("production", "p-2", "succeeded", source_ref=OTHER_COMMIT)],
            # To a commit that was never eligible: so every such rollback counts as an ordinary deployment.
            lambda: [self.deployment("production", "r-1", "succeeded", rollback_of_ref="p-1", source_ref=OTHER_COMMIT)],
        )
        end = self._draw.choice([2, 4, 6, 9, 12, len(chapters)])
        for chapter in chapters[:end]:
            wave = chapter()
            self._draw.shuffle(wave)
            yield wave

    def _one_of(self, *callers: str) -> str:
        return self._caller or self._draw.choice(callers)

    def _next(self) -> str:
        self._run += 1
        return f"{self._release_id}-{self._run}"

    def build(self, status: str = "pass") -> Planned:
        """A build with one to three more checks and up to two artifacts."""
        checks = [{"check_name": f"check-{n}", "status": "pass"} for n in range(self._draw.randint(1, 3))]
        artifacts = [events.evidence("build_log", f"https://ci.example/{n}") for n in range(self._draw.randint(0, 2))]
        event = events.build_complete(
            self._release_id,
            run_id=self._next(),
            status=status,
            checks=checks,
            evidence=artifacts,
            emitted_at=self._clock(),
        )
        return planned(
            event, self._one_of("ci-bot", "service"), gate_checks=1 + len(checks), evidence_artifacts=len(artifacts)
        )

    def signoff(self, gate: str, approver: str, decision: str = "approved") -> Planned:
        """A decision with the evidence that the gate's default policy asks for, by the person or by an agent."""
        artifact = {"G2": "test_result", "G3": "rollback_plan"}[gate]
        event = events.gate_signoff(
            self._release_id,
            gate,
            session_id=self._next(),
            decision=decision,
            approver_id=approver,
            persona_role=PEOPLE[approver],
            rationale_structured={"criteria_met": decision == "approved"},
            evidence=[events.evidence(artifact, "https://evidence.example/1")],
            emitted_at=self._clock(),
        )
        return planned(event, self._one_of(approver, "service"), approvals=1, evidence_artifacts=1)

    def deployment(self, environment: str, ref: str, status: str, **more: Any) -> Planned:
        """A report of a deployment."""
        event = events.deployment_event(
            self._release_id,
            environment=environment,
            deployment_ref=ref,
            status=status,
            run_id=self._next(),
            emitted_at=self._clock(),
            **{"source_ref": COMMIT, **more},
        )
        first = (environment, ref) not in self._known
        self._known.add((environment, ref))
        return planned(event, self._one_of("ci-bot"), deployments=int(first), deployment_reports=1)

    def health(self, environment: str, ref: str, status: str = "pass") -> Planned:
        """A health report, which is evidence too."""
        event = events.health_check(
            self._release_id,
            environment=environment,
            deployment_ref=ref,
            status=status,
            artifact_ref="https://monitoring.example/report",
            run_id=self._next(),
            emitted_at=self._clock(),
        )
        return planned(event, self._one_of("sre-1", "service"), gate_checks=1, evidence_artifacts=1)

    def unknown_health(self, status: str = "pass") -> Planned:
        """A health report on what nobody deployed: refused, however often it is sent."""
        event = events.health_check(
            self._release_id,
            environment="production",
            deployment_ref="nowhere",
            status=status,
            artifact_ref="https://monitoring.example/report",
            run_id=self._next(),
            emitted_at=self._clock(),
        )
        return planned(event, self._one_of("sre-1"), refused="unknown_deployment")

    def malformed_build(self) -> Planned:
        """A build that the function refuses, however often it is sent."""
        made = self.build()
        wrong = made.event | {"payload": {"status": "perhaps"}}
        return planned(wrong, made.caller, refused="invalid_payload")

    def environment_event(self) -> Planned:
        """Something that happened, whichever release was there."""
        event = events.environment_event(
            environment="production", event_type="alert_fired", run_id=self._next(), emitted_at=self._clock()
        )
        return planned(event, self._one_of("sre-1"), environment_events=1)
