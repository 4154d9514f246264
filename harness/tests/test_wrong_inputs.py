"""Whatever is given wrongly, to a command or a producer, is one sentence and a documented code; nothing is sent."""

from __future__ import annotations

import os
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.flaky import Flaky, flaky
from harness.tests.terminal import RISK, Terminal, surrounded
from ops_gates import settings
from ops_gates.answers import Reply
from ops_gates.client import Gates
from ops_gates.core import Core
from ops_gates.exit_codes import Code
from ops_gates.producers import agent, github_actions
from ops_gates.producers.wire import Wire
from ops_gates.query import Query
from ops_gates.retry import Retry

RELEASE = str(uuid.UUID(int=7))
BUILD = ("emit", "build_complete", RELEASE, "--run", "1", "--status", "pass")
SIGNOFF = (
    *("emit", "gate_signoff", RELEASE, "--gate", "G2", "--run", "1", "--decision", "approved"),
    *("--approver", "qa-1", "--persona", "qa_tester"),
)
DEPLOYED = (
    *("emit", "deployment_event", RELEASE, "--environment", "dev", "--ref", "d-1", "--source-ref", "c"),
    *("--run", "1"),
)
HEALTH = ("emit", "health_check", RELEASE, "--environment", "dev", "--ref", "d-1", "--run", "1")
HAPPENED = ("emit", "environment_event", "--kind", "scaled", "--run", "1")
EVENT = ("event", "--status", "pass", "--release-id", RELEASE, "--source-ref", "c", "--run-id", "1")
NAMED = ("event", "--status", "pass", "--project", "a/b", "--source-ref", "c", "--run-id", "1")
GATE = ("gate", "--environment", "dev", "--release-id", RELEASE)
AGENT = (RELEASE, "--session", "s-1", "--approver", "qa-1", "--rationale", '{"criteria_met": 1}')
NOWHERE = "/there/is/no/such.json"
WANTED = ("--on-behalf-of", "rm-1", "--reason", "r")

ARGUMENTS: list[tuple[str, ...]] = [
    ("sideways",),
    ("--sideways",),
    ("guard",),
    ("guard", RELEASE, "--to", "mars"),
    ("guard", RELEASE, "--loud"),
    ("guard", RELEASE, RELEASE),
    ("why", RELEASE, "--to"),
    ("status",),
    ("history", RELEASE, "--to", "dev"),
    ("open", "a/b"),
    ("open", "a/b", "v1"),
    ("open", "a/b", "v1", "--source-ref", "c", "--to", "mars"),
    ("open", "a/b", "v1", "--source-ref", "c", "--scope", "[1]"),
    ("open", "", "v1", "--source-ref", "c"),
    ("open", "a/b", " ", "--source-ref", "c"),
    ("open", "a/b", "v1", "--source-ref", ""),
    ("open", "a/b", "v1", "--source-ref", "c", "--initiator", ""),
    ("emit", "sideways"),
    BUILD[:-2],
    (*BUILD[:-1], "maybe"),
    (*BUILD, "--check", "lint"),
    (*BUILD, "--evidence", "=x"),
    (*BUILD, "--evidence", "{"),
    (*BUILD, "--payload", "[]"),
    (*BUILD, "--payload", '{"status": "fail"}'),
    (*BUILD, "--check", "lint=pass", "--payload", '{"checks": []}'),
    (*SIGNOFF, "--rationale", "{}", "--payload", '{"decision": "rejected"}'),
    (*SIGNOFF, "--rationale", "{}", "--seen", "0" * 64, "--payload", '{"seen": null}'),
    (*SIGNOFF, "--rationale", "{}", "--note", "x", "--payload", '{"rationale_text": "y"}'),
    (*DEPLOYED, "--status", "succeeded", "--payload", '{"environment": "dev"}'),
    (*HEALTH, "--status", "pass", "--report", "https://h.example", "--payload", '{"artifact_ref": "x"}'),
    (*BUILD, "--at", "2026-11-23T10:00"),
    (*BUILD, "--at", "yesterday"),
    (*BUILD, "--attempt", "0"),
    (*BUILD, "--attempt", "first"),
    (*BUILD, "--run", ""),
    (*SIGNOFF, "--rationale", "fine"),
    (*SIGNOFF, "--rationale", '"fine"'),
    (*SIGNOFF, "--rationale", "{}", "--persona", "king"),
    (*SIGNOFF, "--rationale", "{}", "--gate", "G9"),
    (*SIGNOFF, "--rationale", "{}", "--decision", "perhaps"),
    DEPLOYED,
    (*DEPLOYED, "--status", "done"),
    (*DEPLOYED, "--status", "succeeded", "--environment", "mars"),
    (*HEALTH, "--status", "pass"),
    (*HEALTH, "--status", "ill", "--report", "https://h.example"),
    HAPPENED,
    (*HAPPENED, "--environment", "dev", "--data", "1"),
    ("emit", "file"),
    ("emit", "file", NOWHERE),
    ("emit", "file", "/"),
    ("exception", "open", RELEASE, *RISK, "--gate", "G9", "--until", "1h"),
    ("exception", "open", RELEASE, *RISK, "--gate", "G2", "--until", "soon"),
    ("exception", "open", RELEASE, *RISK, "--gate", "G2", "--until", "1h", "--from", "now"),
    ("exception", "open", RELEASE, *RISK, "--gate", "G2", "--until", "1h", "--controls", "none"),
    ("exception", "open", RELEASE, *RISK, "--gate", "G2", "--until", "1h", "--type", "wish"),
    ("exception", "revoke", "not-an-id"),
    ("exception", "review", RELEASE),
    ("exception", "review", RELEASE, "done"),
    ("exception", "list", RELEASE, "--late"),
    ("roles", "grant", "x"),
    ("roles", "grant", "x", "king"),
    ("roles", "revoke"),
    ("roles", "replace", "x"),
    ("roles", "list", "everybody"),
    ("policy", "set", "G1", NOWHERE, *WANTED),
    ("policy", "set", "G9", "-", *WANTED),
    ("policy", "set", "G1", "-"),
    ("policy", "propose", "G9", "-", "--reason", "r"),
    ("policy", "propose", "G1", NOWHERE, "--reason", "r"),
    ("policy", "confirm"),
    ("policy", "show", "G9"),
    ("event", "--release-id", RELEASE),
    (*EVENT, "--status", "skipped"),
    (*EVENT, "--release-id", "v1"),
    (*EVENT, "--run-attempt", "first"),
    (*EVENT, "--checks", "lint"),
    (*EVENT, "--checks", "3"),
    (*EVENT, "--checks", '{"a": []}'),
    (*EVENT, "--checks", '[{"status": {}}]'),
    (*EVENT, "--checks", '[{"check_name": "a", "status": "pass", "score": NaN}]'),
    (*EVENT, "--checks", '[{"check_name": "\\ud800", "status": "pass"}]'),
    (*EVENT, "--checks", "[" * 100_000),
    (*EVENT, "--checks", '{"lint": "ok"}'),
    EVENT[:-2],
    EVENT[:-4],
    NAMED,
    (*NAMED, "--release-name", "v1"),
    (*NAMED, "--release-name", "v1", "--initiator", "dev-1", "--environment-target", "prod"),
    (*NAMED, "--release-name", "v1", "--initiator", "dev-1", "--run-id", ""),
    ("gate", "--release-id", RELEASE),
    (*GATE, "--environment", "prod"),
    (*GATE, "--release-id", "v1"),
    ("gate", "--environment", "dev"),
    ("gate", "--environment", "dev", "--release-name", "v1"),
    (*GATE, "--source-ref", ""),
]
AGENTS: list[tuple[str, ...]] = [
    (),
    ("v1", *AGENT[1:]),
    AGENT[:-2],
    (*AGENT, "--sideways"),
    (*AGENT, "--gate", "G1"),
    (*AGENT, "--decision", "perhaps"),
    (*AGENT, "--rationale", "[]"),
    (*AGENT, "--rationale", "{}"),
    (*AGENT, "--rationale", "[" * 100_000),
    (*AGENT, "--rationale", f"@{NOWHERE}"),
    (*AGENT, "--session", ""),
    (*AGENT, "--evidence", "test_result", "https://ci.example/1"),
    (*AGENT, "--evidence", "test_result", "https://ci.example/1", NOWHERE),
    (*AGENT, "--evidence", "test_result", "report.xml", __file__),
    (*AGENT, "--evidence", "test_result", "http://[::1", __file__),
    (*AGENT, "--evidence", "test_result", "https://ci.example/1", "/dev/null\n"),
    (*AGENT, "--rationale", '{"coverage": NaN}'),
    (*AGENT, "--rationale", '{"coverage": -Infinity}'),
    (*AGENT, "--rationale", '{"by": "\\ud800"}'),
    (*AGENT, "--evidence", "selfie", "https://ci.example/1", __file__),
    *((*AGENT, option, "") for option in ("--approver", "--rationale", "--text", "--gate", "--decision", "--seen")),
    *((*AGENT, "--seen", "", *more) for more in (("--dry-run",), ("--json",))),
    (*AGENT, "--text", " \t"),
]
PROXIES: list[dict[str, str | None]] = [
    {"SUPABASE_URL": "https://project.example", name: proxy}
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")
    for proxy in ("socks5://proxy.example:1080", "nonsense://x", ":::", "http://?", "http://p.example:99999")
]
# By what a variable is set to, beside a token and a publishable key that could be used; None unsets it.
ENVIRONMENTS: list[dict[str, str | None]] = [
    {"SUPABASE_URL": "no address at all"},
    {"SUPABASE_URL": "shop"},
    {"SUPABASE_URL": "ftp://project.example"},
    {"SUPABASE_URL": "https://?"},
    {"SUPABASE_URL": "https://project.example?apikey=x"},
    {"SUPABASE_URL": "https://project.example#fragment"},
    {"SUPABASE_URL": "https://project.example:99999"},
    {"SUPABASE_URL": "https://me:pass@project.example"},
    {"SUPABASE_URL": "http://project.example"},
    {"SUPABASE_URL": "https://.supabase.co"},
    {"SUPABASE_URL": "https://a..b"},
    {"SUPABASE_URL": "https://-.example"},
    {"SUPABASE_URL": f"https://{'a' * 64}.example"},
    {"SUPABASE_URL": f"https://{'a.' * 127}example"},
    {"SUPABASE_URL": "http://[::1]evil"},
    {"SUPABASE_URL": "https://[::1]evil.example:8443"},
    {"SUPABASE_URL": "https://[v1.a]"},
    {"SUPABASE_URL": "https://a%2eb"},
    {"SUPABASE_PUBLISHABLE_KEY": None},
    {"SUPABASE_PUBLISHABLE_KEY": "sb_secret_in_the_wrong_place"},
    {"OPS_TOKEN": None},
    {"OPS_TOKEN": "sb_secret_in_the_wrong_place"},
    {"OPS_TOKEN": "two words of it"},
    {"OPS_TOKEN": "ключ-который-не-ключ"},
    {"OPS_TOKEN": "short"},
    {"OPS_TOKEN": None, "SUPABASE_SECRET_KEY": "sb_publishable_in_the_wrong_place"},
    {"OPS_TOKEN": None, "SUPABASE_SECRET_KEY": "eyJhbGciOiJIUzI1NiJ9.e30.x"},
    {"OPS_TOKEN": None, "SUPABASE_SECRET_KEY": "sb_secret_with\nnewline"},
    {"SUPABASE_SECRET_KEY": "sb_secret_of_the_project", "OPS_TOKEN": "two words of it"},
    {"OPS_BOT_EMAIL": "ci-bot@example.com"},
    {"OPS_BOT_PASSWORD": "kept-to-itself"},
    {"OPS_BOT_EMAIL": "a@b.example", "OPS_BOT_PASSWORD": "kept-to-itself", "SUPABASE_PUBLISHABLE_KEY": None},
    {"OPS_BOT_EMAIL": "bot@b.example", "OPS_BOT_PASSWORD": "kept-to-\udcffitself"},
    {"OPS_BOT_EMAIL": "bot-\udcff@b.example", "OPS_BOT_PASSWORD": "kept-to-itself"},
    *PROXIES,
    {"SUPABASE_URL": "https://project.example", "SSL_CERT_FILE": NOWHERE},
    {"SUPABASE_URL": "https://project.example", "SSL_CERT_FILE": __file__},
    {"OPS_RETRY_SECONDS": "long"},
    {"OPS_RETRY_SECONDS": "-1"},
    {"OPS_RETRY_SECONDS": "99999"},
]


def shortly(arguments: tuple[str, ...]) -> str:
    """Arguments as the name of a test."""
    return " ".join(arguments)[-60:]


DOCUMENTED = {int(code) for code in re.findall(r"^\| (\d+) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)}


@pytest.fixture(scope="module")
def front(stack: Stack) -> Iterator[Flaky]:
    """A project to which nothing is to be sent."""
    with flaky(stack) as front:
        yield front


@pytest.fixture
def typist(stack: Stack, front: Flaky) -> Iterator[Terminal]:
    """A CI bot with a token at that project."""
    before = len(front.bodies)
    named = {"SUPABASE_URL": front.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_RETRY_SECONDS": "0"}
    yield Terminal({**named, "OPS_TOKEN": stack.token("ci_service_role", "ci-bot")})
    assert len(front.bodies) == before


def test_they_are_sixty_and_their_code_is_documented() -> None:
    assert len(ARGUMENTS) + len(AGENTS) + len(ENVIRONMENTS) >= 60
    assert Code.USAGE in DOCUMENTED


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=shortly)
def test_a_wrong_argument_of_a_command_is_one_sentence_and_2(typist: Terminal, arguments: tuple[str, ...]) -> None:
    done = typist(*arguments)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.output


@pytest.mark.parametrize("stdin", ["", "{", "[]", '"event"'])
def test_what_is_no_json_object_is_not_sent_as_an_event(typist: Terminal, stdin: str) -> None:
    done = typist("emit", "file", "-", stdin=stdin)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.output


@pytest.mark.parametrize("stdin", ["[1, 2]", '[{"kind": "check"}, null]', "[[]]", "[NaN]"])
def test_what_is_no_array_of_objects_is_not_sent_as_a_policy(typist: Terminal, stdin: str) -> None:
    for command in (("set", "G1", "-", *WANTED), ("propose", "G1", "-", "--reason", "r")):
        done = typist("policy", *command, stdin=stdin)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.output


def test_a_working_directory_that_was_deleted_names_no_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = Terminal({})("guard", RELEASE)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.output


@pytest.mark.parametrize("arguments", AGENTS, ids=shortly)
def test_a_wrong_argument_of_the_agent_is_one_sentence_and_2(
    typist: Terminal,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    surrounded(monkeypatch, typist.env)
    code = agent.main(arguments)
    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (Code.USAGE, "", 1)


@pytest.mark.parametrize("changed", ENVIRONMENTS, ids=str)
def test_a_wrong_environment_is_the_same_sentence_and_2_in_every_program(
    typist: Terminal,
    changed: dict[str, str | None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: os.PathLike[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted: dict[str, str | None] = {**typist.env, **changed}
    environment = {name: value for name, value in wanted.items() if value is not None}
    somebody = Terminal(environment)
    said = {somebody(*call).output for call in (GATE, EVENT, BUILD, ("guard", RELEASE))}
    surrounded(monkeypatch, {**environment, **inputs(EVENT), **inputs(GATE)})
    codes = [agent.main(AGENT), github_actions.main(["event"]), github_actions.main(["gate"])]
    printed = capsys.readouterr()
    [sentence] = said | set(printed.err.splitlines(keepends=True))
    assert (codes, printed.out, sentence.count("\n")) == ([Code.USAGE] * 3, "", 1)
    assert any(name in sentence for name in changed)
    assert all(value not in sentence for value in changed.values() if value)


def inputs(call: tuple[str, ...]) -> dict[str, str]:
    """The variables that the options of a step stand for."""
    options = dict(zip(call[1::2], call[2::2], strict=True))
    return {f"OPS_{name.removeprefix('--').upper().replace('-', '_')}": value for name, value in options.items()}


@pytest.mark.parametrize("arguments", [[], ["both"], ["event", "gate"], ["--sideways"]])
def test_the_steps_of_a_bare_runner_are_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert github_actions.main(arguments) == Code.USAGE
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("command", [("guard", RELEASE), ("guard", "a/b"), ("policy", "show"), ("why", "a/b"), BUILD])
@pytest.mark.parametrize("url", ["https://.supabase.co", "http://[::1]evil"])
def test_an_address_that_cannot_be_is_2_whatever_is_asked(typist: Terminal, url: str, command: tuple[str, ...]) -> None:
    done = typist(*command, SUPABASE_URL=url)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.output


def test_a_fault_below_a_question_about_a_release_is_not_an_unknown_release() -> None:
    class Faulty(Wire):
        def rows(self, query: Query) -> Reply:  # noqa: ARG002
            raise UnicodeError

    with pytest.raises(UnicodeError):
        Core(Faulty("https://project.example", "sb_secret_anything")).release(RELEASE)


@pytest.mark.parametrize("no_proxy", ["[::1", "*", ":::", "project.example,[::1"])
def test_an_odd_list_of_hosts_without_a_proxy_is_read_alike_by_both_transports(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        url, key = "https://127.0.0.1:9", "sb_secret_anything"
        proxied = settings.proxy(url)
        assert (proxied is None) == (no_proxy == "*")
        Wire(url, key)
        with Gates.at(url, key, retry=Retry.never()):
            pass
