"""`ops-gates decide`: a release manager's decision on a release as a whole, or on an exception."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from ops_gates.commands import exceptions, given, own, show, target
from ops_gates.rows import OpsDecisionType


def decide(
    release: target.ReleaseRef,
    decision: Annotated[
        OpsDecisionType, typer.Option(help="rejected and request_changes object; approved lifts your own objection.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in words.")],
    exception: Annotated[
        UUID | None,
        typer.Option(metavar="ID", help="Decide on this exception of the release, and not on the release as a whole."),
    ] = None,
    approver: Annotated[
        str | None,
        typer.Option(help="The release manager who decided; needed with the secret key, with a token it is you."),
    ] = None,
    rationale: Annotated[
        str | None, typer.Option(help="More reasons, as a JSON object; the reason alone if left out.")
    ] = None,
    json: show.AsJson = False,
) -> None:
    """Decide on a release as a whole, or on an exception. For a decision on a gate: `ops-gates emit gate_signoff`.

    An objection to a release keeps it out of staging and production; an objection to an exception takes its effect
    away. The newest decision of each person counts, so the person who objected lifts it with approved.

    Example: ops-gates decide acme/shop/v1.4.0 --decision rejected --reason 'a customer is moving today'
    """
    reasons = given.json_object(rationale, "--rationale") or {"reason": reason}
    gates = target.gates()
    approver = own.approver(gates, approver)
    with target.only(exceptions.DECIDERS):
        row = gates.release(release)
        release_id, named = row["release_id"], f"{row['project']}/{row['release_name']}"
        if exception is not None:
            exceptions.of_release(gates, exception, row)
        decided = gates.decide(
            release_id,
            decision,
            approver_id=approver,
            rationale_structured=reasons,
            rationale_text=reason,
            exception_id=exception,
        )
        excepted = None if exception is None else exceptions.of_release(gates, exception, row)
    if json:
        about = {"release_id": release_id, "exception_id": None if exception is None else str(exception)}
        show.as_json({"approval_id": str(decided), **about, "decision": decision, "approver_id": approver})
    elif excepted is None:
        show.line(decision, f"by {approver}:", named, "as a whole; `ops-gates why` says what keeps it out now")
    else:
        effect = exceptions.effect(excepted)
        is_now = "has an effect" if effect == "yes" else f"has {effect.replace('no', 'no effect', 1)}"
        show.line(decision, f"by {approver}:", f"exception {exception} is {excepted['state']} and", is_now)
