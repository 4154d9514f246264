"""The examples of README.md and of the quickstart are run as they stand, with only environment variables set."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.prove.world import COMMIT, register_people
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.page_blocks import MAKE, blocks, run

README = (ROOT / "README.md").read_text()
QUICKSTART = (ROOT / "docs" / "quickstart.md").read_text()
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("install", "quickstart", "runbook"))]
LINES = 160


def block(language: str, holding: str) -> str:
    """The one block of the README in this language that holds a text."""
    [found] = [text for text in blocks(README, language) if holding in text]
    return found


@pytest.fixture(scope="module")
def project(stack: Stack) -> Iterator[Stack]:
    """A stack that has people and no release yet."""
    if stack.cluster is None:
        pytest.skip(f"needs a stack of its own, and OPS_STACK={stack.kind} has only one")
    with stack.clone() as own:
        register_people(own)
        yield own


@pytest.fixture(scope="module")
def variables(project: Stack) -> dict[str, str]:
    """What the page says that its examples need: URL, secret key and the id of an open release."""
    release = {
        "project": "acme/shop",
        "release_name": "v1.4.0",
        "environment_target": "production",
        "source_ref": COMMIT,
        "initiating_actor": "dev-1",
    }
    opened = str(project.client().rpc("open_release", release).execute().data)
    return {"SUPABASE_URL": project.url, "SUPABASE_SECRET_KEY": project.secret_key, "RELEASE_ID": opened}


def logged(project: Stack, key: str) -> list[str]:
    """What became of everything that was sent under a key, in order."""
    with project.connect() as connection:
        query = (
            "select processing_status::text from ops.event_ingest_log where idempotency_key = %s order by created_at"
        )
        return [str(status) for (status,) in connection.execute(query, [key]).fetchall()]


EXAMPLES = {
    "curl": (["bash", "-euo", "pipefail", "-s"], "bash", "curl --silent"),
    "Python": ([sys.executable, "-"], "python", "Gates.at("),
    "asynchronous Python": ([sys.executable, "-"], "python", "AsyncClient("),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_sends_its_event_and_a_retry_counts_once(
    example: str, project: Stack, variables: dict[str, str], tmp_path: Path
) -> None:
    command, language, holding = EXAMPLES[example]
    code = block(language, holding)
    run_id = re.findall(r"\b8123\d{6}\b", code)[0]
    for _ in range(2):
        done = run(command, code, tmp_path, **variables)
        assert (done.returncode, done.stderr) == (0, "")
    assert logged(project, f"github_actions/{run_id}/build_complete") == ["accepted", "duplicate"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_fails_when_its_event_is_refused(
    example: str, project: Stack, variables: dict[str, str], tmp_path: Path
) -> None:
    command, language, holding = EXAMPLES[example]
    nothing = {**variables, "RELEASE_ID": "00000000-0000-4000-8000-000000000000"}
    # A key of its own: that of the example may be on record already.
    code = re.sub(r"\b8123(\d{6})\b", r"9123\1", block(language, holding))
    done = run(command, code, tmp_path, **nothing)
    assert done.returncode != 0
    assert "unknown_release" in done.stdout + done.stderr
    run_id = re.findall(r"\b9123\d{6}\b", code)[0]
    assert logged(project, f"github_actions/{run_id}/build_complete") == ["rejected"]


def test_every_example_sends_its_event_under_a_key_of_its_own() -> None:
    keys = [re.findall(r"\b8123\d{6}\b", block(language, holding)) for _, language, holding in EXAMPLES.values()]
    assert len({found[0] for found in keys}) == len(EXAMPLES)


def handed_over(code: str) -> list[str]:
    """Lines of shell that put a secret into the arguments of a process; `printf` is a builtin, and no process."""
    without = re.sub(r"<\(printf [^)]*\)", "", code)
    secret = r"\$\{?(?:\w*SECRET_KEY|\w*TOKEN|\w*PASSWORD)\b"
    return re.findall(rf"^(?!export |\w+=).*{secret}.*$", without, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_example_hands_a_secret_to_the_arguments_of_a_process(page: Path) -> None:
    """Arguments are seen by every user of the machine."""
    code = [code for language in ("sh", "bash") for code in blocks(page.read_text(), language)]
    assert code
    assert [line for part in code for line in handed_over(part)] == []


def test_a_secret_in_the_arguments_of_a_process_is_found() -> None:
    assert handed_over('curl --header "apikey: $SUPABASE_SECRET_KEY"\n') != []
    assert handed_over("curl --header @<(printf 'apikey: %s' \"$SUPABASE_SECRET_KEY\")\n") == []


# As commands of their own: `--source` is an option of ours.
BUILTINS = re.compile(r"(?:^|[;&|(])\s*(?:source|eval) |@<\(", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_that_only_bash_can_run_says_so(page: Path) -> None:
    assert [code for code in blocks(page.read_text(), "sh") if BUILTINS.search(code)] == []


def test_what_only_bash_can_run_is_found() -> None:
    assert all(map(BUILTINS.search, ["a\nsource x\n", 'eval "$(a)"', "a && source x", "curl --header @<(printf a)"]))
    assert not BUILTINS.search("a --source monitoring --run evaluation\n")


def test_the_commands_that_ask_are_answered(variables: dict[str, str], tmp_path: Path) -> None:
    [asked] = [code for code in blocks(README, "sh") if code.startswith("ops-gates")]
    codes = {
        line.split()[1]: run(["bash", "-s"], line, tmp_path, **variables).returncode for line in asked.splitlines()
    }
    assert codes == {"status": 0, "why": 0, "guard": 1}


def workflow() -> dict[Any, Any]:
    """The example of a workflow."""
    [text] = blocks(README, "yaml")
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return document


def our_steps() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Job, step and definition of the action, for each step of the example that uses one of our actions."""
    return [
        (job, step, yaml.safe_load((ROOT / ".github" / "actions" / found[1] / "action.yml").read_text()))
        for job, body in workflow()["jobs"].items()
        for step in body["steps"]
        if (found := re.fullmatch(r"[\w-]+/ops-release-gates/\.github/actions/([\w-]+)@TAG", step.get("uses", "")))
    ]


def test_the_workflow_gives_each_action_inputs_that_it_has_and_all_that_it_requires() -> None:
    for job, step, action in our_steps():
        required = {name for name, about in action["inputs"].items() if about.get("required")}
        assert required <= step["with"].keys() <= action["inputs"].keys(), job


def test_the_workflow_reports_each_leg_whatever_became_of_it_and_asks_after_all_of_them() -> None:
    jobs = workflow()["jobs"]
    assert [(job, action["name"]) for job, _, action in our_steps()] == [("test", "ops-event"), ("deploy", "ops-gate")]
    [leg] = [step for job, step, _ in our_steps() if job == "test"]
    matrix = jobs["test"]["strategy"]["matrix"]
    assert (leg["if"], leg["with"]["status"]) == ("always()", "${{ job.status }}")
    assert set(re.findall(r"matrix\.(\w+)", leg["with"]["part"])) == matrix.keys()
    assert (jobs["deploy"]["needs"], jobs["test"]["strategy"]["fail-fast"]) == ("test", False)
    # What runs code of the commit sees no secret.
    others = [step for step in jobs["test"]["steps"] if step != leg]
    assert "secrets." not in str(others)


def test_the_workflow_reports_the_deployment_that_it_was_asked_about(
    project: Stack, variables: dict[str, str], tmp_path: Path
) -> None:
    report = workflow()["jobs"]["deploy"]["steps"][-1]
    assert report["if"] == "always() && steps.deploy.outcome != 'skipped'"
    assert {"STATUS", "OPS_BOT_EMAIL", "OPS_BOT_PASSWORD"} == report["env"].keys()
    release = {
        "project": "acme/shop",
        "release_name": COMMIT,
        "environment_target": "production",
        "source_ref": COMMIT,
        "initiating_actor": "dev-1",
    }
    project.client().rpc("open_release", release).execute()
    runner = {
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_SHA": COMMIT,
        "GITHUB_RUN_ID": "8123456799",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    done = run(["bash", "-eo", "pipefail", "-s"], report["run"], tmp_path, STATUS="succeeded", **runner, **variables)
    # The release was not eligible, and the deployment is on record.
    assert done.returncode == 1, done.stdout + done.stderr
    key = "github_actions/8123456799/deployment_event/production/default/8123456799-1/succeeded"
    assert logged(project, key) == ["accepted"]


def test_actionlint_has_nothing_to_say_about_the_workflow(tmp_path: Path) -> None:
    [text] = blocks(README, "yaml")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()  # what makes a checkout
    (folder / "readme.yml").write_text(text)
    shellcheck = str(ROOT / ".venv" / "bin" / "shellcheck")
    command = [str(ROOT / ".venv" / "bin" / "actionlint"), "-no-color", "-oneline", "-shellcheck", shellcheck]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_stays_a_page() -> None:
    assert len(README.splitlines()) <= LINES


# The stack runs already, so `make up` and `make down` do nothing; people get what its reader would get.
def checked(line: str) -> str:
    """A line of a page that stops the script unless it ends with the exit code that the page names, or with 0."""
    wanted = re.search(r"# exit code (\d+)", line)
    return f'{line}\n[ "$?" = {wanted[1] if wanted else 0} ] || exit 99'


def test_every_step_of_the_quickstart_does_what_the_page_says(fresh_stack: Callable[[], Stack], tmp_path: Path) -> None:
    own = fresh_stack()
    for who in re.findall(r"make -s person ARGS=([\w-]+)", QUICKSTART):
        login = own.person(f"{who}@local.invalid", subject=who)
        (tmp_path / f"person-{who}").write_text(f"{login.email}\n{login.password}\n")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "project").write_text(
        f"export SUPABASE_URL={own.url}\n"
        f"export SUPABASE_PUBLISHABLE_KEY={own.publishable_key}\n"
        f"export SUPABASE_SECRET_KEY={own.secret_key}\n"
    )
    lines = [line for block in blocks(QUICKSTART, "bash") for line in block.splitlines()]
    done = run(
        ["bash", "-s"], "\n".join([MAKE, *map(checked, lines)]), tmp_path, XDG_CONFIG_HOME=str(tmp_path / "home")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with own.connect() as connection:
        gates = connection.execute("select gate_code::text, status::text from ops.release_gates order by 1").fetchall()
        decided = connection.execute("select approver_id, created_by from ops.approvals order by 1").fetchall()
    assert dict(gates) == {"G1": "passed", "G2": "passed", "G3": "passed", "G4": "pending"}
    assert decided == [("qa-1", "qa-1"), ("rm-1", "rm-1")]
