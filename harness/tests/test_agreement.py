"""`ops-event`, `ops-gate`, the command line and the agent end with the same code and the same sentence."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.flaky import BOT, Action, flaky
from harness.tests.terminal import Terminal, surrounded
from ops_gates import settings
from ops_gates.client import Gates
from ops_gates.exit_codes import Code
from ops_gates.producers import agent, github_actions
from ops_gates.producers.wire import project_of

Ended = tuple[int, str]
Environment = Mapping[str, str]


class Programs:
    """Every program that sends an event or asks about a release, run in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def _run(self, environment: Environment, main: Callable[[], int]) -> Ended:
        surrounded(self._monkeypatch, environment)
        self._capsys.readouterr()
        code = main()
        return code, self._capsys.readouterr().err

    def senders(self, environment: Environment, release: str) -> list[Ended]:
        """What ops-event, `ops-gates event`, `ops-gates emit` and the agent say; each sends one event."""
        inputs = {
            "OPS_STATUS": "pass",
            "OPS_RELEASE_ID": release,
            "OPS_SOURCE_REF": "c",
            "OPS_RUN_ID": uuid.uuid4().hex,
        }
        typed = [Terminal(environment)(*call) for call in (
            ("event", "--status", "pass", "--release-id", release, "--source-ref", "c", "--run-id", uuid.uuid4().hex),
            ("emit", "build_complete", release, "--run", uuid.uuid4().hex, "--status", "pass"),
        )]  # fmt: skip
        decided = (release, "--session", uuid.uuid4().hex, "--approver", "qa-1", "--rationale", '{"met": 1}')
        return [
            self._run({**environment, **inputs}, lambda: github_actions.main(["event"])),
            *((done.exit_code, done.stderr) for done in typed),
            self._run(environment, lambda: agent.main(decided)),
        ]

    def askers(self, environment: Environment, release: str) -> list[Ended]:
        """What ops-gate, `ops-gates gate`, `guard` and `why` say."""
        inputs = {"OPS_ENVIRONMENT": "staging", "OPS_RELEASE_ID": release}
        typed = [Terminal(environment)(*call) for call in (
            ("gate", "--environment", "staging", "--release-id", release),
            ("guard", release, "--to", "staging"),
            ("why", release, "--to", "staging"),
        )]  # fmt: skip
        return [
            self._run({**environment, **inputs}, lambda: github_actions.main(["gate"])),
            *((done.exit_code, done.stderr) for done in typed),
        ]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Programs:
    return Programs(monkeypatch, capsys)


def agreed(ended: list[Ended], code: Code) -> str:
    """The one sentence in which all of them end with that code."""
    [(found, sentence)] = {(code, _without_ids(said)) for code, said in ended}
    assert (found, sentence.count("\n")) == (code, 1), ended
    return sentence


def _without_ids(sentence: str) -> str:
    before, found, after = sentence.partition("(ingest_id ")
    return before + found + after.partition(")")[2] if found else sentence


@pytest.fixture
def service(stack: Stack) -> dict[str, str]:
    return {"SUPABASE_URL": stack.url, "SUPABASE_SECRET_KEY": stack.secret_key, "OPS_RETRY_SECONDS": "0"}


@pytest.mark.parametrize("action", ["busy", "500", "429", "drop", "page", "404", "301", "302", "307", "308"])
def test_a_project_that_fails_is_unreachable_in_one_sentence(
    stack: Stack, programs: Programs, service: dict[str, str], action: Action
) -> None:
    with flaky(stack, *[action] * 99) as front:
        at = {**service, "SUPABASE_URL": front.url}
        for ended in (programs.senders(at, str(uuid.uuid4())), programs.askers(at, str(uuid.uuid4()))):
            agreed(ended, Code.UNREACHABLE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://there-is-no-such.invalid"])
def test_an_address_where_nobody_is_is_unreachable_in_one_sentence(
    programs: Programs, service: dict[str, str], url: str
) -> None:
    at = {**service, "SUPABASE_URL": url}
    ended = programs.senders(at, str(uuid.uuid4())) + programs.askers(at, str(uuid.uuid4()))
    assert agreed(ended, Code.UNREACHABLE).startswith("unreachable: no answer after 1 try: ")


def test_a_server_that_does_not_speak_tls_is_unreachable_in_one_sentence(
    stack: Stack, programs: Programs, service: dict[str, str]
) -> None:
    at = {**service, "SUPABASE_URL": stack.url.replace("http:", "https:")}
    ended = programs.senders(at, str(uuid.uuid4())) + programs.askers(at, str(uuid.uuid4()))
    agreed(ended, Code.UNREACHABLE)


@pytest.mark.parametrize("wrong", ["secret key", "forged token", "expired token"])
def test_wrong_credentials_are_one_sentence(
    stack: Stack, programs: Programs, service: dict[str, str], wrong: str
) -> None:
    token = {
        "secret key": "",
        "forged token": stack.token("ci_service_role", "ci-bot")[:-9] + "AAAAAAAAA",
        "expired token": stack.token("ci_service_role", "ci-bot", ttl=-99),
    }[wrong]
    at = {
        **service,
        "SUPABASE_SECRET_KEY": "sb_secret_kept_to_itself",
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        **({"OPS_TOKEN": token} if token else {}),
    }
    release = str(World(stack).release_id)
    for ended in (programs.senders(at, release), programs.askers(at, release)):
        assert "kept_to_itself" not in agreed(ended, Code.NOT_ALLOWED)


def test_a_bot_that_cannot_sign_in_is_one_sentence(stack: Stack, programs: Programs) -> None:
    bot = {"OPS_BOT_EMAIL": BOT["email"], "OPS_BOT_PASSWORD": "wrong-horse"}
    with flaky(stack) as front:
        at = {"SUPABASE_URL": front.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_RETRY_SECONDS": "0"}
        ended = programs.senders({**at, **bot}, str(uuid.uuid4())) + programs.askers({**at, **bot}, str(uuid.uuid4()))
        assert len(front.bodies) == len(ended)
    assert agreed(ended, Code.NOT_ALLOWED).startswith("invalid_credentials: ")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "漢→字"])
def test_a_text_that_json_can_hold_is_answered_alike(stack: Stack, service: dict[str, str], text: str) -> None:
    event = {**World(stack).build(), "payload": {"status": "pass", "workflow": text}}
    with Gates.at(stack.url, stack.secret_key) as gates:
        bare = project_of(settings.read(service))
        first, second = gates.emit(event), bare.emit(event)
    assert (first.http_status, first.error) == (second.http_status, second.error)
    assert first.kept == text.isprintable()


def test_an_unknown_release_is_one_sentence(programs: Programs, service: dict[str, str]) -> None:
    nobodys = str(uuid.uuid4())
    for ended in (programs.senders(service, nobodys), programs.askers(service, nobodys)):
        assert agreed(ended, Code.NOT_FOUND).startswith("unknown_release: ")


def test_a_release_that_waits_is_1_for_each_that_asks(
    stack: Stack, programs: Programs, service: dict[str, str]
) -> None:
    codes = [code for code, _ in programs.askers(service, str(World(stack).release_id))]
    assert codes == [Code.NOT_ELIGIBLE, Code.NOT_ELIGIBLE, Code.NOT_ELIGIBLE, Code.DONE]


def test_a_fault_of_a_program_is_one_sentence_that_quotes_nothing(
    programs: Programs, service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("sb_secret_kept_to_itself")

    monkeypatch.setattr("ops_gates.settings.read", broken)
    release = str(uuid.uuid4())
    sentence = agreed(programs.senders(service, release) + programs.askers(service, release), Code.UNEXPECTED)
    assert sentence.startswith("unexpected: RuntimeError at test_agreement.py:")


def test_the_same_failure_at_a_terminal_and_on_a_runner_is_the_same_sentence(
    programs: Programs, service: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobodys = str(uuid.uuid4())
    said = agreed(programs.askers(service, nobodys), Code.NOT_FOUND).rstrip()
    inputs = {"OPS_ENVIRONMENT": "staging", "OPS_RELEASE_ID": nobodys, "GITHUB_ACTIONS": "true"}
    surrounded(monkeypatch, {**service, **inputs})
    assert github_actions.main(["gate"]) == Code.NOT_FOUND
    printed: Any = capsys.readouterr()
    assert printed.out.splitlines()[-1] == f"::error title=ops-gate::{said}"
