"""Whether a project is ready for releases: what was not done yet, each as a command to type or a place to click.

Nothing is written to the project. Standard library only.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ops_gates import core, settings, sign_in, sources, versions
from ops_gates.answers import Reply
from ops_gates.core import FUNCTION, SENDER
from ops_gates.errors import NOT_INSTALLED, GatesError, one_line
from ops_gates.exit_codes import Code, code_of
from ops_gates.platform_calls import DEPLOY, HOOK_SETTINGS, PUSH, management_call
from ops_gates.producers.wire import Wire
from ops_gates.query import Query
from ops_gates.resend import PATH
from ops_gates.retry import Retry
from ops_gates.rows import NoticeDeliveries, NoticeTargets, PolicyWarning, VMemberships

JWKS = "/auth/v1/.well-known/jwks.json"
NOT_EXPOSED = "PGRST106"
# `pg_…` is what a hosted project says whose Data API is off.
_SCHEMAS = re.compile(
    r"(?:The schema must be one of the following|Only the following schemas are exposed): ((?!pg_)\S.*)"
)
ASYMMETRIC = ("EC", "RSA", "OKP")
LOCAL = "ops-gates-local-"
"""Begins the `kid` of every signing key that a local stack makes: no other project may trust one."""
LATE = timedelta(hours=1)
"""After so long that nobody claimed what is due, nobody calls `ops-notify`."""


@dataclass(frozen=True)
class Check:
    """One question, its answer, and what to do: if that is no, or to end what is found beside it."""

    name: str
    ok: bool
    found: str
    do: str = ""
    code: Code = Code.NOT_ELIGIBLE
    """How a command ends by the check if it is not ok: it said no, or the project could not be asked."""

    def line(self) -> str:
        """`ok` or `failed`, what was found and what to do, on one line. Where it is ok nothing has to be done."""
        done = f"{'ok' if self.ok else 'failed':<6}  {self.name}: {self.found}"
        return done + (f"; {'to end this' if self.ok else 'do'}: {self.do}" if self.do else "")


@dataclass(frozen=True)
class Project:
    """A project, asked with its secret key; a bot signs in with the publishable one."""

    secret: Wire
    publishable: Wire | None
    bot: settings.Bot | None
    retry: Retry
    before: tuple[str, ...] = ()
    """The variables that are set and that other commands of `ops-gates` take before the secret key."""

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return settings.is_loopback(urlsplit(self.secret.url).hostname or "")

    @property
    def ref(self) -> str | None:
        """The id of a hosted project; None for any other."""
        host = urlsplit(self.secret.url).hostname or ""
        return host.split(".")[0] if host.endswith((".supabase.co", ".supabase.in")) else None

    def with_the_key(self, command: str) -> str:
        """A command of `ops-gates` that is for the secret key alone, as it is typed where all this is set."""
        unset = " ".join(f"-u {name}" for name in self.before)
        return f"env {unset} ops-gates {command}" if unset else f"ops-gates {command}"

    def call(self, function: str, schema: str = "ops") -> Reply:
        """Call a function of a schema without arguments."""
        sent = {"content-profile": schema}
        return self.retry.call(lambda: self.secret.ask("POST", f"/rest/v1/rpc/{function}", {}, sent))

    def rows(self, query: Query) -> list[dict[str, Any]]:
        """Read from schema `ops`."""
        rows: list[dict[str, Any]] = self.retry.call(lambda: self.secret.rows(query)).listed(query.columns.split(","))
        return rows

    def members(self, **equal: Any) -> list[VMemberships]:
        """Who holds which role, however many pages."""
        asked = core.Core(self.secret, self.retry)
        columns, order = ("subject", "role"), ("membership_id",)
        return asked.select("v_memberships", VMemberships, columns=columns, order=order, **equal)


def checks(project: Project) -> Iterator[Check]:
    """Yield each check as soon as it is made. What needs the schema is asked only when it is there."""
    signed = keys(project.secret, project.retry, is_local=project.is_local)
    yield signed
    if signed.code == Code.UNREACHABLE:
        return
    schema = _asked("schema ops", lambda: _schema(project))
    yield schema
    if schema.code in (Code.UNREACHABLE, Code.NOT_ALLOWED):
        return  # what a project says that takes no such key is no answer to the rest
    yield _asked("schema ops_private", lambda: _private(project))
    yield _asked(FUNCTION, lambda: _function(project))
    if schema.ok:
        yield _asked("access-token hook", lambda: _hook(project), "OPS_BOT_EMAIL and OPS_BOT_PASSWORD")
        yield _asked("people", lambda: _people(project))
        yield _asked("projects", lambda: _projects(project))
        if sends := _asked(SENDER, lambda: _sends(project)):
            yield sends


MaybeCheck = TypeVar("MaybeCheck", bound=Check | None)


def _asked(name: str, check: Callable[[], MaybeCheck], key: str = "SUPABASE_SECRET_KEY") -> MaybeCheck | Check:
    try:
        return check()
    except GatesError as error:
        return _not_asked(name, error, key)


def _not_asked(name: str, error: GatesError, key: str) -> Check:
    """The check that the project gave no answer to: it is not reached, or does not take the key or the sign-in."""
    code = code_of(error)
    do = {Code.UNREACHABLE: "check SUPABASE_URL, and try again", Code.NOT_ALLOWED: f"check {key}"}
    known = code if code in do else Code.NOT_ELIGIBLE
    # What to do is said once: by the words of the error where they say more than these.
    hint = error.hint if error.code in NOT_INSTALLED or code not in do else None
    said = hint or do.get(code, f"try again, or check SUPABASE_URL and {key}")
    return Check(name, False, error.what, one_line(said), known)


def keys(project: Wire, retry: Retry, *, is_local: bool) -> Check:
    """Whether tokens are signed by a key that nobody else has: asymmetric, and not one of a local stack elsewhere."""
    name = "signing keys"
    try:
        body = retry.call(lambda: project.ask("GET", JWKS, None)).checked()
    except GatesError as error:
        return _not_asked(name, error, "SUPABASE_URL")
    found = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
        return Check(name, False, "the address answered no key set", "check SUPABASE_URL")
    local = [str(key["kid"]) for key in found if str(key.get("kid", "")).startswith(LOCAL)]
    if local and not is_local:
        said = f"the project trusts {one_line(local[0])}, the key of a local stack"
        return Check(name, False, said, "revoke it (Project Settings, JWT Keys): it can sign for anybody")
    if not any(key.get("kty") in ASYMMETRIC for key in found):
        rotate = "migrate to JWT signing keys, then rotate (Project Settings, JWT Keys)"
        return Check(name, False, "no key is asymmetric, so the function cannot check a token", rotate)
    return Check(name, True, f"{len(found)}, {'of the stack of this machine' if local else 'none of a local stack'}")


def _schema(project: Project) -> Check:
    name, reply = "schema ops", project.call("version")
    code, body = reply.code, reply.body
    if code == NOT_EXPOSED:
        # The call replaces the whole list: where the others are not known, it would take them away.
        exposed = _exposed(body)
        listed = {"db_schema": ",".join([*exposed, "ops"])}
        call = f", or {management_call(project.ref, 'postgrest', listed)}" if exposed else ""
        do = f"add ops to the exposed schemas (Project Settings, Data API){call}"
        return Check(name, False, "it is not exposed over HTTP", do)
    if reply.http_status == 404:
        return Check(name, False, "it is exposed, and not installed", PUSH)
    version, ours = str(reply.checked()), versions.of_this()
    if said := versions.misfit(ours, version):
        return Check(name, False, said, f"ops-gates upgrade, then {PUSH}; or install the client of version {version}")
    newer = "" if version == ours else f", and this client {ours}: `ops-gates upgrade` brings the patch when it suits"
    return Check(name, True, f"version {version}{newer}")


def _exposed(refusal: Mapping[str, Any]) -> list[str]:
    """The schemas that PostgREST says it exposes: in the message until version 12, in the hint since 13."""
    for said in (refusal.get("message"), refusal.get("hint")):
        if found := _SCHEMAS.fullmatch(str(said)):
            return found[1].split(", ")
    return []


def _private(project: Project) -> Check:
    name, reply = "schema ops_private", project.call("is_owner", "ops_private")
    if reply.code == NOT_EXPOSED:
        return Check(name, True, "it is not exposed")
    if reply.http_status == 401:
        return Check(
            name,
            False,
            "the project refuses the key, so nobody can tell",
            "check SUPABASE_SECRET_KEY",
            Code.NOT_ALLOWED,
        )
    do = "take ops_private out of the exposed schemas (Project Settings, Data API)"
    return Check(name, False, "it is exposed over HTTP", do)


def _function(project: Project) -> Check:
    name = FUNCTION
    reply = project.retry.call(lambda: project.secret.ask("GET", PATH, None))
    if reply.http_status == 405 and isinstance(reply.body, dict) and reply.body.get("error") == "method_not_allowed":
        return Check(name, True, "it answers")
    if reply.http_status == 404:
        return Check(name, False, "it is not deployed", DEPLOY)
    if reply.http_status == 401:
        do = f"set verify_jwt = false for [functions.ops-event-ingest] in supabase/config.toml, then {DEPLOY}"
        return Check(name, False, "the platform asks for a token before the function does", do)
    return Check(name, False, f"it answers HTTP {reply.http_status}", f"read its logs (Edge Functions), then {DEPLOY}")


def _hook(project: Project) -> Check:
    name, bot = "access-token hook", project.bot
    if bot is None or project.publishable is None:
        do = "set SUPABASE_PUBLISHABLE_KEY, OPS_BOT_EMAIL and OPS_BOT_PASSWORD of somebody who holds a role"
        return Check(name, False, "nobody signed in, so nothing is known of it", do)
    signing_in = project.publishable
    token = sign_in.signed_in(project.retry, lambda: signing_in.sign_in(bot))
    settings.remember(token)
    role, subject = sources.role_of(token), sources.subject_of(token)
    held = [m["role"] for m in project.members() if m["subject"].lower() == (subject or "").lower()]
    if not held:
        do = project.with_the_key(f"roles grant {subject} ci_service_role --on-behalf-of … --reason …") + ", then again"
        return Check(name, False, f"{subject} signed in and holds no role", do)
    if role in held:
        return Check(name, True, f"the token of {subject} says {role}")
    return Check(
        name,
        False,
        f"the token of {subject} says {role}, and they hold {', '.join(held)}",
        "choose ops.custom_access_token_hook (Authentication, Hooks), or call ops.with_member_role in your own, or "
        + management_call(project.ref, "config/auth", HOOK_SETTINGS),
    )


def warned(warning: Mapping[str, Any]) -> str:
    """What the active members cannot satisfy, and whether it is of a proposal alone."""
    return f"{warning['message']}{', once the proposal is in force' if warning.get('change_id') else ''}"


def _people(project: Project) -> Check:
    warnings: list[PolicyWarning] = project.call("policy_warnings").listed(PolicyWarning.__annotations__)
    if not warnings:
        return Check("people", True, "enough for what policy asks")
    # A proposal is not in force, and may never be: it stops nothing.
    stopping = [warning for warning in warnings if warning["stops"] and warning["change_id"] is None]
    grants = {(warning["persona"], warning["project"]) for warning in stopping or warnings}
    do = "; ".join(
        project.with_the_key(
            f"roles grant USER_ID {role} {f'--project {shlex.quote(name)} ' if name else ''}--on-behalf-of … --reason …"
        )
        for role, name in sorted(grants, key=str)
    )
    said = "; ".join(one_line(warned(warning)) for warning in warnings)
    return Check("people", not stopping, said, do)


def _projects(project: Project) -> Check:
    if not project.rows(Query("projects", "project", {}, ("project",), 0, 1)):
        do = project.with_the_key("projects register acme/shop --on-behalf-of … --reason …")
        return Check("projects", False, "none is registered", do)
    return Check("projects", True, "at least one is registered")


def _sends(project: Project) -> Check | None:
    """Whether somebody has notices sent; None where no target asks for any."""
    asked = core.Core(project.secret, project.retry)
    found = asked.select("notice_targets", NoticeTargets, columns=("kinds",), order=("target_id",), replaced_at=None)
    if not any(row["kinds"] for row in found):
        return None
    columns = ("release_id", "target_name", "kind", "yields", "due_at")
    order = ("place", "delivery_id")
    late = _late(asked.select("notice_deliveries", NoticeDeliveries, columns=columns, order=order, ended_at=None))
    if late:
        by_job = "run in the SQL editor what it prints: ops-gates notices schedule"
        do = f"{project.with_the_key('notify --watch')}, or {by_job}"
        return Check(SENDER, False, f"{late} notices are due for an hour: nobody calls it, or it is not deployed", do)
    return Check(SENDER, True, "nothing is due for an hour that nobody sent")


def _late(deliveries: Iterable[NoticeDeliveries]) -> int:
    """How many of the open deliveries, in their order, could be claimed for an hour already."""
    before = datetime.now(UTC) - LATE
    blocked: set[tuple[str, str]] = set()
    late = 0
    for row in deliveries:
        queue = (row["release_id"], row["target_name"])
        # Of a release and target only the first can be claimed, and those behind it once it yields.
        free = queue not in blocked or row["kind"] == "ineligible_deployment"
        late += free and datetime.fromisoformat(row["due_at"]) < before
        if not row["yields"]:
            blocked.add(queue)
    return late
