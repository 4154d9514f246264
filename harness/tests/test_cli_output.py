"""What the command line prints can be read: at any width, in any zone, in any encoding, whatever strangers wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.forked import Programs
from harness.tests.terminal import VARIABLES, Terminal, failed, named, service, somebody
from ops_gates.commands import layout, show
from ops_gates.exit_codes import Code

REASON = "the outage must end, and the fix was tried by hand in a copy of production with two old clients"
# Nothing of it may reach a terminal: a colour, a cleared screen, a return, a bidi override, a C1 control, a lone mark.
HOSTILE = "fine\x1b[31m\x1b[2J\rindeed\u202egnp.exe\u2028\x9b5m\u200b"


@pytest.fixture(scope="module")
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


@pytest.fixture(scope="module")
def busy(stack: Stack) -> World:
    """A release with decisions, an exception with a long reason, and a refused event."""
    world = World(stack)
    world.emit(*world.until_gate(2))
    opened = somebody(stack, "release_manager", "rm-1")(
        *("exception", "open", named(world), "--gate", "G3", "--reason", REASON, "--risk", "untested"),
        *("--approver", "rm-1", "--until", "1d12h"),
    )
    assert opened.exit_code == 0
    return world


LISTS = [
    "status RELEASE",
    "inbox",
    "waiting",
    "releases",
    "why RELEASE",
    "history RELEASE",
    "timeline RELEASE",
    "exception list RELEASE",
    "policy show",
    "policy proposals --changes",
    "roles list --limit 60",
]


def words(shown: str) -> set[str]:
    return set(shown.split())


# Width


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_line_is_as_wide_as_the_terminal_at_most_unless_a_word_is_wider(
    gates: Terminal, busy: World, columns: int
) -> None:
    for command in LISTS:
        shown = gates(*command.replace("RELEASE", named(busy)).split(), COLUMNS=str(columns)).stdout
        assert shown.strip()
        for line in shown.splitlines():
            *before, last = line.split()
            indent = len(line) - len(line.lstrip())
            alone = not before or (indent and len(before) == 1 and before[0].endswith(":"))
            assert cell_len(line) <= columns or alone or cell_len(last) > columns - 20, line


@pytest.fixture(scope="module")
def told(gates: Terminal, busy: World) -> dict[str, set[str]]:
    """By list, all words that must be in it at every width."""
    names = ("reason", "requirement", "detail", "remedy", "note", "subject", "first_missing")
    nested = ("requirements", "dropped")  # of a proposal: `policy proposals HASH` shows them
    return {
        command: {
            word
            for row in _rows(gates.json(*command.replace("RELEASE", named(busy)).split()), nested)
            for name in names
            for word in words(str(row.get(name) or ""))
        }
        for command in LISTS
    }


@pytest.mark.parametrize("columns", ["40", "80", "200", ""])
def test_nothing_is_lost_however_narrow_a_terminal_is(
    gates: Terminal, busy: World, told: dict[str, set[str]], columns: str
) -> None:
    assert {command for command, expected in told.items() if expected} >= {"history RELEASE", "exception list RELEASE"}
    for command, expected in told.items():
        shown = gates(*command.replace("RELEASE", named(busy)).split(), COLUMNS=columns).stdout
        assert expected <= words(shown), command


def _rows(said: Any, without: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Every object in what a command prints as JSON, but for those under some names."""
    if isinstance(said, dict):
        yield said
        said = [below for name, below in said.items() if name not in without]
    for below in said if isinstance(said, list) else ():
        yield from _rows(below, without)


def test_an_id_stays_whole_to_be_copied(gates: Terminal, busy: World) -> None:
    [row] = gates.json("exception", "list", named(busy))
    assert row["exception_id"] in gates("exception", "list", named(busy), COLUMNS="20").stdout.splitlines()


def test_in_a_pipe_a_row_is_one_line(gates: Terminal, busy: World) -> None:
    [row] = gates.json("exception", "list", named(busy))
    header, line = gates("exception", "list", named(busy)).stdout.splitlines()
    assert row["exception_id"] in line
    assert line.endswith(REASON)
    assert header.index("state") == line.index("active")


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    names, rows = [Text("who"), Text("state")], [[Text("名前"), Text("on")], [Text("dev-1"), Text("off")]]
    lines = [line.plain for line in layout.table(names, rows, (), None)]
    assert [cell_len(line.partition(word)[0]) for line, word in zip(lines, ("state", "on", "off"), strict=True)] == [
        7
    ] * 3


def test_a_list_of_nothing_is_a_sentence(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    assert gates("exception", "list", named(world)).stdout == "no exceptions\n"
    assert gates.json("exception", "list", named(world)) == []


# Lists that are whole, or say so


def test_a_list_that_is_cut_says_so_and_how_to_see_the_rest(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*[world.build() for _ in range(4)])
    whole = gates.json("history", named(world))
    assert len(whole) == 4
    shown = gates("history", named(world), "--limit", "3").stdout.splitlines()
    assert (len(shown), shown[-1].split()[:4]) == (5, ["3", "of", "4", "shown,"])
    assert len(gates("history", named(world), "--limit", "0").stdout.splitlines()) == 5
    machine = gates("history", named(world), "--limit", "1", "--json")
    assert json.loads(machine.stdout) == whole[-1:]
    assert machine.stderr.startswith("1 of 4 shown")
    assert gates("history", named(world), "--json").stderr == ""


def test_a_long_list_shows_people_fifty_rows_and_programs_all() -> None:
    rows = list(range(120))
    assert list(show.part(rows, None, False, newest=True).rows) == rows[70:]
    assert list(show.part(rows, None, False, newest=False).rows) == rows[:50]
    for limit, json_too in ((None, True), (0, False), (500, False)):
        assert list(show.part(rows, limit, json_too, newest=True).rows) == rows


# Moments and durations


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A terminal in another zone, and its offset."""
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield "+09:00"
    monkeypatch.undo()
    time.tzset()


def test_every_moment_names_its_zone_which_is_the_readers(gates: Terminal, busy: World, tokyo: str) -> None:
    bare = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?"
    for command in LISTS:
        shown = gates(*command.replace("RELEASE", named(busy)).split(), TZ="JST-9").stdout
        moments = re.findall(bare + r"\S*", shown)
        assert all(re.fullmatch(bare + re.escape(tokyo) + ":?", moment) for moment in moments)
        assert moments or command.startswith(("why", "roles list", "policy proposals"))


@pytest.mark.usefixtures("tokyo")
def test_json_keeps_moments_as_the_server_says_them(gates: Terminal, busy: World) -> None:
    moments = [moment["at"] for moment in gates.json("history", named(busy), TZ="JST-9")]
    offsets = {datetime.fromisoformat(moment).utcoffset() for moment in moments}
    assert [bool(offset) for offset in offsets] == [False]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("2026-11-26T18:19:28.946026+00:00", "2026-11-27 03:19:28+09:00"),
        ("2026-11-26T18:19:28.9Z", "2026-11-27 03:19:28+09:00"),
        ("infinity", "infinity"),
        ("12026-11-26T18:19:28+00:00", "12026-11-26T18:19:28+00:00"),
        ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59+00:00"),
    ],
)
@pytest.mark.usefixtures("tokyo")
def test_a_moment_is_shown_to_the_second_or_as_it_was_said(value: str | None, shown: str) -> None:
    assert show.moment(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("03:59:59.123", "3 h 59 min"),
        ("29 days 23:59:59.9", "29 d 23 h"),
        ("1 day 00:10:00", "1 d"),
        ("719:59:59", "29 d 23 h"),
        ("00:00:07.5", "7 s"),
        ("00:00:00", ""),
        ("1 mon", "1 mon"),
    ],
)
def test_a_duration_is_shown_by_its_two_greatest_units(value: str | None, shown: str) -> None:
    assert show.duration(value) == shown


def test_an_exception_shows_how_long_it_lasts(gates: Terminal, busy: World) -> None:
    assert " 1 d 11 h " in gates("exception", "list", named(busy)).stdout


# Characters


Piped = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(gates: Terminal, programs: Programs) -> Piped:
    """A function that runs the command line as a process, whose output is no terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES} | {**gates.env}

    def piped(*arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        if "LC_ALL" not in env:
            return programs.run(["ops_gates.cli", *arguments], {**kept, **env})
        # Python reads it at its start.
        command = [sys.executable, "-m", "ops_gates.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**kept, **env}, capture_output=True, timeout=60, check=False)

    return piped


@pytest.mark.parametrize(
    ("env", "encoding"),
    [
        ({"PYTHONIOENCODING": "cp1252"}, "cp1252"),
        ({"PYTHONIOENCODING": "ascii"}, "ascii"),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "ascii"),
    ],
    ids=["cp1252", "ascii", "LC_ALL=C"],
)
def test_output_never_fails_for_want_of_a_character(
    stack: Stack, run: Piped, env: dict[str, str], encoding: str
) -> None:
    world = World(stack)
    build = run("emit", "build_complete", named(world), "--run", encoding + world.name, "--status", "pass", **env)
    assert (build.returncode, build.stderr, b"->" in build.stdout) == (0, b"", True)
    world.emit(world.signoff("G2", "qa-1", rationale_text="確認 … done → ok"))
    shown = run("history", named(world), **env)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert r"\u78ba\u8a8d" in shown.stdout.decode(encoding)
    machine = run("history", named(world), "--json", **env)
    assert "確認 … done → ok" in [moment["note"] for moment in json.loads(machine.stdout.decode(encoding))]
    wrong = run("status", "acme/確認", **env)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count(b"\n")) == (3, b"", 1)


@pytest.mark.parametrize("name", ["--help", "emit --help", "emit deployment_event --help", "guard --help"])
def test_help_is_written_in_any_encoding(run: Piped, name: str) -> None:
    done = run(*name.split(), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_strangers_wrote_is_shown_escaped_and_whole(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(world.signoff("G2", "qa-1", rationale_text=HOSTILE))
    for arguments in (["history", named(world)], ["history", named(world), "--json"]):
        shown = gates(*arguments).stdout
        assert all(character == "\n" or character.isprintable() for character in shown)
    assert HOSTILE in [moment["note"] for moment in gates.json("history", named(world))]
    assert r"fine\x1b[31m\x1b[2J\rindeed\u202egnp.exe\u2028\x9b5m\u200b" in gates("history", named(world)).stdout


@pytest.mark.parametrize(
    "asked",
    [f"acme/{HOSTILE}", "acme/none\nexit code 0", "x" * 100_000, "\x1b" * 30_000],
    ids=["hostile", "two lines", "long", "long once escaped"],
)
def test_what_was_typed_is_repeated_escaped_and_in_one_line(gates: Terminal, asked: str) -> None:
    said = gates("guard", asked).stderr
    assert (said.count("\n"), said[:-1].isprintable()) == (1, True)
    # However long it is, how the sentence begins and what to do stay on one screen.
    assert (said[:17], said[-19:]) == ("unknown_release: ", " one that is there\n")
    assert len(said) < 2200


def test_a_name_that_no_address_has_room_for_is_wrong_usage(gates: Terminal) -> None:
    for command in (
        ("status", f"acme/{'x' * 100_000}"),
        ("history", f"{'x' * 100_000}/v1"),
        ("guard", "a/" + "é" * 40_000),
    ):
        assert len(failed(gates(*command), Code.USAGE)) < 200


def test_no_part_of_a_secret_is_left_where_a_long_sentence_loses_its_middle(gates: Terminal) -> None:
    key = gates.env["SUPABASE_SECRET_KEY"]
    said = gates("guard", "x" * 970 + key * 3 + "y" * 5000).stderr
    assert "characters left out" in said
    assert not any(key[at : at + 8] in said for at in range(len("sb_secret_"), len(key) - 8))
