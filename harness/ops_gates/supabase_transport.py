"""The requests of supabase-py, sent so that the key goes nowhere else and every loss has a sentence."""

from __future__ import annotations

import contextlib
import json
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import httpx
from postgrest import CountMethod
from postgrest.base_request_builder import RequestConfig
from supabase import Client

from ops_gates import auth, settings
from ops_gates.answers import Reply
from ops_gates.errors import UsageFault
from ops_gates.query import Query
from ops_gates.retry import Lost


class Built(Protocol):
    """A request that supabase-py has built."""

    @property
    def request(self) -> RequestConfig[httpx.Client]: ...


class SupabaseTransport:
    """Requests that supabase-py builds, each sent by a session that takes the key nowhere else."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.signed_in: auth.SignedIn | None = None
        self._direct: httpx.Client | None = None
        if settings.in_the_clear(str(client.supabase_url)) and settings.names_a_proxy():
            # A proxy would read the key in a request that is not encrypted.
            timeout = client.postgrest.session.timeout
            self._direct = httpx.Client(trust_env=False, verify=False, timeout=timeout)  # noqa: S501 - never TLS
            weakref.finalize(self, self._direct.close)

    def _safe(self, session: httpx.Client) -> httpx.Client:
        """The session to send by. supabase-py makes a new one at each sign-in, so this is asked for each request."""
        chosen = self._direct or session
        # httpx would send the key along to wherever a redirect points.
        chosen.follow_redirects = False
        return chosen

    def invoke(self, function: str, body: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Reply:
        """Call an edge function."""
        # supabase-py would follow redirects here, and fail on what JSON can hold and UTF-8 cannot.
        headers = {**self.client.options.headers, "content-type": "application/json", "accept": "application/json"}
        url, content = f"{self.client.functions_url}/{function}", json.dumps(body).encode()

        def ask(bearer: Mapping[str, str]) -> Reply:
            with losses():
                session = self._safe(self.client.postgrest.session)
                response = session.post(url, content=content, headers={**headers, **bearer})
            # The platform could not start the function.
            return Reply(502, None) if response.headers.get("x-relay-error") == "true" else reply_of(response)

        return self._by_token(ask)

    def rpc(self, function: str, arguments: Mapping[str, Any]) -> Reply:
        """Call a function of schema `ops`."""
        return self.send(self.client.rpc(function, dict(arguments)))

    def rows(self, query: Query) -> Reply:
        """Read from schema `ops`."""
        count = None if query.most is None else CountMethod.exact
        built = self.client.table(query.table).select(query.columns, count=count)
        for column, operator, value in query.conditions():
            built = built.filter(column, operator, value)
        for column in query.order:
            built = built.order(column, desc=query.backwards)
        return self.send(built if query.most is None else built.range(query.first, query.first + query.most - 1))

    def send(self, built: Built) -> Reply:
        """Send a request that is built; `execute` would keep neither the status nor Retry-After of a refusal."""
        request = built.request
        request.session = self._safe(request.session)

        def ask(bearer: Mapping[str, str]) -> Reply:
            request.headers.update(bearer)
            with losses():
                return reply_of(request.send(httpx.Headers()))

        return self._by_token(ask)

    def _by_token(self, ask: Callable[[Mapping[str, str]], Reply]) -> Reply:
        """Send a request by the token of whoever is signed in, if anybody is."""
        if self.signed_in is None:
            return ask({})
        return self.signed_in.send(lambda token: ask({"Authorization": f"Bearer {token}"}))


def reply_of(response: httpx.Response) -> Reply:
    """What was answered."""
    return Reply.of(response.status_code, response.content, response.headers.items())


@contextlib.contextmanager
def losses() -> Iterator[None]:
    """Say in our words that no answer came; UsageFault if what is asked for cannot be a part of an address."""
    try:
        yield
    except httpx.InvalidURL:
        raise UsageFault("what was named is too long to be looked for: give the name or id alone") from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Lost.because(TimeoutError() if isinstance(error, httpx.TimeoutException) else error) from error
