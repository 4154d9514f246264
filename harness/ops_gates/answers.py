"""What came back from a project: any reply over HTTP, and what an event was answered. Standard library only."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ops_gates.errors import ADVICE, BUSY, NO_PROJECT, EventRefused, GatesError, Unreachable, refusal
from ops_gates.shapes import fits
from ops_gates.stops import failed_checks

# By `detail.unmet`: what an approval lacks.
ASKED: Mapping[str, str] = {
    "own_token": "the person's own token; an agent that names them is not enough, so they must sign in and approve",
    "aal2": "a second factor of the last 12 hours; sign in with one, and approve again",
    "approvers": "the right person: policy names who may approve, `ops-gates why` says whom",
}


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP: `body` is the JSON, if any; not `readable` when it is something else."""

    http_status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1
    readable: bool = True

    @classmethod
    def of(cls, http_status: int, content: bytes, headers: Iterable[tuple[str, str]]) -> Reply:
        """A response, read; names of headers become lower case."""
        named = {name.lower(): value for name, value in headers}
        try:
            return cls(http_status, json.loads(content) if content else None, named)
        except (ValueError, RecursionError):
            return cls(http_status, None, named, readable=False)

    @property
    def final(self) -> bool:
        """Whether asking again would change nothing.

        What SQL refuses has a code: PostgREST answers 400 with an empty one when its connection to the database broke.
        """
        busy = self.http_status >= 500 or self.http_status in BUSY
        return not busy and not (isinstance(self.body, dict) and self.body.get("code") == "")

    @property
    def retry_after(self) -> float:
        """Seconds that the server wants to be left alone; 0 when it does not say."""
        with contextlib.suppress(ValueError):
            return max(0.0, float(self.headers.get("retry-after", "0")))
        return 0.0  # a date: no server of ours sends one

    @property
    def code(self) -> str | None:
        """The code of a refusal, if the answer has one."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    def checked(self) -> Any:
        """The body of a success; otherwise the exception for what was answered."""
        if 300 <= self.http_status < 400:
            raise unreadable("a redirect")
        if not 200 <= self.http_status < 300:
            raise refusal(self.http_status, self.body, after=self.attempts)
        if not self.readable:
            raise unreadable("no JSON")
        return self.body

    def listed(self, columns: Iterable[str] = (), model: Any = None) -> list[Any]:
        """The rows of a success, which all have these columns (else those of the model) and the types of the model."""
        rows = self.checked()
        if not isinstance(rows, list):
            raise unreadable("no list")
        if len(rows_with(rows, columns or getattr(model, "__annotations__", ()))) != len(rows):
            raise unreadable("no such rows")
        if model is not None and not all(fits(row, model) for row in rows):
            raise unreadable("no such rows")
        return rows


@dataclass(frozen=True)
class Answer:
    """What an event was answered: `status` accepted or duplicate, or a refusal with its code in `error`."""

    http_status: int
    ingest_id: str | None
    status: str
    error: str | None
    detail: Mapping[str, Any]
    attempts: int = field(default=1, compare=False)
    shortened: bool = field(default=False, compare=False)
    """Whether only the status was sent in the end, because the event was too large."""
    of_all: bool = field(default=False, compare=False)
    """Whether it refused the request as a whole, whatever events were in it."""

    @classmethod
    def of(cls, reply: Reply) -> Answer:
        """The function's answer in a reply; Unreachable when it is not the function's."""
        body = reply.body if isinstance(reply.body, dict) else {}
        texts = (body.get("ingest_id"), body.get("status"), body.get("error"))
        is_ours = {"ingest_id", "status"} <= body.keys() and all(isinstance(text, str | None) for text in texts)
        if is_ours and isinstance(body.get("detail"), dict):
            return cls(
                reply.http_status, body["ingest_id"], body["status"], body.get("error"), body["detail"], reply.attempts
            )
        if 400 <= reply.http_status < 500 and reply.final:
            said = body.get("message") or body.get("msg") or NO_PROJECT
            return cls(reply.http_status, None, "error", "unreadable_answer", {"message": str(said)}, reply.attempts)
        if reply.http_status < 300:
            raise unreadable("no event" if reply.readable else "no JSON")
        raise (
            unreadable("a redirect")
            if reply.http_status < 400
            else refusal(reply.http_status, body, after=reply.attempts)
        )

    @classmethod
    def each(cls, reply: Reply, count: int) -> list[Answer]:
        """The function's answers to a batch of so many events; what refused the whole refuses each of them."""
        if reply.http_status >= 300:
            return [replace(cls.of(reply), of_all=True)] * count
        if not isinstance(reply.body, list):
            raise unreadable("no list")
        rows = rows_with(reply.body, ("http_status",))
        if len(rows) != count:
            raise unreadable("for other events")
        return [cls.of(replace(reply, http_status=row["http_status"], body=dict(row))) for row in rows]

    @property
    def kept(self) -> bool:
        """Whether the event is on record, now or from before."""
        return self.status in ("accepted", "duplicate")

    def unheard(self, event: Mapping[str, Any]) -> str | None:
        """The sentence for what changes nothing now; None for everything else.

        That is a failure where a newer fact stands, and an approval that does not count: from the start, for example
        because it lacks what policy asks of it, or no longer.
        """
        if self.now.get("counts") is False:
            return "counts_no_more: it was recorded before, and does not count any more; decide again in a new session"
        if (unmet := self.detail.get("unmet")) is not None:
            asks = ASKED.get(unmet, f"what policy asks ({unmet})")
            return f"does_not_count: the approval is recorded, and does not count: it lacks {asks}"
        if self.status == "accepted" and self.detail.get("counts") is False:
            return "does_not_count: the approval is recorded, and does not count; what the gate needs says who can"
        newer = self.detail.get("superseded_by")
        names = sorted({*failed_checks(event)} & {*newer}) if isinstance(newer, dict) else []
        if not names:
            return None
        return f"superseded: it is recorded, but a newer report of {', '.join(names)} stands"

    @property
    def unknown_rollback(self) -> str | None:
        """The sentence for a rollback that counts as an ordinary deployment; None for everything else."""
        if self.detail.get("rollback_to_unknown") is not True:
            return None
        said = "it goes back to nothing known, or does not undo what was deployed last, so it counts as a deployment"
        return f"rollback_to_unknown: {said}; deploy the release again, or roll back to a version that was there"

    @property
    def ineligible(self) -> str | None:
        """The sentence for a deployment that is recorded, but was not eligible; None for everything else."""
        if self.detail.get("was_eligible") is not False:
            return None
        first = next(iter(rows_with(self.detail.get("blockers"), ("requirement", "detail"))), None)
        why = "" if first is None else f": {first['requirement']} ({first['detail']})"
        said = "the release was not eligible when this deployment began or succeeded"
        return f"not_eligible: it is recorded, but {said}{why}; {self.detail.get('remedy') or 'deploy again'}"

    @property
    def gate(self) -> Mapping[str, Any]:
        """The gate that the event is about: code, status before and after, and what is still missing; or empty."""
        gate = self.detail.get("gate")
        return gate if isinstance(gate, Mapping) else {}

    @property
    def now(self) -> Mapping[str, Any]:
        """What a duplicate is told of this moment: the status of its gate and release; or empty."""
        now = self.detail.get("now")
        return now if isinstance(now, Mapping) else {}

    @property
    def moved(self) -> list[Mapping[str, Any]]:
        """The gates that the event moved: code, status before and after."""
        return rows_with(self.detail.get("moved"), ("gate_code", "status_before", "status_after"))

    @property
    def missing(self) -> list[Mapping[str, Any]]:
        """What the gate still needs: requirement, detail, and who can."""
        return rows_with(self.gate.get("missing"), ("requirement", "detail", "who"))

    def refusal(self, event: Mapping[str, Any] | None = None) -> GatesError:
        """The exception for an answer that is not `kept`: Unreachable if a retry may help, else EventRefused.

        With the `event` that was answered, a person in it who is not known is named.
        """
        code = self.error or "unreadable_answer"
        if self.http_status >= 500 or self.http_status in BUSY:
            named = f"ingest_id {self.ingest_id}" if self.ingest_id else None
            message = str(self.detail.get("message") or "the server could not take the event")
            return Unreachable(code, message, detail=named, hint="send it again with the same key")
        return EventRefused(
            code, http_status=self.http_status, ingest_id=self.ingest_id, detail=self.detail, event=event
        )


def rows_with(value: Any, columns: Iterable[str]) -> list[Mapping[str, Any]]:
    """Those entries of a list that have such columns: an answer that says more or less is still an answer."""
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping) and row.keys() >= set(columns)]


def unreadable(what: str) -> Unreachable:
    """The exception for an address that answers, but not as a project does."""
    return Unreachable(
        "unreadable_answer", f"the address answered {what}, as no project does", hint=ADVICE["unreadable_answer"]
    )
