"""A release: open it, see where it stands, ask why it waits, stop a pipeline that must not go on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from ops_gates import readings, sources
from ops_gates.commands import fitting, given, overview, projects, show, target
from ops_gates.core import Overview
from ops_gates.eligibility import Eligibility
from ops_gates.errors import NotAllowed, NotFound
from ops_gates.exit_codes import Code
from ops_gates.keys import TARGET
from ops_gates.rows import GateFinding, OpsEnvironment, Releases, VExceptionStatus

INSTEAD = "every role may ask `ops-gates why` and `ops-gates guard`"
To = Annotated[OpsEnvironment, typer.Option("--to", help="Where it is to go.")]


def opening(
    project: Annotated[str, typer.Argument(help="Repository or product, e.g. acme/shop.")],
    name: Annotated[str, typer.Argument(help="The release's name within the project, e.g. v1.4.0.")],
    source_ref: Annotated[str, typer.Option(help="The commit, branch or tag that is released.")],
    to: Annotated[OpsEnvironment, typer.Option("--to", help="The environment that it is for.")] = "production",
    initiator: Annotated[
        str | None, typer.Option(help="Subject or handle of who starts it; machines must name a person.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="Modules, tickets, links: a JSON object.")] = None,
    json: show.AsJson = False,
) -> None:
    """Open a release and print its id; the same again prints the same id.

    Example: ops-gates open acme/shop v1.4.0 --source-ref 4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b --initiator dev-1
    """
    scope_metadata = given.json_object(scope, "--scope")
    with target.only(target.Who(("release_manager", "ci_service_role"), "{} and the secret key")):
        release_id = target.gates().open_release(
            project, name, to, source_ref, scope_metadata=scope_metadata, initiating_actor=initiator
        )
    if json:
        show.as_json({"release_id": str(release_id), "project": project, "release_name": name})
    else:
        show.line(release_id)


def retire(
    project: Annotated[str, typer.Argument(help="Repository or product, e.g. acme/shop.")],
    environment: Annotated[OpsEnvironment, typer.Option(help="The environment of the target.")],
    place: Annotated[str, typer.Option("--target", help="The region, cluster or tenant that is gone.")],
    reason: Annotated[str, typer.Option(help="Why it is gone.")],
    json: show.AsJson = False,
) -> None:
    """Take a target out: G4 and the status of the releases that were deployed there no longer look at it.

    For a release_manager who initiated none of these releases. A later deployment there brings it back.

    Example: ops-gates retire acme/shop --environment production --target eu-1 --reason 'the region was shut down'
    """
    gates = target.gates()
    with target.only(target.MANAGER):
        try:
            answer = gates.retire_target(project, environment, place, reason)
        except NotFound as error:
            projects.spelled(gates, project, target.MANAGER)  # says so where there is no such project
            hint = f"`ops-gates history RELEASE` shows where it was deployed; without --target that is {TARGET!r}"
            raise NotFound(error.code, error.message, hint=hint) from None
    if json:
        show.as_json(answer)
        return
    show.table(
        ("release", "status", "G4", "newest there", "it had failed"),
        (
            (
                row.get("release_name"), row.get("release_status"), row.get("gate_status"),
                row.get("deployment_ref"), row.get("retired_failed"),
            )
            for row in answer["releases"]
        ),
        none="it was out already",
        fold=("newest there",),
    )  # fmt: skip


def close(
    release: target.ReleaseRef,
    reason: Annotated[
        Literal["superseded", "cancelled"], typer.Option(help="Another release takes its place, or it is not wanted.")
    ],
    json: show.AsJson = False,
) -> None:
    """Close a release for good: it goes nowhere any more, and its past stays. The same again changes nothing.

    For a release_manager, or for the machine that opened it, while no failure and no objection stands.

    Example: ops-gates close acme/shop/v1.4.0 --reason superseded
    """
    gates = target.gates()
    with target.only(target.Who(("release_manager",), "a {}, or the machine that opened the release,")):
        said = gates.close_release(gates.release(release)["release_id"], reason)
    if json:
        show.as_json(said)
    else:
        show.line(f"closed as {said['close_reason']} by {said['closed_by']}")
        if said["name_freed"]:
            show.line("it had no facts: its name is free")


def status(
    release: target.ReleaseRef,
    json: show.AsJson = False,
) -> None:
    """Show where a release stands, gate by gate.

    Example: ops-gates status acme/shop/v1.4.0
    """
    gates = target.gates()
    row = gates.release(release)
    try:
        chain = readings.chain(gates.select, row["release_id"])
        eligibility = readings.eligibility(gates.select, row["release_id"])
    except NotAllowed:
        # Those who may not read the views are answered by the function that every role of people may call.
        with target.only(overview.PEOPLE, INSTEAD):
            overview.status_without_views(gates, row, json)
        if not json:
            fitting.warn(gates)
        return
    advice = gates.advice(row["release_id"], row["environment_target"])
    if json:
        show.as_json({"release": row, "gates": chain, "eligibility": eligibility, "advice": advice})
        return
    show.line(f"{row['project']}/{row['release_name']}", "is", overview.status_of(row))
    if row["closed_at"]:
        show.line("closed:", f"{row['close_reason']}, by {row['closed_by']}, {show.moment(row['closed_at'])}")
    for what, value in (("for", "environment_target"), ("source", "source_ref"), ("id", "release_id")):
        show.line(f"{what}:", row[value])  # type: ignore[literal-required]
    show.table(
        ("gate", "status", "since", "checks", "approvals", "evidence", "by", "name", "first missing"),
        (
            (
                gate["gate_code"], gate["status"], show.moment(gate["since"]), _checks(gate), gate["approvals"],
                gate["evidence"], gate["resolved_by"], gate["gate_name"],
                # What is closed waits for nothing.
                None if row["closed_at"] else gate["first_missing"],
            )
            for gate in chain
        ),
        none="it has no gates",
        fold=("first missing", "name", "by", "evidence", "approvals", "checks"),
    )  # fmt: skip
    for environment, eligible, blocker in (
        ("staging", eligibility["eligible_for_staging"], eligibility["staging_blocker"]),
        ("production", eligibility["eligible_for_production"], eligibility["production_blocker"]),
    ):
        show.line(f"{environment}:", "eligible" if eligible else f"not eligible: {blocker}")
    _advise(advice)
    fitting.warn(gates)


def _advise(advice: list[GateFinding]) -> None:
    """Say what does not keep a release out and is worth a look, if there is anything."""
    if advice:
        show.line("worth a look; it does not keep the release out:")
        _findings(advice)


def _findings(findings: list[GateFinding]) -> None:
    """A table of findings."""
    show.table(
        ("gate", "requirement", "who can", "found", "what to do"),
        ((f["gate_code"], f["requirement"], f["who"], f["detail"], f["remedy"]) for f in findings),
        none="the project named no reason",
        fold=("what to do", "found"),
    )


def _checks(gate: Any) -> str:
    """The checks of a gate that there are, e.g. `3 pass 1 fail`."""
    outcomes = (
        ("pass", "checks_passed"),
        ("fail", "checks_failed"),
        ("warn", "checks_warning"),
        ("skip", "checks_skipped"),
    )
    return " ".join(f"{gate[column]} {name}" for name, column in outcomes if gate[column]) or "0"


def _named(release: str) -> Releases:
    with target.only(target.Who((), "the six roles and the secret key")):
        return target.gates().release(release)


def _tell(
    verdict: Eligibility,
    json: bool,
    advice: list[GateFinding] | None = None,
    looked_at: Overview | None = None,
    excepted: list[VExceptionStatus] | None = None,
) -> None:
    row = verdict.release
    if json:
        named = {name: row[name] for name in ("release_id", "project", "release_name")}
        said = {**named, "target": verdict.target, "eligible": verdict.eligible, "blockers": verdict.blockers}
        if verdict.other_source is not None:
            said["other_source"] = {"source_ref": row["source_ref"], "asked": verdict.other_source}
        if advice is not None:
            said["advice"] = advice
        if excepted is not None:
            said["exceptions"] = excepted
        if looked_at is not None:
            said |= asdict(looked_at)
        show.as_json(said)
        return
    if verdict.mismatch is not None:
        show.line(verdict.mismatch)
        return
    show.line(verdict.name, f"is {'' if verdict.eligible else 'not '}eligible for {verdict.target}")
    if not verdict.eligible:
        _findings(verdict.blockers)


def why(release: target.ReleaseRef, to: To = "production", json: show.AsJson = False) -> None:
    """Say what keeps a release from an environment, and what else to look at: what to do about it, and who can.

    Who may read exceptions is told which have an effect. The last lines are digests of the artifacts on record and of
    all that a decision looks at (--seen of a sign-off).

    Example: ops-gates why acme/shop/v1.4.0 --to production
    """
    gates = target.gates()
    row = _named(release)
    # Looked at first: `seen` must not hold what is recorded after the verdict was asked.
    decides = gates.token is None or sources.role_of(gates.token) in ("qa_tester", "release_manager")
    looked_at = gates.looked_at(row["release_id"]) if decides else None
    verdict, advice = gates.eligibility(row, to), gates.advice(row["release_id"], to)
    excepted = gates.exceptions_in_force(row["release_id"])
    _tell(verdict, json, advice, looked_at, excepted)
    if not json:
        if excepted:
            show.line("exceptions that have an effect now:")
            show.table(
                ("exception", "type", "gates", "until", "approver", "reason"),
                (
                    (x["exception_id"], x["exception_type"], x["impacted_gates"], show.moment(x["expires_at"]),
                     x["approver_id"], x["reason"])
                    for x in excepted
                ),
                none="",
                fold=("reason", "approver", "until"),
            )  # fmt: skip
        _advise(advice)
        if looked_at is not None:
            digest = looked_at.artifacts_digest
            show.line("digest of the artifacts:", digest or "none, for none is on record")
            show.line("seen:", looked_at.seen, "(give it to --seen of a sign-off)")


def guard(
    release: target.ReleaseRef,
    to: To = "production",
    source_ref: Annotated[
        str | None, typer.Option(metavar="COMMIT", help="What would be deployed; stop if the release is of another.")
    ] = None,
    json: show.AsJson = False,
) -> None:
    """Stop a pipeline: exit code 0 if the release may go there, 1 if not, and others when that is not known.

    Example: ops-gates guard acme/shop/v1.4.0 --to production --source-ref "$GITHUB_SHA" && ./deploy.sh
    """
    verdict = target.gates().eligibility(_named(release), to, source_ref)
    _tell(verdict, json)
    if not verdict.eligible:
        raise typer.Exit(Code.NOT_ELIGIBLE)


def history(release: target.ReleaseRef, limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List what was recorded about a release in time order: submissions, stops, decisions, exceptions, deployments.

    The last column is the id by which `dismiss` names a stop.

    Example: ops-gates history acme/shop/v1.4.0
    """
    gates = target.gates()
    with target.only(target.READERS, "people may ask `ops-gates timeline`, and every role `ops-gates why`"):
        moments = gates.history(gates.release(release)["release_id"])
    shown = show.part(moments, limit, json, newest=True)
    if json:
        show.as_json([asdict(moment) for moment in shown.rows])
    else:
        show.table(
            ("recorded at", "kind", "what", "outcome", "who", "note", "fact"),
            ((show.moment(m.at), m.kind, m.what, m.outcome, m.who, _note(m), m.fact) for m in shown.rows),
            none="nothing is recorded about it",
            fold=("fact", "note", "who", "kind"),
        )
    shown.say_if_not_whole()


def _note(moment: readings.Moment) -> str | None:
    return f"until {show.moment(moment.until)}: {moment.note}" if moment.until else moment.note
