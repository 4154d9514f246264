"""`ops-gates emit`: one event, from flags or from a JSON document. The same command again is the same event."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ops_gates import events
from ops_gates.commands import given, own, sending, show, target
from ops_gates.commands.group import Commands
from ops_gates.rows import (
    OpsDecisionType,
    OpsDeploymentStatus,
    OpsEnvironment,
    OpsGateCode,
    OpsPersonaRole,
    OpsSourceSystem,
)

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Send an event. A retry counts once: the key is made of the source, the run and what the event is about."
    "\n\nExample: ops-gates emit build_complete acme/shop/v1.4.0 --run 8123456789 --status pass",
)

Run = Annotated[
    str | None,
    typer.Option(
        envvar="GITHUB_RUN_ID",
        help="The run or session that it comes from, a part of the key. Needed unless the source is manual, as it is "
        "with a person's token: then one is drawn.",
    ),
]
Source = Annotated[
    OpsSourceSystem | None,
    typer.Option(help="What it comes from; if left out, manual with a person's token, and else what runs this."),
]
Attempt = Annotated[int, typer.Option(envvar="GITHUB_RUN_ATTEMPT", min=1, help="2 and up: a rerun, a new event.")]
Evidence = Annotated[
    list[str] | None, typer.Option(help="TYPE=URL, or a JSON object as in the event; may be repeated.")
]
Payload = Annotated[
    str | None, typer.Option(help="Fields of the payload that no option sets, as a JSON object; they may not be both.")
]
At = Annotated[
    str | None,
    typer.Option(
        help="When it was observed: an ISO 8601 time with its zone, or how long ago (5m, 2h); now if left out."
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", help="The region, cluster or tenant; default if there is only one.")
]
Artifacts = Annotated[
    list[str] | None,
    typer.Option("--built", metavar="NAME=SHA256", help="What was built or is deployed, by its hash; may be repeated."),
]
# The builders make a key, and `_with_source` makes another.
_NO_RUN = "none"
Outcome = Literal["pass", "fail"]


def _hashes(built: list[str] | None) -> list[dict[str, str]] | None:
    """The artifacts of --built, as an event names them."""
    pairs = given.pairs(built or [], "--built", "NAME=SHA256")
    return [{"name": name, "sha256": digest} for name, digest in pairs] or None


@app.command("build_complete")
def build_complete(
    release: target.ReleaseRef,
    status: Annotated[Outcome, typer.Option(help="How the build ended.")],
    run: Run = None,
    attempt: Attempt = 1,
    source: Source = None,
    check: Annotated[
        list[str] | None, typer.Option(help="NAME=STATUS: pass, fail, warning or skipped; may be repeated.")
    ] = None,
    part: Annotated[
        str | None, typer.Option(help="What of the build this is, e.g. the leg of a matrix; the whole if left out.")
    ] = None,
    source_ref: Annotated[str | None, typer.Option(help="The commit that was built; must be the release's.")] = None,
    artifact: Annotated[str | None, typer.Option(help="Where the log or the artifact is.")] = None,
    built: Artifacts = None,
    evidence: Evidence = None,
    payload: Payload = None,
    at: At = None,
    json: show.AsJson = False,
) -> None:
    """A build passed or failed: moves G1.

    Example: ops-gates emit build_complete acme/shop/v1.4.0 --run 8123456789 --status pass --check unit_tests=pass
    """
    checks = [
        {"check_name": name, "status": outcome}
        for name, outcome in given.pairs(check or [], "--check", "NAME=STATUS, e.g. unit_tests=pass")
    ]
    event = events.build_complete(
        release,
        run_id=run or _NO_RUN,
        status=status,
        emitted_at=given.past(at, "--at"),
        checks=checks or None,
        part=part,
        source_ref=source_ref,
        artifact_ref=artifact,
        artifacts=_hashes(built),
        evidence=given.artifacts(evidence or []),
    )
    sending.send(event, run, attempt, source, payload, json)


@app.command("gate_signoff")
def gate_signoff(
    release: target.ReleaseRef,
    gate: Annotated[OpsGateCode, typer.Option(help="The gate that is decided on.")],
    decision: Annotated[OpsDecisionType, typer.Option(help="What was decided.")],
    rationale: Annotated[str, typer.Option(help='Why, as a JSON object, e.g. {"criteria_met": 12}.')],
    approver: Annotated[
        str | None,
        typer.Option(help="Subject or handle of who decided; with a token it is you, and needed with the secret key."),
    ] = None,
    persona: Annotated[
        OpsPersonaRole | None,
        typer.Option(help="The persona in which they decided; with a token the role that it acts in."),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why, in words.")] = None,
    seen: Annotated[
        str | None, typer.Option(help="What was looked at, as `ops-gates why` shows it; what is there now if left out.")
    ] = None,
    evidence: Evidence = None,
    payload: Payload = None,
    run: Run = None,
    attempt: Attempt = 1,
    source: Source = None,
    at: At = None,
    json: show.AsJson = False,
) -> None:
    """A person decided on a gate: qa_tester on G2, release_manager on G3.

    Example: ops-gates emit gate_signoff acme/shop/v1.4.0 --gate G2 --run uat-7 --decision approved --approver qa-1 --persona qa_tester --rationale '{"criteria_met": 12}' --evidence test_result=https://ci.example/7
    """  # noqa: E501 - an example is to be copied
    reasons, emitted_at, artifacts = (
        given.json_object(rationale, "--rationale"),
        given.past(at, "--at"),
        given.artifacts(evidence or []),
    )
    gates = target.gates()
    event = events.gate_signoff(
        release,
        gate,
        session_id=run or _NO_RUN,
        decision=decision,
        approver_id=own.approver(gates, approver),
        persona_role=own.persona(gates, persona, gate),
        rationale_structured=reasons,
        emitted_at=emitted_at,
        rationale_text=note,
        evidence=artifacts,
        seen=seen,
    )
    sending.send(event, run, attempt, source, payload, json, gates)


@app.command("deployment_event")
def deployment_event(
    release: target.ReleaseRef,
    environment: Annotated[OpsEnvironment, typer.Option(help="The environment it goes to.")],
    ref: Annotated[str, typer.Option(help="The deployer's own id for the deployment.")],
    status: Annotated[OpsDeploymentStatus, typer.Option(help="Its state now.")],
    source_ref: Annotated[str, typer.Option(help="What is deployed.")],
    place: Target = None,
    rollback_of: Annotated[str | None, typer.Option(help="The ref of the deployment that this one undoes.")] = None,
    built: Artifacts = None,
    payload: Payload = None,
    run: Run = None,
    attempt: Attempt = 1,
    source: Source = None,
    at: At = None,
    json: show.AsJson = False,
) -> None:
    """Report that a deployment or a rollback began or ended: one event for each state of it.

    Exit code 1 if it is recorded, but the release was not eligible when the deployment began.

    Example: ops-gates emit deployment_event acme/shop/v1.4.0 --environment staging --ref d-1 --status succeeded --source-ref 4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b --run 8123456789
    """  # noqa: E501 - an example is to be copied
    event = events.deployment_event(
        release,
        environment=environment,
        target=place,
        deployment_ref=ref,
        status=status,
        source_ref=source_ref,
        run_id=run or _NO_RUN,
        emitted_at=given.past(at, "--at"),
        rollback_of_ref=rollback_of,
        artifacts=_hashes(built),
    )
    sending.send(event, run, attempt, source, payload, json)


@app.command("health_check")
def health_check(
    release: target.ReleaseRef,
    environment: Annotated[OpsEnvironment, typer.Option(help="Where it was deployed.")],
    ref: Annotated[str, typer.Option(help="The deployment that was checked.")],
    status: Annotated[Outcome, typer.Option(help="Whether it is healthy.")],
    report: Annotated[str, typer.Option(help="Where the health report is.")],
    place: Target = None,
    check: Annotated[str | None, typer.Option(help="The name of the check.")] = None,
    evidence: Evidence = None,
    payload: Payload = None,
    run: Run = None,
    attempt: Attempt = 1,
    source: Source = None,
    at: At = None,
    json: show.AsJson = False,
) -> None:
    """A deployment was found healthy or not: moves G4. Typed by hand it can fail G4; with --source monitoring also pass.

    Example: ops-gates emit health_check acme/shop/v1.4.0 --environment staging --ref d-1 --status pass --report https://monitoring.example/7 --run probe-7
    """  # noqa: E501 - an example is to be copied
    event = events.health_check(
        release,
        environment=environment,
        target=place,
        deployment_ref=ref,
        status=status,
        artifact_ref=report,
        run_id=run or _NO_RUN,
        emitted_at=given.past(at, "--at"),
        check_name=check,
        evidence=given.artifacts(evidence or []),
    )
    sending.send(event, run, attempt, source, payload, json)


@app.command("environment_event")
def environment_event(
    environment: Annotated[OpsEnvironment, typer.Option(help="Where it happened.")],
    kind: Annotated[str, typer.Option(help="What happened, e.g. certificate_renewed.")],
    project: Annotated[str | None, typer.Option(help="What it is about; needed by who acts for several.")] = None,
    data: Annotated[str | None, typer.Option(help="What there is to say about it: a JSON object.")] = None,
    run: Run = None,
    attempt: Attempt = 1,
    source: Source = None,
    at: At = None,
    json: show.AsJson = False,
) -> None:
    """Something happened in an environment, whichever release was there.

    Example: ops-gates emit environment_event --environment production --kind certificate_renewed --run renew-7
    """
    event = events.environment_event(
        environment=environment,
        event_type=kind,
        run_id=run or _NO_RUN,
        project=project,
        data=None if data is None else given.json_object(data, "--data"),
        emitted_at=given.past(at, "--at"),
    )
    sending.send(event, run, attempt, source, None, json)


@app.command("file")
def file(
    path: Annotated[str, typer.Argument(metavar="FILE", help="An event as JSON; - reads standard input.")],
    json: show.AsJson = False,
) -> None:
    """Send an event as it stands in a JSON document: docs/events describes the fields.

    Example: ops-gates emit file event.json
    """
    event = given.json_file(path, dict)
    sending.emit(target.gates(), event, json)
