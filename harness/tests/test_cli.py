"""Promises of every command: help, exit codes, one sentence per failure, nothing of a key or a stranger on screen."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import pytest
import typer.core
from typer.testing import CliRunner, Result

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.flaky import flaky
from harness.tests.terminal import COMMANDS, RISK, TREE, VARIABLES, Terminal, failed, named, service
from ops_gates import cli, events, sessions, settings
from ops_gates.commands import target
from ops_gates.errors import EventRefused, GatesError, NotAllowed, NotFound, Refused, Unreachable
from ops_gates.exit_codes import Code, code_of


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


# Every command


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("name", TREE)
def test_every_command_has_help_with_an_example(name: str, flag: str) -> None:
    done = CliRunner().invoke(cli.app, [*name.split(), flag])
    example = re.sub(r"\s+", " ", done.output).partition(" Example: ")[2]
    assert done.exit_code == 0
    assert re.search(rf"ops-gates {name}", example)


def test_help_names_the_variables_and_the_exit_codes() -> None:
    said = re.sub(r"\s+", " ", CliRunner().invoke(cli.app, ["--help"]).output)
    assert all(variable in said for variable in settings.VARIABLES)
    assert all(re.search(rf"[ ;]{code.value} \w", said) for code in Code)


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"ops-gates {metadata.version('ops-release-gates')}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_options(shell: str) -> None:
    words = {"bash": {"COMP_WORDS": "ops-gates gu", "COMP_CWORD": "1"}}
    elsewhere = {"_TYPER_COMPLETE_ARGS": "ops-gates gu", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    asked = {"_OPS_GATES_COMPLETE": f"complete_{shell}", **words.get(shell, elsewhere)}
    assert "guard" in CliRunner().invoke(cli.app, [], env=asked).output


NOBODYS = str(uuid.UUID(int=7))

# Not for everybody who may ask a project: one is for a session, four ask no project, and one looks at all of it.
WITHOUT_A_KEY = {
    "act-as": "sre", "install": "", "upgrade": "", "uninstall": "", "preflight": "", "restore-check": "",
    "policy preset": "solo", "board": "", "notices schedule": "", "import": "past.ndjson",
}  # fmt: skip
FILE = "gates: {G1: {require: [{kind: check, subject: build}]}}"
# How each command is called, and what is piped into it; A new command belongs
# here, so that it is tried below.
CALLS: dict[str, tuple[str, str | None] | None] = {
    "install": None,
    "upgrade": None,
    "uninstall": None,
    "preflight": None,
    "restore-check": None,
    "board": None,
    "login": None,
    "logout": None,
    "act-as": None,
    "whoami": ("", None),
    "open": ("a/b v1 --source-ref c --initiator dev-1", None),
    "close": ("RELEASE --reason cancelled", None),
    "import": None,
    "inbox": ("", None),
    "waiting": ("--project acme/shop --limit 5", None),
    "notify": ("--once", None),
    "notices schedule": None,
    "notices list": ("--project acme/shop --state waiting --limit 5", None),
    "notices retry": (NOBODYS, None),
    "notices targets": ("--project acme/shop", None),
    "notices set": ("a/b chat --format slack --secret OPS_NOTICE_CHAT --on-behalf-of rm-1 --reason r", None),
    "live": ("--project acme/shop", None),
    "metrics": ("--project acme/shop", None),
    "releases": (
        "--project acme/shop --status draft --environment dev --text v --before RELEASE --limit 5 --mine",
        None,
    ),
    "show": ("RELEASE --as-of 2h", None),
    "status": ("RELEASE", None),
    "why": ("RELEASE", None),
    "guard": ("RELEASE", None),
    "history": ("RELEASE", None),
    "timeline": ("RELEASE --limit 5", None),
    "decide": ("RELEASE --decision rejected --reason r --approver rm-1", None),
    "dismiss": (f"{NOBODYS} --reason r", None),
    "retire": ("a/b --environment dev --target eu-1 --reason r", None),
    "event": (f"--status pass --release-id {NOBODYS} --source-ref c --run-id 1", None),
    "gate": (f"--environment staging --release-id {NOBODYS}", None),
    "emit build_complete": ("RELEASE --run 1 --status pass", None),
    "emit gate_signoff": (
        'RELEASE --gate G2 --run 1 --decision approved --approver qa-1 --persona qa_tester --rationale {"met":12}',
        None,
    ),
    "emit deployment_event": (
        "RELEASE --environment dev --ref d-1 --status succeeded --source-ref c --run 1",
        None,
    ),
    "emit health_check": ("RELEASE --environment dev --ref d-1 --status pass --report https://h.example --run 1", None),
    "emit environment_event": ("--environment dev --kind tried --run 1", None),
    "emit file": ("-", json.dumps(events.build_complete(NOBODYS, run_id="1", status="pass"))),
    "exception open": ("RELEASE --gate G2 --until 1h --reason r --risk k --approver rm-1", None),
    "exception list": ("RELEASE", None),
    "exception revoke": (NOBODYS, None),
    "exception review": (f"{NOBODYS} complete", None),
    "projects register": ("a/b --on-behalf-of rm-1 --reason r", None),
    "projects list": ("", None),
    "roles grant": ("x-1 sre --on-behalf-of rm-1 --reason r", None),
    "roles replace": ("x-1 x-2 --on-behalf-of rm-1 --reason r", None),
    "roles revoke": ("x-1 --on-behalf-of rm-1 --reason r", None),
    "roles list": ("", None),
    "policy set": ("G1 - --on-behalf-of rm-1 --reason r", "[]"),
    "policy diff": ("-", FILE),
    "policy impact": ("-", FILE),
    "policy preset": None,
    "policy propose": ("G1 - --reason r --drop check:build", "[]"),
    "policy confirm": ("0" * 64, None),
    "policy proposals": ("", None),
    "policy show": ("", None),
}


REMOTE = {name: call for name, call in CALLS.items() if call is not None}


def test_every_command_is_tried_here() -> None:
    assert sorted(CALLS) == sorted(COMMANDS)
    about_a_release = {name for name in COMMANDS if any(given.name == "release" for given in TREE[name].params)}
    assert about_a_release == {name for name, (arguments, _) in REMOTE.items() if arguments.startswith("RELEASE")}


def call(typist: Terminal, name: str, release: str = NOBODYS, **env: str) -> Result:
    arguments, piped = REMOTE[name]
    return typist(*name.split(), *arguments.replace("RELEASE", release).split(), stdin=piped, **env)


@pytest.mark.parametrize("name", REMOTE)
def test_an_unreachable_url_is_a_sentence_and_5(name: str) -> None:
    nobody = {"SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SECRET_KEY": "sb_secret_kept_to_itself"}
    done = call(Terminal({**nobody, "OPS_RETRY_SECONDS": "0"}), name)
    assert failed(done, Code.UNREACHABLE).startswith("unreachable: ")
    assert "kept_to_itself" not in done.output


# The stack of a worker does not serve what `notify` calls.
@pytest.mark.parametrize("name", [name for name in REMOTE if name != "notify"])
def test_a_wrong_key_is_a_sentence_and_4_and_is_not_shown(gates: Terminal, name: str) -> None:
    done = call(gates, name, SUPABASE_SECRET_KEY="sb_secret_kept_to_itself")
    failed(done, Code.NOT_ALLOWED)
    assert "kept_to_itself" not in done.output


@pytest.mark.parametrize("name", REMOTE)
def test_every_command_signs_in_as_the_bot(stack: Stack, name: str) -> None:
    project = {"SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_RETRY_SECONDS": "0"}
    bot = {"OPS_BOT_EMAIL": "nobody@local.invalid", "OPS_BOT_PASSWORD": "kept-to-itself"}
    said = failed(call(Terminal({**project, **bot}), name), Code.NOT_ALLOWED)
    assert "could not sign in" in said or "invalid_credentials" in said
    assert "kept-to-itself" not in said


@pytest.mark.parametrize("name", REMOTE)
def test_every_command_uses_the_session_of_whoever_signed_in(stack: Stack, tmp_path: Path, name: str) -> None:
    home = {"SUPABASE_URL": stack.url, "XDG_CONFIG_HOME": str(tmp_path), "OPS_RETRY_SECONDS": "0"}
    token = stack.token("release_manager", "rm-1")
    ended = sessions.Session(stack.url, stack.publishable_key, token, "used-up-long-ago", expires_at=0)
    sessions.Store.at(stack.url, home).write(ended)
    said = failed(call(Terminal(home), name), Code.NOT_ALLOWED)
    assert said.startswith("refresh_token_not_found: ")
    assert "used-up-long-ago" not in said


@pytest.mark.parametrize("name", [name for name, (arguments, _) in REMOTE.items() if arguments.startswith("RELEASE")])
def test_an_unknown_release_is_a_sentence_and_3(gates: Terminal, name: str) -> None:
    for release in ("acme/shop/there-is-none", NOBODYS):
        assert failed(call(gates, name, release), Code.NOT_FOUND).startswith("unknown_release: ")
    failed(call(gates, name, "nothing"), Code.NOT_FOUND)


@pytest.mark.parametrize("name", ["emit file", "exception revoke", "exception review"])
def test_a_release_in_a_file_and_an_exception_that_are_unknown_are_3_too(gates: Terminal, name: str) -> None:
    assert failed(call(gates, name), Code.NOT_FOUND).startswith("unknown_")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_a_command_does_not_have_is_a_sentence_and_2(gates: Terminal, name: str) -> None:
    assert failed(gates(*name.split(), "--sideways"), Code.USAGE).endswith(f"; see ops-gates {name} --help\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["sideways"],
        ["guard"],
        ["emit", "build_complete", "a/b", "--run", "1"],
        ["guard", "a/b", "--to", "mars"],
        ["guard", "a/b", "--loud"],
        ["emit", "sideways"],
        ["emit", "build_complete", "a/b", "--status", "pass"],
        ["emit", "build_complete", "a/b", "--run", "1", "--status", "maybe"],
        ["emit", "build_complete", "a/b", "--run", "1", "--status", "pass", "--check", "lint"],
        ["emit", "build_complete", "a/b", "--run", "1", "--status", "pass", "--evidence", "=x"],
        ["emit", "build_complete", "a/b", "--run", "1", "--status", "pass", "--payload", "[]"],
        ["emit", "build_complete", "a/b", "--run", "1", "--status", "pass", "--at", "2026-11-23T10:00"],
        ["emit", "file", "/there/is/no/such.json"],
        ["exception", "revoke", "not-an-id"],
        ["exception", "review", NOBODYS],
        ["exception", "review", NOBODYS, "done"],
        ["exception", "open", "a/b", *RISK, "--gate", "G9", "--until", "1h"],
        ["exception", "open", "a/b", *RISK, "--gate", "G2", "--until", "soon"],
        ["roles", "grant", "x", "king"],
        ["policy", "set", "G1", "/there/is/no/such.json", "--on-behalf-of", "rm-1", "--reason", "r"],
        ["policy", "set", "G1", "-"],
        ["policy", "propose", "G1", "/there/is/no/such.json", "--reason", "r"],
        ["policy", "propose", "G1", "-"],
        ["policy", "propose", "/there/is/no/such.yaml", "--reason", "r"],
        ["policy", "propose", "G9", "-", "--reason", "r"],
        ["policy", "diff", "/there/is/no/such.yaml"],
        ["policy", "impact", "G9", "-"],
        ["policy", "impact", "-", "--json", "--markdown"],
        ["policy", "show", "--json", "--yaml"],
        ["policy", "preset", "crowd"],
        ["policy", "confirm"],
        ["policy", "show", "G9"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_a_sentence_and_2(gates: Terminal, arguments: list[str]) -> None:
    assert "--help" in failed(gates(*arguments), Code.USAGE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["decide", NOBODYS, "--decision", "approved", "--reason", "…"],
        ["emit", "gate_signoff", NOBODYS, "--gate", "G3", "--decision", "approved", "--rationale", '{"…": "…"}'],
        ["emit", "gate_signoff", NOBODYS, "--gate", "G3", "--decision", "approved", "--rationale", '{"met": "…"}'],
        ["emit", "gate_signoff", NOBODYS, "--gate", "G2", "--decision", "approved", "--evidence=test_result=…"],
        ["dismiss", NOBODYS, "--reason=…"],
    ],
    ids=" ".join,
)
def test_a_remedy_that_was_copied_before_it_says_anything_is_refused(gates: Terminal, arguments: list[str]) -> None:
    assert "… stands for" in failed(gates(*arguments), Code.USAGE)


# Each option and argument of each command that takes a value.
GIVEN = [
    (name, "" if isinstance(parameter, typer.core.TyperArgument) else parameter.opts[-1], str(parameter.name))
    for name in COMMANDS
    for parameter in TREE[name].params
    if not getattr(parameter, "is_flag", False)
]


@pytest.mark.parametrize("blank", ["", " \t"], ids=ascii)
@pytest.mark.parametrize(("name", "option", "parameter"), GIVEN, ids=lambda value: value or "argument")
def test_a_value_that_is_given_empty_is_a_sentence_and_2_and_never_taken_for_one_left_out(
    name: str, option: str, parameter: str, blank: str
) -> None:
    """A shell makes `""` of a variable that is not set: what the value would have asked for must not go unasked."""
    arguments, piped = REMOTE.get(name) or (WITHOUT_A_KEY[name], None)
    words = arguments.replace("RELEASE", NOBODYS).split()
    if option:
        words = [*words, option, blank]
    else:
        places = [given.name for given in TREE[name].params if isinstance(given, typer.core.TyperArgument)]
        words[places.index(parameter) : places.index(parameter) + 1] = [blank]
    nobody = Terminal({"SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SECRET_KEY": "sb_secret_kept_to_itself"})
    said = failed(nobody(*name.split(), *words, stdin=piped, OPS_RETRY_SECONDS="0"), Code.USAGE)
    assert "is empty: give a value" in said


@pytest.mark.parametrize("stdin", ["", "{", "[]", '"event"'])
def test_what_is_no_json_object_is_not_sent_as_an_event(gates: Terminal, stdin: str) -> None:
    failed(gates("emit", "file", "-", stdin=stdin), Code.USAGE)


# How it ends


def test_each_kind_of_failure_has_a_code_of_its_own() -> None:
    def refused(http_status: int, code: str) -> EventRefused:
        return EventRefused(code, http_status=http_status, ingest_id=None, detail={})

    kinds: Sequence[tuple[GatesError, Code]] = [
        (Unreachable("x", "y"), Code.UNREACHABLE),
        (NotFound("x", "y"), Code.NOT_FOUND),
        (NotAllowed("x", "y"), Code.NOT_ALLOWED),
        (Refused("x", "y"), Code.REFUSED),
        (refused(401, "unauthorized"), Code.NOT_ALLOWED),
        (refused(403, "forbidden_event"), Code.NOT_ALLOWED),
        (refused(409, "unknown_release"), Code.NOT_FOUND),
        (refused(409, "unknown_deployment"), Code.REFUSED),
        (refused(404, "unreadable_answer"), Code.UNREACHABLE),
    ]
    assert [code_of(error) for error, _ in kinds] == [code for _, code in kinds]


def test_a_fault_of_the_program_is_a_sentence_that_quotes_nothing(
    gates: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("sb_secret_kept_to_itself")

    monkeypatch.setattr(target, "gates", broken)
    done = gates("guard", "a/b")
    assert failed(done, Code.UNEXPECTED).startswith("unexpected: RuntimeError at test_cli.py:")
    assert "kept_to_itself" not in done.output
    assert isinstance(gates("guard", "a/b", OPS_DEBUG="1").exception, RuntimeError)


@contextlib.contextmanager
def typed(env: Mapping[str, str], *arguments: str, stdout: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """The command line as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    command = [sys.executable, "-m", "ops_gates.cli", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env={**kept, **env}, stdout=stdout, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_there_is_colour_on_a_terminal_and_nowhere_else(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    ours, theirs = pty.openpty()
    with typed({**gates.env, "TERM": "xterm-256color"}, "status", named(world), stdout=theirs) as process:
        assert process.wait(60) == 0
    os.close(theirs)
    assert b"\x1b[" in os.read(ours, 65536)
    os.close(ours)
    with typed({**gates.env, "TERM": "xterm-256color"}, "status", named(world)) as process:
        said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint, "\x1b" in said) == (0, "", False)


def test_what_strangers_wrote_cannot_steer_a_terminal(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(world.signoff("G2", "qa-1", rationale_text="fine\x1b[2J [red]indeed[/red]"))
    said = gates("history", named(world)).stdout
    assert "\x1b" not in said
    assert "[red]indeed[/red]" in said


def test_ctrl_c_is_130_and_no_traceback(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    with (
        flaky(stack, "hang_after") as front,
        typed({**gates.env, "SUPABASE_URL": front.url}, "guard", named(world)) as process,
    ):
        assert front.hanging.wait(60)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert (process.returncode, said) == (Code.INTERRUPTED, ("", "stopped\n"))
