"""What a producer needs, on top of supabase-py: send an event, open a release, ask whether it may go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import httpx
from supabase import Client
from supabase_functions.errors import FunctionsHttpError

from harness.events import Envelope

FUNCTION = "ops-event-ingest"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What an event was answered: `status` accepted or duplicate, or a refusal with its code in `error`."""

    http_status: int
    ingest_id: str | None
    status: str
    error: str | None
    detail: Mapping[str, Any]

    @property
    def kept(self) -> bool:
        """Whether the event is on record, now or from before."""
        return self.status in ("accepted", "duplicate")


class Gates:
    """The release gates of a project, as one caller sees them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def emit(self, event: Envelope) -> Answer:
        """Send one event. A refusal is an answer too; httpx.TransportError when no answer came at all."""
        try:
            raw = self._client.functions.invoke(FUNCTION, {"body": event, "responseType": "json"})
            return _answer(200, cast(dict[str, Any], raw))
        except FunctionsHttpError as error:
            # supabase-py keeps only the message; the answer itself is on the error below it.
            if not isinstance(error.__cause__, httpx.HTTPStatusError):
                raise
            response = error.__cause__.response
            try:
                return _answer(response.status_code, response.json())
            except (json.JSONDecodeError, KeyError):
                return Answer(response.status_code, None, "error", "unreadable_answer", {})

    def open_release(
        self,
        project: str,
        release_name: str,
        environment_target: str,
        source_ref: str,
        *,
        scope_metadata: Mapping[str, Any] | None = None,
        initiating_actor: str | None = None,
    ) -> UUID:
        """Open a release, or find the one of that name; postgrest.APIError OPS09 if it differs."""
        arguments = {
            "project": project,
            "release_name": release_name,
            "environment_target": environment_target,
            "source_ref": source_ref,
            "scope_metadata": dict(scope_metadata or {}),
            "initiating_actor": initiating_actor,
        }
        return UUID(str(self._client.rpc("open_release", arguments).execute().data))

    def eligible(self, release_id: UUID | str, target_env: str) -> bool:
        """Whether the release may go to dev, staging or production now."""
        arguments = {"release_id": str(release_id), "target_env": target_env}
        return bool(self._client.rpc("is_eligible_for_promotion", arguments).execute().data)

    def blockers(self, release_id: UUID | str, target_env: str) -> Rows:
        """Why it may not, one row per finding with remedy and who; empty exactly when it may."""
        arguments = {"release_id": str(release_id), "target_env": target_env}
        return cast(Rows, self._client.rpc("promotion_blockers", arguments).execute().data)

    def findings(self, gate_id: UUID | str) -> Rows:
        """What the facts say about each requirement of a gate."""
        return cast(Rows, self._client.rpc("gate_findings", {"gate_id": str(gate_id)}).execute().data)

    def rows(self, table: str, columns: str, **equal: Any) -> Rows:
        """Rows of a table or view of schema `ops`, those whose columns equal what is given."""
        query = self._client.table(table).select(columns)
        for column, value in equal.items():
            query = query.eq(column, str(value))
        return cast(Rows, query.execute().data)


def _answer(http_status: int, body: dict[str, Any]) -> Answer:
    return Answer(http_status, body["ingest_id"], body["status"], body.get("error"), body["detail"])
