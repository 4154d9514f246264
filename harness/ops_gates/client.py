"""What a producer needs, on top of supabase-py: send an event, open a release, ask whether it may go on.

`emit` gives back whatever was answered, refusals included; everything else raises what `ops_gates.errors` names.
Every call is safe to repeat, and is repeated while the server is busy or out of reach (`ops_gates.retry`).
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal, Self
from uuid import UUID, uuid4

import httpx
from postgrest import ReturnMethod
from supabase import Client, ClientOptions, create_client

from ops_gates import auth, core, limits, readings, settings, sign_in
from ops_gates.administration import Administration
from ops_gates.answers import Reply, rows_with, unreadable
from ops_gates.errors import NotAllowed, NotFound
from ops_gates.named import naming
from ops_gates.producers.wire import session_of
from ops_gates.retry import Retry
from ops_gates.rows import InboxItem, MyRelease, OpsDecisionType, OpsNoticeFormat, TimelineEntry, VExceptionStatus
from ops_gates.shapes import fits
from ops_gates.supabase_transport import Built, SupabaseTransport, losses, reply_of

LIST_EXCEPTIONS = "`ops-gates exception list` shows those that there are"
NOTIFIED = ("due", "claimed", "delivered", "failed", "set_aside")


class Gates(Administration):
    """The release gates of a project, as one caller sees them."""

    def __init__(self, client: Client, retry: Retry | None = None) -> None:
        """The gates behind a supabase-py client of schema `ops`; UsageFault if its key would travel in the clear."""
        settings.address(str(client.supabase_url))
        self._supabase = SupabaseTransport(client)
        super().__init__(self._supabase, retry)

    @classmethod
    @contextlib.contextmanager
    def at(
        cls,
        url: str,
        key: str,
        token: str | None = None,
        *,
        bot: settings.Bot | None = None,
        signed_in: auth.SignedIn | None = None,
        retry: Retry | None = None,
        timeout: float = core.TIMEOUT,
    ) -> Iterator[Self]:
        """The gates of a project: with its secret key, or a publishable key and a person's or bot's token.

        A `bot` signs in for its token first; a person who has `signed_in` has theirs refreshed. `timeout` is for one
        request, in seconds.
        UsageFault, before anything is sent, if the key would travel in the clear.
        """
        url, retry = settings.address(url), retry or Retry()
        proxy = settings.proxy(url)
        settings.check_certificates(url)
        # A request that is not encrypted needs no certificates, and to read them takes longer than the request.
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if settings.in_the_clear(url) else httpx.create_ssl_context()
        # The environment's proxies are read by `settings`, as for every program.
        with httpx.Client(timeout=timeout, trust_env=False, proxy=proxy, verify=trusted) as http:
            if token is None and bot is not None:
                token = sign_in.signed_in(retry, lambda: _sign_in(http, url, key, bot))
            options = ClientOptions(schema="ops", auto_refresh_token=False, persist_session=False, httpx_client=http)
            if token is not None:
                options.headers = {**options.headers, "Authorization": f"Bearer {token}"}
            gates = cls(create_client(url, key, options), retry)
            gates._supabase.signed_in = signed_in
            gates.token = signed_in.current() if signed_in else token
            yield gates

    @classmethod
    def of(cls, chosen: settings.Settings, *, timeout: float = core.TIMEOUT) -> contextlib.AbstractContextManager[Self]:
        """The gates that the environment names: `Gates.of(settings.read())`."""
        at, by = (chosen.url, chosen.key, chosen.token), session_of(chosen)
        return cls.at(*at, bot=chosen.bot, signed_in=by, retry=chosen.retry, timeout=timeout)

    # What a person asks

    def act_as(self, role: str) -> None:
        """Choose the role of the caller's session. Refused OPS13 for a role not held.

        The session's next token has it; that of whoever signed in is renewed at once.
        """
        self._rpc("act_as", {"role": role})
        if self._supabase.signed_in:
            self.token = self._supabase.signed_in.renew()

    def inbox(self) -> dict[str, Any]:
        """What waits for the caller, in all their roles: {items (each an InboxItem), cut, not_looked_at}."""
        said: dict[str, Any] = self._rpc("inbox", {})
        items = said.get("items") if isinstance(said, dict) else None
        if not isinstance(items, list) or len(rows_with(items, InboxItem.__annotations__)) != len(items):
            raise unreadable("no inbox")
        if not all(fits(item, InboxItem) for item in items) or not isinstance(said.get("not_looked_at"), str | None):
            raise unreadable("no inbox")
        return said

    def my_releases(
        self,
        wanted: Mapping[str, Any] | None = None,
        *,
        before: UUID | str | None = None,
        limit: int = limits.RELEASES_OF_A_PAGE,
    ) -> list[MyRelease]:
        """A page of the releases of the caller's projects, newest first; Refused 22023 for an unknown filter.

        `wanted` filters by project, status (one or a list), environment, mine, waiting and text. `before` is the
        release_id of the last row of the page before.
        """
        arguments = {"filter": dict(wanted or {}), "before": None if before is None else str(before), "limit": limit}
        return self._listed("my_releases", arguments, MyRelease)

    def release_overview(self, release_id: UUID | str, as_of: datetime | None = None) -> dict[str, Any]:
        """All about one release that the role may know, now or at a past moment; a part that it may not is None."""
        arguments = {"release_id": str(release_id), "as_of": None if as_of is None else as_of.isoformat()}
        said = self._rpc("release_overview", arguments)
        if not isinstance(said, dict) or not isinstance(said.get("gates"), list):
            raise unreadable("no overview")
        return said

    def exceptions_in_force(self, release_id: UUID | str) -> list[VExceptionStatus] | None:
        """The exceptions of a release that cover something now; None for a role that may not read them.

        A row has those columns of the view that an overview has.
        """
        try:
            found = self.release_overview(release_id).get("exceptions")
        except NotAllowed:
            return None
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(x, dict) and _is_exception(x) for x in found):
            raise unreadable("no exceptions")
        return [x for x in found if x["authorises"] and x["exception_type"] != "timing_override"]

    def timeline(self, release_id: UUID | str, most: int | None = None) -> tuple[list[TimelineEntry], bool]:
        """What happened to a release, the newest last: the newest `most` entries or all, and whether that is all.

        An entry has the keys that say something, and no others.
        """
        return readings.timeline(self._rpc, str(release_id), most)

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
        reply = self._ask(self._supabase.client.table("exceptions").insert(row, returning=ReturnMethod.minimal))
        if not (reply.attempts > 1 and reply.code == "23505"):
            with naming(approver_id):
                reply.checked()
        return exception_id

    def revoke_exception(self, exception_id: UUID | str) -> None:
        """End an exception now, for good; Refused OPS07 if it was, NotFound if there is none."""
        # Any value revokes: the server stamps the time and the caller.
        table = self._supabase.client.table("exceptions")
        update = table.update({"revoked_at": "now"}).eq("exception_id", str(exception_id))
        reply = self._ask(update)
        if reply.attempts > 1 and reply.code == "OPS07":
            return
        if not reply.listed():
            said = f"there is no exception {str(exception_id)!r} that you may revoke"
            raise NotFound("unknown_exception", said, hint=LIST_EXCEPTIONS)

    def review_exception(self, exception_id: UUID | str, status: Literal["complete", "waived"]) -> None:
        """Record the review of an exception that has ended; repeatable, NotFound if there is none.

        Refused OPS07 if it has not ended, was reviewed otherwise, or if the caller approved it.
        """
        changes = {"post_review_status": status}
        update = self._supabase.client.table("exceptions").update(changes).eq("exception_id", str(exception_id))
        if not self._ask(update).listed():
            said = f"there is no exception {str(exception_id)!r} that you may review"
            raise NotFound("unknown_exception", said, hint=LIST_EXCEPTIONS)

    def exceptions(self, release_id: UUID | str | None = None) -> list[VExceptionStatus]:
        """Exceptions, of one release or of all, with their state and the time they have left."""
        chosen: dict[str, Any] = {} if release_id is None else {"release_id": release_id}
        order = ("effective_from", "exception_id")
        return self.select("v_exception_status", VExceptionStatus, order=order, **chosen)

    # Decisions

    def decide(
        self,
        release_id: UUID | str,
        decision: OpsDecisionType,
        *,
        approver_id: str,
        rationale_structured: Mapping[str, Any],
        rationale_text: str | None = None,
        exception_id: UUID | str | None = None,
    ) -> UUID:
        """Record what a release manager decided on a release as a whole, or on an exception of it; repeatable.

        A decision on a gate is an event (`events.gate_signoff`). Refused OPS06 for an unknown person, OPS12 for a
        closed release, 23503 for an exception that is not of the release.
        """
        # Chosen here, so that a repeated insert meets its own first one.
        approval_id = uuid4()
        row = {
            "approval_id": str(approval_id),
            "release_id": str(release_id),
            "exception_id": None if exception_id is None else str(exception_id),
            "scope": "release" if exception_id is None else "exception",
            "approver_id": approver_id,
            "persona_role": "release_manager",
            "decision": decision,
            "rationale_structured": dict(rationale_structured),
            "rationale_text": rationale_text,
        }
        reply = self._ask(self._supabase.client.table("approvals").insert(row, returning=ReturnMethod.minimal))
        if not (reply.attempts > 1 and reply.code == "23505"):
            with naming(approver_id):
                reply.checked()
        return approval_id

    # Ways out

    def dismiss(self, fact: UUID | str, reason: str) -> dict[str, Any]:
        """Set aside a stop that nobody else can lift any more; repeatable.

        NotFound if there is no such fact. Refused OPS11 says which condition failed, who can do something, and what.
        """
        said = self._rpc("dismiss", {"fact": str(fact), "reason": reason})
        if not isinstance(said, dict):
            raise unreadable("no dismissal")
        return said

    # Notices, for the secret key

    def notify(self) -> dict[str, int]:
        """Let the function `ops-notify` send what is due: {due, claimed, delivered, failed, set_aside}. One try."""
        reply = Retry.never().call(lambda: self._supabase.invoke(core.SENDER, {}))
        if reply.http_status == HTTPStatus.UNAUTHORIZED:
            hint = "set SUPABASE_SECRET_KEY to a secret key of the project"
            raise NotAllowed("unauthorized", "only a secret key may have notices sent", hint=hint)
        said = reply.checked()
        if not isinstance(said, dict) or not all(isinstance(said.get(name), int) for name in NOTIFIED):
            raise unreadable("no count of notices")
        return {name: said[name] for name in NOTIFIED}

    def set_notice_target(
        self,
        project: str,
        target: str,
        *,
        format: OpsNoticeFormat,
        secret_name: str,
        kinds: Sequence[str] | None = None,
        on_behalf_of: str,
        reason: str,
    ) -> str:
        """Say where the notices of a project go; the same again changes nothing. `kinds`: None for all, [] for none."""
        arguments = {"project": project, "target": target, "format": format, "secret_name": secret_name}
        with naming(None, wanted_by=on_behalf_of):
            said = {"kinds": None if kinds is None else [*kinds], "on_behalf_of": on_behalf_of, "reason": reason}
            return str(self._rpc("set_notice_target", arguments | said))

    def retry_notice(self, delivery_id: UUID | str) -> str:
        """Make a delivery due again, and give its state; NotFound if there is none."""
        return str(self._rpc("retry_notice", {"delivery_id": str(delivery_id)}))

    def retire_target(self, project: str, environment: str, target: str, reason: str) -> Mapping[str, Any]:
        """Take a target out for the releases that were deployed there; who they are, and what became of each.

        For a release_manager who initiated none of them (NotAllowed); NotFound if no release is deployed there.
        """
        arguments = {"project": project, "environment": environment, "target": target, "reason": reason}
        answer: dict[str, Any] = self._rpc("retire_target", arguments)
        rows = answer.get("releases") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or len(rows_with(rows, ())) != len(rows):
            raise unreadable("no retirement")
        return answer

    def _ask(self, built: Built) -> Reply:
        return self._retry.call(lambda: self._supabase.send(built))


def _is_exception(row: dict[str, Any]) -> bool:
    shown = ("exception_id", "exception_type", "impacted_gates", "authorises", "approver_id", "expires_at", "reason")
    return row.keys() >= {*shown} and fits(row, VExceptionStatus)


def _sign_in(http: httpx.Client, url: str, key: str, bot: settings.Bot) -> Reply:
    with losses():
        asked = {"email": bot.email, "password": bot.password}
        return reply_of(http.post(url + sign_in.ADDRESS, json=asked, headers={"apikey": key}))
