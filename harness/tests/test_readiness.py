"""`ops-gates preflight` passes for a project that is ready, and says what mends each thing that is not."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer.testing

from harness.prove.world import register_people
from harness.stack import Stack
from harness.stack.projects import register
from harness.tests.terminal import can_be_typed
from ops_gates import readiness, versions
from ops_gates.answers import Reply
from ops_gates.cli import app
from ops_gates.exit_codes import Code
from ops_gates.platform_calls import DEPLOY, PUSH
from ops_gates.producers.wire import Wire

NAMES = [
    "signing keys",
    "schema ops",
    "schema ops_private",
    "ops-event-ingest",
    "access-token hook",
    "people",
    "projects",
]
ASYMMETRIC = {"keys": [{"kid": "1", "kty": "EC"}]}
ROW = {"subject": "qa-1", "role": "qa_tester", "min_count": 1, "project": "acme/shop"}
WARNING = {
    "code": "too_few_people", "project": None, "gate_code": "G2", "change_id": None, "persona": "qa_tester",
    "needed": 2, "able": 1, "names": None, "stops": True, "message": "G2 asks for 2 approvals by a qa_tester",
}  # fmt: skip
TOGETHER = {**WARNING, "code": "too_few_signers", "gate_code": None, "persona": "sre", "names": ["G2", "G3"]}
# What a project answers that is ready, by the beginning of the path.
READY: dict[str, tuple[int, Any]] = {
    "/auth/v1/.well-known/jwks.json": (200, ASYMMETRIC),
    "/rest/v1/rpc/version": (200, versions.of_this()),
    "/rest/v1/rpc/is_owner": (406, {"code": "PGRST106", "message": "The schema must be one of the following: ops"}),
    "/functions/v1/ops-event-ingest": (405, {"error": "method_not_allowed"}),
    "/auth/v1/token": (200, {"access_token": "e30.eyJzdWIiOiJxYS0xIiwicm9sZSI6InFhX3Rlc3RlciJ9.x"}),  # qa-1, qa_tester
    "/rest/v1/v_memberships?select=subject%2Crole&order=": (200, [{**ROW, "subject": "QA-1"}]),
    "/rest/v1/rpc/policy_warnings": (200, []),
    "/rest/v1/projects": (200, [ROW]),
    "/rest/v1/notice_targets": (200, []),
}
ENVIRONMENT = {
    "SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co",
    "SUPABASE_SECRET_KEY": "sb_secret_of_a_test",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_of_a_test",
    "OPS_BOT_EMAIL": "qa-1@example.test",
    "OPS_BOT_PASSWORD": "a password of a test",
}
Preflight = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def preflight(monkeypatch: pytest.MonkeyPatch) -> Preflight:
    """Runs the command on a project that is ready but for what a test changes."""

    def run(changed: Mapping[str, tuple[int, Any]] | None = None, *without: str) -> tuple[int, list[dict[str, Any]]]:
        answers = {**READY, **(changed or {})}

        def ask(_wire: Wire, _method: str, path: str, _body: object, _headers: object = None) -> Reply:
            status, body = next(answers[start] for start in answers if path.startswith(start))
            return Reply.of(status, json.dumps(body).encode(), [("content-range", f"*/{len(body)}")])

        monkeypatch.setattr(Wire, "ask", ask)
        for name in [name for name in os.environ if name.startswith(("SUPABASE_", "OPS_"))]:
            monkeypatch.delenv(name)
        for name, value in ENVIRONMENT.items():
            if name not in without:
                monkeypatch.setenv(name, value)
        monkeypatch.setenv("OPS_RETRY_SECONDS", "0")
        done = typer.testing.CliRunner().invoke(app, ["preflight", "--json"], catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout) if done.stdout else []

    return run


def failed(checks: list[dict[str, Any]]) -> dict[str, str]:
    """What to do, by the name of each check that failed."""
    return {check["name"]: check["do"] for check in checks if not check["ok"]}


def said_once(checks: list[dict[str, Any]]) -> bool:
    """Whether what was found leaves what to do to the words for that."""
    return not any(re.search(r"\bcheck (?:[A-Z]+_|that|the key)", check["found"]) for check in checks)


def test_a_project_that_is_ready_passes_every_check(preflight: Preflight) -> None:
    code, checks = preflight()
    assert failed(checks) == {}
    assert (code, [check["name"] for check in checks]) == (0, NAMES)


ALONE = {**WARNING, "code": "too_few_managers", "persona": "release_manager", "stops": False}
PROPOSED = {**WARNING, "change_id": "6b86b273-0000-4000-8000-000000000000"}


@pytest.mark.parametrize(
    ("warning", "said", "do"),
    [
        (ALONE, ALONE["message"], "USER_ID release_manager"),
        (PROPOSED, "once the proposal is in force", "USER_ID qa_tester"),
    ],
)
def test_what_stops_no_release_is_said_and_fails_nothing(
    preflight: Preflight, warning: dict[str, Any], said: str, do: str
) -> None:
    code, checks = preflight({"/rest/v1/rpc/policy_warnings": (200, [warning])})
    assert (code, failed(checks)) == (0, {})
    [people] = [check for check in checks if check["name"] == "people"]
    assert said in people["found"]
    assert do in people["do"]
    assert "; do:" not in readiness.Check(**people).line(), "what is ok is no task"


LOCAL_KEY = {"keys": [{"kid": f"{readiness.LOCAL}1", "kty": "EC"}]}
HS256 = {"keys": [{"kid": "1", "kty": "oct"}]}
NOT_EXPOSED = {"code": "PGRST106", "message": "The schema must be one of the following: public, graphql_public"}
# As PostgREST says it since version 13.
NOT_EXPOSED_13 = {
    "code": "PGRST106",
    "message": "Invalid schema: ops",
    "hint": "Only the following schemas are exposed: public, my-app",
}
NO_ROLE = {"access_token": "e30.eyJzdWIiOiJxYS0xIiwicm9sZSI6ImF1dGhlbnRpY2F0ZWQifQ.x"}  # qa-1, authenticated
# Each thing that is checked, broken alone: the answer, the check, and what mends it.
BROKEN: dict[str, tuple[dict[str, tuple[int, Any]], str, str]] = {
    "a key of a local stack": ({"/auth/v1/.well-known": (200, LOCAL_KEY)}, "signing keys", "revoke it"),
    "a shared secret alone": ({"/auth/v1/.well-known": (200, HS256)}, "signing keys", "rotate"),
    "no key set": ({"/auth/v1/.well-known": (200, [])}, "signing keys", "SUPABASE_URL"),
    "ops is not exposed": ({"/rest/v1/rpc/version": (406, NOT_EXPOSED)}, "schema ops", '"public,graphql_public,ops"'),
    "ops is not exposed by a newer API": (
        {"/rest/v1/rpc/version": (406, NOT_EXPOSED_13)}, "schema ops", '{"db_schema": "public,my-app,ops"}',
    ),
    "ops is not installed": ({"/rest/v1/rpc/version": (404, {"code": "PGRST202"})}, "schema ops", PUSH),
    "another version": ({"/rest/v1/rpc/version": (200, "9.9.9")}, "schema ops", "ops-gates upgrade"),
    "ops_private is exposed": ({"/rest/v1/rpc/is_owner": (404, {})}, "schema ops_private", "take ops_private out"),
    "no function": ({"/functions/v1/": (404, {})}, "ops-event-ingest", DEPLOY),
    "verify_jwt is on": ({"/functions/v1/": (401, {})}, "ops-event-ingest", "verify_jwt = false"),
    "the function does not boot": ({"/functions/v1/": (546, {})}, "ops-event-ingest", "logs"),
    "no hook": ({"/auth/v1/token": (200, NO_ROLE)}, "access-token hook", "hook_custom_access_token_uri"),
    "the bot may not sign in": ({"/auth/v1/token": (400, {})}, "access-token hook", "OPS_BOT_EMAIL"),
    "who signs in holds no role": (
        {"/rest/v1/v_memberships?select=subject%2Crole&order=": (200, [])}, "access-token hook", "roles grant qa-1",
    ),
    "too few of a role": ({"/rest/v1/rpc/policy_warnings": (200, [WARNING])}, "people", "ID qa_tester"),
    "too few in a project": (
        {"/rest/v1/rpc/policy_warnings": (200, [{**WARNING, "project": "acme/shop"}])}, "people", "--project acme/shop",
    ),
    "too few together": ({"/rest/v1/rpc/policy_warnings": (200, [TOGETHER, WARNING])}, "people", "ID sre"),
    "no project": ({"/rest/v1/projects": (200, [])}, "projects", "projects register"),
    "rows cannot be read": ({"/rest/v1/projects": (401, {})}, "projects", "SUPABASE_SECRET_KEY"),
}  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        {"message": "Invalid schema: ops"},
        {"hint": "Only the following schemas are exposed: pg_pgrst_no_exposed_schemas"},
        {"message": "something else: ops", "hint": None},
    ],
    ids=["nothing", "the Data API is off", "other words"],
)
def test_where_it_is_not_known_what_is_exposed_no_call_replaces_the_list(
    preflight: Preflight, said: dict[str, Any]
) -> None:
    _, checks = preflight({"/rest/v1/rpc/version": (406, {"code": "PGRST106", **said})})
    do = failed(checks)["schema ops"]
    assert "add ops to the exposed schemas" in do
    assert "db_schema" not in do


NOT_TAKEN = ("the bot may not sign in", "rows cannot be read")


@pytest.mark.parametrize("what", BROKEN)
def test_each_thing_that_is_broken_alone_fails_its_check_alone_and_names_what_mends_it(
    preflight: Preflight, what: str
) -> None:
    answers, name, do = BROKEN[what]
    changed = {next(start for start in READY if start.startswith(path)): answers[path] for path in answers}
    code, checks = preflight(changed)
    assert code == (Code.NOT_ALLOWED if what in NOT_TAKEN else Code.NOT_ELIGIBLE)
    assert [*failed(checks)] == [name]
    assert do in failed(checks)[name]
    assert said_once(checks)
    # What needs the schema is not asked where it is not there.
    assert [check["name"] for check in checks] == (NAMES[:4] if name == "schema ops" else NAMES)
    for command in re.findall(r"\bops-gates ([^;,]+)", failed(checks)[name]):
        can_be_typed(shlex.split(command))


REFUSED = (401, {"message": "Invalid API key"})
# Where the project gave no answer: how the command ends, and which check is the last.
NO_ANSWER: dict[str, tuple[dict[str, tuple[int, Any]], Code, str]] = {
    "a wrong key": ({path: REFUSED for path in READY if "/auth/" not in path}, Code.NOT_ALLOWED, "schema ops"),
    "nobody there": (dict.fromkeys(READY, (503, {})), Code.UNREACHABLE, "signing keys"),
    "the database is away": ({"/rest/v1/rpc/version": (503, {})}, Code.UNREACHABLE, "schema ops"),
    "no answer at the end": ({"/rest/v1/projects": (503, {})}, Code.UNREACHABLE, "projects"),
    "the key is for less": ({"/rest/v1/rpc/is_owner": (401, {})}, Code.NOT_ALLOWED, "projects"),
}


@pytest.mark.parametrize("what", NO_ANSWER)
def test_a_key_that_is_not_taken_and_no_answer_end_it_as_they_end_every_command(
    preflight: Preflight, what: str
) -> None:
    answers, wanted, last = NO_ANSWER[what]
    code, checks = preflight(answers)
    assert (code, checks[-1]["name"]) == (wanted, last)
    assert said_once(checks)
    [do] = failed(checks).values()
    assert ("SUPABASE_SECRET_KEY" if wanted is Code.NOT_ALLOWED else "SUPABASE_URL") in do


def delivery(release: str, kind: str = "gate_waits", *, hours: float = 2, yields: bool = False) -> dict[str, Any]:
    """An open delivery that is due for so long."""
    due = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    return {"release_id": release, "target_name": "chat", "kind": kind, "yields": yields, "due_at": due}


TOLD = (200, [{"kinds": []}, {"kinds": ["promoted"]}])
# Open deliveries in their order, and whether nobody calls the sender.
QUEUES: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "nothing waits": ([], False),
    "due just now": ([delivery("a", hours=0)], False),
    "due for long": ([delivery("a", hours=-5), delivery("b")], True),
    "behind one that is tried later": ([delivery("a", hours=-5), delivery("a")], False),
    "behind one that yields": ([delivery("a", hours=-5, yields=True), delivery("a")], True),
    "one that waits behind nothing": ([delivery("a", hours=-5), delivery("a", "ineligible_deployment")], True),
}


@pytest.mark.parametrize("queue", QUEUES)
def test_that_nobody_has_notices_sent_is_said_where_a_target_asks_for_some(preflight: Preflight, queue: str) -> None:
    deliveries, stuck = QUEUES[queue]
    waiting = {"/rest/v1/notice_deliveries": (200, deliveries)}
    code, checks = preflight({**waiting, "/rest/v1/notice_targets": TOLD})
    assert [check["name"] for check in checks] == [*NAMES, "ops-notify"]
    assert (code, [*failed(checks)]) == ((Code.NOT_ELIGIBLE, ["ops-notify"]) if stuck else (0, []))
    for command in re.findall(r"\bops-gates ([^;,]+)", failed(checks).get("ops-notify", "")):
        can_be_typed(shlex.split(command))
    code, checks = preflight({**waiting, "/rest/v1/notice_targets": (200, [{"kinds": []}])})
    assert (code, [check["name"] for check in checks]) == (0, NAMES)


def test_a_command_that_is_none_cannot_be_typed() -> None:
    can_be_typed(["roles", "grant", "qa-1", "qa_tester", "--on-behalf-of", "…", "--reason", "…"])
    with pytest.raises(typer.BadParameter.__bases__[0]):  # wrong usage of every kind
        can_be_typed(["roles", "grant", "qa-1", "--role", "qa_tester", "--on-behalf-of", "…", "--reason", "…"])


def test_a_schema_that_differs_in_the_patch_alone_fits_here_as_everywhere(preflight: Preflight) -> None:
    patched = f"{versions.of_this().rpartition('.')[0]}.99"
    code, checks = preflight({"/rest/v1/rpc/version": (200, patched)})
    assert (code, failed(checks)) == (0, {})
    assert patched in checks[NAMES.index("schema ops")]["found"]


def test_without_a_sign_in_nothing_is_known_of_the_hook_and_that_is_no_pass(preflight: Preflight) -> None:
    code, checks = preflight(None, "OPS_BOT_EMAIL", "OPS_BOT_PASSWORD")
    assert (code, [*failed(checks)]) == (Code.NOT_ELIGIBLE, ["access-token hook"])


def test_without_the_secret_key_it_is_wrong_usage(preflight: Preflight) -> None:
    assert preflight(None, "SUPABASE_SECRET_KEY") == (Code.USAGE, [])


def test_the_stack_is_ready_for_whoever_signs_in_there(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    if stack.kind != "embedded":
        pytest.skip(f"is about the embedded stack, and this is OPS_STACK={stack.kind}")
    register_people(stack)
    register(stack.client(), "acme/ready")
    login = stack.person("preflight@local.invalid", subject="qa-1")
    for name, value in {
        "SUPABASE_URL": stack.url,
        "SUPABASE_SECRET_KEY": stack.secret_key,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "OPS_BOT_EMAIL": login.email,
        "OPS_BOT_PASSWORD": login.password,
    }.items():
        monkeypatch.setenv(name, value)
    done = typer.testing.CliRunner().invoke(app, ["preflight", "--json"], catch_exceptions=False)
    checks = json.loads(done.stdout)
    # Other tests may have set a receiver of notices, and then there is one more question.
    asked = [check["name"] for check in checks if check["name"] != "ops-notify"]
    assert (failed(checks), done.exit_code, asked) == ({}, 0, NAMES)
