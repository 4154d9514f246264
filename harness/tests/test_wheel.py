"""The wheel in an empty environment: small, without tests, and every command does its work from there."""

from __future__ import annotations

import ast
import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.prove.effort import NIGHTLY, at_night
from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.empty_environment import PIPE, UV, Call, Installed, built, environment_of, run
from harness.tests.terminal import COMMANDS
from ops_gates import settings
from ops_gates.board import page
from ops_gates.exit_codes import Code

MEGABYTE = 1_000_000
NOBODY = 65534
# What runs on a runner's bare Python.
BARE = (
    *("answers", "core", "errors", "events", "exit_codes", "files", "limits", "local", "readings", "retry", "rows"),
    *("settings", "streams", "auth", "sessions", "verdicts"),
    *("producers.agent", "producers.github_actions", "producers.job", "producers.wire"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


# What is in it


def test_the_wheel_is_the_package_with_the_schema_and_the_function_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = {name.removeprefix("ops_gates/") for name in names if not name.startswith("ops_release_gates-")}
    data = {
        f"supabase/{name}"
        for part in ("migrations", "functions/ops-event-ingest", "functions/ops-notify")
        for name in _data(part)
    }
    data |= {f"board/page/{name}" for name in page.COPIED}
    assert len(names) == len(set(names))
    assert package == below(ROOT / "harness" / "ops_gates") | data
    assert "py.typed" in package
    assert not [name for name in names if "/tests/" in name or name.rpartition("/")[2].startswith("test")]


def _data(part: str) -> set[str]:
    return {f"{part}/{name}" for name in below(ROOT / "supabase" / part)}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        about = email.message_from_bytes(archive.read(_metadata(wheel)))
        [licence] = [name for name in archive.namelist() if "/licenses/" in name]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert about["Name"] == "ops-release-gates"
    assert about["License-Expression"] == "Apache-2.0"
    assert about["Requires-Python"] == ">=3.11"
    assert about["Description-Content-Type"] == "text/markdown"
    assert "ops-gates guard" in str(about.get_payload())
    classifiers = about.get_all("Classifier") or []
    assert "Typing :: Typed" in classifiers
    for minor in range(11, 15):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers
    needed = [Requirement(line) for line in about.get_all("Requires-Dist") or []]
    always = {canonicalize_name(need.name) for need in needed if need.marker is None}
    asked_for = {
        canonicalize_name(need.name) for need in needed if need.marker and need.marker.evaluate({"extra": "install"})
    }
    assert asked_for == {"psycopg", "pyyaml", "tomlkit"}
    assert always | asked_for == {canonicalize_name(name) for name in imported_from_elsewhere()}
    assert not always & asked_for


def imported_from_elsewhere() -> set[str]:
    """What the modules of the package import that is neither Python's own nor ours."""
    names: set[str] = set()
    for path in (ROOT / "harness" / "ops_gates").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    found = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"ops_gates"}
    return {{"yaml": "pyyaml"}.get(name, name) for name in found}


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = built(ROOT, "sdist", tmp_path)
    with tarfile.open(archive) as tar:
        # Python 3.11.2, as Debian has it, knows no filter.
        safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(tmp_path / "source", **safe)
    [source] = (tmp_path / "source").iterdir()
    again = built(source, "wheel", tmp_path / "again")
    first, second = (zipfile.ZipFile(path) for path in (wheel, again))
    assert first.namelist() == second.namelist()
    for name in first.namelist():
        if not name.endswith("/METADATA"):
            assert first.read(name) == second.read(name), name


# What becomes of it in an empty environment


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Installed]:
    with environment_of(wheel) as place:
        yield place


def size(folder: Path) -> float:
    """What a folder takes, in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE


def test_the_environment_is_small_and_brings_no_server_container_or_browser(installed: Installed) -> None:
    measured = size(installed.packages)
    print(f"installed: {measured:.1f} MB")
    assert 5 < measured < 60
    names = {path.name.partition("-")[0] for path in installed.packages.glob("*.dist-info")}
    assert "ops_release_gates" in names
    assert not names & {"deno", "docker", "pytest", "psycopg", "psycopg_binary", "testcontainers", "uv"}
    assert not (installed.packages / "harness").exists()


@at_night("compiles everything")
def test_the_environment_is_small_with_its_bytecode_too(installed: Installed, tmp_path: Path) -> None:
    copy = shutil.copytree(installed.packages, tmp_path / "packages")
    subprocess.run([installed.python, "-m", "compileall", "-q", copy], check=False)
    compiled = size(copy)
    print(f"installed and compiled: {compiled:.1f} MB")
    assert compiled < 60


def refused_failure(world: World) -> str:
    """The id of the contested report of a failed check that no policy names, from an event that was refused."""
    refused = world.build(checks=[{"check_name": "lint", "status": "fail"}], artifact_ref=7)
    assert not world.service.emit(refused).kept
    [row] = world.service.rows("contested_reports", "contested_id", release_id=world.release_id)
    return str(row["contested_id"])


FILE = "gates: {G1: {require: [{kind: check, subject: 漢→字}]}}"
# By a release manager; the other commands are by the secret key.
BY_A_PERSON = ("retire", "dismiss", "policy propose", "policy confirm")
NEEDS = '[{"kind": "check", "subject": "漢→字"}, {"kind": "no_failed_checks"}]'


def calls_of(world: World) -> list[Call]:
    """Each command, doing its work on a release; what they say has characters that no cp1252 has."""
    release, run_id, person = str(world.release_id), uuid.uuid4().hex, uuid.uuid4().hex
    refused = refused_failure(world)
    typed: list[tuple[str, Code, str]] = [
        (f"open acme/shop {person} --source-ref {COMMIT} --initiator dev-1", Code.DONE, ""),
        (f"dismiss {refused} --reason 漢→字", Code.DONE, ""),
        (f"status {release}", Code.DONE, ""),
        (f"show {release}", Code.DONE, ""),
        (f"timeline {release}", Code.DONE, ""),
        ("releases", Code.DONE, ""),
        ("inbox", Code.DONE, ""),
        ("waiting", Code.DONE, ""),
        ("live", Code.DONE, ""),
        ("metrics", Code.DONE, ""),
        (f"why {release} --to staging", Code.DONE, ""),
        (f"guard {release}", Code.NOT_ELIGIBLE, ""),
        (f"event --status pass --release-id {release} --source-ref {COMMIT} --run-id {run_id}", Code.DONE, ""),
        (f"gate --environment staging --release-id {release}", Code.NOT_ELIGIBLE, ""),
        (f"emit build_complete {release} --run {run_id} --attempt 2 --status pass --check 漢→字=pass", Code.DONE, ""),
        (
            f"emit gate_signoff {release} --gate G2 --run {run_id} --decision approved --approver qa-1"
            ' --persona qa_tester --rationale {"met":1} --note 漢→字 --evidence test_result=https://ci.example/1',
            Code.DONE,
            "",
        ),
        (
            f"emit deployment_event {release} --environment dev --ref d-1 --status succeeded --source-ref {COMMIT}"
            f" --run {run_id}",
            Code.DONE,
            "",
        ),
        (
            f"emit deployment_event {release} --environment dev --target {person} --ref d-2 --status succeeded"
            f" --source-ref {COMMIT} --run {run_id}",
            Code.DONE,
            "",
        ),
        (f"retire acme/shop --environment dev --target {person} --reason 漢→字", Code.DONE, ""),
        (
            f"emit health_check {release} --environment dev --ref d-1 --status pass --report https://h.example"
            f" --run {run_id}",
            Code.DONE,
            "",
        ),
        (f"emit environment_event --environment dev --kind tried --run {run_id}", Code.DONE, ""),
        ("emit file -", Code.DONE, json.dumps(world.build())),
        ("import -", Code.USAGE, ""),  # it reads the file again from where it stopped
        (f"history {release}", Code.DONE, ""),
        (f"history {release} --json", Code.DONE, ""),
        (f"exception open {release} --gate G3 --until 1h --reason 漢→字 --risk r --approver rm-1", Code.DONE, ""),
        (f"exception list {release} --json", Code.DONE, ""),
        (f"decide {release} --decision request_changes --reason 漢→字 --approver rm-1", Code.DONE, ""),
        (f"decide {release} --decision approved --reason 漢→字 --approver rm-1", Code.DONE, ""),
        (f"roles grant {person} sre --on-behalf-of rm-1 --reason r", Code.DONE, ""),
        ("exception revoke OPENED", Code.DONE, ""),
        ("exception review OPENED complete", Code.DONE, ""),
        (f"roles replace {person} {person}-2 --on-behalf-of rm-1 --reason r", Code.DONE, ""),
        ("roles list", Code.DONE, ""),
        (f"roles revoke {person} --on-behalf-of rm-1 --reason r", Code.DONE, ""),
        (f"projects register {person} --on-behalf-of rm-1 --reason r", Code.DONE, ""),
        ("projects list", Code.DONE, ""),
        (f"policy set G1 - --project {person} --on-behalf-of rm-1 --reason 漢→字", Code.DONE, "[]"),
        (f"policy propose G1 - --project {person} --reason 漢→字 --drop check:build", Code.DONE, NEEDS),
        (f"policy confirm {'0' * 64}", Code.NOT_FOUND, ""),
        ("policy proposals", Code.DONE, ""),
        ("policy show", Code.DONE, ""),
        ("policy show --yaml", Code.DONE, ""),
        ("policy diff -", Code.NOT_ELIGIBLE, FILE),
        ("policy impact - --last 1", Code.DONE, FILE),
        ("policy preset bank", Code.DONE, ""),
        ("act-as sre", Code.USAGE, ""),
        ("whoami", Code.DONE, ""),
        ("login", Code.USAGE, ""),
        ("preflight", Code.NOT_ELIGIBLE, ""),  # nobody signs in, so nothing is known of the hook
        *(
            (command, Code.USAGE, "") for command in ("install", "upgrade", "uninstall", "restore-check")
        ),  # there is no supabase/
        ("notify --once", Code.UNREACHABLE, ""),  # this stack does not serve the function that sends
        ("notices list", Code.DONE, ""),
        (f"notices retry {person}", Code.NOT_FOUND, ""),
        (
            f"notices set {person} chat --format slack --secret OPS_NOTICE_CHAT --on-behalf-of rm-1 --reason r",
            Code.DONE,
            "",
        ),
        ("notices targets", Code.DONE, ""),
        ("notices schedule", Code.DONE, ""),
        ("board", Code.USAGE, ""),  # a secret key is not for a page
        ("logout", Code.DONE, ""),
        (f"close acme/shop/{person} --reason cancelled", Code.DONE, ""),
    ]
    return [Call(["ops-gates", *line.split(" ")], code, stdin) for line, code, stdin in typed]


USERS = [
    pytest.param(None, id="this user"),
    pytest.param(
        NOBODY,
        id="another user",
        marks=pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may be another"),
    ),
]


# By day another user types what asks for their own files, or for nobody; at night everything.
OF_ONES_OWN = {"login", "logout", "whoami", "act-as", "preflight", "install", "upgrade", "uninstall", "restore-check"}


@pytest.mark.parametrize("uid", USERS)
def test_every_command_does_its_work_from_another_folder_in_a_pipe(
    stack: Stack, installed: Installed, uid: int | None
) -> None:
    world = World(stack)
    service = {"SUPABASE_URL": stack.url, "SUPABASE_SECRET_KEY": stack.secret_key, "OPS_RETRY_SECONDS": "5"}
    manager = {
        **{name: value for name, value in service.items() if name != "SUPABASE_SECRET_KEY"},
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "OPS_TOKEN": stack.token("release_manager", "rm-1"),
    }
    step = {"OPS_ENVIRONMENT": "staging", "OPS_RELEASE_ID": str(world.release_id)}
    decided = ["--session", uuid.uuid4().hex, "--approver", "qa-1", "--rationale", '{"met": "漢→字"}', "--dry-run"]
    everything = NIGHTLY or uid is None
    calls = [
        *(
            Call(
                call.argv,
                call.code,
                call.stdin,
                manager if " ".join(call.argv[1:]).startswith(BY_A_PERSON) else service,
            )
            for call in calls_of(world)
            if everything or call.argv[1] in OF_ONES_OWN
        ),
        Call(["agent", str(world.release_id), *decided]),
        *([Call(["steps", "gate"], Code.DONE, env={**service, **step})] if everything else []),
        *([Call(["ops-gates", "board", "--out", "site"], env=manager)] if uid is None else []),
        Call(["ops-gates", "guard", "a/b"], Code.USAGE, env=dict.fromkeys(settings.VARIABLES, "")),
    ]
    ended = run(installed, uid, calls)
    for call, done in zip(calls, ended, strict=True):
        assert (done.code, done.err.count("\n") <= 1) == (call.code, True), (call.argv, done)
        if call.argv[-1] == "--json":
            assert "漢→字" in str(json.loads(done.out))
    [dry_run] = [json.loads(each.out) for call, each in zip(calls, ended, strict=True) if call.argv[0] == "agent"]
    assert dry_run["payload"]["rationale_structured"] == {"met": "漢→字"}
    assert "SUPABASE_URL" in done.err
    words = {" ".join(call.argv[1 : 1 + length]) for call in calls for length in (1, 2)}
    assert words >= set(COMMANDS if everything else OF_ONES_OWN)


def test_the_console_script_answers_on_a_pipe(installed: Installed) -> None:
    script = installed.folder / "venv" / "bin" / "ops-gates"
    environment = {"PATH": os.environ["PATH"], **PIPE}
    for flag, said in (("--version", "ops-gates "), ("-h", "Usage: ops-gates ")):
        done = subprocess.run([script, flag], cwd=installed.elsewhere, env=environment, capture_output=True, check=True)
        assert done.stdout.decode("cp1252").startswith(said)


# Other versions of what it needs, and of Python


@at_night("downloads the lowest versions of what the package needs")
def test_the_lowest_versions_that_the_package_asks_for_are_enough(wheel: Path, tmp_path: Path) -> None:
    about = zipfile.ZipFile(wheel).read(_metadata(wheel)).decode()
    needed = [str(need) for need in map(Requirement, re.findall(r"^Requires-Dist: (.+)$", about, re.MULTILINE))
              if need.marker is None]  # fmt: skip
    (tmp_path / "needed.txt").write_text("\n".join(needed))
    bin_ = tmp_path / "venv" / "bin"
    asked = [str(UV), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")]
    subprocess.run(asked, check=True, capture_output=True)
    for what in (("--resolution", "lowest-direct", "-r", str(tmp_path / "needed.txt")), ("--no-deps", str(wheel))):
        command = [str(UV), "pip", "install", "--quiet", "--python", str(bin_ / "python"), *what]
        subprocess.run(command, check=True, capture_output=True)
    somewhere = {"SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SECRET_KEY": "sb_secret_x", "OPS_RETRY_SECONDS": "0"}
    for arguments, code in (
        (["-h"], Code.DONE),
        (["why", "a", "--loud"], Code.USAGE),
        (["why", "a/b"], Code.UNREACHABLE),
    ):
        command = [str(bin_ / "ops-gates"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=somewhere, capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def _metadata(wheel: Path) -> str:
    [name] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA")]
    return name


@at_night("starts every Python that there is")
def test_each_python_of_this_machine_compiles_the_package_and_imports_what_runs_on_bare_python(wheel: Path) -> None:
    listed = subprocess.run(
        [UV, "python", "list", "--only-installed", "--offline", "--output-format", "json"],
        check=True,
        capture_output=True,
    )
    found = {tuple(each["version_parts"].values())[:2]: each["path"] for each in json.loads(listed.stdout)}
    pythons = {version: path for version, path in found.items() if (3, 11) <= version <= (3, 14)}
    assert pythons
    code = (
        f"import sys, zipfile; sys.path.insert(0, {str(wheel)!r}); archive = zipfile.ZipFile({str(wheel)!r});"
        "[compile(archive.read(n), n, 'exec') for n in archive.namelist() if n.endswith('.py')];"
        + ";".join(f"import ops_gates.{module}" for module in BARE)
    )
    for version, path in pythons.items():
        done = subprocess.run(
            [path, "-W", "error", "-I", "-S", "-c", code], capture_output=True, text=True, check=False
        )
        assert (version, done.returncode, done.stderr) == (version, 0, "")
