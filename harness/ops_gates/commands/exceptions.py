"""`ops-gates exception`: time-boxed permission to go on although a gate is not met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from uuid import UUID

import typer

from ops_gates.commands import given, own, show, target
from ops_gates.commands.group import Commands
from ops_gates.errors import NotFound
from ops_gates.rows import OpsExceptionType, OpsGateCode, Releases, VExceptionStatus

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Exceptions: who allowed what, why, at which risk, until when.\n\nExample: ops-gates exception list",
)
DECIDERS = target.Who(("release_manager",), "{} and the secret key")
ExceptionId = Annotated[UUID, typer.Argument(metavar="EXCEPTION", help="Its id, as `exception list` shows it.")]


@app.command("open")
def opening(
    release: target.ReleaseRef,
    gate: Annotated[list[str], typer.Option(metavar="GATE", help="A gate that it covers; may be repeated.")],
    reason: Annotated[str, typer.Option(help="Why the release must go on.")],
    risk: Annotated[str, typer.Option(help="What can go wrong because of it.")],
    until: Annotated[
        str, typer.Option(help="When it ends: in 30m, 4h, 7d, or an ISO 8601 time with its zone; at most 30 days.")
    ],
    approver: Annotated[
        str | None,
        typer.Option(
            help="The accountable release manager, never the release's initiator; with a token it is you, and needed "
            "with the secret key."
        ),
    ] = None,
    kind: Annotated[
        OpsExceptionType, typer.Option("--type", help="Bypass covers every finding, a waiver only evidence.")
    ] = "gate_bypass",
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="When it begins, at most 7 days ahead: in 2h, or an ISO 8601 time; now if left out.",
        ),
    ] = None,
    controls: Annotated[str | None, typer.Option(help="What is done instead: a JSON object.")] = None,
    json: show.AsJson = False,
) -> None:
    """Open an exception and print its id.

    Example: ops-gates exception open acme/shop/v1.4.0 --gate G2 --reason 'fix for an outage' --risk 'untested with old clients' --approver rm-1 --until 4h
    """  # noqa: E501 - an example is to be copied
    given.one_of(gate, get_args(OpsGateCode), "--gate")
    begins = None if start is None else given.future(start, "--from")
    ends = given.future(until, "--until")
    compensating = given.json_object(controls, "--controls")
    gates = target.gates()
    approver = own.approver(gates, approver)
    with target.only(DECIDERS):
        row = gates.release(release)
        exception_id = gates.open_exception(
            row["release_id"],
            exception_type=kind,
            impacted_gates=gate,
            reason=reason,
            risk_statement=risk,
            approver_id=approver,
            expires_at=ends,
            effective_from=begins,
            compensating_controls=compensating,
        )
    if json:
        show.as_json(
            {"exception_id": str(exception_id), "release_id": row["release_id"], "expires_at": ends.isoformat()}
        )
    else:
        show.line(exception_id)


@app.command()
def revoke(
    exception: ExceptionId,
    json: show.AsJson = False,
) -> None:
    """End an exception now, for good, and say which gates of which release it covered.

    Example: ops-gates exception revoke 6f1c0b5e-8d0a-4a54-9a52-1f0f6d1f7c11
    """
    gates = target.gates()
    with target.only(DECIDERS):
        # Asked first: an answer that fails after it would be taken for a revocation that failed.
        covered = [] if json else gates.select("v_exception_status", VExceptionStatus, exception_id=str(exception))
        gates.revoke_exception(exception)
    if json:
        show.as_json({"exception_id": str(exception), "revoked": True})
    else:
        show.line("revoked")
    for row in covered:
        release = f"{row['project']}/{row['release_name']}"
        show.line(f"it was {row['state']}, and covered {' and '.join(row['impacted_gates'])} of {release}:")
        show.line(f"`ops-gates why {release}` says what keeps the release out now")


@app.command()
def review(
    exception: ExceptionId,
    status: Annotated[Literal["complete", "waived"], typer.Argument(help="What became of the review.")],
    json: show.AsJson = False,
) -> None:
    """Record the review of an exception after it has ended, once.

    For a release_manager who is not its approver and never approved it with `ops-gates decide`.

    Example: ops-gates exception review 6f1c0b5e-8d0a-4a54-9a52-1f0f6d1f7c11 complete
    """
    with target.only(DECIDERS):
        target.gates().review_exception(exception, status)
    if json:
        show.as_json({"exception_id": str(exception), "post_review_status": status})
    else:
        show.line(f"its review is {status}")


def of_release(gates: Gates, exception: UUID, release: Releases) -> VExceptionStatus:
    """An exception of a release; NotFound if it has none with this id."""
    for row in gates.exceptions(release["release_id"]):
        if row["exception_id"] == str(exception):
            return row
    raise NotFound(
        "unknown_exception",
        f"{release['project']}/{release['release_name']} has no exception {str(exception)!r}",
        hint="`ops-gates exception list` shows those that it has",
    )


def effect(row: VExceptionStatus) -> str:
    """Whether an exception has an effect now, or what it would miss."""
    if row["authorises"]:
        return "on record only" if row["exception_type"] == "timing_override" else "yes"
    if row["objection"] is not None:
        return f"no: {row['objection']}"
    if row["missing"] is not None:
        return f"no: {row['missing']}"
    if (row["approvals"] or 0) < (row["approvals_needed"] or 1):
        return f"no: {row['approvals']} of {row['approvals_needed']} approvals"
    return "no"


def _state(row: VExceptionStatus) -> str | None:
    return f"revoked by {row['revoked_by']}" if row["revoked_at"] else row["state"]


@app.command("list")
def listing(
    release: Annotated[
        str | None, typer.Argument(metavar="[RELEASE]", help="Its id or project/name; every release's if left out.")
    ] = None,
    active: Annotated[bool, typer.Option("--active", help="Only those that count now.")] = False,
    limit: show.Limit = None,
    json: show.AsJson = False,
) -> None:
    """List exceptions with their state, what is left of them, and whether their review is due.

    Example: ops-gates exception list acme/shop/v1.4.0 --active
    """
    gates = target.gates()
    with target.only(target.READERS, "every role may ask `ops-gates why` what a release still needs"):
        wanted: dict[str, Any] = {} if release is None else {"release_id": gates.release(release)["release_id"]}
        order = ("effective_from", "exception_id")
        found, total = gates.some(
            "v_exception_status", VExceptionStatus, show.most(limit, json), newest=True, order=order,
            **wanted, **({"state": "active"} if active else {}),
        )  # fmt: skip
        gates.shown(found)
    shown = show.part(found, limit, json, newest=True, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            (
                "exception", "release", "type", "gates", "state", "effect", "until", "left", "approver", "review",
                "reason",
            ),
            (
                (
                    row["exception_id"], f"{row['project']}/{row['release_name']}", row["exception_type"],
                    row["impacted_gates"], _state(row), effect(row),
                    show.moment(row["revoked_at"] or row["expires_at"]),
                    show.duration(row["time_left"]), row["approver_id"] + (", alone" if row["alone"] else ""),
                    "due" if row["review_pending"] else row["post_review_status"], row["reason"],
                )
                for row in shown.rows
            ),
            none="no active exceptions" if active else "no exceptions",
            fold=("effect", "reason", "review", "approver", "type", "release", "left", "until", "state"),
        )  # fmt: skip
    shown.say_if_not_whole()
