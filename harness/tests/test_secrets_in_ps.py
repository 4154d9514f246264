"""What `ps` shows of our programs, and of those that they start, has no secret in it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from harness.check import drift, row_types, schema_picture
from harness.stack import Stack, StackError, cli_tool
from harness.stack.parts import ROOT
from harness.tests.flaky import flaky
from harness.tests.pipeline import BARE_PYTHON, CREDENTIALS, caller
from ops_gates import settings


def below(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from below(int(child))


PRODUCERS = {
    "ops-event": [BARE_PYTHON, "-m", "ops_gates.producers.github_actions", "event"],
    "ops-gate": [BARE_PYTHON, "-m", "ops_gates.producers.github_actions", "gate"],
    "the agent": [
        *(BARE_PYTHON, "-m", "ops_gates.producers.agent", str(uuid.UUID(int=7)), "--session", "s-1"),
        *("--approver", "qa-1", "--rationale", '{"met": 1}'),
    ],
    "ops-gates": [sys.executable, "-m", "ops_gates", "guard", str(uuid.UUID(int=7))],
}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at /proc")
@pytest.mark.parametrize("name", PRODUCERS)
def test_ps_shows_no_secret_while_a_producer_waits(stack: Stack, name: str) -> None:
    inputs = {
        "OPS_STATUS": "pass", "OPS_RELEASE_ID": str(uuid.UUID(int=7)), "OPS_SOURCE_REF": "c", "OPS_RUN_ID": "1",
        "OPS_ENVIRONMENT": "dev", "PYTHONPATH": str(ROOT / "harness"), "PATH": os.environ["PATH"],
    }  # fmt: skip
    for kind in CREDENTIALS:
        given = caller(stack, kind)
        secrets = [given[name] for name in settings.SECRETS if name in given]
        with flaky(stack, "hang_after") as front:
            environment = {**inputs, **given, "SUPABASE_URL": front.url}
            with subprocess.Popen(
                PRODUCERS[name], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                try:
                    assert front.hanging.wait(60)
                    seen = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in below(process.pid)]
                finally:
                    process.kill()
        assert seen
        assert secrets
        assert not [line for line in seen for secret in secrets if secret in line]


# An address as users have it, and what of it nobody else may see.
ADDRESSES = {
    "postgresql://postgres:hunter2@db.example:6543/postgres": "db.example:6543:*:postgres:hunter2",
    "postgres://postgres.ref:hun%3At%40r%5C2@DB.example/x": r"DB.example:5432:*:postgres.ref:hun\:t@r\\2",
    "postgresql://postgres@db.example/x?sslmode=require&password=hunter2": "db.example:5432:*:postgres:hunter2",
    "postgresql://postgres:hunter2@[::1]:5432/x": r"\:\:1:5432:*:postgres:hunter2",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_ps_shows_no_password_while_the_supabase_cli_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    spy = tmp_path / "supabase"
    told = (
        'printf "%s\\n" "$@" >> "$0.arguments"; cat "$PGPASSFILE" >> "$0.passwords"; ls -l "$PGPASSFILE" >> "$0.mode"'
    )
    spy.write_text(f"#!/bin/sh\n{told}\n")
    spy.chmod(0o755)
    monkeypatch.setattr(cli_tool, "cli_binary", lambda: spy)
    cli, other = cli_tool.SupabaseCli(tmp_path), "postgresql://me:elsewhere@127.0.0.1:9/y"
    calls: list[Callable[[], object]] = [
        *(lambda: cli.push(address), lambda: cli.reset(address), lambda: cli.advisors(address)),
        *(lambda: cli.diff(address, other), lambda: drift._diff(address, other, tmp_path)),
        *(lambda: schema_picture.generate(tmp_path, reference=address), lambda: row_types.generated(address)),
    ]
    for call in calls:
        with contextlib.suppress(StackError):  # the spy emits no types
            call()
    seen = Path(f"{spy}.arguments").read_text()
    assert seen.count("db.example") + seen.count("DB.example") + seen.count("[::1]") == len(calls)
    assert not [secret for secret in ("hunter2", "hun", "elsewhere") if secret in seen]
    lines = Path(f"{spy}.passwords").read_text().splitlines()
    assert [*dict.fromkeys(lines)] == [ADDRESSES[address], "127.0.0.1:9:*:me:elsewhere"]
    assert {line[:10] for line in Path(f"{spy}.mode").read_text().splitlines()} == {"-rw-------"}


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.parent.name)
def test_an_action_or_workflow_puts_no_expression_into_a_command(path: Path) -> None:
    """Neither a secret nor an input: what is in a command is in `ps`, and a shell runs it."""
    document = yaml.safe_load(path.read_text())
    jobs = [*document.get("jobs", {}).values(), *([document["runs"]] if "runs" in document else [])]
    commands = [step["run"] for job in jobs for step in job.get("steps", []) if "run" in step]
    assert not [command for command in commands if "secrets." in command or "inputs." in command]
    assert not [command for command in commands if any(f"${name}" in command for name in settings.SECRETS)]
