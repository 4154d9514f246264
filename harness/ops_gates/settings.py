"""Which project a program talks to, and as whom: one set of variables for all of them.

A token is preferred to a bot's password, and both to a secret key, because they can do less.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import ssl
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ops_gates import local, sessions
from ops_gates.errors import UsageFault
from ops_gates.retry import Retry

SECRETS = ("SUPABASE_SECRET_KEY", "OPS_TOKEN", "OPS_BOT_PASSWORD")
KEYS = ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "OPS_TOKEN")
VARIABLES = ("SUPABASE_URL", *KEYS, "OPS_BOT_EMAIL", "OPS_BOT_PASSWORD", "OPS_RETRY_SECONDS")
HELP = (
    "Commands that ask or tell a project use the one that SUPABASE_URL names: with SUPABASE_SECRET_KEY as "
    "service_role, or with SUPABASE_PUBLISHABLE_KEY as the person or bot whose token is in OPS_TOKEN, or as the bot "
    "that signs in with OPS_BOT_EMAIL and OPS_BOT_PASSWORD. If several are set, the token comes first, then the bot. "
    "If none is set, it is you, once you have signed in with `ops-gates login`. "
    "Without SUPABASE_URL it is the running stack of the checkout that you are in, where all of this works too. "
    "OPS_RETRY_SECONDS is how long a busy or unreachable project is tried (30)."
)
# Who speaks, where it is set, even if there is a secret key.
BEFORE_THE_KEY = ("OPS_TOKEN", "OPS_BOT_EMAIL", "OPS_BOT_PASSWORD")
# Who speaks, and where: what is set to nothing by mistake must not be taken for a choice of somebody else.
CHOICES = ("SUPABASE_URL", *BEFORE_THE_KEY)
_remembered: set[str] = set()
_KEY = re.compile(r"[!-~]{8,8192}")
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")


@dataclass(frozen=True)
class Bot:
    """A user who signs in for a token."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """A project's address, what to show it, and how long to try."""

    url: str
    key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    bot: Bot | None = None
    retry: Retry = field(default_factory=Retry)
    session: sessions.Session | None = None
    """Of the person who signed in at this address (`ops-gates login`)."""
    store: sessions.Store | None = None


@dataclass(frozen=True)
class Address:
    """A project, and the keys of it that are at hand."""

    url: str
    publishable: str = field(repr=False)
    secret: str = field(repr=False)
    is_found: bool
    """Whether it is the running stack of the checkout, which nobody has named."""


def read(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The project and caller that the environment names; UsageFault says which variable is missing or unusable."""
    surrounding = os.environ if environment is None else environment
    given = _given(surrounding)
    bot, retry, token = _bot(given), _retry(given["OPS_RETRY_SECONDS"]), given["OPS_TOKEN"]
    project = _address(given, folder)
    url, publishable, secret = project.url, project.publishable, project.secret
    if (token or bot) and not publishable:
        raise UsageFault(
            f"{'OPS_TOKEN goes' if token else 'OPS_BOT_EMAIL goes'} with SUPABASE_PUBLISHABLE_KEY, "
            f"{which_is_missing('SUPABASE_PUBLISHABLE_KEY', surrounding)}"
        )
    if token:
        return Settings(url, publishable, token, retry=retry)
    if bot:
        return Settings(url, publishable, bot=bot, retry=retry)
    refuse_empty("SUPABASE_SECRET_KEY", surrounding)  # it would be the turn of whoever signed in
    # Nobody has set the secret key of a stack that was found, and somebody has signed in there.
    if not secret or (project.is_found and not given["SUPABASE_SECRET_KEY"]):
        store = sessions.Store.at(url, surrounding)
        session = store.read()
        if session is not None:
            return Settings(url, publishable or session.publishable_key, retry=retry, session=session, store=store)
    if not secret:
        raise UsageFault(
            "nobody is signed in at this project: run `ops-gates login`, or set OPS_TOKEN or SUPABASE_SECRET_KEY"
        )
    return Settings(url, secret, retry=retry)


def sign_in_at(environment: Mapping[str, str], folder: Path | None = None) -> tuple[Settings, sessions.Store]:
    """The project where somebody wants to sign in or out, and where their session is kept.

    UsageFault says which variable is unusable. The publishable key may be missing: a session that is kept has it.
    """
    given = _given(environment)
    project = _address(given, folder)
    chosen = Settings(project.url, project.publishable, retry=_retry(given["OPS_RETRY_SECONDS"]))
    return chosen, sessions.Store.at(project.url, environment)


def everything(environment: Mapping[str, str], folder: Path | None = None) -> tuple[Address, Bot | None, Retry]:
    """All that the environment names, for a look at the project itself; UsageFault says what is unusable."""
    given = _given(environment)
    return _address(given, folder), _bot(given), _retry(given["OPS_RETRY_SECONDS"])


def _given(surrounding: Mapping[str, str]) -> dict[str, str]:
    given = {name: surrounding.get(name, "").strip() for name in VARIABLES}
    for name in CHOICES:
        refuse_empty(name, surrounding)
    for name in KEYS:
        _usable(name, given[name])
    return given


def _address(given: Mapping[str, str], folder: Path | None) -> Address:
    """The project that SUPABASE_URL names, or the running stack of the checkout."""
    publishable, secret = given["SUPABASE_PUBLISHABLE_KEY"], given["SUPABASE_SECRET_KEY"]
    if given["SUPABASE_URL"]:
        return Address(address(given["SUPABASE_URL"]), publishable, secret, False)
    # The running stack of the checkout that the working directory is in.
    try:
        found = local.find(folder or Path.cwd())
    except FileNotFoundError:  # the working directory was deleted
        found = None
    if found is None:
        raise UsageFault("no project is named: set SUPABASE_URL and a key, or run `make up` in a checkout")
    _usable("SUPABASE_PUBLISHABLE_KEY", found.publishable_key)
    _usable("SUPABASE_SECRET_KEY", found.secret_key)
    return Address(address(found.url), found.publishable_key, found.secret_key, True)


def refuse_empty(name: str, environment: Mapping[str, str]) -> None:
    """Raise UsageFault if a variable is set to nothing, as a runner sets one whose secret is missing."""
    if name in environment and not environment[name].strip():
        raise UsageFault(f"{name} is set but empty: set it to a value, or unset it")


def which_is_missing(name: str, environment: Mapping[str, str]) -> str:
    """How a variable without a value is missing, as the end of a sentence."""
    return "which is set but empty" if name in environment else "which is not set"


def without_empty(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that are set to nothing: a runner sets one for each input left out."""
    return {name: value for name, value in environment.items() if value.strip() or name not in VARIABLES}


def address(url: str, name: str = "SUPABASE_URL", such_as: str = "https://<ref>.supabase.co") -> str:
    """The project's address, in one spelling; UsageFault, which names its variable, if a key must not be sent there.

    A key travels over https, or to this machine and nowhere else. Nothing of the address is quoted: it may hold a
    password.
    """
    parts = _parts(url)
    if not parts or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\\?#]|[^!-~]", url):
        raise UsageFault(f"{name} is not an address such as {such_as}")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageFault(f"{name} begins with http: the key would travel in the clear, so use https")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _parts(url: str) -> SplitResult | None:
    """The parts of an http or https address whose host a name server or the network can be asked for; else None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    # The whole of it: a library would send a request to what the host's name leaves out.
    host = parts.netloc.rpartition("@")[2].lower()
    named = host.removesuffix(f":{port}").removesuffix(":")
    if parts.scheme not in ("http", "https") or port == 0 or len(named) > 253:
        return None
    if named.startswith("["):
        with contextlib.suppress(ValueError):
            return parts if ipaddress.IPv6Address(named[1:-1]) and named.endswith("]") else None
        return None
    return parts if _HOST.fullmatch(named) else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine for certain: localhost, 127.0.0.0/8 or ::1, and no other spelling of them."""
    if host == "localhost":
        return True
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    return ip == ipaddress.IPv6Address("::1") or (ip.version == 4 and ip.is_loopback)


def in_the_clear(url: str) -> bool:
    """Whether requests to an address are not encrypted, so that a proxy would read the key in them."""
    return urlsplit(url).scheme == "http"


def proxy(url: str) -> str | None:
    """The proxy through which requests to a project go, the same for every program; None for none.

    UsageFault if HTTPS_PROXY or ALL_PROXY cannot be used. It is not quoted: it may hold a password.
    """
    if in_the_clear(url):
        return None
    proxies = urllib.request.getproxies()
    kind = next((kind for kind in ("https", "all") if proxies.get(kind)), None)
    if kind is None or urllib.request.proxy_bypass(urlsplit(url).netloc):
        return None
    given = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    if not _parts(given):
        variable = next((name for name in os.environ if name.lower() == f"{kind}_proxy"), "the system's proxy")
        raise UsageFault(f"{variable} is not the address of an HTTP proxy, such as http://proxy.example:8080")
    return given


def check_certificates(url: str) -> None:
    """UsageFault if the certificates to trust, which SSL_CERT_FILE names, cannot be read."""
    file = os.environ.get("SSL_CERT_FILE")
    if file and not in_the_clear(url):
        try:
            ssl.create_default_context(cafile=file)
        except OSError:
            raise UsageFault("SSL_CERT_FILE is not a file of certificates that can be read") from None


def names_a_proxy() -> bool:
    """Whether the environment names a proxy for requests that are not encrypted."""
    return not urllib.request.getproxies().keys().isdisjoint(("http", "all"))


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Every value that must not be seen, the longest first. A shorter one than 8 could be a part of any word."""
    values = {environment.get(name, "").strip() for name in SECRETS} | _remembered
    return sorted((value for value in values if len(value) >= 8), key=len, reverse=True)


def remember(secret: str) -> None:
    """Take care that a secret that is in no variable is not seen either."""
    _remembered.add(secret)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with `***` in place of each secret."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _usable(name: str, value: str) -> None:
    """Refuse what is no key of its kind. It is not quoted: it may be one with a slip."""
    if value and not _KEY.fullmatch(value):
        raise UsageFault(f"{name} is not a key or token, which has 8 or more printable characters and no blank")
    wrong = {
        "SUPABASE_PUBLISHABLE_KEY": (("sb_secret_", "a secret key"),),
        "SUPABASE_SECRET_KEY": (
            ("sb_publishable_", "a publishable key"),
            ("eyJ", "a legacy JWT, which is not accepted: create a secret key (sb_secret_…)"),
        ),
        "OPS_TOKEN": (("sb_", "an API key, and no token of a signed-in user"),),
    }
    for prefix, kind in wrong[name]:
        if value.startswith(prefix):
            raise UsageFault(f"{name} is {kind}")
    if name == "OPS_TOKEN" and value and not _TOKEN.fullmatch(value):
        raise UsageFault("OPS_TOKEN is not a token of a signed-in user, which is three parts with dots between them")


def _bot(given: Mapping[str, str]) -> Bot | None:
    email, password = given["OPS_BOT_EMAIL"], given["OPS_BOT_PASSWORD"]
    for name in ("OPS_BOT_EMAIL", "OPS_BOT_PASSWORD"):
        try:
            given[name].encode()
        except UnicodeEncodeError:
            raise UsageFault(f"{name} is not UTF-8") from None
    if bool(email) != bool(password):
        missing = "OPS_BOT_PASSWORD" if email else "OPS_BOT_EMAIL"
        raise UsageFault(f"a bot signs in with OPS_BOT_EMAIL and OPS_BOT_PASSWORD, and {missing} is not set")
    return Bot(email, password) if email else None


def _retry(given: str) -> Retry:
    if given and not re.fullmatch(r"[0-9]{1,4}", given):
        raise UsageFault("OPS_RETRY_SECONDS is not a number of seconds, 0 to 9999")
    return Retry.within(int(given)) if given else Retry()
