"""`ops-gates board --out`: the files of the page for a static host; what is not its own is never replaced."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from harness.stack.parts import ROOT
from harness.tests.board_typist import KEY, PROJECT, TYPIST, URL
from ops_gates.board import hosting, page, server
from ops_gates.errors import UsageFault
from ops_gates.exit_codes import Code

pytestmark = pytest.mark.usefixtures("built_page")


def written(to: Path, *more: str) -> Result:
    return TYPIST("board", "--out", str(to), *more)


def test_the_files_for_a_static_host_have_the_policy_in_the_page_and_headers_as_hosts_read_them(tmp_path: Path) -> None:
    done = written(tmp_path / "a" / "site")
    assert done.exit_code == Code.DONE, done.stderr
    there = {path.name: path.read_text() for path in (tmp_path / "a" / "site").iterdir()}
    said = done.stdout.partition("\nthen:\n")
    assert {Path(line.split()[1]).name for line in said[0].splitlines()} == there.keys()
    assert re.findall(r"^\d", said[2], re.MULTILINE) == ["1", "2", "3", "4"]
    assert (PROJECT.url in said[2], "_headers" in said[0]) == (True, True)
    assert page.files(PROJECT).items() <= there.items()
    headers = PROJECT.headers
    first, *lines = there["_headers"].splitlines()
    assert (first, dict(line.strip().split(": ", 1) for line in lines)) == ("/*", headers)
    [rule] = json.loads(there["vercel.json"])["headers"]
    assert {each["key"]: each["value"] for each in rule["headers"]} == headers
    assert json.loads(there["staticwebapp.config.json"])["globalHeaders"] == headers
    assert dict(re.findall(r'^add_header (\S+) "(.*)" always;$', there["headers.nginx.conf"], re.MULTILINE)) == headers


def test_written_again_it_replaces_its_own_files_and_removes_those_that_it_no_longer_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hosting, "_EVER", hosting._EVER | {"older.js"})
    assert written(tmp_path).exit_code == Code.DONE
    manifest = tmp_path / hosting.MANIFEST
    said = json.loads(manifest.read_text())
    (tmp_path / "older.js").write_text("")
    (tmp_path / "CNAME").write_text("board.example.com")
    manifest.write_text(json.dumps({"files": {**said["files"], "older.js": hosting._hash("")}}))
    other = {"SUPABASE_URL": "https://other.supabase.co"}
    assert TYPIST("board", "--out", str(tmp_path), **other).exit_code == Code.DONE
    assert "https://other.supabase.co" in (tmp_path / "config.js").read_text()
    assert ((tmp_path / "older.js").exists(), (tmp_path / "CNAME").exists()) == (False, True)


def as_it_is(site: Path) -> dict[str, tuple[int, int, int]]:
    """Each file as it was written. When it was last read does not count."""
    found = {path.name: path.lstat() for path in site.iterdir()}
    return {name: (of.st_mode, of.st_ino, of.st_mtime_ns) for name, of in found.items()}


def edited(site: Path) -> None:
    (site / "config.js").write_text("globalThis.OPS_BOARD = {};")


def without_manifest(site: Path) -> None:
    (site / hosting.MANIFEST).unlink()


def linked(site: Path) -> None:
    (site / "board.js").unlink()
    (site / "board.js").symlink_to(ROOT / "README.md")


def a_folder(site: Path) -> None:
    (site / "style.css").unlink()
    (site / "style.css").mkdir()


def leading_out(site: Path) -> None:
    (site / hosting.MANIFEST).write_text('{"files": {"../victim": ""}}')


def naming_a_file_of_somebody_else(site: Path) -> None:
    manifest, mine = site / hosting.MANIFEST, site / "notes.txt"
    mine.write_text("mine")
    said = json.loads(manifest.read_text())
    said["files"][mine.name] = hashlib.sha256(b"mine").hexdigest()
    manifest.write_text(json.dumps(said))


def damaged(site: Path) -> None:
    (site / hosting.MANIFEST).write_text("{")


@pytest.mark.parametrize(
    "meddle", [edited, without_manifest, linked, a_folder, leading_out, naming_a_file_of_somebody_else, damaged]
)
def test_what_is_not_its_own_is_never_replaced(meddle: object, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (tmp_path / "victim").write_text("")
    assert written(site).exit_code == Code.DONE
    assert callable(meddle)
    meddle(site)
    before = as_it_is(site)
    done = written(site)
    assert (done.exit_code, done.stdout) == (Code.REFUSED, "")
    assert "nothing was changed" in done.stderr
    assert as_it_is(site) == before
    assert (tmp_path / "victim").exists()


def test_a_file_in_place_of_the_folder_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    assert written(tmp_path / "site").exit_code == Code.USAGE


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://board.example.com", True),
        ("https://example.com/board/", True),
        ("https://acme.github.io/", True),
        ("https://acme.github.io", True),
        ("https://acme.github.io/ops-release-gates/", False),
        ("https://ACME.GitHub.io/x", False),
        ("https://acme.github.io./x", False),
        ("https://acme.gitlab.io/board", False),
        ("https://board-1a2b3c.gitlab.io/", True),
        ("https://acme.bitbucket.io/board", False),
        ("https://acme.codeberg.page/board", False),
        ("https://s3.eu-west-1.amazonaws.com/acme/board", False),
        ("https://acme.s3.amazonaws.com.example/board", True),
        ("https://storage.googleapis.com/acme/board", False),
        ("https://acme.blob.core.windows.net/board", False),
        ("https://raw.githubusercontent.com/acme/board/main", False),
        ("https://example.com/~acme/board", False),
        ("https://acme.netlify.app/board", True),
        ("http://board.example.com", False),
        ("board.example.com", False),
    ],
)
def test_an_address_that_other_pages_share_is_refused(address: str, fits: bool, tmp_path: Path) -> None:
    done = written(tmp_path / "site", "--address", address)
    assert (done.exit_code, (tmp_path / "site").exists()) == ((Code.DONE, True) if fits else (Code.USAGE, False))
    assert TYPIST("board", "--address", address).exit_code == Code.USAGE


def test_an_installation_without_the_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "PLACES", (tmp_path,))
    with pytest.raises(UsageFault, match="make setup"):
        page.files(PROJECT)
    assert written(tmp_path / "site").exit_code == Code.USAGE


@pytest.mark.parametrize(
    ("address", "code"), [("https://board.example.com/", 0), ("https://acme.github.io/ops-release-gates/", 2)]
)
def test_the_workflow_publishes_nothing_at_an_address_that_other_pages_share(
    address: str, code: int, tmp_path: Path
) -> None:
    """GitHub is a program that prints the address; the shell is as GitHub's runner starts it."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())["jobs"]["build"]["steps"]
    [script] = [step["run"] for step in steps if "run" in step]
    (tmp_path / "gh").write_text(f"#!/bin/sh\necho {address}\n")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    around = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path), "GITHUB_REPOSITORY": "acme/board",
        "SUPABASE_URL": URL, "SUPABASE_PUBLISHABLE_KEY": KEY,
    }  # fmt: skip
    ran = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=around, capture_output=True, check=False)
    assert (ran.returncode, (tmp_path / "artifact.tar").exists()) == (code, code == 0), ran.stderr
    if code == 0:
        with tarfile.open(tmp_path / "artifact.tar") as tree:
            assert {f"./{name}" for name in page.files(PROJECT)} <= {*tree.getnames()}


def test_the_command_of_the_page_of_the_board_does_as_it_says(tmp_path: Path) -> None:
    told = (ROOT / "docs" / "board.md").read_text()
    [typed] = re.findall(r"^```sh\n(.*?)\n```$", told, re.MULTILINE | re.DOTALL)
    done = TYPIST(*typed.replace("site", str(tmp_path / "site")).split()[1:])
    assert done.exit_code == Code.DONE, done.stderr
    listed = "".join(re.findall(r"^\| (`.*?) \|", told, re.MULTILINE))
    assert {*re.findall(r"`([\w.-]+)`", listed)} == {path.name for path in (tmp_path / "site").iterdir()}
    assert f"http://127.0.0.1:{server.PORT}/" in told
