"""Which project a command talks to, and as whom: what the environment names, or the running stack of a checkout."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ops_gates import local
from ops_gates.commands.group import AT_THE_END, UsageFault
from ops_gates.errors import NotAllowed
from ops_gates.retry import Retry

if TYPE_CHECKING:
    from ops_gates.client import Gates

HELP = (
    "Commands that ask or tell a project use the one that SUPABASE_URL names: with SUPABASE_SECRET_KEY as "
    "service_role, or with SUPABASE_PUBLISHABLE_KEY and OPS_TOKEN as the person or bot whose token it is (the token "
    "wins if both are set). Without SUPABASE_URL it is the running stack of the checkout that you are in, where "
    "OPS_TOKEN works too. OPS_RETRY_SECONDS is how long a busy or unreachable project is tried (30)."
)
READERS = "release_manager, audit_reader and the secret key"
_POSTGRES_SAYS = ("permission denied for ", "new row violates row-level security policy")
_KEY = re.compile(r"[!-~]{8,8192}")


@dataclass(frozen=True)
class Target:
    """A project's address, and what to show it."""

    url: str
    key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def _given(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _key(name: str) -> str | None:
    value = _given(name)
    # What is no key cannot be sent in a header, and is not quoted here: it may be one with a slip.
    if value is not None and not _KEY.fullmatch(value):
        raise UsageFault(f"{name} is not a key or token: printable ASCII without blanks is expected")
    return value


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and not parts.username
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", url):
        raise UsageFault("SUPABASE_URL is not an address such as https://<ref>.supabase.co")
    return url.rstrip("/")


def target() -> Target:
    """The project to talk to; UsageFault says which variable is missing or unusable."""
    url, token = _given("SUPABASE_URL"), _key("OPS_TOKEN")
    if url is None:
        return _local(token)
    secret, publishable = _key("SUPABASE_SECRET_KEY"), _key("SUPABASE_PUBLISHABLE_KEY")
    if token is not None:
        if publishable is None:
            raise UsageFault("OPS_TOKEN goes with SUPABASE_PUBLISHABLE_KEY, which is not set")
        return Target(_address(url), publishable, token)
    if secret is None:
        raise UsageFault("set SUPABASE_SECRET_KEY, or SUPABASE_PUBLISHABLE_KEY and OPS_TOKEN, beside SUPABASE_URL")
    return Target(_address(url), secret)


def _local(token: str | None) -> Target:
    """The running stack of the checkout that the working directory is in."""
    found = local.find(Path.cwd())
    if found is None:
        raise UsageFault("no project is named: set SUPABASE_URL and a key")
    return Target(found.url, found.publishable_key if token else found.secret_key, token)


def _retry() -> Retry:
    given = _given("OPS_RETRY_SECONDS")
    if given is None:
        return Retry()
    if not re.fullmatch(r"\d{1,4}", given):
        raise UsageFault("OPS_RETRY_SECONDS is not a number of seconds, 0 to 9999")
    # Pauses grow to 5 s, so that many tries fill the time.
    return Retry(attempts=6 + int(given) // 2, total=float(given)) if int(given) else Retry.never()


@contextlib.contextmanager
def only(who: str, instead: str | None = None) -> Iterator[None]:
    """Say who may do what a command does, and what the others can ask, where Postgres would only name a table."""
    try:
        yield
    except NotAllowed as error:
        if not error.message.startswith(_POSTGRES_SAYS):
            raise  # a wrong key, or the schema's own sentence
        raise NotAllowed(error.code, f"this is for {who} alone", hint=instead) from None


def gates() -> Gates:
    """The release gates of the target, as its caller sees them."""
    chosen, retry = target(), _retry()
    from ops_gates.client import Gates  # supabase-py takes a second to import, which --help need not pay

    try:
        return AT_THE_END.enter_context(Gates.at(chosen.url, chosen.key, chosen.token, retry=retry))
    except ValueError:
        raise UsageFault("SUPABASE_URL is not an address such as https://<ref>.supabase.co") from None
