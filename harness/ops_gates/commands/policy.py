"""`ops-gates policy`: what each gate needs, which is data, and how two people change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops_gates.commands import given, projects, show, target
from ops_gates.commands.group import Commands
from ops_gates.commands.roles import OnBehalfOf, Reason
from ops_gates.files import named
from ops_gates.policies import files
from ops_gates.rows import GateRequirements, OpsGateCode

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What gates need, for every project or for one.\n\nExample: ops-gates policy show",
)
Project = Annotated[str | None, typer.Option(help="For this project alone; the defaults if left out.")]
Gate = Annotated[OpsGateCode, typer.Argument(help="The gate whose needs are replaced.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="A JSON array of requirements; - reads standard input.")]


def asks(row: Mapping[str, Any]) -> str | None:
    """What a requirement asks of each approval or of evidence, in words; None for nothing."""
    factor = "second factor or single sign-on" if row["accept_sso"] else "second factor"
    said = [
        *(["with its SHA-256"] if row["require_hash"] else []),
        *(["own token"] if row["own_token"] else []),
        *([f"{factor} of the last 12 hours"] if row["aal2"] else []),
        *([f"of {', '.join(row['approvers'])}"] if row.get("approvers") else []),
    ]
    return "; ".join(said) or None


def not_by(row: Mapping[str, Any]) -> str | None:
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


@dataclass(frozen=True)
class InForce:
    """The open rows of gates: those of a project, and the defaults, which hold where it has none of its own."""

    own: list[GateRequirements]
    defaults: list[GateRequirements]

    @classmethod
    def read(cls, gates: Gates, project: str | None, gate: OpsGateCode | None = None) -> InForce:
        """Those of a gate, or of all; without a project the defaults alone."""
        own = rows_of(gates, gate, project) if project is not None else []
        return cls(own, rows_of(gates, gate, None))

    def default(self, gate: OpsGateCode) -> list[GateRequirements]:
        """The default rows of a gate."""
        return [row for row in self.defaults if row["gate_code"] == gate]

    def of(self, gate: OpsGateCode) -> list[GateRequirements]:
        """What a gate needs now: the project's own rows, else the defaults."""
        return [row for row in self.own if row["gate_code"] == gate] or self.default(gate)


def needs_in(path: str) -> list[Mapping[str, Any]]:
    """The requirements of a file."""
    requirements: list[Mapping[str, Any]] = given.json_file(path, list)
    if not all(isinstance(requirement, dict) for requirement in requirements):
        raise typer.BadParameter(f"{named(path)} holds no JSON array of objects", param_hint="FILE")
    return requirements


def dropped(left_out: Sequence[str]) -> list[dict[str, str]]:
    """The requirements that are dropped, each given as KIND or KIND:SUBJECT."""
    parts = [text.partition(":") for text in left_out]
    return [{"kind": kind, **({"subject": subject} if colon else {})} for kind, colon, subject in parts]


def need(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a requirement says, as a row of a table."""
    return (
        row["kind"], row.get("subject"), row["min_count"], row["enforcement"], asks(row),
        not_by(row),
        None if row.get("valid_for") is None else f"after {row['valid_for']} s",
    )  # fmt: skip


KEPT = (
    "An open release keeps the policy that it began with. If it cannot meet that any more, close it"
    " (`ops-gates close`), and open the same commit under a new name (`ops-gates open`)."
)
NEED = ("kind", "subject", "at least", "enforcement", "asks", "not by", "lapses")


@app.command("set")
def setting(
    gate: Gate,
    path: File,
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    project: Project = None,
    json: show.AsJson = False,
) -> None:
    """Replace what a gate needs, for releases opened from now on; for the secret key alone.

    Two release managers change it with `policy propose` and `policy confirm`. It lists the releases that are under way,
    which keep their policy.

    An empty array for a project leads back to the defaults. A requirement of approvals may ask for "own_token", for a
    second factor ("aal2", with "accept_sso" also single sign-on), and for named people ("approvers", by subject or
    handle).

    With "not_initiator": false the approvals of the release's initiator count too. With "one_gate": false so do those
    of somebody who also approved an earlier gate, or this one in another role; all approvals of a gate say it alike.

    Example: echo '[{"kind": "check", "subject": "build"}]' | ops-gates policy set G1 - --project acme/shop --on-behalf-of rm-1 --reason 'builds alone'
    """  # noqa: E501 - an example is to be copied
    requirements = needs_in(path)
    with target.only(target.THE_KEY):
        gates = target.gates()
        concerned = gates.set_policy(gate, requirements, project, on_behalf_of=on_behalf_of, reason=reason)
        show.warnings(gates.policy_warnings(project))
    if json:
        show.as_json(concerned)
        return
    if requirements or project is None:
        show.aside(f"{gate} has a new policy; it is for releases opened from now on.")
        show.aside(KEPT)
    else:
        show.aside(f"{gate} has no policy of {project} now: the defaults are for releases opened from now on.")
    show.table(
        ("release in draft or in progress, which keeps its policy", "id"),
        ((f"{row['release_project']}/{row['release_name']}", row["release_id"]) for row in concerned),
        none="no release is in draft or in progress",
        fold=("id",),
    )


@app.command()
def confirm(
    hashed: Annotated[str, typer.Argument(metavar="HASH", help="As `policy proposals` shows it.")],
    json: show.AsJson = False,
) -> None:
    """Put the proposal of another release manager in force, for releases opened from now on.

    For a release_manager of the project alone; for one of every project, if the proposal is for every project. Look at
    it first: `ops-gates policy proposals HASH`.

    Example: ops-gates policy confirm 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b
    """
    with target.only(target.MANAGER):
        said = target.gates().confirm_policy(hashed.strip())
    if json:
        show.as_json(said)
        return
    alone = ", alone" if said["alone"] else ""
    show.line(
        f"{said['gate_code']} of {said['project'] or 'every project'} has the policy that {said['asked_by']} proposed,"
        f" confirmed by {said['confirmed_by']}{alone}; it is for releases opened from now on"
    )
    show.aside(KEPT)
    show.warnings(said["warnings"])


def as_file(now: InForce, project: str | None) -> str:
    """What is in force as a policy file, with what it leaves out of the defaults, or asks less of, under `drop`."""
    found: dict[OpsGateCode, files.GatePolicy] = {}
    for gate in files.GATES:
        if require := [files.brief(row) for row in now.of(gate)]:
            found[gate] = files.GatePolicy(require, files.dropped(require, now.default(gate)))
    return files.written(files.PolicyFile(project, found))


@app.command("show")
def showing(
    gate: Annotated[OpsGateCode | None, typer.Argument(help="One gate; all if left out.")] = None,
    project: Project = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print a policy file, as `policy diff` reads it.")] = False,
    json: show.AsJson = False,
) -> None:
    """Show what gates need now: a project's own rows for a gate, else the defaults.

    Example: ops-gates policy show G2 --project acme/shop
    """
    if as_yaml and json:
        raise typer.BadParameter("is not for JSON: leave out one of the two", param_hint="--yaml")
    gates = target.gates()
    with target.only(target.READERS, "every role may ask `ops-gates why` what a release still needs"):
        project = None if project is None else projects.spelled(gates, project, target.READERS)
        now = InForce.read(gates, project, gate)
    shown = [row for each in files.GATES for row in now.of(each)]
    if json or as_yaml:
        show.as_json(shown) if json else typer.echo(as_file(now, project), nl=False)
        return
    show.table(
        ("gate", *NEED, "for", "since"),
        (
            (row["gate_code"], *need(row), row["project"] or "every project", show.moment(row["valid_from"]))
            for row in shown
        ),
        none="no requirements",
        fold=("since", "for", "not by", "at least", "asks"),
    )
