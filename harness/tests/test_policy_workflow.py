"""The shell of the workflow that shows the impact of a policy file, run as far as it goes without GitHub."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.terminal import somebody
from ops_gates.policies import markdown, presets

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/policy-impact.yml").read_text())
JOBS: dict[str, Any] = WORKFLOW["jobs"]
# It keeps what it is asked in files, and answers with one comment of somebody else and perhaps its own.
GH = """#!/bin/sh
case "$*" in
  *--method*) printf '%s\\n' "$*" >> "$ASKED" ;;
  *) printf '%s' "$OWN" ;;
esac
"""


def run(job: str, step: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the shell of one step as the runner does."""
    [script] = [s["run"] for s in JOBS[job]["steps"] if s.get("name") == step]
    for name in ("output", "summary"):
        (folder / name).touch()
    here = {
        "PATH": f"{folder}:{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(folder), "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_REPOSITORY": "acme/shop", "OPS_RETRY_SECONDS": "0",
    }  # fmt: skip
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=here | env, capture_output=True, text=True, check=False)


def test_the_comment_of_a_policy_file_is_made_and_handed_over(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "ops-policy.yaml").write_text(presets.text("team"))
    asked = {
        "SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "OPS_TOKEN": somebody(stack, "audit_reader", "audit-1").env["OPS_TOKEN"],
        "POLICY_FILE": "ops-policy.yaml", "LAST": "5",
    }  # fmt: skip
    done = run("ask", "Compare, and judge the newest releases", tmp_path, **asked)
    assert done.returncode == 0, done.stderr
    name, _, value = (tmp_path / "output").read_text().removesuffix("\n").partition("=")
    said = base64.b64decode(value).decode()
    assert (name, said) == ("comment", (tmp_path / "summary").read_text())
    assert said.startswith(markdown.mark("ops-policy.yaml"))
    assert "one&#95;gate" in said
    (tmp_path / "ops-policy.yaml").write_text("gates: {G1: {require: [{kind: luck}]}}")
    failed = run("ask", "Compare, and judge the newest releases", tmp_path, **asked)
    assert failed.returncode != 0
    assert "ops-policy.yaml, G1, row 1" in failed.stderr


def test_each_file_has_runs_of_its_own_and_whoever_calls_names_the_package() -> None:
    assert "${{ inputs.file }}" in WORKFLOW["concurrency"]["group"]
    # `on` is a YAML 1.1 boolean.
    package = WORKFLOW[True]["workflow_call"]["inputs"]["package"]
    assert (package["required"], "default" in package) == (True, False)
    # It is this name that makes the runner add -o pipefail, as `run` does here.
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"


@pytest.mark.parametrize("own", ["", "77\n78\n"])
def test_there_is_one_comment_which_is_written_anew(tmp_path: Path, own: str) -> None:
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o700)
    content = f'{markdown.mark("f")}\n$(touch {tmp_path}/run) `touch {tmp_path}/run` "quoted"\n'
    given = {"COMMENT": base64.b64encode(content.encode()).decode(), "NUMBER": "5", "OWN": own}
    done = run("comment", "Write the comment, or the same one anew", tmp_path, ASKED=str(tmp_path / "asked"), **given)
    assert done.returncode == 0, done.stderr
    [asked] = (tmp_path / "asked").read_text().splitlines()
    where = "PATCH repos/acme/shop/issues/comments/77" if own else "POST repos/acme/shop/issues/5/comments"
    assert f"--method {where} --field body=@{tmp_path}/comment.md" in asked
    assert (tmp_path / "comment.md").read_text() == content
    assert not (tmp_path / "run").exists()


def test_without_somebody_to_ask_as_nothing_is_asked(tmp_path: Path) -> None:
    step = "See whether there is somebody to ask as"
    assert "::notice" in run("ask", step, tmp_path, OPS_BOT_EMAIL="").stdout
    assert (tmp_path / "output").read_text() == ""
    run("ask", step, tmp_path, OPS_BOT_EMAIL="reader@example.com")
    assert (tmp_path / "output").read_text() == "named=true\n"
