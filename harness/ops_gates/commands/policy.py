"""`ops-gates policy`: what each gate needs, which is data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops_gates import files
from ops_gates.commands import given, projects, show, target
from ops_gates.commands.group import Commands
from ops_gates.rows import GateRequirements, OpsGateCode, VMemberships

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What gates need, for every project or for one.\n\nExample: ops-gates policy show",
)
Project = Annotated[str | None, typer.Option(help="For this project alone; the defaults if left out.")]


def asks(row: GateRequirements) -> str | None:
    """What a requirement asks of each approval, in words; None for nothing."""
    factor = "second factor or single sign-on" if row["accept_sso"] else "second factor"
    said = [
        *(["own token"] if row["own_token"] else []),
        *([f"{factor} of the last 12 hours"] if row["aal2"] else []),
        *([f"of {', '.join(row['approvers'])}"] if row["approvers"] else []),
    ]
    return "; ".join(said) or None


def not_by(row: GateRequirements) -> str | None:
    """Whose approvals do not count for a requirement, in words; None for everybody's."""
    if row["kind"] != "approval":
        return None
    said = [
        *(["initiator"] if row["not_initiator"] else []),
        *(["who approved before"] if row["one_gate"] else []),
    ]
    return ", ".join(said) or None


def rows_of(gates: Gates, gate: OpsGateCode | None, project: str | None) -> list[GateRequirements]:
    """The open rows of a gate, or of all, for one project or (None) of the defaults."""
    order = ("gate_code", "enforcement", "kind", "subject", "requirement_id")
    found = gates.select("gate_requirements", GateRequirements, order=order, project=project, valid_to=None)
    return [row for row in gates.shown(found) if gate in (None, row["gate_code"])]


def warn_of_idle_approvers(gates: Gates, gate: OpsGateCode, project: str | None) -> None:
    """Say who is named in approvers and does not hold the role in which they are to approve."""
    project = None if project is None else projects.spelled(gates, project, target.READERS)
    for row in rows_of(gates, gate, project):
        if not row["approvers"]:
            continue
        role = row["subject"] if row["kind"] == "approval" else "release_manager"
        held = gates.select("v_memberships", VMemberships, order=("membership_id",), role=role)
        holders = {one["recorded_as"] for one in held if project is None or one["project"] in (None, project)}
        if idle := [name for name in row["approvers"] if name not in holders]:
            grant = f"their approvals do not count until `ops-gates roles grant SUBJECT {role}` gives it to them"
            show.aside(f"named in approvers without the role {role}: {', '.join(idle)}; {grant}")


@app.command("set")
def setting(
    gate: Annotated[OpsGateCode, typer.Argument(help="The gate whose needs are replaced.")],
    path: Annotated[str, typer.Argument(metavar="FILE", help="A JSON array of requirements; - reads standard input.")],
    project: Project = None,
    json: show.AsJson = False,
) -> None:
    """Replace what a gate needs, for releases opened from now on; for the secret key alone.

    It lists the releases that are under way, which keep their policy.

    An empty array for a project leads back to the defaults. A requirement of approvals may ask for "own_token", for a
    second factor ("aal2", with "accept_sso" also single sign-on), and for named people ("approvers", by subject or
    handle).

    With "not_initiator": false the approvals of the release's initiator count too. With "one_gate": false so do those
    of somebody who also approved an earlier gate, or this one in another role; all approvals of a gate say it alike.

    Example: echo '[{"kind": "check", "subject": "build"}]' | ops-gates policy set G1 - --project acme/shop
    """
    requirements = given.json_file(path, list)
    if not all(isinstance(requirement, dict) for requirement in requirements):
        raise typer.BadParameter(f"{files.named(path)} holds no JSON array of objects", param_hint="FILE")
    with target.only(target.THE_KEY):
        gates = target.gates()
        concerned = gates.set_policy(gate, requirements, project)
        warn_of_idle_approvers(gates, gate, project)
    if json:
        show.as_json(concerned)
        return
    if requirements or project is None:
        show.aside(f"{gate} has a new policy; it is for releases opened from now on.")
    else:
        show.aside(f"{gate} has no policy of {project} now: the defaults are for releases opened from now on.")
    show.table(
        ("release in draft or in progress", "judged by the new policy", "id"),
        ((f"{row['release_project']}/{row['release_name']}", row["touched"], row["release_id"]) for row in concerned),
        none="no release is in draft or in progress",
        fold=("id",),
    )


@app.command("show")
def showing(
    gate: Annotated[OpsGateCode | None, typer.Argument(help="One gate; all if left out.")] = None,
    project: Project = None,
    json: show.AsJson = False,
) -> None:
    """Show what gates need now: a project's own rows for a gate, else the defaults.

    Example: ops-gates policy show G2 --project acme/shop
    """
    gates = target.gates()
    with target.only(target.READERS, "every role may ask `ops-gates why` what a release still needs"):
        project = None if project is None else projects.spelled(gates, project, target.READERS)
        own = rows_of(gates, gate, project) if project is not None else []
        defaults = rows_of(gates, gate, None)
    replaced = {row["gate_code"] for row in own}
    shown = sorted(
        [*own, *(row for row in defaults if row["gate_code"] not in replaced)], key=lambda row: row["gate_code"]
    )
    if json:
        show.as_json(shown)
        return
    show.table(
        ("gate", "kind", "subject", "at least", "enforcement", "asks", "not by", "lapses", "for", "since"),
        (
            (
                row["gate_code"], row["kind"], row["subject"], row["min_count"], row["enforcement"], asks(row),
                not_by(row), None if row["valid_for"] is None else f"after {row['valid_for']} s",
                row["project"] or "every project", show.moment(row["valid_from"]),
            )
            for row in shown
        ),
        none="no requirements",
        fold=("since", "for", "not by", "at least", "asks"),
    )  # fmt: skip
