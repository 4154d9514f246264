"""What a producer needs, on top of supabase-py: send an event, open a release, ask whether it may go on.

`emit` gives back whatever was answered, refusals included; everything else raises what `ops_gates.errors` names.
Every call is safe to repeat, and is repeated while the server is busy or out of reach (`ops_gates.retry`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID, uuid4

import httpx
from postgrest import CountMethod, ReturnMethod
from postgrest.base_request_builder import RequestConfig
from supabase import Client, ClientOptions, create_client
from supabase_functions.errors import FunctionsHttpError, FunctionsRelayError

from ops_gates import readings
from ops_gates.errors import EventRefused, GatesError, NotFound, Refused, Unreachable, refusal
from ops_gates.events import Envelope
from ops_gates.retry import Reply, Retry
from ops_gates.rows import GateFinding, OpsReviewStatus, Releases, VExceptionStatus

FUNCTION = "ops-event-ingest"
PAGE = 500
Rows = list[dict[str, Any]]
Row = TypeVar("Row")


class _Query(Protocol):
    """A request that supabase-py has built."""

    @property
    def request(self) -> RequestConfig[httpx.Client]: ...


@dataclass(frozen=True)
class Answer:
    """What an event was answered: `status` accepted or duplicate, or a refusal with its code in `error`."""

    http_status: int
    ingest_id: str | None
    status: str
    error: str | None
    detail: Mapping[str, Any]
    attempts: int = field(default=1, compare=False)

    @property
    def kept(self) -> bool:
        """Whether the event is on record, now or from before."""
        return self.status in ("accepted", "duplicate")

    def refusal(self) -> GatesError:
        """The exception for an answer that is not `kept`: Unreachable if a retry may help, else EventRefused."""
        code = self.error or "unreadable_answer"
        if self.http_status >= 500:
            named = f"ingest_id {self.ingest_id}" if self.ingest_id else None
            message = str(self.detail.get("message") or "the server could not take the event")
            return Unreachable(code, message, detail=named, hint="send it again with the same key")
        return EventRefused(code, http_status=self.http_status, ingest_id=self.ingest_id, detail=self.detail)


class Gates:
    """The release gates of a project, as one caller sees them."""

    def __init__(self, client: Client, retry: Retry | None = None) -> None:
        self._client = client
        self._retry = retry or Retry()

    @classmethod
    @contextlib.contextmanager
    def at(
        cls, url: str, key: str, token: str | None = None, *, retry: Retry | None = None, timeout: float = 20.0
    ) -> Iterator[Self]:
        """The gates of a project: with its secret key, or a publishable key and a person's or bot's token.

        `timeout` is for one request, in seconds; the function itself gives up on its database after 10.
        """
        with httpx.Client(timeout=timeout) as http:
            options = ClientOptions(schema="ops", auto_refresh_token=False, persist_session=False, httpx_client=http)
            if token is not None:
                options.headers = {**options.headers, "Authorization": f"Bearer {token}"}
            yield cls(create_client(url, key, options), retry)

    # Events

    def emit(self, event: Envelope) -> Answer:
        """Send one event, with the same key as often as it takes; a refusal is an answer too.

        Unreachable when no answer of the function's came.
        """
        reply = self._retry.call(lambda: self._submit(event))
        body = reply.body if isinstance(reply.body, dict) else {}
        if {"ingest_id", "status", "detail"} <= body.keys():
            return Answer(
                reply.http_status,
                body["ingest_id"],
                body["status"],
                body.get("error"),
                body["detail"],
                reply.attempts,
            )
        if 400 <= reply.http_status < 500:
            said = body.get("message") or body.get("msg") or "this is no answer of ops-event-ingest"
            detail = {"message": str(said)}
            return Answer(reply.http_status, None, "error", "unreadable_answer", detail, reply.attempts)
        if reply.http_status < 400:
            raise _unreadable("no event")
        raise refusal(reply.http_status, body, after=reply.attempts)

    def send(self, event: Envelope) -> Answer:
        """Send one event; EventRefused unless it is on record then, Unreachable if that is not known."""
        answer = self.emit(event)
        if not answer.kept:
            raise answer.refusal()
        return answer

    def _submit(self, event: Envelope) -> Reply:
        try:
            body = self._client.functions.invoke(FUNCTION, {"body": event, "responseType": "json"})
            return Reply(200, body)
        except FunctionsHttpError as error:
            # supabase-py keeps only the message; the answer itself is on the error below it.
            if not isinstance(error.__cause__, httpx.HTTPStatusError):
                raise
            return Reply.of(error.__cause__.response)
        except FunctionsRelayError:
            return Reply(502, None)  # the platform could not start the function
        except ValueError:
            return Reply(200, None, readable=False)  # a page of something else

    # Releases

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
        """Open a release, or find the one of that name; Refused OPS09 if it differs, OPS06 for an unknown person."""
        arguments = {
            "project": project,
            "release_name": release_name,
            "environment_target": environment_target,
            "source_ref": source_ref,
            "scope_metadata": dict(scope_metadata or {}),
            "initiating_actor": initiating_actor,
        }
        release_id = self._rpc("open_release", arguments)
        try:
            return UUID(release_id)
        except (TypeError, ValueError, AttributeError):
            raise _unreadable("no id") from None

    def release(self, named: UUID | str) -> Releases:
        """The release of that id, or named `project/release_name`; NotFound if there is none."""
        ref = str(named)
        try:
            found = self.select("releases", Releases, release_id=UUID(ref))
        except ValueError:
            # Either part may have slashes of its own.
            parts = ref.split("/")
            names = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(1, len(parts))]
            found = [
                row
                for project, name in names
                for row in self.select("releases", Releases, project=project, release_name=name)
            ]
        if not found:
            raise NotFound("unknown_release", f"there is no release {ref!r}", hint="name its id, or project/name")
        if len(found) > 1:
            raise Refused("ambiguous_release", f"{ref!r} names {len(found)} releases", hint="name the id")
        return found[0]

    def eligible(self, release_id: UUID | str, target_env: str) -> bool:
        """Whether the release may go to dev, staging or production now; NotFound for an unknown release."""
        said = self._rpc("is_eligible_for_promotion", {"release_id": str(release_id), "target_env": target_env})
        if not isinstance(said, bool):
            raise _unreadable("neither yes nor no")
        return said

    def blockers(self, release_id: UUID | str, target_env: str) -> list[GateFinding]:
        """Why it may not, one row per finding with remedy and who; empty exactly when it may."""
        arguments = {"release_id": str(release_id), "target_env": target_env}
        return self._listed("promotion_blockers", arguments)

    def findings(self, gate_id: UUID | str) -> list[GateFinding]:
        """What the facts say about each requirement of a gate."""
        return self._listed("gate_findings", {"gate_id": str(gate_id)})

    # Exceptions

    def open_exception(
        self,
        release_id: UUID | str,
        *,
        exception_type: str,
        impacted_gates: Sequence[str],
        reason: str,
        risk_statement: str,
        approver_id: str,
        expires_at: datetime,
        effective_from: datetime | None = None,
        compensating_controls: Mapping[str, Any] | None = None,
    ) -> UUID:
        """Allow a release to go on although gates are not met, for at most 30 days; Refused with the rule it breaks."""
        # Chosen here, so that a repeated insert meets its own first one.
        exception_id = uuid4()
        row = {
            "exception_id": str(exception_id),
            "release_id": str(release_id),
            "exception_type": exception_type,
            "impacted_gates": list(impacted_gates),
            "reason": reason,
            "risk_statement": risk_statement,
            "approver_id": approver_id,
            "expires_at": expires_at.isoformat(),
            "compensating_controls": dict(compensating_controls or {}),
            **({} if effective_from is None else {"effective_from": effective_from.isoformat()}),
        }
        reply = self._ask(self._client.table("exceptions").insert(row, returning=ReturnMethod.minimal))
        if not (reply.attempts > 1 and _code(reply) == "23505"):
            _checked(reply)
        return exception_id

    def revoke_exception(self, exception_id: UUID | str) -> None:
        """End an exception now, for good; Refused OPS07 if it was, NotFound if there is none."""
        # Any value revokes: the server stamps the time and the caller.
        update = self._client.table("exceptions").update({"revoked_at": "now"}).eq("exception_id", str(exception_id))
        reply = self._ask(update)
        if reply.attempts > 1 and _code(reply) == "OPS07":
            return
        if not _listed(reply):
            raise NotFound("unknown_exception", f"there is no exception {str(exception_id)!r} that you may revoke")

    def review_exception(self, exception_id: UUID | str, status: OpsReviewStatus) -> None:
        """Record what became of the review of an exception; repeatable, NotFound if there is none."""
        changes = {"post_review_status": status}
        update = self._client.table("exceptions").update(changes).eq("exception_id", str(exception_id))
        if not _listed(self._ask(update)):
            raise NotFound("unknown_exception", f"there is no exception {str(exception_id)!r} that you may review")

    def exceptions(self, release_id: UUID | str | None = None) -> list[VExceptionStatus]:
        """Exceptions, of one release or of all, with their state and the time they have left."""
        chosen: dict[str, Any] = {} if release_id is None else {"release_id": release_id}
        return self.select("v_exception_status", VExceptionStatus, order=("effective_from",), **chosen)

    # People and policy

    def grant_membership(self, subject: str, role: str, handle: str | None = None) -> None:
        """Give a person (by the `sub` of their tokens) one of the six roles; for service_role alone."""
        self._rpc("grant_membership", {"subject": subject, "role": role, "handle": handle})

    def revoke_membership(self, subject: str) -> None:
        """End a membership; Refused OPS06 if there is none."""
        self._rpc("revoke_membership", {"subject": subject})

    def set_policy(self, gate_code: str, requirements: Sequence[Mapping[str, Any]], project: str | None = None) -> Rows:
        """Replace what a gate needs, for releases opened from now on; the open releases, and if it touches them."""
        arguments = {"gate_code": gate_code, "requirements": list(requirements), "project": project}
        return self._listed("set_gate_policy", arguments)

    # Reading

    def history(self, release_id: UUID | str) -> list[readings.Moment]:
        """What was recorded about a release, in the order in which it became known."""
        return readings.history(self.select, str(release_id))

    def rows(self, table: str, columns: str, **equal: Any) -> Rows:
        """Rows of a table or view of schema `ops`, those whose columns equal what is given; at most a page of them."""
        query = self._client.table(table).select(columns)
        for column, value in equal.items():
            query = query.eq(column, str(value))
        return _listed(self._ask(query))

    def select(
        self,
        table: str,
        model: type[Row],
        *,
        columns: Sequence[str] = (),
        order: Sequence[str] = (),
        **equal: Any,
    ) -> list[Row]:
        """All rows of a table or view, typed: the columns named or else all of the model's, however many pages.

        A column that equals None is null there. Name an order that is total where there may be many rows.
        """
        chosen = ",".join(columns or model.__annotations__)
        rows: list[Row] = []
        while True:
            query = self._client.table(table).select(chosen, count=CountMethod.exact)
            for column, value in equal.items():
                query = query.is_(column, "null") if value is None else query.eq(column, str(value))
            for column in order:
                query = query.order(column)
            reply = self._ask(query.range(len(rows), len(rows) + PAGE - 1))
            page: list[Row] = _listed(reply)
            rows += page
            total = reply.headers.get("content-range", "").rpartition("/")[2]
            if not page or (total.isdigit() and len(rows) >= int(total)):
                return rows

    def _listed(self, name: str, arguments: Mapping[str, Any]) -> list[Any]:
        return _listed(self._ask(self._client.rpc(name, dict(arguments))))

    def _rpc(self, name: str, arguments: Mapping[str, Any]) -> Any:
        return _checked(self._ask(self._client.rpc(name, dict(arguments))))

    def _ask(self, query: _Query) -> Reply:
        # Sent here rather than by `execute`, which keeps neither the status nor Retry-After of a refusal.
        return self._retry.call(lambda: Reply.of(query.request.send(httpx.Headers())))


def _code(reply: Reply) -> str | None:
    return reply.body.get("code") if isinstance(reply.body, dict) else None


def _checked(reply: Reply) -> Any:
    if not 200 <= reply.http_status < 300:
        raise refusal(reply.http_status, reply.body, after=reply.attempts)
    if not reply.readable:
        raise _unreadable("no JSON")
    return reply.body


def _listed(reply: Reply) -> list[Any]:
    rows = _checked(reply)
    if not isinstance(rows, list):
        raise _unreadable("no list")
    return rows


def _unreadable(what: str) -> Unreachable:
    return Unreachable("unreadable_answer", f"the address answered {what}, as no project does")
