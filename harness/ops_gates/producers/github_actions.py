"""The steps of the two composite actions: report a build to G1 (`event`), and ask before a deployment (`gate`).

Configured by the environment, as `.github/actions/*/action.yml` map it; exit codes: 0 done or eligible,
1 refused or not eligible, 2 misconfigured, 3 the project did not answer.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from ops_gates import events
from ops_gates.producers.wire import Api, MisconfiguredError, ProducerError, RefusedError, api_from, redact, secrets_of

Finding = Mapping[str, Any]

# job.status, steps.<id>.outcome and needs.<job>.result, beside the contract's own words.
OUTCOMES = {"success": "pass", "failure": "fail", "cancelled": "fail", "pass": "pass", "fail": "fail"}
# A step that the job never came to has no outcome.
CHECK_OUTCOMES = {**OUTCOMES, "skipped": "skipped", "": "skipped", "warning": "warning"}
TARGETS = ("dev", "staging", "production")
COLUMNS = {"gate": "gate_code", "requirement": "requirement", "found": "detail", "remedy": "remedy", "who can": "who"}
SHOWN = 50
USAGE = "usage: python3 -m ops_gates.producers.github_actions event|gate   (configured by the environment)"


class Job:
    """The job that this is a step of: what it was given, and where it reads logs, outputs and summary."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the runner's variables; on a runner, have it mask every secret first."""
        self._environment = environment
        self._secrets = secrets_of(environment)
        if environment.get("GITHUB_ACTIONS") == "true":
            for secret in self._secrets:
                # Read by the runner and shown to nobody.
                print(f"::add-mask::{_escaped(secret)}", flush=True)

    def given(self, name: str, default: str = "") -> str:
        """An input or a runner's variable, without blanks around it."""
        return self._environment.get(name, "").strip() or default

    def needed(self, name: str, what: str) -> str:
        """The same, where there is no going on without it."""
        value = self.given(name)
        if not value:
            raise MisconfiguredError(f"{what} is missing ({name})")
        return value

    def one_of(self, name: str, what: str, allowed: Iterable[str]) -> str:
        """An input that has only so many values."""
        value = self.given(name)
        if value not in allowed:
            raise MisconfiguredError(f"{what} is {value or 'missing'!r}: it is one of {', '.join(allowed)}")
        return value

    def say(self, text: str) -> None:
        """A line of the log; what came from elsewhere cannot become a command of the runner."""
        line = redact(" ".join(text.split()), self._secrets)
        print(line.replace("::", ": :").replace("##[", "## ["), flush=True)

    def fail(self, action: str, text: str) -> None:
        """The one sentence, as an annotation of the run."""
        print(f"::error title={action}::{_escaped(redact(text, self._secrets))}", flush=True)

    def output(self, **values: str) -> None:
        """Outputs of the step, whatever is in them."""
        fence = f"end-{uuid.uuid4().hex}"
        lines = [f"{name.replace('_', '-')}<<{fence}\n{value}\n{fence}\n" for name, value in values.items()]
        self._append("GITHUB_OUTPUT", "".join(lines))

    def summarise(self, markdown: str) -> None:
        """More of the job's summary page."""
        self._append("GITHUB_STEP_SUMMARY", markdown + "\n")

    def _append(self, variable: str, text: str) -> None:
        if path := self.given(variable):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(redact(text, self._secrets))


def report_build(job: Job) -> int:
    """Send `build_complete` for this run and attempt; the release is opened when it is named instead of given."""
    outcome = job.one_of("OPS_STATUS", "status", OUTCOMES)
    checks = _checks(job.given("OPS_CHECKS"))
    source_ref = job.given("OPS_SOURCE_REF") or job.needed("GITHUB_SHA", "the commit")
    run_id = job.needed("GITHUB_RUN_ID", "the run's id")
    run_attempt = _attempt(job.given("GITHUB_RUN_ATTEMPT", "1"))
    run_url = _run_url(job, run_id, run_attempt)
    release = _given_release(job)
    api = api_from(os.environ)
    release_id = release or _open(job, api, source_ref)
    job.output(release_id=release_id)
    answer = api.emit(
        events.build_complete(
            release_id,
            run_id=run_id,
            run_attempt=run_attempt,
            status=OUTCOMES[outcome],
            checks=checks,
            evidence=[events.evidence("build_log", run_url)],
            artifact_ref=job.given("OPS_ARTIFACT_REF", run_url),
            source_ref=source_ref,
            # Kept as metadata. Constant within an attempt, so that a repeated step is the same event.
            outcome=outcome,
            run_url=run_url,
            workflow=job.given("GITHUB_WORKFLOW") or None,
            ref=job.given("GITHUB_REF") or None,
            actor=job.given("GITHUB_ACTOR") or None,
        )
    )
    verdict = str(answer.gate.get("status_after", "unknown"))
    job.output(ingest_id=answer.ingest_id, status=answer.status, gate_status=verdict)
    job.say(f"build_complete {OUTCOMES[outcome]} was {answer.status}: G1 is {verdict} [ingest_id {answer.ingest_id}]")
    missing = [finding for finding in answer.gate.get("missing", []) if isinstance(finding, Mapping)]
    job.summarise(
        f"### G1 Build Integrity is {verdict}\n\n"
        f"`build_complete` {OUTCOMES[outcome]} of {_cell(source_ref)} was {answer.status}, release `{release_id}`.\n"
        + (f"\n{_table(missing)}" if missing else "")
    )
    return 0


def ask_gate(job: Job) -> int:
    """Fail unless the release of this commit may go to the environment now; say what is missing and who can mend it."""
    environment = job.one_of("OPS_ENVIRONMENT", "environment", TARGETS)
    given, source_ref = _given_release(job), job.given("OPS_SOURCE_REF")
    wanted = {"release_id": given} if given else dict(_named_release(job))
    api = api_from(os.environ)
    rows = api.find("releases", "release_id,release_name,source_ref", **wanted)
    if not rows:
        raise RefusedError("there is no such release, or this caller may not read it: open it, or check its id or name")
    release_id, name = str(rows[0]["release_id"]), str(rows[0]["release_name"])
    job.output(release_id=release_id)
    if source_ref and rows[0]["source_ref"] != source_ref:
        raise RefusedError(
            f"release {name} is of commit {rows[0]['source_ref']}, and {source_ref} would be deployed:"
            " deploy that commit, or ask for the release of this one"
        )
    asked = {"release_id": release_id, "target_env": environment}
    blockers: list[dict[str, Any]] = api.rpc("promotion_blockers", **asked) or []
    eligible = api.rpc("is_eligible_for_promotion", **asked) is True and not blockers
    job.output(eligible=str(eligible).lower(), blockers=json.dumps(_brief(blockers), separators=(",", ":")))
    if eligible:
        job.say(f"{name} may go to {environment}")
        job.summarise(f"### {_cell(name)} may go to {environment}\n")
        return 0
    for blocker in blockers:
        job.say(f"{blocker['gate_code']} {blocker['requirement']}: {blocker['detail']}; {blocker['remedy']}")
    job.summarise(f"### {_cell(name)} may not go to {environment}\n\n{_table(blockers)}")
    who = ", ".join(sorted({str(blocker["who"]) for blocker in blockers})) or "nobody yet: its gates have just changed"
    job.fail("ops-gate", f"{name} may not go to {environment}: {len(blockers)} requirements are open, which need {who}")
    return 1


STEPS: dict[str, tuple[str, Callable[[Job], int]]] = {
    "event": ("ops-event", report_build),
    "gate": ("ops-gate", ask_gate),
}


def main(arguments: list[str]) -> int:
    """Run one step and answer its exit code; whatever fails is one sentence."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        print(USAGE, file=sys.stdout if arguments in (["-h"], ["--help"]) else sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    action, step = STEPS[arguments[0]]
    job = Job(os.environ)
    try:
        return step(job)
    except ProducerError as error:
        if step is ask_gate:
            job.output(eligible="false", blockers="[]")
        job.fail(action, str(error))
        return error.exit_code


def _given_release(job: Job) -> str | None:
    given = job.given("OPS_RELEASE_ID")
    if not given:
        _named_release(job)
        return None
    try:
        return str(UUID(given))
    except ValueError:
        raise MisconfiguredError("release-id is not a UUID") from None


def _named_release(job: Job) -> tuple[tuple[str, str], tuple[str, str]]:
    name = job.given("OPS_RELEASE_NAME")
    if not name:
        raise MisconfiguredError(
            "no release: give release-id, or release-name (and project, unless it is this repository)"
        )
    project = job.given("OPS_PROJECT") or job.needed("GITHUB_REPOSITORY", "the project")
    return ("project", project), ("release_name", name)


def _open(job: Job, api: Api, source_ref: str) -> str:
    target = job.one_of("OPS_ENVIRONMENT_TARGET", "environment-target", TARGETS)
    initiator = job.given("OPS_INITIATOR") or job.needed("GITHUB_ACTOR", "the initiator")
    opened = api.rpc(
        "open_release",
        **dict(_named_release(job)),
        environment_target=target,
        source_ref=source_ref,
        initiating_actor=initiator,
    )
    return str(opened)


def _attempt(given: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", given):
        raise MisconfiguredError("GITHUB_RUN_ATTEMPT is not a number")
    return int(given)


def _run_url(job: Job, run_id: str, run_attempt: int) -> str:
    server = job.given("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{job.needed('GITHUB_REPOSITORY', 'the repository')}/actions/runs/{run_id}/attempts/{run_attempt}"


def _checks(given: str) -> list[dict[str, Any]] | None:
    """`{"lint": "success", …}`, or a list of the contract's own entries; GitHub's outcomes are translated."""
    if not given:
        return None
    wanted = 'checks is JSON like {"lint": "success"} or [{"check_name": "lint", "status": "pass"}]'
    try:
        parsed = json.loads(given)
    except ValueError:
        raise MisconfiguredError(f"checks is not JSON: {wanted}") from None
    if isinstance(parsed, dict):
        parsed = [{"check_name": name, "status": status} for name, status in parsed.items()]
    if not isinstance(parsed, list) or not all(isinstance(check, dict) for check in parsed):
        raise MisconfiguredError(wanted)
    for check in parsed:
        if check.get("status") not in CHECK_OUTCOMES:
            raise MisconfiguredError(
                f"check {check.get('check_name')!r} has status {check.get('status')!r}:"
                f" it is one of {', '.join(filter(None, CHECK_OUTCOMES))}"
            )
    return [{**check, "status": CHECK_OUTCOMES[check["status"]]} for check in parsed] or None


def _brief(blockers: Sequence[Finding]) -> list[dict[str, Any]]:
    return [{name: blocker[name] for name in COLUMNS.values()} for blocker in blockers[:SHOWN]]


def _table(findings: Sequence[Finding]) -> str:
    shown = [name for name, column in COLUMNS.items() if any(finding.get(column) for finding in findings)]
    lines = [shown, ["---"] * len(shown)]
    lines += [[_cell(str(finding.get(COLUMNS[name]) or "")) for name in shown] for finding in findings[:SHOWN]]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return table + (f"\nand {len(findings) - SHOWN} more\n" if len(findings) > SHOWN else "")


def _cell(text: str) -> str:
    """Text from elsewhere as text: neither markup nor the end of a cell."""
    text = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*\[\]|~!])", r"\\\1", text)


def _escaped(text: str) -> str:
    """A message as the runner's commands want it."""
    return " ".join(text.split()).replace("%", "%25")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
