"""`ops-gates event` and `ops-gates gate`: the steps of the two actions, for pipelines of every kind."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ops_gates.producers import github_actions


def _option(variable: str, said: str) -> typer.models.OptionInfo:
    """An option that is an input of the action too, by its variable."""
    option: typer.models.OptionInfo = typer.Option(envvar=variable, help=said)
    return option


ReleaseId = Annotated[str, _option("OPS_RELEASE_ID", "The id of the release; otherwise it is named.")]
Project = Annotated[str, _option("OPS_PROJECT", "The project of the release (on GitHub: the repository).")]
ReleaseName = Annotated[str, _option("OPS_RELEASE_NAME", "The name of the release within the project.")]


def _run(step: str, **given: str) -> None:
    """Run a step as if its variables had been set to what was given; empty is not given."""
    inputs = {f"OPS_{name.upper()}": value for name, value in given.items() if value}
    code = github_actions.run(step, {**os.environ, **inputs})
    if code:
        raise typer.Exit(code)


def event(
    status: Annotated[
        str, _option("OPS_STATUS", "How the build ended: pass or fail, or success, failure or cancelled.")
    ] = "",
    release_id: ReleaseId = "",
    project: Project = "",
    release_name: ReleaseName = "",
    environment_target: Annotated[
        str, _option("OPS_ENVIRONMENT_TARGET", "How far a release that is opened is to go.")
    ] = "production",
    initiator: Annotated[
        str, _option("OPS_INITIATOR", "Who began the release (on GitHub: the login that started the run).")
    ] = "",
    checks: Annotated[str, _option("OPS_CHECKS", 'Further checks as JSON, e.g. {"lint": "success"}.')] = "",
    check_name: Annotated[str, _option("OPS_CHECK_NAME", "The check that is reported; build if left out.")] = "",
    part: Annotated[
        str,
        _option(
            "OPS_PART",
            "What of the check this is, e.g. the leg of a matrix; the workflow and the job if left out. "
            "Needed for the legs of a matrix, which are one job, and where the pipeline names no job.",
        ),
    ] = "",
    artifact_ref: Annotated[str, _option("OPS_ARTIFACT_REF", "What was built, e.g. an image digest.")] = "",
    artifacts: Annotated[
        str, _option("OPS_ARTIFACTS", 'What was built, by its SHA-256, as JSON, e.g. {"shop.tar.gz": "e3b0c442…"}.')
    ] = "",
    source_ref: Annotated[str, _option("OPS_SOURCE_REF", "The commit that was built (on GitHub: the run's).")] = "",
    run_id: Annotated[str, _option("OPS_RUN_ID", "The run; no other run of the project has the same.")] = "",
    run_attempt: Annotated[str, _option("OPS_RUN_ATTEMPT", "2 and up: a rerun, a new event that heals.")] = "",
    run_url: Annotated[str, _option("OPS_RUN_URL", "Where the run's log is.")] = "",
    skip_without_secrets: Annotated[
        str,
        _option(
            "OPS_SKIP_WITHOUT_SECRETS", "true: report nothing for a pull request from a fork, which has no secret."
        ),
    ] = "",
) -> None:
    """Report a build from a pipeline, as the action ops-event does: opens the release and sends build_complete for G1.

    Example: ops-gates event --status pass --project acme/shop --release-name v1.4.0 --initiator dev-1 --source-ref 4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b --run-id 8123456789
    """  # noqa: E501 - an example is to be copied
    _run(
        "event",
        status=status,
        release_id=release_id,
        project=project,
        release_name=release_name,
        environment_target=environment_target,
        initiator=initiator,
        check_name=check_name,
        part=part,
        checks=checks,
        artifact_ref=artifact_ref,
        artifacts=artifacts,
        source_ref=source_ref,
        run_id=run_id,
        run_attempt=run_attempt,
        run_url=run_url,
        skip_without_secrets=skip_without_secrets,
    )


def gate(
    environment: Annotated[
        str, _option("OPS_ENVIRONMENT", "Where the deployment goes: dev, staging or production.")
    ] = "",
    release_id: ReleaseId = "",
    project: Project = "",
    release_name: ReleaseName = "",
    source_ref: Annotated[
        str,
        _option(
            "OPS_SOURCE_REF",
            "The commit to be deployed, which has to be the release's; any if left out, or if it is `any`.",
        ),
    ] = "",
) -> None:
    """Ask before a deployment, as the action ops-gate does: exit code 0 if the release may go there, 1 if not.

    Example: ops-gates gate --environment production --project acme/shop --release-name v1.4.0 --source-ref 4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b
    """  # noqa: E501 - an example is to be copied
    _run(
        "gate",
        environment=environment,
        release_id=release_id,
        project=project,
        release_name=release_name,
        source_ref=source_ref,
    )
