"""Requests by urllib: the transport of programs that run on bare Python, and nothing else of their own."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops_gates import auth, core, settings, sign_in
from ops_gates.answers import Reply
from ops_gates.core import Core
from ops_gates.query import Query
from ops_gates.retry import Lost


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever it points."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Wire:
    """Requests to a project with a secret key, or a publishable key and a person's or bot's token."""

    url: str
    key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    signed_in: auth.SignedIn | None = field(default=None, repr=False)
    timeout: float = core.TIMEOUT

    def __post_init__(self) -> None:
        """Refuse an address to which a key must not be sent."""
        self.url = settings.address(self.url)
        proxy = settings.proxy(self.url)
        settings.check_certificates(self.url)
        proxies = urllib.request.ProxyHandler({"https": proxy} if proxy else {})
        self._opener = urllib.request.build_opener(_NoRedirects(), proxies)

    def invoke(self, function: str, body: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Reply:
        """Call an edge function."""
        return self._send("POST", f"/functions/v1/{function}", body)

    def rpc(self, function: str, arguments: Mapping[str, Any]) -> Reply:
        """Call a function of schema `ops`."""
        return self._send("POST", f"/rest/v1/rpc/{function}", arguments, {"content-profile": "ops"})

    def rows(self, query: Query) -> Reply:
        """Read from schema `ops`."""
        equal = {column: f"{operator}.{value}" for column, operator, value in query.conditions()}
        given = {"select": query.columns, **equal}
        if query.order:
            given["order"] = ",".join(f"{column}.desc" if query.backwards else column for column in query.order)
        if query.most is not None:
            given |= {"offset": str(query.first), "limit": str(query.most)}
        counted = {} if query.most is None else {"prefer": "count=exact"}
        path = f"/rest/v1/{query.table}?{urllib.parse.urlencode(given)}"
        return self._send("GET", path, None, {"accept-profile": "ops", **counted})

    def sign_in(self, bot: settings.Bot) -> Reply:
        """Ask for a bot's token."""
        return self.ask("POST", sign_in.ADDRESS, {"email": bot.email, "password": bot.password})

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request by the token of whoever is signed in, if anybody is."""
        if self.signed_in is None:
            return self.ask(method, path, body, headers)
        return self.signed_in.send(
            lambda token: self.ask(method, path, body, {**(headers or {}), "authorization": f"Bearer {token}"})
        )

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; Lost when no answer came."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=content, method=method)
        sent = {"accept": "application/json", "apikey": self.key, **(headers or {})}
        if content is not None:
            # No charset and no other type: the function takes exactly this one.
            sent["content-type"] = "application/json"
        if self.token and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        for name, value in sent.items():
            request.add_header(name, value)
        try:
            try:
                with self._opener.open(request, timeout=self.timeout) as response:
                    return Reply.of(response.status, response.read(), response.headers.items())
            except urllib.error.HTTPError as error:
                with error:
                    return Reply.of(error.code, error.read(), error.headers.items())
        except (OSError, http.client.HTTPException) as error:
            raise Lost.because(error) from error


def project_of(chosen: settings.Settings) -> Core:
    """The project that the environment names, a bot signed in: `project_of(settings.read())`."""
    wire = Wire(chosen.url, chosen.key, chosen.token)
    bot = chosen.bot
    if bot is not None:
        wire.token = sign_in.signed_in(chosen.retry, lambda: wire.sign_in(bot))
    wire.signed_in = session_of(chosen)
    project = Core(wire, chosen.retry)
    project.token = wire.signed_in.current() if wire.signed_in else wire.token
    return project


def session_of(chosen: settings.Settings) -> auth.SignedIn | None:
    """The stored session that the environment leads to; None if it names somebody else."""
    if chosen.session is None or chosen.store is None:
        return None
    return auth.SignedIn(Wire(chosen.url, chosen.key), chosen.store, chosen.session, chosen.retry)
