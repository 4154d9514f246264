"""`ops-gates policy proposals`: the changes of policy, and all that the second person confirms of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ops_gates.commands import policy, policy_files, show, target
from ops_gates.errors import NotFound
from ops_gates.rows import OpsGateCode, VPolicyChanges

if TYPE_CHECKING:
    from ops_gates.client import Gates


def _whole(gates: Gates, change: VPolicyChanges) -> None:
    """Show one change: who wants what and why, each requirement, and what it would change while it is open."""
    show.line(change["gate_code"], "of", change["project"] or "every project", change["state"], change["hash"])
    show.line(f"asked for by {change['asked_by']} at {show.moment(change['created_at'])}: {change['reason']}")
    if change["dropped"]:
        named = (f"{row['kind']} {row.get('subject', '')}".strip() for row in change["dropped"])
        show.line(f"leaves out of the defaults, or asks less of: {', '.join(named)}")
    show.table(
        policy.NEED, map(policy.need, change["requirements"]), none="the defaults", fold=("not by", "at least", "asks")
    )
    if change["state"] == "open":
        gate, project = change["gate_code"], change["project"]
        show.line("Against what is in force:")
        now = policy.InForce.read(gates, project, gate)
        policy_files.show_changes(policy_files.changes_of(now, gate, change["requirements"], project))
        policy_files.show_impact(gates, change)
        show.warnings(w for w in gates.policy_warnings(project) if w["change_id"] in (None, change["change_id"]))


def _twins(change: VPolicyChanges, found: Sequence[VPolicyChanges]) -> None:
    """Say which other proposals wait for the same gate, and what becomes of them."""
    gate = (change["project"], change["gate_code"])
    twins = [
        c for c in found
        if c["hash"] != change["hash"] and c["state"] == "open" and (c["project"], c["gate_code"]) == gate
    ]  # fmt: skip
    if change["state"] == "open" and twins:
        show.line("For the same gate these wait too; whichever is confirmed first ends the others:")
        for twin in twins:
            show.command(f"ops-gates policy proposals {twin['hash']}")


def _only(found: Sequence[VPolicyChanges]) -> str:
    """The hash of the one change that is there; a sentence if there are others or none."""
    if len(found) == 1:
        return found[0]["hash"]
    raise NotFound(
        "no_single_proposal", f"{len(found)} changes of policy are there, and --hash-only is for one",
        hint="`ops-gates policy proposals` lists them; name their --project and --gate",
    )  # fmt: skip


def proposals(
    hashed: Annotated[
        str | None, typer.Argument(metavar="HASH", help="One change, with each requirement; a list if left out.")
    ] = None,
    changes: Annotated[bool, typer.Option("--changes", help="Every change of policy, whatever became of it.")] = False,
    project: Annotated[str | None, typer.Option(help="Those of this project alone.")] = None,
    gate: Annotated[OpsGateCode | None, typer.Option(help="Those of this gate alone.")] = None,
    hash_only: Annotated[
        bool, typer.Option("--hash-only", help="Print the hash of the only one, for a script.")
    ] = False,
    limit: show.Limit = None,
    json: show.AsJson = False,
) -> None:
    """List the proposals that wait to be confirmed, or every change of policy: who asked, who confirmed, when and why.

    Example: ops-gates policy proposals --changes --project acme/shop
    """
    gates = target.gates()
    if hashed is not None:
        with target.only(target.READERS):
            found = gates.policy_changes()
        named = [change for change in found if change["hash"] == hashed.strip().lower()]
        if not named:
            raise NotFound(
                "unknown_proposal", f"you have no change of policy with the hash {hashed!r}",
                hint="`ops-gates policy proposals --changes` shows those that there are for you",
            )  # fmt: skip
        if json:
            show.as_json(named[0])
            return
        _whole(gates, named[0])
        _twins(named[0], found)
        return
    wanted = {**({} if changes else {"state": "open"}), **({} if gate is None else {"gate_code": gate})}
    # A project may be named in any case, and is told apart here.
    most = show.most(limit, json) if project is None and not hash_only else None
    order = ("created_at", "change_id")
    with target.only(target.READERS):
        found, total = gates.some("v_policy_changes", VPolicyChanges, most, newest=True, order=order, **wanted)
    if project is not None:
        found = [change for change in found if (change["project"] or "").lower() == project.lower()]
        total = len(found)
    if hash_only:
        typer.echo(_only(found))
        return
    shown = show.part(found, limit, json, newest=True, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("at", "gate", "project", "state", "asked by", "reason", "confirmed by", "confirmed at", "alone", "lapses",
             "hash"),
            (
                (
                    show.moment(c["created_at"]), c["gate_code"], c["project"] or "every project", c["state"],
                    c["asked_by"], c["reason"], c["confirmed_by"],
                    c["confirmed_at"] and show.moment(c["confirmed_at"]), c["alone"],
                    c["lapses_at"] and show.moment(c["lapses_at"]), c["hash"],
                )
                for c in shown.rows
            ),
            none="no changes" if changes else "no proposal waits to be confirmed",
            fold=("hash", "reason", "lapses", "alone", "confirmed at", "confirmed by"),
        )  # fmt: skip
    shown.say_if_not_whole()
