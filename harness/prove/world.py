"""The world: an open release on a running stack, and people who act on it over HTTP.

Use it for tests of what callers get from the function and the API. Tests of rights try many statements in one SQL
session and roll them back: they use `prove.access_scene`.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from harness.stack import Stack, members, projects
from ops_gates import events
from ops_gates.answers import Answer
from ops_gates.client import Gates
from ops_gates.core import Overview, Rows
from ops_gates.events import Envelope
from ops_gates.retry import Retry

COMMIT = "4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b"
# Members who decide nothing.
OTHERS = {"ci-bot": "ci_service_role", "auditor-1": "audit_reader"}
PEOPLE = {
    "dev-1": "developer",
    "qa-1": "qa_tester",
    "qa-2": "qa_tester",
    "rm-1": "release_manager",
    "rm-2": "release_manager",
    "sre-1": "sre",
}


_REGISTERED: set[str] = set()


def register_people(stack: Stack) -> None:
    """Register the people, once for each database."""
    if stack.db_url in _REGISTERED:
        return
    _REGISTERED.add(stack.db_url)
    client = stack.client()
    for subject, role in (PEOPLE | OTHERS).items():
        members.grant(client, subject, role, f"{subject}-login")
    for project in ("acme/shop", "acme/chaos"):
        projects.register(client, project)


class SqlGates:
    """The calls of `Gates` over one SQL session of `service_role`: faster, for tests that repeat thousands of times."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection
        connection.execute("set role service_role")

    def _value(self, query: LiteralString, *values: Any) -> Any:
        row = self._connection.execute(query, values).fetchone()
        assert row is not None
        return row["value"]

    def emit(self, event: Envelope) -> Answer:
        body = self._value("select ops.ingest_event(%s) as value", Jsonb(event))
        return Answer(200 if body.get("error") is None else 400, **{"error": None, **body})

    def open_release(
        self, project: str, release_name: str, environment_target: str, source_ref: str, *, initiating_actor: str
    ) -> UUID:
        return UUID(
            str(
                self._value(
                    "select ops.open_release(%s, %s, %s, %s, '{}', %s) as value",
                    project,
                    release_name,
                    environment_target,
                    source_ref,
                    initiating_actor,
                )
            )
        )

    def overview(self, release_id: UUID | str) -> Overview:
        said = self._value("select ops.release_overview(%s) as value", release_id)
        return Overview(said["artifacts_digest"], said["seen"])

    def close_release(self, release_id: UUID | str, reason: str) -> dict[str, Any]:
        return dict(self._value("select ops.close_release(%s, %s) as value", release_id, reason))

    def eligible(self, release_id: UUID | str, target_env: str) -> bool:
        return bool(self._value("select ops.is_eligible_for_promotion(%s, %s) as value", release_id, target_env))

    def rows(self, table: str, columns: str, **equal: Any) -> Rows:
        query = sql.SQL("select {} from ops.{} where {}").format(
            sql.SQL(columns),
            sql.Identifier(table),
            sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in equal),
        )
        return self._connection.execute(query, list(equal.values())).fetchall()


@contextlib.contextmanager
def sql_session(stack: Stack) -> Iterator[SqlGates]:
    """A session of `service_role` on the stack's database, each statement a transaction of its own."""
    with psycopg.connect(stack.db_url, autocommit=True, row_factory=dict_row) as connection:
        yield SqlGates(connection)


@dataclass
class World:
    """One open release, and callers who act on it."""

    stack: Stack
    target: str = "production"
    initiator: str = "dev-1"
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    over: SqlGates | None = None
    project: str = "acme/shop"
    commit: str = COMMIT
    release_id: UUID = field(init=False)
    service: Gates | SqlGates = field(init=False)

    def __post_init__(self) -> None:
        # One request for each call: what is tested here is the answer, not the client's patience.
        self.service = self.over or Gates(self.stack.client(), Retry.never())
        register_people(self.stack)
        self.release_id = self.service.open_release(
            self.project, self.name, self.target, self.commit, initiating_actor=self.initiator
        )

    def caller(self, subject: str) -> Gates:
        """The client of a person, with a token of their role."""
        return Gates(self.stack.client(PEOPLE.get(subject, "ci_service_role"), subject), Retry.never())

    def build(self, status: str = "pass", run: str | None = None, **payload: Any) -> Envelope:
        """A build of the release's commit; a run of its own unless one is named."""
        return events.build_complete(self.release_id, run_id=run or uuid.uuid4().hex, status=status, **payload)

    def signoff(self, gate: str, approver: str, decision: str = "approved", **payload: Any) -> Envelope:
        """A decision by one of the people, with the evidence that the gate's default policy asks for."""
        artifact = {"G2": "test_result", "G3": "rollback_plan"}.get(gate, "reference")
        return events.gate_signoff(
            self.release_id,
            gate,
            session_id=uuid.uuid4().hex,
            decision=decision,
            approver_id=approver,
            persona_role=PEOPLE[approver],
            rationale_structured={"criteria_met": True},
            **{"evidence": [events.evidence(artifact, "https://evidence.example/1")], **payload},
        )

    def deployment(self, environment: str, ref: str = "d-1", status: str = "succeeded", **more: Any) -> Envelope:
        """A deployment of the release's commit."""
        return events.deployment_event(
            self.release_id,
            **{
                "environment": environment,
                "deployment_ref": ref,
                "status": status,
                "source_ref": self.commit,
                "run_id": uuid.uuid4().hex,
                **more,
            },
        )

    def health(self, environment: str, ref: str = "d-1", status: str = "pass", **more: Any) -> Envelope:
        """A health report on a deployment."""
        return events.health_check(
            self.release_id,
            environment=environment,
            deployment_ref=ref,
            status=status,
            artifact_ref="https://monitoring.example/report",
            run_id=uuid.uuid4().hex,
            **more,
        )

    def by(self, subject: str, event: Envelope) -> Answer:
        """Send an event as a person does by hand, or as a bot does; the answer, whatever it is."""
        return self.caller(subject).emit(events.by_hand(event, subject) if subject in PEOPLE else event)

    def emit(self, *sent: Envelope) -> Answer:
        """Send events as `service_role`; the last answer. Each must be kept."""
        for event in sent:
            answer = self.service.emit(event)
            assert answer.kept, answer
        return answer

    def gates(self) -> dict[str, str]:
        """Stored status by gate code."""
        rows = self.service.rows("release_gates", "gate_code,status", release_id=self.release_id)
        return {row["gate_code"]: row["status"] for row in rows}

    def status(self) -> str:
        """The release's status."""
        [row] = self.service.rows("releases", "status", release_id=self.release_id)
        return str(row["status"])

    def facts(self, table: str, columns: str = "*") -> Rows:
        """Rows of a table that belong to the release."""
        return self.service.rows(table, columns, release_id=self.release_id)

    def log(self, event: Envelope) -> Rows:
        """What became of each submission under an event's key, oldest first."""
        columns = "ingest_id,processing_status,error_code,error_detail,duplicate_of,caller_role,created_at"
        rows = self.service.rows("event_ingest_log", columns, idempotency_key=event["idempotency_key"])
        return sorted(rows, key=lambda row: str(row["created_at"]))

    def until_gate(self, count: int) -> list[Envelope]:
        """The events that bring the first `count` of G1, G2 and G3 to passed."""
        return [self.build(), self.signoff("G2", "qa-1"), self.signoff("G3", "rm-1")][:count]


def post(
    stack: Stack,
    content: bytes,
    *,
    key: str | None = None,
    token: str | None = None,
    method: str = "POST",
    **headers: str,
) -> httpx.Response:
    """Send any bytes to the function, with the secret key unless a key or a token is given."""
    credentials = {"apikey": key or (stack.publishable_key if token else stack.secret_key)}
    if token:
        credentials["authorization"] = f"Bearer {token}"
    headers = {"content-type": "application/json", **credentials, **headers}
    url = f"{stack.functions_url}/ops-event-ingest"
    return stack.http.request(
        method, url, content=content, headers={name: value for name, value in headers.items() if value}
    )
