"""The workflows and actions under .github: pinned, least in rights, and in step with the Makefile and each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.stack.parts import ROOT
from harness.stack.postgres_trees import OTHERS

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
# The actions that other repositories call; `set-up` is for our own workflows.
PRODUCERS = [path for path in ACTIONS if path.parent.name != "set-up"]
PIN = re.compile(r"uses: *(?P<action>[\w./-]+)@(?P<sha>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")
# A workflow names no host but GitHub itself: where packages come from is the business of each client's settings.
ADDRESS = re.compile(r"https?://(?!github\.com/|\$)[^\s\"']+|\bregistry[.-]")
# Keys of GitHub's workflow syntax that are used here; another one is a typing mistake until it is added.
JOB_KEYS = {
    "name", "needs", "if", "runs-on", "timeout-minutes", "permissions", "environment", "outputs", "env", "steps",
    "strategy",
}  # fmt: skip
# Workflow and job → what it may do; all others may only read what is in the repository.
WRITERS = {
    ("pages.yml", "build"): {"contents": "read", "pages": "read"},
    ("pages.yml", "publish"): {"id-token": "write", "pages": "write"},
    ("policy-impact.yml", "comment"): {"pull-requests": "write"},
    ("release.yml", "attest"): {"attestations": "write", "id-token": "write"},
    ("release.yml", "draft"): {"contents": "write"},
}
SET_UP = ".github/actions/set-up"
STEP_KEYS = {"id", "name", "if", "uses", "with", "run", "env", "shell"}
CONTEXTS = {"github", "env", "vars", "secrets", "inputs", "needs", "steps", "job", "runner", "matrix"}


def loaded(path: Path) -> dict[Any, Any]:
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict)
    return document


def steps_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every step with the job (or action) that it is in."""
    document = loaded(path)
    if path in ACTIONS:
        return [(document["name"], step) for step in document["runs"]["steps"]]
    return [(name, step) for name, job in document["jobs"].items() for step in job["steps"]]


def expressions(value: Any) -> list[str]:
    return re.findall(r"\$\{\{(.*?)\}\}", yaml.safe_dump(value, width=100_000), re.DOTALL)


every_file = pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.name}")
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def test_the_workflows_and_actions_are_those_that_the_readme_promises() -> None:
    assert [path.name for path in WORKFLOWS] == [
        "ci.yml", "drift.yml", "nightly.yml", "pages.yml", "policy-impact.yml", "release-events.yml", "release.yml",
    ]  # fmt: skip
    assert [path.parent.name for path in ACTIONS] == ["ops-event", "ops-gate", "set-up"]


@every_file
def test_every_action_from_elsewhere_is_pinned_to_a_commit_and_names_its_version(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text().splitlines()]
    foreign = [line for line in lines if line.startswith("uses:") and not line.startswith("uses: ./")]
    assert [line for line in foreign if not PIN.match(line)] == []


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, *ACTIONS]:
        for match in re.finditer(r"uses: *([\w./-]+)@(.*)", path.read_text()):
            pins.setdefault(match[1], set()).add(match[2])
    assert {action: len(found) for action, found in pins.items()} == dict.fromkeys(pins, 1)


@every_workflow
def test_a_job_may_only_read_unless_it_is_listed_as_a_writer(path: Path) -> None:
    document = loaded(path)
    assert document["permissions"] == {"contents": "read"}
    for name, job in document["jobs"].items():
        assert job.get("permissions") == WRITERS.get((path.name, name)), name
    # `on` is a YAML 1.1 boolean.
    assert "pull_request_target" not in document[True]
    assert "workflow_run" not in document[True]


@every_workflow
def test_every_job_ends_in_time_and_no_two_runs_collide(path: Path) -> None:
    document = loaded(path)
    assert {"group", "cancel-in-progress"} == document["concurrency"].keys()
    for name, job in document["jobs"].items():
        assert job.keys() <= JOB_KEYS, name
        assert job["runs-on"] == "ubuntu-24.04"
        # The night repeats each promise thousands of times.
        assert 0 < job["timeout-minutes"] <= (180 if path.name == "nightly.yml" else 60)


@every_file
def test_steps_use_known_keys_and_one_shell(path: Path) -> None:
    for job, step in steps_of(path):
        assert step.keys() <= STEP_KEYS, (job, step)
        assert ("run" in step) != ("uses" in step), (job, step)
        if path in ACTIONS and "run" in step:
            assert step["shell"] == "bash"


@every_file
def test_no_script_is_put_together_from_expressions(path: Path) -> None:
    """Text from outside reaches a shell by its environment alone."""
    assert [step["run"] for _, step in steps_of(path) if "${{" in step.get("run", "")] == []


@every_workflow
def test_a_checkout_leaves_no_credentials_behind(path: Path) -> None:
    checkouts = [step for _, step in steps_of(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@every_file
def test_expressions_name_what_is_there(path: Path) -> None:
    document = loaded(path)
    inputs = set(document.get("inputs", {})) if path in ACTIONS else set(_dispatch_inputs(document))
    jobs = {"": document["runs"]} if path in ACTIONS else document["jobs"]
    for name, job in jobs.items():
        ids = {step.get("id") for step in job["steps"]}
        texts = expressions(job) + expressions(document.get("outputs", {}))
        texts += [str(step["if"]) for step in [job, *job["steps"]] if "if" in step]
        for text in texts:
            for context, first in re.findall(r"(?<![\w.'-])([a-z]+)\.([\w-]+)", re.sub(r"'[^']*'", "''", text)):
                assert context in CONTEXTS, (name, text)
                assert context != "steps" or first in ids, (name, text)
                assert context != "needs" or first in _listed(job.get("needs", [])), (name, text)
                assert context != "inputs" or first in inputs, (name, text)
                assert context != "matrix" or first in _of_matrix(job), (name, text)


def _of_matrix(job: dict[str, Any]) -> set[str]:
    return {key for leg in job.get("strategy", {}).get("matrix", {}).get("include", []) for key in leg}


def _dispatch_inputs(document: dict[Any, Any]) -> dict[str, Any]:
    asked = [document[True].get(event) or {} for event in ("workflow_dispatch", "workflow_call")]
    return {name: about for one in asked for name, about in one.get("inputs", {}).items()}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@every_workflow
def test_our_own_actions_are_called_as_they_are_defined(path: Path) -> None:
    for job, step in steps_of(path):
        if not step.get("uses", "").startswith("./"):
            continue
        definition = loaded(ROOT / step["uses"] / "action.yml")
        given = step.get("with", {}).keys()
        required = {name for name, about in definition["inputs"].items() if about.get("required")}
        assert required <= given <= definition["inputs"].keys(), (job, step["uses"])
    for body in loaded(path)["jobs"].values():
        for step_id, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", str(body.get("outputs", {}))):
            [step] = [step for step in body["steps"] if step.get("id") == step_id]
            if "run" in step:
                assert f"{output}=" in step["run"]
            else:
                assert output in loaded(ROOT / step["uses"] / "action.yml")["outputs"]


@every_workflow
def test_every_job_that_calls_make_sets_up_first_and_by_the_one_action(path: Path) -> None:
    for name, job in loaded(path)["jobs"].items():
        used = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
        assert not {"actions/setup-python", "actions/setup-node", "actions/cache"} & set(used), name
        making = [at for at, step in enumerate(job["steps"]) if re.search(r"\bmake\b|\.venv/", step.get("run", ""))]
        assert not making or used.index(f"./{SET_UP}") < min(making), name


def test_a_release_is_built_only_after_the_checks_and_without_a_cache() -> None:
    jobs = loaded(GITHUB / "workflows" / "release.yml")["jobs"]
    assert [jobs[name].get("needs") for name in ("check", "build", "attest", "draft")] == [
        None, "check", "build", "attest",
    ]  # fmt: skip
    [make] = [step["run"] for step in jobs["check"]["steps"] if "make" in step.get("run", "")]
    assert set(make.split()) == {"make", "lint", "test", "slow", "verify"}
    for name in ("check", "build"):
        [step] = [step for step in jobs[name]["steps"] if step.get("uses") == f"./{SET_UP}"]
        assert step["with"]["cache"] == "false"


def test_every_python_file_beside_the_workflows_is_linted_and_typed() -> None:
    recipe = (ROOT / "Makefile").read_text()
    files = [str(path.relative_to(ROOT)) for path in GITHUB.rglob("*.py")]
    [linted] = re.findall(r"^PYTHON_FILES := (.*)$", recipe, re.MULTILINE)
    assert files
    assert set(files) <= set(linted.split())
    assert [file for file in files if f"mypy {file}" not in recipe] == []


def test_dependabot_looks_at_the_actions_that_our_actions_use() -> None:
    updates = {update["package-ecosystem"]: update for update in loaded(GITHUB / "dependabot.yml")["updates"]}
    folders = updates["github-actions"]["directories"]
    foreign = [path for path in ACTIONS if any("@" in step.get("uses", "") for _, step in steps_of(path))]
    assert foreign
    for path in foreign:
        assert any(path.parent.match(folder.lstrip("/")) for folder in folders if folder != "/"), path


@pytest.mark.parametrize("path", PRODUCERS, ids=lambda path: path.parent.name)
def test_an_action_hands_over_every_input_and_every_output_is_made(path: Path) -> None:
    definition = loaded(path)
    [step] = definition["runs"]["steps"]
    mapped = re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(step["env"], width=100_000))
    assert sorted(mapped) == sorted(definition["inputs"])
    outputs = {about["value"] for about in definition["outputs"].values()}
    assert outputs == {"${{ steps.%s.outputs.%s }}" % (step["id"], name) for name in definition["outputs"]}  # noqa: UP031
    read = set(re.findall(r'"(OPS_[A-Z_]+|SUPABASE_[A-Z_]+)"', _producer_sources()))
    handed = {name for name in step["env"] if name.startswith(("OPS_", "SUPABASE_"))}
    assert handed <= read


def _producer_sources() -> str:
    package = ROOT / "harness" / "ops_gates"
    return "".join(path.read_text() for path in [package / "settings.py", *(package / "producers").glob("*.py")])


def test_a_job_that_may_write_runs_no_code_of_the_checkout() -> None:
    for file, name in (job for job, rights in WRITERS.items() if "write" in rights.values()):
        steps = loaded(GITHUB / "workflows" / file)["jobs"][name]["steps"]
        assert [step for step in steps if step.get("uses", "").startswith(("actions/checkout@", "./"))] == []


def test_the_build_is_reported_whatever_became_of_it_and_before_the_guard_is_asked() -> None:
    jobs = loaded(GITHUB / "workflows" / "release-events.yml")["jobs"]
    report, guard = jobs["report"], jobs["guard"]
    assert (report["needs"], guard["needs"]) == ("build", ["build", "report"])
    assert report["if"].removeprefix("${{ ").startswith("always() && ")
    last = report["steps"][-1]
    assert last["uses"] == "./.github/actions/ops-event"
    assert last["with"]["status"] == "${{ needs.build.result }}"
    reported = set(re.findall(r"needs\.build\.outputs\.([\w-]+)", last["with"]["checks"]))
    ran = {step["id"] for step in jobs["build"]["steps"] if step.get("id") and step["id"] != "setup"}
    assert jobs["build"]["outputs"] == {name: f"${{{{ steps.{name}.outcome }}}}" for name in ran}
    assert reported == ran
    assert guard["steps"][-1]["uses"] == "./.github/actions/ops-gate"


@every_workflow
def test_every_make_target_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for line in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE) for name in line.split()}
    called = {
        name
        for _, step in steps_of(path)
        for line in re.findall(r"^\s*make ([a-z -]+)$", step.get("run", ""), re.MULTILINE)
        for name in line.split()
    }
    assert called <= targets
    if path.name == "ci.yml":
        assert {"lint", "test", "verify"} <= called
    if path.name == "drift.yml":
        assert "drift" in called


def test_the_docker_job_runs_what_needs_docker() -> None:
    steps = loaded(GITHUB / "workflows" / "ci.yml")["jobs"]["docker"]["steps"]
    script = "\n".join(step.get("run", "") for step in steps)
    for command in ("start", "db reset", "db lint --schema ops,ops_private ", "db advisors", "test db"):
        assert f"supabase {command}" in script
    assert [step["env"]["OPS_STACK"] for step in steps if "make test" in step.get("run", "")] == ["external"]


def test_each_other_version_of_postgres_is_tried_and_one_with_all_linters() -> None:
    job = loaded(GITHUB / "workflows" / "ci.yml")["jobs"]["versions"]
    legs = job["strategy"]["matrix"]["include"]
    assert {str(leg["major"]) for leg in legs} == {*OTHERS}
    assert all(Path(leg["postgres"]).name == str(leg["major"]) for leg in legs)
    assert [leg["major"] for leg in legs if leg.get("linters") == "--all"] == [15]
    assert {"make dblint", "make core"} <= {step.get("run") for step in job["steps"]}


def test_secrets_reach_only_the_steps_that_use_them() -> None:
    for path in WORKFLOWS:
        document = loaded(path)
        assert "secrets." not in str(document.get("env", {}))
        for job in document["jobs"].values():
            assert "secrets." not in str(job.get("env", {}))


def test_a_job_of_release_events_that_has_a_secret_runs_nothing_but_our_own_actions() -> None:
    """Builds and tests run code of the commit and of its dependencies: no secret may be in reach of them."""
    jobs = loaded(GITHUB / "workflows" / "release-events.yml")["jobs"]
    with_secrets = {name: job for name, job in jobs.items() if "secrets." in str(job)}
    assert with_secrets.keys() == {"report", "guard"}
    for job in with_secrets.values():
        used = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
        assert set(used) <= {"actions/checkout", "./.github/actions/ops-event", "./.github/actions/ops-gate"}


@every_file
def test_no_registry_and_no_secret_is_written_down(path: Path) -> None:
    text = path.read_text()
    assert ADDRESS.findall(text) == []
    assert re.findall(r"sb_(?:secret|publishable)_\w+|eyJ[\w-]{10,}|postgres(?:ql)?://", text) == []


@every_file
def test_the_shell_of_every_step_is_sound(path: Path, tmp_path: Path) -> None:
    scripts = [step["run"] for _, step in steps_of(path) if "run" in step]
    shellcheck = shutil.which("shellcheck") or shutil.which("shellcheck", path=str(ROOT / ".venv" / "bin"))
    for number, script in enumerate(scripts):
        file = tmp_path / f"{number}.sh"
        file.write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{script}")
        command = [shellcheck, "--norc", str(file)] if shellcheck else ["bash", "-n", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def actionlint(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Workflows of a checkout, their shell, and the metadata of the actions that they use."""
    tools = ROOT / ".venv" / "bin"
    command = [str(tools / "actionlint"), "-no-color", "-oneline", "-shellcheck", str(tools / "shellcheck")]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_actionlint_has_nothing_to_say() -> None:
    done = actionlint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("workflows/release-events.yml", "vars.SUPABASE_URL != ''", "varz.SUPABASE_URL != ''", 'variable "varz"'),
        ("workflows/drift.yml", 'if [ -n "$SUPABASE_DB_URL" ]', "if [ -n $SUPABASE_DB_URL ]", "SC2070"),
        ("actions/ops-gate/action.yml", "shell: bash", "shel: bash", 'unexpected key "shel"'),
    ],
)
def test_actionlint_looks_at_workflows_at_shell_and_at_actions(
    tmp_path: Path, file: str, right: str, wrong: str, said: str
) -> None:
    shutil.copytree(GITHUB, tmp_path / ".github")
    # A file or folder of this name is what makes a checkout.
    (tmp_path / ".git").mkdir()
    spoilt = tmp_path / ".github" / file
    assert right in spoilt.read_text()
    spoilt.write_text(spoilt.read_text().replace(right, wrong))
    done = actionlint(tmp_path)
    assert (done.returncode, said in done.stdout) == (1, True), done.stdout + done.stderr


def test_zizmor_finds_no_hole() -> None:
    zizmor = shutil.which("zizmor") or shutil.which("zizmor", path=str(ROOT / ".venv" / "bin"))
    assert zizmor, "no zizmor in PATH or in .venv: make setup"
    command = [zizmor, "--offline", "--quiet", "--min-severity", "medium", str(GITHUB)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_hook_before_a_commit_is_a_part_of_lint_and_needs_no_other_repository() -> None:
    repositories = loaded(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = {hook["entry"].removeprefix("make --silent ") for hook in repositories[0]["hooks"]}
    [parts] = re.findall(r"^lint: ([a-z -]+) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert hooks == set(parts.split())
