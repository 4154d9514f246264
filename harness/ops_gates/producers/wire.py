"""How a producer reaches a project: credentials, retries with the same key, and refusals as one sentence."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FUNCTION = "ops-event-ingest"
KEY_PART = re.compile(r"[!-.0-~]+")
LOCAL = ("127.0.0.1", "localhost", "::1", "host.docker.internal", "kong")
# What the codes of docs/errors.md ask of a producer; the others explain themselves.
ADVICE = {
    "unauthorized": "check the key, or the token and its expiry",
    "forbidden_event": "use a caller whose role may send it, and name people who are active members",
    "unknown_release": "open the release first; the key stays free",
    "source_ref_mismatch": "send it to the release of the commit that was built",
    "idempotency_key_reused": "report each run once, with one outcome: a new event needs a new key",
    "unreadable_answer": "check that the URL is that of the Supabase project",
}


class ProducerError(Exception):
    """One sentence for whoever reads the log, and the exit code that belongs to it."""

    exit_code = 1


class RefusedError(ProducerError):
    """The project answered, and said no."""


class MisconfiguredError(ProducerError):
    """Nothing was sent: something is missing or cannot be right."""

    exit_code = 2


class UnreachableError(ProducerError):
    """No answer, or only faults, after all attempts; sending the same again is safe."""

    exit_code = 3


@dataclass(frozen=True)
class Credentials:
    """A secret key, or a publishable key with a person's or bot's token; never shown by `repr`."""

    apikey: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    def headers(self) -> dict[str, str]:
        """As the platform's gateway wants them."""
        return {"apikey": self.apikey, **({"authorization": f"Bearer {self.token}"} if self.token else {})}


@dataclass(frozen=True)
class Answer:
    """What an event was answered: `accepted` or `duplicate`, the id under which it is logged, and the verdict."""

    status: str
    ingest_id: str
    detail: Mapping[str, Any]

    @property
    def gate(self) -> Mapping[str, Any]:
        """The gate that the event moved: code, status before and after, and what is still missing."""
        gate: Mapping[str, Any] = self.detail.get("gate") or {}
        return gate


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever it points."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Api:
    """A project's API, as one caller; `attempts` bounds how often a fault is tried again, `pause` is the first wait."""

    url: str
    credentials: Credentials
    attempts: int = 6
    pause: float = 0.5
    timeout: float = 30.0
    _opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(_NoRedirects()), repr=False
    )

    def emit(self, event: Mapping[str, Any]) -> Answer:
        """Send one event, as often as it takes, under its one key; RefusedError when the project will not keep it."""
        code, body = self._post(f"/functions/v1/{FUNCTION}", event)
        if code == 200 and isinstance(body, dict) and body.get("status") in ("accepted", "duplicate"):
            return Answer(body["status"], str(body["ingest_id"]), body.get("detail") or {})
        raise RefusedError(_refusal(code, body if isinstance(body, dict) else {}))

    def rpc(self, function: str, **arguments: Any) -> Any:
        """The result of a function of schema `ops`; RefusedError with the server's sentence and hint."""
        code, body = self._post(f"/rest/v1/rpc/{function}", arguments, {"content-profile": "ops"})
        if code == 200:
            return body
        raise RefusedError(f"{function} was refused: {_database_refusal(code, body)}")

    def find(self, table: str, columns: str, **equal: str) -> list[dict[str, Any]]:
        """Rows of a table of schema `ops` whose columns equal what is given."""
        query = urllib.parse.urlencode({"select": columns, **{name: f"eq.{value}" for name, value in equal.items()}})
        code, body = self._ask("GET", f"/rest/v1/{table}?{query}", None, {"accept-profile": "ops"})
        if code == 200 and isinstance(body, list):
            return body
        raise RefusedError(f"reading {table} was refused: {_database_refusal(code, body)}")

    def sign_in(self, email: str, password: str) -> str:
        """The token of a bot user; it is good for as long as the project's tokens are."""
        code, body = self._post("/auth/v1/token?grant_type=password", {"email": email, "password": password})
        if code == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
            return str(body["access_token"])
        raise RefusedError(f"the bot user could not sign in (HTTP {code}): check its e-mail address and password")

    def _post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        return self._ask("POST", path, json.dumps(body).encode(), headers or {})

    def _ask(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> tuple[int, Any]:
        for attempt in range(1, self.attempts + 1):
            try:
                code, wait, body = self._once(method, path, content, headers)
                fault = f"HTTP {code}"
                if code < 500 and code not in (408, 429):
                    return code, body
            except (OSError, http.client.HTTPException) as error:
                wait, fault = None, _named(error)
            if attempt < self.attempts:
                self._wait(attempt, wait)
        asked = urllib.parse.urlsplit(self.url).hostname
        raise UnreachableError(
            f"{asked} did not take it in {self.attempts} attempts (last: {fault}): send the same again, nothing doubles"
        )

    def _once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str | None, Any]:
        request = urllib.request.Request(self.url + path, data=content, method=method)
        # No charset and no other type: the function takes exactly this one.
        sent = {"content-type": "application/json", "accept": "application/json", **self.credentials.headers()}
        for name, value in {**sent, **headers}.items():
            request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                return response.status, None, _parsed(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("retry-after"), _parsed(error.read())

    def _wait(self, attempt: int, retry_after: str | None) -> None:
        """Twice as long each time, and not in step with the other callers; at least what the server asked for."""
        backoff = self.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311 - spreads callers, hides nothing
        asked = float(retry_after) if retry_after and re.fullmatch(r"\d{1,3}", retry_after) else 0.0
        time.sleep(min(30.0, max(backoff, asked)))


def credentials_from(environment: Mapping[str, str]) -> Credentials:
    """The caller that the environment names; a token is preferred to a secret key, because it can do less."""
    given = {
        name: environment.get(name, "").strip()
        for name in ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "OPS_TOKEN")
    }
    for name, value in given.items():
        if re.search(r"[^!-~]", value):
            raise MisconfiguredError(f"{name} has blanks or unprintable characters in it: paste the key alone")
    publishable, secret, token = given.values()
    if publishable.startswith("sb_secret_"):
        raise MisconfiguredError("the publishable key is a secret key: give it as such, or use the publishable one")
    if token.startswith("sb_"):
        raise MisconfiguredError("the token is an API key: give a signed-in user's token, or the key as secret key")
    if token:
        if not publishable:
            raise MisconfiguredError("a token needs the project's publishable key beside it: set that too")
        return Credentials(publishable, token)
    if secret.startswith("sb_publishable_"):
        raise MisconfiguredError("the secret key is a publishable key: use the project's secret key, or a token")
    if secret.startswith("eyJ"):
        raise MisconfiguredError("the secret key is a legacy JWT, not accepted here: create a secret key (sb_secret_…)")
    if secret:
        return Credentials(secret)
    raise MisconfiguredError("no credentials: give a token with a publishable key, a bot user, or a secret key")


def address_from(environment: Mapping[str, str]) -> str:
    """The project's URL; only a project on this machine may be spoken to without TLS."""
    url = environment.get("SUPABASE_URL", "").strip().rstrip("/")
    if not url:
        raise MisconfiguredError("no project: give the Supabase URL (https://<ref>.supabase.co)")
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urllib.parse.SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.username or re.search(r"\s", url):
        raise MisconfiguredError("the Supabase URL is not an address like https://<ref>.supabase.co")
    if parts.scheme == "http" and host not in LOCAL:
        raise MisconfiguredError("the Supabase URL is http: the key would travel in the clear; use https")
    return url


def api_from(environment: Mapping[str, str] | None = None) -> Api:
    """The project and caller that the environment names, a bot user signed in. MisconfiguredError: what is missing."""
    environment = os.environ if environment is None else environment
    url, attempts = address_from(environment), environment.get("OPS_ATTEMPTS", "").strip() or "6"
    if not re.fullmatch(r"[1-9]|1\d|20", attempts):
        raise MisconfiguredError("attempts is a number from 1 to 20")
    email, password = (environment.get(f"OPS_BOT_{name}", "").strip() for name in ("EMAIL", "PASSWORD"))
    if bool(email) != bool(password):
        raise MisconfiguredError("a bot user needs both its e-mail address and its password")
    if email and not environment.get("OPS_TOKEN", "").strip():
        publishable = environment.get("SUPABASE_PUBLISHABLE_KEY", "").strip()
        if not publishable:
            raise MisconfiguredError("a bot user needs the project's publishable key beside it: set that too")
        token = Api(url, Credentials(publishable), int(attempts)).sign_in(email, password)
        return Api(url, Credentials(publishable, token), int(attempts))
    return Api(url, credentials_from(environment), int(attempts))


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Every value that must not be seen, the longest first."""
    names = ("SUPABASE_SECRET_KEY", "OPS_TOKEN", "OPS_BOT_PASSWORD")
    values = [environment.get(name, "").strip() for name in names]
    return sorted({value for value in values if value}, key=len, reverse=True)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with `***` in place of each secret."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _named(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return " ".join(str(reason if isinstance(reason, Exception) else error).split()) or type(error).__name__


def _refusal(code: int, body: Mapping[str, Any]) -> str:
    error = str(body.get("error") or "unreadable_answer")
    detail: Mapping[str, Any] = body["detail"] if isinstance(body.get("detail"), dict) else {}
    issues = [
        f"{'.'.join(map(str, issue.get('path', [])))} {issue.get('message', '')}" for issue in detail.get("issues", [])
    ]
    said = "; ".join(issues[:5]) or "; ".join(str(part) for part in (detail.get("reason"), ADVICE.get(error)) if part)
    logged = f" [ingest_id {body['ingest_id']}]" if body.get("ingest_id") else ""
    return f"the event was refused as {error} (HTTP {code})" + (f": {said}" if said else "") + logged


def _database_refusal(code: int, body: Any) -> str:
    if not isinstance(body, dict):
        return f"HTTP {code}: {ADVICE['unreadable_answer']}"
    if code == 401:
        return f"HTTP 401: {ADVICE['unauthorized']}"
    parts = [str(body[name]) for name in ("message", "hint") if body.get(name)]
    return "; ".join(parts) + f" [{body.get('code') or f'HTTP {code}'}]"
