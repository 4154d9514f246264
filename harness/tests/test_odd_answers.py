"""An address that answers as no project does is a sentence and a documented code, and ends every program."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, is_typeddict

import pytest

from harness.tests.terminal import Terminal, surrounded
from ops_gates import rows
from ops_gates.answers import Answer, Reply
from ops_gates.exit_codes import Code
from ops_gates.producers import agent
from ops_gates.producers.job import Job

RELEASE = str(uuid.UUID(int=7))
OVERVIEW = json.dumps({"release_id": RELEASE, "artifacts_digest": None, "seen": "0" * 64}).encode()
READING = [
    *(
        ("status", RELEASE),
        ("timeline", RELEASE),
        ("guard", RELEASE),
        ("why", RELEASE),
        ("history", RELEASE),
        ("policy", "show"),
    ),
    *(("roles", "list"), ("exception", "list"), ("guard", "a/b"), ("exception", "revoke", RELEASE)),
]
EMITTED = ("emit", "build_complete", RELEASE, "--run", "1", "--status", "pass")
EVENT = ("event", "--status", "pass", "--release-id", RELEASE, "--source-ref", "c", "--run-id", "1")
SIGNED = (RELEASE, "--session", "s-1", "--approver", "qa-1", "--rationale", '{"criteria_met": 1}')
ESC = "\x1b]0;title\x07\u202e\x9b"
DETAILS: list[Any] = [
    {},
    {"gate": 3},
    {"gate": []},
    {"gate": {}},
    {"gate": {"missing": 3}},
    {"gate": {"missing": [3, {}, {"requirement": "a"}]}},
    {"gate": {"missing": [{"requirement": ESC, "detail": ESC, "who": None}], "status_after": ESC}},
    {"moved": 3},
    {"moved": [3, {}]},
    {"moved": {"a": 1}},
]


@contextlib.contextmanager
def answering(status: int, body: Any, **headers: str) -> Iterator[Terminal]:
    """Somebody at an address that always answers the same."""
    answer = json.dumps(body).encode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            # A sign-off first asks what there is to see. That answer is as it should be.
            content = OVERVIEW if self.path.endswith("/release_overview") else answer
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    for method in ("POST", "PATCH"):
        setattr(Handler, f"do_{method}", Handler.do_GET)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield Terminal({"SUPABASE_URL": url, "SUPABASE_SECRET_KEY": "sb_secret_anything", "OPS_RETRY_SECONDS": "0"})
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("headers", [{}, {"content_range": "0-0/1"}, {"content_range": "0-0/*"}], ids=str)
@pytest.mark.parametrize("body", [[1], [{}], [[]], [None], [{"release_id": 5}]], ids=str)
def test_rows_that_are_none_of_the_schemas_are_unreachable(body: Any, headers: dict[str, str]) -> None:
    with answering(200, body, **headers) as typist:
        for command in READING:
            if command[:2] == ("exception", "revoke") and isinstance(body[0], dict):
                continue  # whatever row was changed, it was the exception
            done = typist(*command)
            assert (done.exit_code, done.stderr.count("\n")) == (Code.UNREACHABLE, 1), (command, done.output)


@pytest.mark.parametrize("before", ["2026-11-28T00:00:00+00:00", "yesterday", 5, {}], ids=str)
def test_a_timeline_whose_pages_do_not_end_or_begin_at_no_moment_is_unreachable(before: Any) -> None:
    with answering(200, {"entries": [], "before": before}) as typist:
        done = typist("timeline", RELEASE)
        assert (done.exit_code, done.stderr.count("\n")) == (Code.UNREACHABLE, 1), done.output


TYPED = [
    *(("status", RELEASE), ("history", RELEASE), ("live",), ("waiting", "--project", "a/b"), ("inbox",)),
    *(("metrics", "--project", "a/b"), ("roles", "list"), ("exception", "list"), ("policy", "show"), ("releases",)),
    *(("policy", "proposals"), ("notices", "list", "--project", "a/b")),
]
COLUMNS = {name for model in vars(rows).values() if is_typeddict(model) for name in model.__annotations__}


@pytest.mark.parametrize("value", [5, {"a": 1}, [{}], [3], True], ids=str)
def test_rows_whose_values_are_of_other_types_are_unreachable(value: Any) -> None:
    row = dict.fromkeys(COLUMNS, value)
    with answering(200, [row], content_range="0-0/1") as typist:
        for command in TYPED:
            done = typist(*command)
            assert (done.exit_code, done.stderr.count("\n")) == (Code.UNREACHABLE, 1), (command, done.output)
    with answering(200, {"items": [row], "cut": False, "not_looked_at": None}) as typist:
        assert typist("inbox").exit_code == Code.UNREACHABLE
    with answering(200, {"releases": value}) as typist:
        retired = typist("retire", "a/b", "--environment", "dev", "--target", "eu", "--reason", "r")
        assert retired.exit_code == (Code.DONE if value == [{}] else Code.UNREACHABLE)


def test_a_word_and_a_null_of_another_version_are_shown() -> None:
    release = dict.fromkeys(rows.MyRelease.__annotations__) | {"release_id": RELEASE, "status": "of a later version"}
    with answering(200, [release]) as typist:
        assert "of a later version" in typist("releases").stdout


@pytest.mark.parametrize("detail", DETAILS, ids=str)
def test_an_event_that_is_accepted_is_done_whatever_else_is_said(
    detail: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"ingest_id": RELEASE, "status": "accepted", "detail": detail}
    with answering(200, answer) as typist:
        done = [typist(*EMITTED), typist(*EVENT)]
        surrounded(monkeypatch, typist.env)
        assert agent.main(SIGNED) == Code.DONE
    assert [one.exit_code for one in done] == [Code.DONE, Code.DONE], [one.output for one in done]
    for text in (*(one.output for one in done), capsys.readouterr().out):
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("changed", [{"status": {}}, {"ingest_id": []}, {"error": {}}, {"detail": 1}], ids=str)
def test_an_answer_of_other_types_is_not_the_functions(changed: dict[str, Any]) -> None:
    with answering(200, {"ingest_id": RELEASE, "status": "accepted", "detail": {}, **changed}) as typist:
        for command in (EMITTED, EVENT):
            done = typist(*command)
            assert (done.exit_code, done.stderr.count("\n")) == (Code.UNREACHABLE, 1), done.output


@pytest.mark.parametrize("issues", [3, {}, [3], [{"path": 3}], [{"path": [{}], "message": None}]], ids=str)
def test_a_refusal_with_odd_issues_is_still_one(issues: Any) -> None:
    body = {"ingest_id": None, "status": "rejected", "error": "invalid_payload", "detail": {"issues": issues}}
    assert Answer.of(Reply(400, body)).refusal().code == "invalid_payload"


def test_what_strangers_wrote_steers_no_terminal_from_a_step(capfd: pytest.CaptureFixture[str]) -> None:
    job = Job({})
    job.say(f"a{ESC}b\nc")
    job.fail("ops-gate", f"a{ESC}b\nc")
    said = capfd.readouterr()
    assert said.out.replace("\n", "").isprintable()
    assert said.err.replace("\n", "").isprintable()
    assert (said.out.count("\n"), said.err.count("\n")) == (1, 1)
