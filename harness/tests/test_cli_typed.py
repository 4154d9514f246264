"""What is typed at a terminal and cannot be read is a sentence that names it, and nothing is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.special_files import KINDS, special
from harness.tests.terminal import RISK, Terminal, failed, service, somebody
from ops_gates.commands import given
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack, which is the one that Postgres shows whole rows."""
    return service(stack)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("open acme/shop/v1.0.0 --source-ref c", "PROJECT NAME"),
        ("exception review", "EXCEPTION STATUS"),
        ("guard", "RELEASE"),
    ],
)
def test_an_argument_that_is_missing_is_shown_among_the_others(gates: Terminal, arguments: str, wanted: str) -> None:
    assert f"; its arguments are {wanted}; see " in failed(gates(*arguments.split()), Code.USAGE)


@pytest.mark.parametrize("token", ["abc", "abcdefgh", "two.parts", "one.two.three.four", "a..c", "ey.J.\u0436"])
def test_a_token_that_is_none_is_a_sentence_that_says_what_one_looks_like(stack: Stack, token: str) -> None:
    person = Terminal({**somebody(stack, "sre", "sre-1").env, "OPS_TOKEN": token})
    said = failed(person("guard", "a/b"), Code.USAGE)
    assert said.startswith("OPS_TOKEN is not a ")
    assert token not in said


@pytest.mark.parametrize("option", ["--until", "--from"])
@pytest.mark.parametrize(
    "text", ["2026-11-23T10:00", "2026-11-23", "soon", "", "1 hour", "-1h", "1.5h", "99999h", "٣h"]
)
def test_a_moment_without_a_zone_and_what_is_no_moment_are_a_sentence_and_2(
    gates: Terminal, option: str, text: str
) -> None:
    ends = ("--until", text) if option == "--until" else ("--until", "1h", "--from", text)
    assert option in failed(gates("exception", "open", "a/b", *RISK, "--gate", "G2", *ends), Code.USAGE)
    build = ("emit", "build_complete", "a/b", "--run", "1", "--status", "pass")
    assert "--at" in failed(gates(*build, "--at", text), Code.USAGE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1d12h", timedelta(hours=36)),
        ("1w", timedelta(days=7)),
    ],
)
def test_a_duration_is_from_now_on_or_ago(text: str, expected: timedelta) -> None:
    before = datetime.now(UTC)
    ends, began = given.future(text, "--until"), given.past(text, "--at")
    assert began is not None
    assert before + expected <= ends <= datetime.now(UTC) + expected
    assert before - expected <= began <= datetime.now(UTC) - expected
    assert given.future("2026-11-23T11:00:00+01:00", "--until") == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a": 1e400}', '{"a": NaN}', '{"a": "\\ud800"}'],
    ids=["too deep", "too large a number", "no number", "half a character"],
)
def test_json_that_cannot_be_sent_is_a_sentence_and_2(gates: Terminal, text: str) -> None:
    failed(gates("emit", "file", "-", stdin=text), Code.USAGE)
    failed(gates("open", "a/b", "v1", "--source-ref", "c", "--scope", text), Code.USAGE)


def test_bytes_that_are_no_text_are_a_sentence_and_2(gates: Terminal) -> None:
    failed(gates("guard", "a/b\udcff"), Code.USAGE)


def test_a_file_may_begin_with_a_byte_order_mark(stack: Stack, gates: Terminal) -> None:
    event = json.dumps(World(stack).build())
    assert gates.json("emit", "file", "-", stdin=f"\ufeff{event}")["status"] == "accepted"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("command", "content"), [("emit file", "{}"), ("policy propose --reason r G1", "[]")])
def test_a_folder_a_device_or_a_pipe_in_place_of_a_file_is_a_sentence_and_2(
    gates: Terminal, tmp_path: Path, command: str, content: str, kind: str
) -> None:
    with special(kind, tmp_path, content) as path:
        assert f"{path} is a folder, a pipe or a device" in failed(gates(*command.split(), str(path)), Code.USAGE)


def test_what_a_library_says_of_a_value_is_said_in_words_that_help(gates: Terminal) -> None:
    for arguments in (("exception", "revoke", "nope", "--reason", "x"), ("releases", "--limit", "0"), ("inbox", "")):
        said = failed(gates(*arguments), Code.USAGE)
        assert "Input should" not in said
        assert "()" not in said
