"""Notices at a terminal: what one call did, what was set aside and is tried again, and which target is turned off."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from harness.prove.world import COMMIT, register_people
from harness.stack import Stack, projects
from harness.tests.signing import Person
from harness.tests.terminal import Terminal, failed, service
from ops_gates import events
from ops_gates.client import Gates
from ops_gates.commands import notices
from ops_gates.exit_codes import Code

pytest_plugins = ("harness.tests.signing_fixtures",)

WANTED = ("--on-behalf-of", "rm-1", "--reason", "a test")
NOTHING = {"due": 0, "claimed": 0, "delivered": 0, "failed": 0, "set_aside": 0}


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


@contextlib.contextmanager
def answering(*answers: dict[str, int] | None) -> Iterator[Terminal]:
    """The secret key at a project whose `ops-notify` answers these in turn, and None by no answer at all."""
    left = [*answers]

    class Project(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = left.pop(0)
            if said is None:
                self.close_connection = True
                return
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            """No delivery is open."""
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-range", "*/0")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Project) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Terminal({"SUPABASE_URL": url, "SUPABASE_SECRET_KEY": "sb_secret_test", "OPS_RETRY_SECONDS": "0"})
        server.shutdown()


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({**NOTHING, "due": 2}, "2 new"),
        ({**NOTHING, "due": 1, "claimed": 3, "delivered": 2, "failed": 1}, "1 new, 3 claimed, 2 delivered, 1 failed"),
        (NOTHING, "nothing was due"),
    ],
    ids=str,
)
def test_what_one_call_did_is_said(said: dict[str, int], line: str) -> None:
    with answering(said) as typist:
        done = typist("notify")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{line}\n", "")


def test_watching_goes_on_after_no_answer_and_says_what_was_done_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [None, NOTHING, {**NOTHING, "due": 1}, {**NOTHING, "claimed": 1, "failed": 1, "set_aside": 1}]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == len(calls):
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    with answering(*calls) as typist:
        done = typist("notify", "--watch", "--every", "7")
    assert waits == [7] * 4
    assert done.stdout.splitlines() == ["1 new", "1 claimed, 1 failed, 1 set aside"]
    unreachable, hint, *_ = done.stderr.splitlines()
    assert unreachable.startswith("unreachable: ")
    assert "`ops-gates notices list --state set_aside`" in hint


def test_the_job_waits_as_long_as_the_command() -> None:
    assert f"timeout_milliseconds := {notices.ONE_CALL * 1000})" in notices.SCHEDULE
    assert notices.ONE_CALL > 65, "that is how long a call takes at most"


@pytest.fixture
def project(stack: Stack, gates: Terminal) -> Iterator[str]:
    """A project whose notices go to two targets until the test ends."""
    name = f"acme/notices-{uuid.uuid4().hex[:8]}"
    register_people(stack)
    projects.register(stack.client(), name)
    for each in ("chat", "hook"):
        where = ("--format", "slack", "--secret", "OPS_NOTICE_TEST")
        assert gates("notices", "set", name, each, *where, *WANTED).exit_code == 0
    yield name
    for each in ("chat", "hook"):
        gates("notices", "set", name, each, "--off", *WANTED)


def set_aside(stack: Stack, project: str, count: int) -> list[str]:
    """So many deliveries to each target that were set aside: their ids, the oldest first."""
    client = Gates(stack.client())
    for _ in range(count):
        release = client.open_release(project, uuid.uuid4().hex, "staging", COMMIT, initiating_actor="dev-1")
        client.send(events.build_complete(release, run_id="1", status="pass"))
    with stack.connect(autocommit=True) as connection:
        return [
            str(row[0])
            for row in connection.execute(
                "with aside as (update ops.notice_deliveries set state = 'set_aside', failures = 9,"
                " last_error = 'timeout', ended_at = clock_timestamp() where project = %s and ended_at is null"
                " returning *) select delivery_id from aside order by created_at, delivery_id",
                [project],
            ).fetchall()
        ]


def test_a_target_is_turned_off_by_its_name_alone(gates: Terminal, project: str) -> None:
    def in_force() -> dict[str, tuple[str, str, bool]]:
        rows = gates.json("notices", "targets", "--project", project)
        return {row["target_name"]: (row["format"], row["secret_name"], bool(row["kinds"])) for row in rows}

    assert gates("notices", "set", project.upper(), "chat", "--off", *WANTED).exit_code == 0
    assert in_force() == {"chat": ("slack", "OPS_NOTICE_TEST", False), "hook": ("slack", "OPS_NOTICE_TEST", True)}
    unknown = failed(gates("notices", "set", project, "chta", "--off", *WANTED), Code.NOT_FOUND)
    assert unknown.startswith("unknown_target: ")
    for wrong in (["--off", "--format", "slack"], ["--off", "--kind", "promoted"], ["--format", "slack"], []):
        failed(gates("notices", "set", project, "chat", *wrong, *WANTED), Code.USAGE)
    assert len(in_force()) == 2


def test_what_was_set_aside_is_tried_again_by_id_or_all_of_it_by_its_number(
    stack: Stack, gates: Terminal, project: str
) -> None:
    ids = set_aside(stack, project, 3)
    assert len(ids) == 6

    def states() -> dict[str, int]:
        rows = gates.json("notices", "list", "--project", project)
        return {state: sum(row["state"] == state for row in rows) for state in {row["state"] for row in rows}}

    listed = gates("notices", "list", "--project", project, "--limit", "2").stdout
    assert listed.splitlines()[-1] == "2 of 6 shown, the newest; --limit 0 shows all"
    assert [each in listed for each in ids] == [False] * 4 + [True] * 2
    for wrong in ([], [ids[0], "--all-set-aside"], [ids[0], "--yes"], [ids[0], "--target", "chat"]):
        failed(gates("notices", "retry", *wrong), Code.USAGE)
    of_all = ("notices", "retry", "--all-set-aside", "--project", project)
    for typed in ("", "y\n", "5\n"):
        done = gates(*of_all, stdin=typed)
        assert (done.exit_code, done.stderr.count("6 deliveries")) == (Code.USAGE, 1)
    assert states() == {"set_aside": 6}
    nobody = str(uuid.UUID(int=7))
    done = gates("notices", "retry", ids[0], nobody, ids[1])
    assert (done.exit_code, done.stdout) == (Code.NOT_FOUND, "2 due now\n")
    assert nobody in done.stderr
    assert states() == {"set_aside": 4, "waiting": 2}
    said = gates.json(*of_all, "--target", "chat", "--yes")
    assert {each["state"] for each in said} == {"waiting"}
    assert [each["delivery_id"] for each in said] == [each for each in ids if each in str(said)]
    left = states()["set_aside"]
    assert len(said) + left == 4
    assert gates(*of_all, stdin=f"{left}\n").stdout == f"{left} due now\n"
    assert (states(), gates(*of_all).stdout) == ({"waiting": 6}, "nothing was set aside\n")


def test_people_send_and_retry_nothing(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    assert failed(one.terminal("notices", "retry", "--all-set-aside", "--yes"), Code.NOT_ALLOWED)
