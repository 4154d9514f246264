"""The steps of the two composite actions: report a build to G1 (`event`), and ask before a deployment (`gate`).

Configured by the environment, as `.github/actions/*/action.yml` map it, or by the options of `ops-gates event` and
`ops-gates gate`. Exit codes are those of every program here (`ops_gates.exit_codes`).
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from ops_gates import events, files, settings, sources, streams
from ops_gates.core import Core
from ops_gates.errors import Unwritable, UsageFault
from ops_gates.exit_codes import Code, end
from ops_gates.keys import CHECKS
from ops_gates.producers.job import Job
from ops_gates.producers.wire import project_of
from ops_gates.rows import OpsEnvironment

# job.status, steps.<id>.outcome and needs.<job>.result, beside the contract's own words.
OUTCOMES = {"success": "pass", "failure": "fail", "cancelled": "fail", "pass": "pass", "fail": "fail"}
# A step that the job never came to has no outcome.
CHECK_OUTCOMES = {**OUTCOMES, "skipped": "skipped", "": "skipped", "warning": "warning"}
TARGETS: tuple[str, ...] = get_args(OpsEnvironment)
COLUMNS = {"gate": "gate_code", "requirement": "requirement", "found": "detail", "remedy": "remedy", "who can": "who"}
SHOWN = 50
ANY = "any"
LONGEST_NAME = 255
USAGE = "usage: python3 -m ops_gates.producers.github_actions event|gate   (configured by the environment)"


def report_build(job: Job) -> int:
    """Send `build_complete` for this run and attempt; the release is opened when it is named instead of given."""
    if _may_skip(job):
        job.say("skipped: a pull request from a fork sees no secrets, so nothing was reported")
        job.output(status="skipped")
        return Code.DONE
    outcome = job.one_of("OPS_STATUS", "status", OUTCOMES)
    check_name, part = job.given("OPS_CHECK_NAME") or None, job.given("OPS_PART") or None
    who = _reporter(job, part)
    checks = _with_own(_checks(job.given("OPS_CHECKS")) or [], who, OUTCOMES[outcome], check_name)
    artifacts = _artifacts(job.given("OPS_ARTIFACTS"))
    source_ref = job.needed("the commit", "OPS_SOURCE_REF", "GITHUB_SHA")
    run_id = job.needed("the run's id", "OPS_RUN_ID", "GITHUB_RUN_ID")
    run_attempt = _attempt(job.given("OPS_RUN_ATTEMPT") or job.given("GITHUB_RUN_ATTEMPT", "1"))
    run_url = _run_url(job, run_id, run_attempt)
    given = _given_release(job)
    released: Callable[[Core], str] = (lambda _: given) if given else _opening(job, source_ref)
    project = project_of(settings.read(job.environment))
    release_id = released(project)
    job.output(release_id=release_id)
    event = events.build_complete(
        release_id,
        run_id=run_id,
        run_attempt=run_attempt,
        source_system=sources.pipeline(job.environment),
        status=OUTCOMES[outcome],
        check_name=check_name,
        part=part,
        checks=checks,
        evidence=[events.evidence("build_log", run_url)] if run_url else None,
        artifact_ref=job.given("OPS_ARTIFACT_REF") or run_url,
        artifacts=artifacts,
        source_ref=source_ref,
        # Kept as metadata. Constant within an attempt, so that a repeated step is the same event.
        outcome=outcome,
        run_url=run_url,
        workflow=job.given("GITHUB_WORKFLOW") or None,
        ref=job.given("GITHUB_REF") or None,
        actor=job.given("GITHUB_ACTOR") or None,
    )
    # The plain key is that of the run. Another job that took it has another part, so this goes under the longer key.
    event["payload"].setdefault("part", who)
    answer = project.send(event)
    verdict = str(answer.gate.get("status_after", "unknown"))
    job.output(ingest_id=str(answer.ingest_id), status=answer.status, gate_status=verdict)
    job.say(f"build_complete {OUTCOMES[outcome]} was {answer.status}: G1 is {verdict} [ingest_id {answer.ingest_id}]")
    if answer.shortened:
        job.say("payload_too_large: only the statuses are on record; send addresses in place of documents")
    missing = answer.missing
    job.summarise(
        f"### G1 Build Integrity is {verdict}\n\n"
        f"`build_complete` {OUTCOMES[outcome]} of {_cell(source_ref)} was {answer.status}, release `{release_id}`.\n"
        + (f"\n{_table(missing)}" if missing else "")
    )
    if unheard := answer.unheard(event):
        job.fail("ops-event", unheard)
        return Code.NOT_ELIGIBLE
    return Code.DONE


def ask_gate(job: Job) -> int:
    """Fail unless the release of this commit may go to the environment now; say what is missing and who can mend it."""
    environment = job.one_of("OPS_ENVIRONMENT", "environment", TARGETS)
    given, source_ref = _given_release(job), _commit(job)
    named = None if given else _named_release(job)
    project = project_of(settings.read(job.environment))
    release = project.release_named(*named) if named else project.release(str(given))
    release_id, name = release["release_id"], release["release_name"]
    job.output(release_id=release_id)
    found = project.eligibility(release, environment, source_ref)
    if found.mismatch is not None:
        job.output(eligible="false", blockers="[]")
        job.fail("ops-gate", found.mismatch)
        return Code.NOT_ELIGIBLE
    eligible, blockers = found.eligible, found.blockers
    job.output(eligible=str(eligible).lower(), blockers=json.dumps(_brief(job, blockers), separators=(",", ":")))
    if eligible:
        job.say(f"{name} may go to {environment}")
        job.summarise(f"### {_cell(name)} may go to {environment}\n")
        return Code.DONE
    for blocker in blockers:
        job.say(
            f"{blocker['gate_code'] or 'release'} {blocker['requirement']}: {blocker['detail']}; {blocker['remedy']}"
        )
    job.summarise(f"### {_cell(name)} may not go to {environment}\n\n{_table(blockers)}")
    who = ", ".join(sorted({str(blocker["who"]) for blocker in blockers})) or "nobody yet: its gates have just changed"
    job.fail("ops-gate", f"{name} may not go to {environment}: {len(blockers)} requirements are open, which need {who}")
    return Code.NOT_ELIGIBLE


def _commit(job: Job) -> str | None:
    """The commit that the release has to be of; None for any. An empty one is a mistake, and no wish for any."""
    if "OPS_SOURCE_REF" not in job.environment:
        return None
    commit = job.given("OPS_SOURCE_REF")
    if not commit:
        raise UsageFault(f"the commit is empty (OPS_SOURCE_REF): name it, or write {ANY} to compare none")
    return None if commit == ANY else commit


STEPS: dict[str, tuple[str, Callable[[Job], int]]] = {
    "event": ("ops-event", report_build),
    "gate": ("ops-gate", ask_gate),
}


def run(name: str, environment: Mapping[str, str]) -> int:
    """Run the step of that name in an environment and give its exit code; whatever fails is one sentence."""
    streams.never_fail()
    action, step = STEPS[name]
    job = Job(environment)
    try:
        job.mask()
        job.check_files()
        return step(job)
    except (Exception, KeyboardInterrupt) as error:
        if step is ask_gate:
            with contextlib.suppress(Unwritable):
                job.output(eligible="false", blockers="[]")
        return end(error, lambda sentence: job.fail(action, sentence), environment)


def main(arguments: list[str]) -> int:
    """Run one step, as the environment of this process says, and give its exit code."""
    streams.never_fail()
    if len(arguments) != 1 or arguments[0] not in STEPS:
        is_help = arguments in (["-h"], ["--help"])
        try:
            print(USAGE, file=sys.stdout if is_help else sys.stderr)
        except Unwritable as error:
            return end(error, lambda sentence: print(sentence, file=sys.stderr), os.environ)
        return Code.DONE if is_help else Code.USAGE
    return run(arguments[0], settings.without_empty(os.environ))


def _may_skip(job: Job) -> bool:
    """Whether the step was told to skip, and this is a pull request from a fork, where no secret is to be seen."""
    if job.given("OPS_SKIP_WITHOUT_SECRETS", "false") not in ("true", "false"):
        raise UsageFault("skip-without-secrets is neither true nor false (OPS_SKIP_WITHOUT_SECRETS)")
    if job.given("OPS_SKIP_WITHOUT_SECRETS") != "true" or any(map(job.given, settings.SECRETS)):
        return False
    return job.given("GITHUB_EVENT_NAME") == "pull_request" and _is_from_a_fork(job)


def _is_from_a_fork(job: Job) -> bool:
    """Whether the run's event says that its head is in another repository; what cannot be read says nothing."""
    try:
        event = streams.parsed(files.text(job.given("GITHUB_EVENT_PATH")))
        head = event["pull_request"]["head"]["repo"]["full_name"]
    except (UsageFault, LookupError, TypeError):
        return False
    return isinstance(head, str) and head.lower() != job.given("GITHUB_REPOSITORY").lower()


def _reporter(job: Job, part: str | None) -> str:
    """Who reports: the workflow, the job and the part, which no other leg of the project's workflows is."""
    named = [*sources.job_names(job.environment), part]
    said = " / ".join(name.replace("%", "%25").replace("/", "%2F") for name in named if name) or "ops-event"
    if len(said.encode()) > LONGEST_NAME:
        said = hashlib.sha256(said.encode()).hexdigest()
    return said


def _with_own(
    checks: list[dict[str, Any]], own: str, status: str, check_name: str | None
) -> list[dict[str, Any]] | None:
    """The further checks, and one of the reporter's own: so no other workflow's pass heals this one's failure."""
    if own == (check_name or CHECKS["build_complete"]):
        return checks or None
    failed = [check for check in checks if check.get("check_name") == own and check["status"] == "fail"]
    others = [check for check in checks if check.get("check_name") != own]
    return [*others, {"check_name": own, "status": "fail" if failed else status}]


def _given_release(job: Job) -> str | None:
    given = job.given("OPS_RELEASE_ID")
    if not given:
        _named_release(job)
        return None
    try:
        return str(UUID(given))
    except ValueError:
        raise UsageFault("the release's id is no UUID (OPS_RELEASE_ID)") from None


def _named_release(job: Job) -> tuple[str, str]:
    """Project and name of the release."""
    name = job.given("OPS_RELEASE_NAME")
    if not name:
        raise UsageFault("the release is missing (OPS_RELEASE_ID, or OPS_RELEASE_NAME with OPS_PROJECT)")
    return job.needed("the project", "OPS_PROJECT", "GITHUB_REPOSITORY"), name


def _opening(job: Job, source_ref: str) -> Callable[[Core], str]:
    """Opens the release that is named and gives its id; what that takes is read at once."""
    project, name = _named_release(job)
    target = job.one_of("OPS_ENVIRONMENT_TARGET", "the release's target", TARGETS)
    initiator = job.needed("the initiator", "OPS_INITIATOR", "GITHUB_ACTOR")
    return lambda core: str(core.open_release(project, name, target, source_ref, initiating_actor=initiator))


def _attempt(given: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,5}", given):
        raise UsageFault("the run's attempt is not a number from 1 (OPS_RUN_ATTEMPT or GITHUB_RUN_ATTEMPT)")
    return int(given)


def _run_url(job: Job, run_id: str, run_attempt: int) -> str | None:
    """Where the run's log is, if that is known."""
    given, repository = job.given("OPS_RUN_URL"), job.given("GITHUB_REPOSITORY")
    if given or not repository:
        return given or None
    server = job.given("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}"


def _checks(given: str) -> list[dict[str, Any]] | None:
    """`{"lint": "success", …}`, or a list of the contract's own entries; GitHub's outcomes are translated."""
    if not given:
        return None
    wanted = 'OPS_CHECKS is JSON like {"lint": "success"} or [{"check_name": "lint", "status": "pass"}]'
    try:
        parsed = streams.parsed(given)
    except UsageFault:
        raise UsageFault(wanted) from None
    if isinstance(parsed, dict):
        parsed = [{"check_name": name, "status": status} for name, status in parsed.items()]
    if not isinstance(parsed, list) or not all(isinstance(check, dict) for check in parsed):
        raise UsageFault(wanted)
    for check in parsed:
        if not isinstance(check.get("status"), str) or check["status"] not in CHECK_OUTCOMES:
            raise UsageFault(
                f"check {check.get('check_name')!r} has status {check.get('status')!r}:"
                f" it is one of {', '.join(filter(None, CHECK_OUTCOMES))}"
            )
    return [{**check, "status": CHECK_OUTCOMES[check["status"]]} for check in parsed] or None


def _artifacts(given: str) -> list[dict[str, str]] | None:
    """`{"name": "sha256", …}`, as the event lists it."""
    if not given:
        return None
    wanted = 'OPS_ARTIFACTS is JSON like {"shop.tar.gz": "e3b0c442…"}, each with a SHA-256 of 64 hexadecimal characters'
    try:
        parsed = streams.parsed(given)
    except UsageFault:
        raise UsageFault(wanted) from None
    if not isinstance(parsed, dict) or not all(
        isinstance(digest, str) and re.fullmatch("[0-9a-fA-F]{64}", digest) for digest in parsed.values()
    ):
        raise UsageFault(wanted)
    return [{"name": name, "sha256": digest.lower()} for name, digest in parsed.items()] or None


def _brief(job: Job, blockers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    def shown(value: Any) -> Any:
        return job.redacted(value) if isinstance(value, str) else value

    return [{name: shown(blocker[name]) for name in COLUMNS.values()} for blocker in blockers[:SHOWN]]


def _table(findings: Sequence[Mapping[str, Any]]) -> str:
    shown = [name for name, column in COLUMNS.items() if any(finding.get(column) for finding in findings)]
    lines = [shown, ["---"] * len(shown)]
    lines += [[_cell(str(finding.get(COLUMNS[name]) or "")) for name in shown] for finding in findings[:SHOWN]]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return table + (f"\nand {len(findings) - SHOWN} more\n" if len(findings) > SHOWN else "")


def _cell(text: str) -> str:
    """Text from elsewhere as text: neither markup nor the end of a cell."""
    text = html.escape(streams.escaped(" ".join(text.split())), quote=False)
    return re.sub(r"([\\`*\[\]|~!])", r"\\\1", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
