"""What every program asks and tells a project, whichever library carries the requests. Standard library only.

`ops_gates.client` carries them by supabase-py, and `ops_gates.producers.wire` by urllib.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from ops_gates import limits, readings, resend, sources
from ops_gates.answers import Answer, unreadable
from ops_gates.batches import MOST_EVENTS, batches, length_of
from ops_gates.eligibility import Eligibility
from ops_gates.errors import GatesError, NotAllowed, NotFound, Refused
from ops_gates.events import Envelope
from ops_gates.named import naming
from ops_gates.query import Query
from ops_gates.retry import Retry
from ops_gates.rows import GateFinding, MyMembership, MyRelease, OpsCloseReason, Releases
from ops_gates.transport import Transport

FUNCTION = "ops-event-ingest"
SENDER = "ops-notify"
PAGE = 500
SHOWN_IDS = 5
NAME_A_RELEASE = (
    "name its id, or project/name such as acme/shop/v1.4.0; `ops-gates open` opens a release, and prints the id of one "
    "that is there"
)
# For one request, in seconds; the function itself gives up on its database after 10.
TIMEOUT = 20.0
MARKS = ("imported", "imported_at")
UNEXPECTED = "internal_error"
Rows = list[dict[str, Any]]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Overview:
    """What somebody looks at who decides on a release."""

    artifacts_digest: str | None
    seen: str


def _sent_now(event: Envelope) -> Mapping[str, Any]:
    """An event that says when it is sent, unless its `sent_at` is None."""
    tells = event.get("sent_at", "") is not None
    return {**event, "sent_at": datetime.now(UTC).isoformat()} if tells else event


class Core:
    """A project, as one caller sees it."""

    def __init__(self, transport: Transport, retry: Retry | None = None) -> None:
        self._transport = transport
        self._retry = retry or Retry()
        self.token: str | None = None

    @property
    def person(self) -> str | None:
        """The subject of the person whose token this speaks by; None for a machine."""
        return sources.person_of(self.token)

    def schema_version(self) -> tuple[bool, str | None]:
        """Whether it can be known which version the schema is, and which; None where it has no version. One try."""
        with contextlib.suppress(GatesError):
            reply = Retry.never().call(lambda: self._transport.rpc("version", {}))
            if reply.code == "PGRST202":
                return True, None
            said = reply.checked()
            return isinstance(said, str), said if isinstance(said, str) else None
        return False, None

    # Events

    def emit(self, event: Envelope) -> Answer:
        """Send one event, with the same key as often as it takes; a refusal is an answer too.

        Where another fact has taken the key, it is sent once more under the longer key; where it is too large, its
        status alone (`ops_gates.resend`). Unreachable when no answer of the function's came; UsageFault for what is no
        dict or no JSON.
        """
        length_of(event)
        return self._in_other_words(event, self._submit(event))

    def emit_many(self, events: Iterable[Envelope], *, most: int = MOST_EVENTS) -> list[Answer]:
        """Send events, up to `most` (1 to 100) in a request and a transaction; an answer to each, in their order.

        An event that is refused stops no other one. One that needs another key or is too large, and one that ended in
        an unexpected error, is sent once more alone, after its batch; so is each of a batch that ended in one, or was
        too large as a whole for what carries it. Unreachable when a batch was not taken: what was sent before it is on
        record, and sending all of them again records nothing twice. UsageFault when one of them is no dict or no JSON,
        or `most` is out of range; then nothing was sent.
        """
        answers: list[Answer] = []
        for batch in list(batches(events, most)):
            for event, answer in zip(batch, self._submit_many(batch), strict=True):
                # Of an event it is known that it is too large when it was alone.
                whole = answer.http_status >= 500 or (answer.of_all and answer.http_status == resend.TOO_LARGE)
                answers.append(self.emit(event) if whole else self._in_other_words(event, answer))
        return answers

    def _in_other_words(self, event: Envelope, answer: Answer) -> Answer:
        """What an event is answered in the end, where its key was taken or it was too large."""
        for _ in range(2):  # each of the two at most once: neither helps twice
            told = resend.instead(event, answer.http_status, {"error": answer.error, "detail": answer.detail})
            if told is None:
                break
            shortened = answer.shortened or answer.http_status == resend.TOO_LARGE
            event, again = told, self._submit(told)
            answer = replace(again, attempts=answer.attempts + again.attempts, shortened=shortened)
        return answer

    def _submit(self, event: Envelope) -> Answer:
        """Send one event as it is.

        Each try says when it is sent, so that the age of the event counts and not this machine's clock; an event whose
        `sent_at` is None is sent as it is.
        """
        return Answer.of(self._retry.call(lambda: self._transport.invoke(FUNCTION, _sent_now(event))))

    def _submit_many(self, events: list[Envelope]) -> list[Answer]:
        """Send a batch as it is; each try says when it is sent."""
        reply = self._retry.call(lambda: self._transport.invoke(FUNCTION, [_sent_now(event) for event in events]))
        if reply.http_status >= 500:
            answer = Answer.of(reply)
            if answer.error != UNEXPECTED:
                raise answer.refusal()
            return [answer] * len(events)  # nothing of it is on record
        return Answer.each(reply, len(events))

    def send(self, event: Envelope) -> Answer:
        """Send one event; EventRefused unless it is on record then, Unreachable if that is not known."""
        answer = self.emit(event)
        if not answer.kept:
            raise answer.refusal(event)
        return answer

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
        """Open a release, or find the one of that name and source_ref.

        Refused OPS09 if it has another source_ref, OPS06 for an unknown person, OPS04 for an unknown project.
        """
        named = (project, release_name, environment_target, source_ref, scope_metadata, initiating_actor)
        return self._with_id("open_release", *named)

    def import_release(
        self,
        project: str,
        release_name: str,
        environment_target: str,
        source_ref: str,
        *,
        scope_metadata: Mapping[str, Any] | None = None,
        initiating_actor: str | None = None,
    ) -> UUID:
        """Record a release of the past, or find the one of that name and source_ref; refused as `open_release`.

        It takes events with `imported` true alone, and what is recorded about it counts for no other release.
        """
        named = (project, release_name, environment_target, source_ref, scope_metadata, initiating_actor)
        return self._with_id("import_release", *named)

    def _with_id(
        self,
        function: str,
        project: str,
        release_name: str,
        environment_target: str,
        source_ref: str,
        scope_metadata: Mapping[str, Any] | None,
        initiating_actor: str | None,
    ) -> UUID:
        arguments = {
            "project": project,
            "release_name": release_name,
            "environment_target": environment_target,
            "source_ref": source_ref,
            "scope_metadata": dict(scope_metadata or {}),
            "initiating_actor": initiating_actor,
        }
        with naming(initiating_actor):
            release_id = self._rpc(function, arguments)
        try:
            return UUID(release_id)
        except (TypeError, ValueError, AttributeError):
            raise unreadable("no id") from None

    def release(self, named: UUID | str) -> Releases:
        """The release of that id, or named `project/release_name`; NotFound if there is none."""
        ref = str(named)
        try:
            release_id = UUID(ref)
        except ValueError:
            release_id = None
        if release_id is not None:
            found = self.select("releases", Releases, release_id=release_id)
        else:
            # Either part may have slashes of its own.
            parts = ref.split("/")
            names = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(1, len(parts))]
            found = [row for project, name in names for row in self._of_that_name(project, name)]
        found = _holding_their_names(found)
        if not found:
            raise self._no_release(ref)
        if len(found) > 1:
            raise Refused("ambiguous_release", f"{ref!r} names {len(found)} releases", hint=_ids(found))
        return found[0]

    def release_named(self, project: str, release_name: str) -> Releases:
        """The release of that name in a project, else the last that had it; NotFound if there is none."""
        found = _holding_their_names(self._of_that_name(project, release_name))
        if not found:
            raise self._no_release(f"{project}/{release_name}")
        return found[-1]

    def _of_that_name(self, project: str, release_name: str) -> list[Releases]:
        """All releases of a name: one may hold it, others are of the past, or were closed without facts."""
        order = ("release_id",)
        return self.select("releases", Releases, order=order, project=project, release_name=release_name)

    def _no_release(self, ref: str) -> NotFound:
        """What to raise where no release was found.

        A table shows no row to a stranger, nor to who acts in another of their roles; a function says so instead.
        """
        try:
            self.eligible(self._unseen(ref) or UUID(int=0), "dev")
        except NotFound as error:
            if error.detail is not None:  # another role of theirs sees it
                return NotFound("unknown_release", f"{error.message}: {ref!r}", detail=error.detail, hint=error.hint)
        return NotFound("unknown_release", f"there is no release {ref!r}", hint=NAME_A_RELEASE)

    def _unseen(self, ref: str) -> UUID | None:
        """The id of a release that the person may see, if not in the role in which they act."""
        with contextlib.suppress(ValueError):
            return UUID(ref)
        parts = ref.split("/") if self.person else []
        for at in range(1, len(parts)):
            project, name = "/".join(parts[:at]), "/".join(parts[at:])
            wanted = {"filter": {"project": project, "text": name}, "limit": limits.RELEASES_OF_THE_LARGEST_PAGE}
            with contextlib.suppress(NotAllowed, Refused):
                for row in self._listed("my_releases", wanted, MyRelease, ("project", "release_name", "release_id")):
                    if (row["project"], row["release_name"]) == (project, name):
                        return UUID(row["release_id"])
        return None

    def close_release(self, release_id: UUID | str, reason: OpsCloseReason) -> dict[str, Any]:
        """Close a release for good; when, by whom and why. The same again is the same answer, OPS12 another reason."""
        said = self._rpc("close_release", {"release_id": str(release_id), "close_reason": reason})
        if not isinstance(said, dict):
            raise unreadable("no closing")
        return said

    def eligible(self, release_id: UUID | str, target_env: str) -> bool:
        """Whether the release may go to dev, staging or production now; NotFound for an unknown release."""
        said = self._rpc("is_eligible_for_promotion", {"release_id": str(release_id), "target_env": target_env})
        if not isinstance(said, bool):
            raise unreadable("neither yes nor no")
        return said

    def blockers(self, release_id: UUID | str, target_env: str) -> list[GateFinding]:
        """Why it may not, one row per finding with remedy and who; empty exactly when it may."""
        arguments = {"release_id": str(release_id), "target_env": target_env}
        return self._listed("promotion_blockers", arguments, GateFinding)

    def advice(self, release_id: UUID | str, target_env: str) -> list[GateFinding]:
        """What to look at before it goes there, one row per finding; none of them keeps it out."""
        arguments = {"release_id": str(release_id), "target_env": target_env}
        return self._listed("promotion_advice", arguments, GateFinding)

    def overview(self, release_id: UUID | str) -> Overview:
        """What whoever decides looks at: the digest of the artifacts on record, None without any, and `seen`."""
        said = self._rpc("release_overview", {"release_id": str(release_id)})
        digest, seen = (said.get("artifacts_digest"), said.get("seen")) if isinstance(said, dict) else (None, None)
        if not isinstance(seen, str) or not isinstance(digest, str | None):
            raise unreadable("no overview")
        return Overview(digest, seen)

    def looked_at(self, release_id: UUID | str) -> Overview | None:
        """The same; None for a caller who may not decide, or a release that is not there: the event is told so."""
        with contextlib.suppress(NotAllowed, NotFound):
            return self.overview(release_id)
        return None

    def eligibility(self, release: Releases, target_env: str, source_ref: str | None = None) -> Eligibility:
        """Whether a release may go somewhere now; never when `source_ref` is given and it is of another commit."""
        if source_ref is not None and release["source_ref"] != source_ref:
            return Eligibility(release, target_env, False, other_source=source_ref)
        # Only the project's own yes lets anything through: an empty list of blockers alone would not.
        if self.eligible(release["release_id"], target_env):
            return Eligibility(release, target_env, True)
        return Eligibility(release, target_env, False, self.blockers(release["release_id"], target_env))

    # Reading

    def my_memberships(self) -> list[MyMembership]:
        """The memberships of the caller that stand, whatever role they act in; NotAllowed for who holds none."""
        return self._listed("my_memberships", {}, MyMembership)

    def history(self, release_id: UUID | str) -> list[readings.Moment]:
        """What was recorded about a release, in the order in which it became known."""
        return readings.history(self.select, str(release_id))

    def rows(self, table: str, columns: str, **equal: Any) -> Rows:
        """Rows of a table or view of schema `ops`, those whose columns equal what is given; at most a page of them."""
        query = Query(table, columns, equal)
        return self._retry.call(lambda: self._transport.rows(query)).listed()

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

        A column that equals None is null there, and one that equals a tuple is any of it. Name an order that is total
        where there may be many rows. The marks of what is imported come only if they are named: 0.9.0 has none.
        """
        return self.some(table, model, None, columns=columns, order=order, **equal)[0]

    def some(
        self,
        table: str,
        model: type[Row],
        most: int | None,
        *,
        newest: bool = False,
        columns: Sequence[str] = (),
        order: Sequence[str] = (),
        **equal: Any,
    ) -> tuple[list[Row], int]:
        """So many of the rows that `select` gives at most, and how many there are: no more of them are read.

        They are the first ones by the order; with `newest` the last ones, in the same order.
        """
        chosen = ",".join(columns or (column for column in model.__annotations__ if column not in MARKS))
        rows: list[Row] = []
        while True:
            page_size = PAGE if most is None else min(PAGE, most - len(rows))
            query = Query(table, chosen, equal, order, len(rows), page_size, newest)
            reply = self._retry.call(lambda query=query: self._transport.rows(query))  # type: ignore[misc]
            page: list[Row] = reply.listed(chosen.split(","), model)
            rows += page
            total = reply.headers.get("content-range", "").rpartition("/")[2]
            if not total.isdecimal():
                raise unreadable("rows without their number")
            if not page or len(rows) >= min(int(total), int(total) if most is None else most):
                return rows[::-1] if newest else rows, int(total)

    def shown(self, rows: list[Row]) -> list[Row]:
        """The rows; NotAllowed where there are none because the caller is no active member in their role.

        A table shows no row to a stranger, and an empty list would look like the truth.
        """
        if not rows and self.token is not None:
            with contextlib.suppress(NotFound):
                self.eligible(UUID(int=0), "dev")
        return rows

    def _listed(
        self, name: str, arguments: Mapping[str, Any], model: Any = None, columns: Iterable[str] = ()
    ) -> list[Any]:
        return self._retry.call(lambda: self._transport.rpc(name, arguments)).listed(columns, model)

    def _rpc(self, name: str, arguments: Mapping[str, Any]) -> Any:
        return self._retry.call(lambda: self._transport.rpc(name, arguments)).checked()


def _holding_their_names(found: list[Releases]) -> list[Releases]:
    """Without those that left their names, of the past or closed without facts, unless there are no others."""
    return [row for row in found if not row["name_freed"]] or found


def _ids(found: list[Releases]) -> str:
    """Which ids to choose from, the newest first."""
    ids = [row["release_id"] for row in reversed(found)]
    return f"name its id: {', '.join(ids[:SHOWN_IDS])}{' or another' if len(ids) > SHOWN_IDS else ''}"
