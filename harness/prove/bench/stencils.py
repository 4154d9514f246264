"""Releases of every shape, made by the real functions: what `load.py` makes copies of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from harness.prove.bench.errors import BenchError
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from ops_gates import events
from ops_gates.events import Envelope

PROJECT = "stencil/project"
PROJECTS = tuple(f"team-{number}/service" for number in range(100))  # of the copies
COMMIT = "4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b"
PEOPLE = {
    "dev-1": "developer",
    "qa-1": "qa_tester",
    "qa-2": "qa_tester",
    "rm-1": "release_manager",
    "rm-2": "release_manager",
    "sre-1": "sre",
}
# They decide nothing, and read pages: as members of one project, and of each one.
READERS: dict[str, Sequence[str]] = {"rm-of-1": PROJECTS[:1], "rm-of-all": PROJECTS}
CHECKS = [{"check_name": name, "status": "pass"} for name in ("unit_tests", "lint", "types")]
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def register_people(connection: psycopg.Connection[Any], projects: Sequence[str] = (PROJECT,)) -> None:
    """Register the people who decide, and these projects, as `service_role`, which the connection stays."""
    connection.execute("set role service_role")
    grant = GRANT if _asks_for(connection, "grant_membership", "reason") else _GRANT_BEFORE
    for subject, role in PEOPLE.items():
        connection.execute(grant, [subject, role, f"{subject}-login"])
    if _asks_for(connection, "register_project", "reason"):
        connection.cursor().executemany(REGISTER, [[project] for project in projects])
    if _asks_for(connection, "grant_membership", "project"):
        connection.cursor().executemany(
            _GRANT_IN_PROJECT,
            [(reader, project) for reader, seen in READERS.items() for project in seen if project in projects],
        )


_GRANT_IN_PROJECT: LiteralString = "select ops.grant_membership(%s, 'release_manager', %s, null, 'rm-1', 'they read')"

_GRANT_BEFORE: LiteralString = "select ops.grant_membership(%s, %s, %s)"
"""As it was before anybody had to say why. An earlier commit that is measured may have it so."""


def _asks_for(connection: psycopg.Connection[Any], function: str, argument: str) -> bool:
    """Whether the schema in this database has a function of that name with an argument of that name."""
    found = connection.execute(
        "select from pg_proc where pronamespace = 'ops'::regnamespace and proname = %s and %s = any (proargnames)",
        [function, argument],
    )
    return found.fetchone() is not None


def build_event(release_id: UUID | str, run: str, status: str = "pass", attempt: int = 1) -> Envelope:
    """The event that is measured: `build_complete` with 3 checks beside the build itself, and 1 evidence."""
    return events.build_complete(
        release_id,
        run_id=run,
        status=status,
        run_attempt=attempt,
        source_ref=COMMIT,
        artifact_ref="https://ci.example/runs/1",
        checks=CHECKS,
        evidence=[events.evidence("build_log", "https://ci.example/runs/1/log", DIGEST)],
    )


class Stencil:
    """One release on its way; every run of it is named after it, so that copies get keys of their own."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self.connection = connection
        self.name = name
        self._runs = 0
        self.release_id: UUID

    def run(self) -> str:
        """The name of another run."""
        self._runs += 1
        return f"{self.name}-{self._runs}"

    def emit(self, event: Envelope, *, kept: bool = True, retries: int = 0) -> None:
        """Send it, and as often again as it is retried."""
        for _ in range(retries + 1):
            [(answer,)] = self.connection.execute("select ops.ingest_event(%s)", [Jsonb(event)]).fetchall()
            if (answer["status"] in ("accepted", "duplicate")) is not kept:
                raise BenchError(f"{event['event_type']} was answered {answer}")

    def open(self) -> None:
        """Open it; nothing else can be said of it before."""
        [(self.release_id,)] = self.connection.execute(
            "select ops.open_release(%s, %s, 'production', %s, '{}', 'dev-1')", [PROJECT, self.name, COMMIT]
        ).fetchall()

    def build(self, status: str = "pass", retries: int = 0) -> None:
        """A build, sent again as often as it is retried."""
        self.emit(build_event(self.release_id, self.run(), status), retries=retries)

    def signoff(self, gate: str, approver: str, decision: str = "approved", retries: int = 0) -> None:
        """A decision, with the evidence that the gate asks for."""
        artifact = {"G2": "test_result", "G3": "rollback_plan"}[gate]
        event = events.gate_signoff(
            self.release_id,
            gate,
            session_id=self.run(),
            decision=decision,
            approver_id=approver,
            persona_role=PEOPLE[approver],
            rationale_structured={"criteria_met": decision == "approved", "defects": []},
            evidence=[events.evidence(artifact, "https://evidence.example/1", DIGEST)],
        )
        self.emit(event, retries=retries)

    def deploy(self, environment: str, ref: str = "d-1", status: str = "succeeded", **more: Any) -> None:
        """A deployment that began and ended."""
        for state in ("in_progress", status):
            self.emit(
                events.deployment_event(
                    self.release_id,
                    environment=environment,
                    deployment_ref=ref,
                    status=state,
                    source_ref=COMMIT,
                    run_id=self.run(),
                    **more,
                )
            )

    def health(self, environment: str, status: str = "pass", ref: str = "d-1", retries: int = 0) -> None:
        """A health report on a deployment."""
        event = events.health_check(
            self.release_id,
            environment=environment,
            deployment_ref=ref,
            status=status,
            artifact_ref="https://monitoring.example/report",
            run_id=self.run(),
        )
        self.emit(event, retries=retries)

    def refused(self) -> None:
        """A build of another commit, which changes nothing but the log."""
        event = build_event(self.release_id, self.run())
        event["payload"]["source_ref"] = "another"
        self.emit(event, kept=False)

    def bypass(self, hours: int) -> None:
        """Leave to go on without G2 and G3 for a while."""
        self.connection.execute(
            "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement,"
            " approver_id, expires_at) values (%s, 'gate_bypass', '{G2,G3}', 'hotfix', 'untested', 'rm-1',"
            " clock_timestamp() + make_interval(hours => %s))",
            [self.release_id, hours],
        )

    def incident(self, ref: str = "d-1") -> None:
        """What came of a deployment to production."""
        self.connection.execute(
            "insert into ops.incidents (deployment_id, severity, root_cause) select deployment_id, 'sev2', 'a leak'"
            " from ops.deployments where release_id = %s and environment = 'production' and deployment_ref = %s",
            [self.release_id, ref],
        )


def _fresh(_: Stencil) -> None:
    return


def _red(s: Stencil) -> None:
    s.build("fail", retries=1)
    s.build("fail")


def _healed(s: Stencil) -> None:
    s.build("fail")
    s.refused()
    s.build(retries=2)


def _validated(s: Stencil) -> None:
    s.build(retries=1)
    s.signoff("G2", "qa-1", retries=1)


def _rejected(s: Stencil) -> None:
    s.build()
    s.signoff("G2", "qa-1", "rejected", retries=1)
    s.build()


def _ready(s: Stencil) -> None:
    _validated(s)
    s.signoff("G3", "rm-1")


def _staged(s: Stencil) -> None:
    _ready(s)
    s.deploy("staging")
    s.health("staging", retries=1)


def _promoted(s: Stencil) -> None:
    s.build("fail")
    _staged(s)
    s.deploy("production")
    s.health("production")


def _unhealthy(s: Stencil) -> None:
    _staged(s)
    s.deploy("production")
    s.health("production", "fail", retries=1)
    s.incident()


def _rolled_back(s: Stencil) -> None:
    _promoted(s)
    s.deploy("production", "d-2")
    s.health("production", "fail", "d-2", retries=1)
    s.incident("d-2")
    s.deploy("production", "d-3", rollback_of_ref="d-2")  # back to what d-1 had deployed


def _expired(s: Stencil) -> None:
    s.build(retries=1)
    s.bypass(hours=1)
    s.deploy("staging")
    s.health("staging")
    s.deploy("production")
    s.health("production")


def _excepted(s: Stencil) -> None:
    s.build()
    s.bypass(hours=700)
    s.deploy("staging")


def _environment(s: Stencil) -> None:
    s.emit(events.environment_event(environment="production", event_type="backup_complete", run_id=s.run()))


def _drill(s: Stencil) -> None:
    s.emit(events.environment_event(environment="staging", event_type="restore_drill", run_id=s.run()))
    s.connection.execute(
        "with report as (insert into ops.evidence_artifacts (artifact_type, source_system, artifact_url)"
        " values ('restore_drill', 'manual', 'https://evidence.example/drill') returning artifact_id)"
        " insert into ops.recovery_drills (environment, drill_type, outcome, restore_validated, evidence_artifact_id)"
        " select 'staging', 'restore', 'passed', true, artifact_id from report"
    )


@dataclass(frozen=True)
class Shape:
    """What happened to a release; `weight` of a hundred have it, `age` in days is how long ago at least and most."""

    name: str
    play: Callable[[Stencil], None]
    weight: float
    age: tuple[float, float] = (0.1, 700)
    opens: bool = True


SHAPES = (
    Shape("fresh", _fresh, 3),
    Shape("red", _red, 5),
    Shape("healed", _healed, 6),
    Shape("validated", _validated, 8),
    Shape("rejected", _rejected, 4),
    Shape("ready", _ready, 6),
    Shape("staged", _staged, 12),
    Shape("promoted", _promoted, 47.4),
    Shape("unhealthy", _unhealthy, 2.5),
    Shape("rolled_back", _rolled_back, 4),
    Shape("expired", _expired, 2, (2, 700)),
    Shape("excepted", _excepted, 0.1, (0.1, 20)),
)
# The rest of the log: what environments report, and now and then a drill.
BESIDE = (
    Shape("environment", _environment, 99, opens=False),
    Shape("drill", _drill, 1, opens=False),
)


def play_all(connection: psycopg.Connection[Any]) -> Iterator[Shape]:
    """Each shape, played once from beginning to end."""
    for number, shape in enumerate((*SHAPES, *BESIDE)):
        stencil = Stencil(connection, f"stencil{number:02}z")
        if shape.opens:
            stencil.open()
        shape.play(stencil)
        yield shape
