"""Each thing that `ops-gates preflight` checks, broken alone on a project that was ready, and mended again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from harness.prove.effort import NIGHTLY
from harness.stack.hosted import EXPOSED
from harness.tests.application import Application
from ops_gates import versions
from ops_gates.platform_calls import DEPLOY, HOOK

READY = (*EXPOSED, "ops")
Change = Callable[[Application], object]


@dataclass(frozen=True)
class Broken:
    """What is broken, the check that sees it, what it names, and what mends it."""

    check: str
    named: str
    breaks: Change
    mends: Change | None = None
    """None where the printed command itself does, and is typed."""


def version_is(version: str) -> Change:
    """Make the schema say another version of itself."""

    def change(app: Application) -> None:
        with psycopg.connect(app.project.server.url()) as owner:
            row = owner.execute("select pg_get_functiondef('ops.version()'::regprocedure)").fetchone()
            assert row
            text, count = re.subn(r"(return\s+')[^']+'", rf"\g<1>{version}'", row[0])
            assert count == 1
            owner.execute(text)
        app.project.rest.reload_schema()

    return change


def revoked(subject: str) -> Change:
    """Take every role of somebody away, whose subject stands in a variable."""

    def change(app: Application) -> None:
        asked = {"subject": app.variables[subject], "on_behalf_of": app.variables["RM"], "reason": "a test"}
        app.project.stack.client().rpc("revoke_membership", asked).execute()

    return change


def published(kind: str | None) -> Change:
    """Publish keys of another kind, or those of the project again."""

    def change(app: Application) -> None:
        keys = app.project.stack.keys.jwks
        app.project.jwks = {"keys": [{"kty": kind, "kid": "1"}]} if kind else keys
        app.project.open()

    return change


def asks_first(verify_jwt: bool) -> Change:
    def change(app: Application) -> None:
        app.project.verify_jwt = verify_jwt
        app.project.open()

    return change


def origins(listed: str) -> Change:
    return lambda app: app.project.set_secrets({"OPS_CORS_ORIGINS": listed})


def exposes(*schemas: str) -> Change:
    return lambda app: app.project.expose(schemas)


BROKEN = {
    "no key is asymmetric": Broken("signing keys", "rotate", published("oct"), published(None)),
    "ops is not exposed": Broken("schema ops", '"public,graphql_public,ops"', exposes(*EXPOSED)),
    "another version": Broken("schema ops", "ops-gates upgrade", version_is("9.9.9"), version_is(versions.of_this())),
    "ops_private is exposed": Broken(
        "schema ops_private", "take ops_private out", exposes(*READY, "ops_private"), exposes(*READY)
    ),
    # By day the walk deploys once, before this.
    "the function is gone": Broken(
        "ops-event-ingest",
        DEPLOY,
        lambda app: app.project.undeploy(),
        None if NIGHTLY else lambda app: app.project.serve(),
    ),
    "the platform asks for a token first": Broken(
        "ops-event-ingest", "verify_jwt = false", asks_first(True), asks_first(False)
    ),
    "the function does not boot": Broken("ops-event-ingest", "logs", origins("*"), origins("https://app.example")),
    "the hook is off": Broken("access-token hook", HOOK, lambda app: app.project.switch_hook(None)),
    "the bot holds no role": Broken("access-token hook", "roles grant", revoked("BOT")),
    "nobody could approve": Broken("people", "USER_ID qa_tester", revoked("QA")),
}


def each_is_seen_and_mended(app: Application) -> None:
    """Break each alone: its check fails alone and says what to do, which is done."""
    assert app.preflight() == {}
    for what, broken in BROKEN.items():
        broken.breaks(app)
        left = app.preflight()
        assert [*left] == [broken.check], (what, left)
        assert broken.named in left[broken.check], (what, left)
        if broken.mends is None:
            app.type(command_in(app, left[broken.check]))
        else:
            broken.mends(app)
        assert app.preflight() == {}, what


def command_in(app: Application, do: str) -> str:
    """The command in what a check says to do, with everything filled in that a person has to know."""
    found = re.search(r"(?:curl|npx supabase|env|ops-gates) .*", do)
    assert found, do
    command = found[0].removesuffix(", then again").replace("USER_ID", app.variables["QA"])
    said = itertools.cycle((app.variables["RM"], "'a test'"))
    return re.sub("…", lambda _: next(said), command)
