"""`ops-gates import`: a file of the past is on record once; what a line may not be is refused."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from harness.prove.world import COMMIT, World, sql_session
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests import pasts
from harness.tests.imports import beside, progress, record, refusals, registered
from harness.tests.terminal import Terminal, service
from ops_gates import events
from ops_gates.exit_codes import Code


@pytest.fixture
def project(stack: Stack) -> str:
    """A project of its own."""
    return registered(stack)


def test_a_file_is_on_record_once_however_often_it_is_imported(stack: Stack, project: str, tmp_path: Path) -> None:
    path = pasts.written(tmp_path / "past.ndjson", ["", *pasts.lines(project, 3), "  "])
    typist = service(stack)
    said = typist.json("import", str(path), "--project", project, "--batch", "7")
    assert said | {"seconds": 0} == {
        "file": str(path), "lines": 65, "releases": 3, "events": 60, "accepted": 60, "duplicate": 0, "refused": 0,
        "complete": True, "dry_run": False, "seconds": 0, "refused_file": None,
    }  # fmt: skip
    kept = record(stack, project)
    assert len([row for row in kept["release_gates"] if "'passed', 'in_progress', 'imported', False" in row]) == 12
    assert len(kept["deployments"]) == 15
    again = typist.json("import", str(path), "--project", project)
    assert (again["accepted"], again["duplicate"], again["lines"]) == (60, 0, 65)
    beside(path, "import.json").unlink()
    anew = typist.json("import", str(path), "--project", project)
    assert (anew["accepted"], anew["duplicate"], anew["releases"]) == (0, 60, 3)
    assert record(stack, project) == kept
    with sql_session(stack) as session:
        live = session._connection.execute("select 1 from ops.v_live where project = %s", [project]).fetchall()
    assert live == []


def test_what_is_appended_is_imported_too_and_a_release_may_be_named_in_each_way(
    stack: Stack, project: str, tmp_path: Path
) -> None:
    typist = service(stack)
    path = pasts.written(tmp_path / "past.ndjson", [pasts.opening("v1", project=project)])
    assert typist.json("import", str(path))["releases"] == 1
    with stack.connect() as connection:
        [[release_id]] = connection.execute("select release_id from ops.releases where project = %s", [project])
    build = events.build_complete(release_id, run_id=uuid.uuid4().hex, status="pass")
    lint = events.build_complete(release_id, run_id=uuid.uuid4().hex, status="pass", check_name="lint")
    with path.open("a") as file:
        file.write(json.dumps(build) + "\n" + json.dumps(pasts.about(f"{project}/v1", lint)))
    said = typist.json("import", str(path))
    assert (said["accepted"], said["lines"], said["complete"]) == (2, 3, True)
    # A project has any case, also where the file goes on with a release that an earlier line opened.
    for named in (project.upper(), project):
        more = events.build_complete(release_id, run_id=uuid.uuid4().hex, status="pass", check_name="unit")
        with path.open("a") as file:
            file.write("\n" + json.dumps(pasts.about(f"{named}/v1", more)))
    assert typist.json("import", str(path))["accepted"] == 4
    # Killed when the refusals of a batch were written down, and not yet how far it is.
    state = beside(path, "import.json")
    before = state.read_text()
    with path.open("a") as file:
        file.write(" x\n{\n")
    assert typist("import", str(path)).exit_code == Code.REFUSED
    state.write_text(before)
    assert typist("import", str(path)).exit_code == Code.REFUSED
    assert refusals(path) == [(5, "invalid_json"), (6, "invalid_json")]


def test_the_file_of_the_page_can_be_imported(stack: Stack, project: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "import.md").read_text()
    [block] = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    # Others may have sent these keys in this database.
    path = pasts.written(tmp_path / "past.ndjson", block.replace("7001", uuid.uuid4().hex).splitlines())
    said = service(stack).json("import", str(path), "--project", project)
    assert (said["releases"], said["accepted"], said["refused"]) == (1, 3, 0)


def wrong_lines(world: World) -> list[tuple[Any, str]]:
    """Lines that are refused, each with its code."""
    run = uuid.uuid4().hex
    build = events.build_complete(pasts.NOBODYS, run_id=run, status="pass")
    signoff = events.gate_signoff(
        pasts.NOBODYS, "G2", session_id=run, decision="approved", approver_id="nobody-1", persona_role="qa_tester",
        rationale_structured={"met": True},
    )  # fmt: skip
    happening = events.environment_event(environment="dev", event_type="certificate_renewed", run_id=run)
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    return [
        ("{", "invalid_json"),
        ("[1]", "invalid_json"),
        ('{"a": NaN}', "invalid_json"),
        ('"\\ud800"', "invalid_json"),
        ({"release": {"release_name": "v2"}}, "invalid_release"),
        ({"release": {"source_ref": COMMIT}}, "invalid_release"),
        (pasts.opening("v2", color="red"), "invalid_release"),
        (pasts.opening("v2", scope_metadata=[]), "invalid_release"),
        (pasts.opening("v2", project=7), "invalid_release"),
        ({**pasts.opening("v2"), "payload": {}}, "invalid_release"),
        (pasts.opening("v2", project="no/such"), "OPS04"),
        (pasts.opening("v2", initiating_actor="nobody-1"), "OPS06"),
        (pasts.opening("v2", environment_target="moon"), "22023"),
        (pasts.opening("v1", source_ref="another"), "OPS09"),
        (pasts.opening(" v2"), "23514"),
        (pasts.about("v9", build), "unknown_release"),
        ({**build, "release": "v1"}, "invalid_envelope"),
        (pasts.about("v1", build) | {"release": 1}, "invalid_envelope"),
        (build, "unknown_release"),
        ({**build, "release_id": "v1"}, "invalid_envelope"),
        (world.build("fail"), "release_not_imported"),
        (happening, "invalid_envelope"),
        (pasts.about("v1", {**build, "emitted_at": "yesterday"}), "invalid_envelope"),
        (pasts.about("v1", {**build, "payload": {}}), "invalid_payload"),
        (pasts.about("v1", {**build, "payload": {"status": "pass", "deep": deep}}), "payload_too_large"),
        (pasts.about("v1", {**build, "payload": {"status": "pass", "note": "x" * 300_000}}), "payload_too_large"),
        ("x" * 2_000_000, "payload_too_large"),
        (pasts.about("v1", signoff), "forbidden_event"),
        (
            pasts.about("v1", world.health("production")), "unknown_deployment",
        ),
        ({"hello": "world"}, "invalid_envelope"),
    ]  # fmt: skip


def test_each_wrong_line_is_refused_by_its_number_and_stops_no_other(
    stack: Stack, project: str, tmp_path: Path
) -> None:
    world = World(stack)
    wrong = wrong_lines(world)
    good = [pasts.about("v1", event) for event in list(pasts.happened(project, pasts.BEGAN))[:3]]
    path = pasts.written(tmp_path / "past.ndjson", [pasts.opening("v1"), *(line for line, _ in wrong), *good])
    done = service(stack)("import", str(path), "--project", project)
    assert done.exit_code == Code.REFUSED, done.output
    assert refusals(path) == [(number, code) for number, (_, code) in enumerate(wrong, 2)]
    assert progress(path)["accepted"] == 3
    shown = [row for row in done.stderr.splitlines() if row.startswith("line ")]
    assert len(shown) == 20
    assert f"{len(wrong) - 20} more lines were refused" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"lines_refused: {len(wrong)} lines were refused; {path}")
    for name in ("import.json", "refused.ndjson"):
        assert beside(path, name).stat().st_mode & 0o777 == 0o600
    # A failure of the past that names a release of the present leaves nothing there.
    assert world.facts("contested_reports", "contested_id") == []
    assert world.facts("event_ingest_log", "ingest_id") == []


def test_a_dry_run_needs_no_project_and_writes_nothing(tmp_path: Path) -> None:
    path = pasts.written(tmp_path / "past.ndjson", [*pasts.lines("dry", 2), "{", pasts.about("v7", {"payload": {}})])
    done = Terminal({})("import", str(path), "--project", "a/b", "--dry-run")
    assert done.exit_code == Code.REFUSED
    rows = [row.split(": ")[:2] for row in done.stderr.splitlines()[:2]]
    assert rows == [["line 43", "invalid_json"], ["line 44", "unknown_release"]]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert done.stdout.startswith("44 lines read, nothing was sent: 2 releases, 40 events to send, 2 lines refused")
    said = json.loads(Terminal({})("import", str(path), "--project", "a/b", "--dry-run", "--json").stdout)
    assert (said["events"], said["accepted"]) == (40, 0)
    nameless = Terminal({})("import", str(path), "--dry-run")
    assert "invalid_release" in nameless.stderr


@pytest.fixture
def begun(stack: Stack, project: str, tmp_path: Path) -> tuple[Path, Terminal]:
    """A file that is imported to its end."""
    path = pasts.written(tmp_path / "past.ndjson", [pasts.opening("v1", project=project)])
    typist = service(stack)
    typist.json("import", str(path))
    return path, typist


def wrong_usage(path: Path, typist: Terminal, **env: str) -> str:
    """The sentence of an import that is wrong usage; it changes nothing."""
    before = {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}
    done = typist("import", str(path), **env)
    assert (done.exit_code, done.stdout) == (Code.USAGE, ""), done.output
    assert {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()} == before
    [sentence] = done.stderr.splitlines()
    return sentence


def test_what_changed_since_or_is_of_another_project_is_not_gone_on_with(
    begun: tuple[Path, Terminal], stack: Stack
) -> None:
    path, typist = begun
    content = path.read_text()
    for changed in (content.replace("v1", "v2"), content[:-5], ""):
        path.write_text(changed)
        assert "has changed before line 2" in wrong_usage(path, typist)
    path.write_text(content)
    other = stack.url.replace("127.0.0.1", "localhost")
    assert "was being imported into" in wrong_usage(path, typist, SUPABASE_URL=other)
    state = beside(path, "import.json")
    with path.open("a") as file:
        file.write("{}\n")
    done = typist("import", str(path), "--project", "a/b")
    assert (done.exit_code, "was being imported without --project" in done.stderr) == (Code.USAGE, True), done.output
    path.write_text(content)
    known = json.loads(state.read_text())
    wrong = ({"line": -1}, {"offset": "1"}, {"project": 7}, {"version": 2}, {"more": 1})
    for damaged in ("", "[]", "{}", "[" * 60_000, *(json.dumps(known | each) for each in wrong)):
        state.write_text(damaged)
        assert "is damaged: remove it" in wrong_usage(path, typist)


def test_refused_lines_are_mended_in_a_file_of_their_own_as_the_page_says(
    stack: Stack, project: str, tmp_path: Path
) -> None:
    good = [pasts.about("v1", event) for event in list(pasts.happened(project, pasts.BEGAN))[:3]]
    wrong = json.dumps(good[1]).replace('"pass"', '"passed"')
    path = pasts.written(tmp_path / "past.ndjson", [pasts.opening("v1"), good[0], wrong, "{", good[2]])
    typist = service(stack)
    assert typist("import", str(path), "--project", project).exit_code == Code.REFUSED
    page = (ROOT / "docs" / "import.md").read_text()
    [block] = re.findall(r"^```sh\n(sed .*?)^```$", page, re.MULTILINE | re.DOTALL)
    pick, again, remove = block.splitlines()
    subprocess.run(["sh", "-c", pick], cwd=tmp_path, check=True)
    mended = tmp_path / "mended.ndjson"
    assert mended.read_text().splitlines() == [wrong, "{"]
    assert again == "ops-gates import mended.ndjson --project acme/shop"
    mended.write_text(json.dumps(good[1]))
    assert typist.json("import", str(mended), "--project", project)["accepted"] == 1
    assert typist("import", str(path), "--project", project).exit_code == Code.REFUSED
    assert remove == "rm past.ndjson.refused.ndjson"
    beside(path, "refused.ndjson").unlink()
    ended = typist("import", str(path), "--project", project)
    assert (ended.exit_code, "counts as mended: 2" in ended.stderr) == (0, True)
    assert typist.json("import", str(path), "--project", project)["refused"] == 0
    assert not beside(path, "refused.ndjson").exists()


def test_a_project_that_is_not_there_is_no_refusal_of_each_line(stack: Stack, tmp_path: Path) -> None:
    path = pasts.written(tmp_path / "past.ndjson", pasts.lines("none", 1))
    done = service(stack)("import", str(path), "--project", "no/such")
    assert (done.exit_code, done.stderr.split(":")[0]) == (Code.NOT_FOUND, "unknown_project")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "content",
    ["{}".encode("utf-16"), gzip.compress(b"{}"), b"PK\x03\x04", b"\xfd7zXZ\0"],
    ids=lambda each: each[:2].hex(),
)
def test_a_file_that_is_no_text_in_utf_8_is_wrong_usage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "past.ndjson"
    path.write_bytes(content)
    done = Terminal({})("import", str(path), "--dry-run")
    assert (done.exit_code, len(done.stderr.splitlines())) == (Code.USAGE, 1), done.output


def test_what_is_no_file_or_held_by_another_import_is_wrong_usage(begun: tuple[Path, Terminal]) -> None:
    path, typist = begun
    for given in ("-", str(path.parent), str(path.parent / "none"), "a\0b"):
        done = typist("import", given)
        assert (done.exit_code, len(done.stderr.splitlines())) == (Code.USAGE, 1), done.output
    for batch in ("0", "101"):
        assert typist("import", str(path), "--batch", batch).exit_code == Code.USAGE
    own = path.with_name("own")
    own.write_text("mine")
    for ending in ("import.json", "refused.ndjson"):
        beside(path, ending).unlink(missing_ok=True)
        beside(path, ending).symlink_to(own)
        assert "is a link" in wrong_usage(path, typist)
        beside(path, ending).unlink()
    fcntl = pytest.importorskip("fcntl")
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "by another command" in wrong_usage(path, typist)


def test_a_wrong_key_or_a_role_that_imports_nothing_moves_nothing_on(
    stack: Stack, project: str, tmp_path: Path
) -> None:
    path = pasts.written(tmp_path / "past.ndjson", pasts.lines(project, 1))
    typist = service(stack)
    unreachable = typist("import", str(path), "--project", project, SUPABASE_URL="http://127.0.0.1:9")
    assert unreachable.exit_code == Code.UNREACHABLE
    assert not beside(path, "import.json").exists()
    wrong = typist("import", str(path), "--project", project, SUPABASE_SECRET_KEY="sb_secret_wrong")
    assert wrong.exit_code == Code.NOT_ALLOWED
    token = stack.token("developer", "dev-1")
    by_token = {"SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_TOKEN": token}
    developer = Terminal({**by_token, "OPS_RETRY_SECONDS": "0"})("import", str(path), "--project", project)
    assert developer.exit_code == Code.NOT_ALLOWED, developer.output
    assert progress(path)["line"] == 0
    assert typist.json("import", str(path), "--project", project)["accepted"] == 20
    # Whoever may send nothing is told so once, and not of each line.
    more = [pasts.about(f"{project}/v0", each) for each in list(pasts.happened(f"{project}-more", pasts.BEGAN))[:2]]
    for some in (more, more[:1]):
        events_alone = pasts.written(tmp_path / "events.ndjson", some)
        developer = Terminal({**by_token, "OPS_RETRY_SECONDS": "0"})("import", str(events_alone))
        assert (developer.exit_code, developer.stdout) == (Code.NOT_ALLOWED, ""), developer.output
        assert not beside(events_alone, "import.json").exists()
