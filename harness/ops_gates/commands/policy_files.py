"""`ops-gates policy diff|impact|propose|preset`: a policy in a file, what it would change, and how it is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops_gates.commands import policy, projects, show, target
from ops_gates.errors import GatesError, NotAllowed, Refused, UsageFault, one_line
from ops_gates.exit_codes import Code
from ops_gates.policies import compared, files, markdown, presets
from ops_gates.rows import OpsGateCode, VMemberships

if TYPE_CHECKING:
    from ops_gates.client import Gates

File = Annotated[str, typer.Argument(metavar="FILE", help="A policy in YAML; - reads standard input.")]
NEWEST = 100


def text_of(path: str) -> tuple[str, str]:
    """The name and the text of a file; wrong usage if it cannot be read."""
    try:
        return files.text_of(path)
    except UsageFault as fault:
        raise typer.BadParameter(str(fault), param_hint="FILE") from None


def read(path: str, project: str | None = None) -> files.PolicyFile:
    """The policy of a file, all names filled in; `project` is that of the command line, if any."""
    name, content = text_of(path)
    said = files.parsed(content, name)
    if project and said.project and project.lower() != said.project.lower():
        raise UsageFault(f"{name} is for {said.project}, and --project names another; leave out one of the two")
    said.require_names(name)
    return replace(said, project=said.project or project)


def rows_read(path: str) -> list[files.Row]:
    """The requirements of one gate, a list in YAML or JSON."""
    name, content = text_of(path)
    value = files.loaded(content, name)
    if not isinstance(value, list):
        raise UsageFault(f"{name} holds no list of requirements; leave out the gate if it is a whole policy")
    return files.rows(value, name)


def as_recorded(gates: Gates, rows: Sequence[files.Row]) -> list[files.Row]:
    """Rows whose approvers are named as records name them; whoever is no member stays as they are."""
    if not any(row.get("approvers") for row in rows):
        return [*rows]
    names: dict[str, str] = {}
    for one in gates.select("v_memberships", VMemberships, order=("membership_id",)):
        called = (one["subject"], one["handle"], one["recorded_as"])
        names |= {name.lower(): one["recorded_as"] for name in called if name}
    return [
        {**row, "approvers": [names.get(one.strip().lower(), one) for one in row["approvers"]]}
        if row.get("approvers") else row
        for row in rows
    ]  # fmt: skip


def spelled(gates: Gates, said: files.PolicyFile) -> files.PolicyFile:
    """The same policy with its project as it was registered."""
    return (
        said if said.project is None else replace(said, project=projects.spelled(gates, said.project, target.READERS))
    )


def changes_of(
    now: policy.InForce, gate: OpsGateCode, rows: Sequence[Mapping[str, Any]], project: str | None
) -> list[compared.Change]:
    """What rows of a gate would change of what is in force: none lead a project back to the defaults."""
    return compared.changes(gate, now.of(gate), rows if rows or project is None else now.default(gate))


def differing(gates: Gates, said: files.PolicyFile) -> list[compared.Change]:
    """What a policy would change of what is in force, gate by gate."""
    now = policy.InForce.read(gates, said.project)
    return [
        change
        for gate, one in said.gates.items()
        for change in changes_of(now, gate, as_recorded(gates, one.require), said.project)
    ]


def diff(path: File, project: policy.Project = None, json: show.AsJson = False) -> None:
    """Compare a policy file with what is in force; exit code 0: the same, 1: it differs.

    A gate that the file does not name stays as it is. An empty list under `require` leads a project back to the
    defaults.

    Example: ops-gates policy diff ops-policy.yaml
    """
    said = read(path, project)
    gates = target.gates()
    with target.only(target.READERS, "every role may ask `ops-gates why` what a release still needs"):
        found = differing(gates, spelled(gates, said))
    if json:
        show.as_json(found)
    else:
        show_changes(found)
    if found:
        raise typer.Exit(Code.NOT_ELIGIBLE)


def show_changes(found: Sequence[compared.Change]) -> None:
    """Show what differs, row by row."""
    show.table(
        ("gate", "change", "requirement", "what differs"),
        ((change["gate"], change["change"], compared.what(change), compared.how(change)) for change in found),
        none="nothing differs from what is in force",
        fold=("what differs",),
    )


def impact_of(
    gates: Gates, gate: OpsGateCode, rows: Sequence[Mapping[str, Any]], project: str | None, last: int
) -> dict[str, Any]:
    """What rows of a gate would have changed of the newest releases."""
    brief = [files.brief(row) for row in rows]
    return {"gate": gate, **gates.policy_impact(gate, brief, project, last)}


def impact(
    first: Annotated[str, typer.Argument(metavar="[GATE] FILE", help="A policy in YAML; after a gate its rows alone.")],
    second: Annotated[str | None, typer.Argument(hidden=True)] = None,
    project: policy.Project = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest releases are judged.")] = NEWEST,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the comment for a pull request.")] = False,
    json: show.AsJson = False,
) -> None:
    """Show which of the newest releases would have come out otherwise under other requirements. It only reads.

    Each gate that differs is judged alone: the other gates keep the policy that each release has.

    Example: ops-gates policy impact ops-policy.yaml --last 200
    """
    if json and as_markdown:
        raise typer.BadParameter("is not for JSON: leave out one of the two", param_hint="--markdown")
    found, judged = _judged(first, second, project, last)
    if json:
        show.as_json({"changes": found, "impact": judged})
    elif as_markdown:
        typer.echo(markdown.comment(second or first, found, judged), nl=False)
    else:
        _show(judged)


def _judged(
    first: str, second: str | None, project: str | None, last: int
) -> tuple[list[compared.Change], list[dict[str, Any]]]:
    """Read what is given, and ask about each gate that differs."""
    if second is None:
        said = read(first, project)
    else:
        said = files.PolicyFile(project, {gate_named(first): files.GatePolicy(rows_read(second))})
        said.require_names(second)
    gates = target.gates()
    with target.only(target.READERS, "every role may ask `ops-gates why` what a release still needs"):
        said = spelled(gates, said)
        found = differing(gates, said)
        concerned = [gate for gate in said.gates if any(change["gate"] == gate for change in found)]
        judged = [impact_of(gates, gate, said.gates[gate].require, said.project, last) for gate in concerned]
    return found, judged


def counted(impact: Mapping[str, Any]) -> str:
    """How many releases would have come out otherwise, in words."""
    return f"{impact['gate']}: {len(impact['changed'])} of {impact['releases']} releases would have come out otherwise"


def show_impact(gates: Gates, change: Mapping[str, Any]) -> None:
    """Say in one line what a proposal would have changed, to whoever may ask; it stands whatever comes of that."""
    gate, project = change["gate_code"], change["project"]
    try:
        impact = impact_of(gates, gate, change["requirements"], project, NEWEST)
    except NotAllowed:
        return
    except GatesError as error:
        show.aside(f"what it would have changed was not judged: {one_line(str(error))}")
        return
    show.line(counted(impact) + ("; `ops-gates policy impact` lists them" if impact["changed"] else ""))


def _show(judged: Sequence[Mapping[str, Any]]) -> None:
    if not judged:
        show.line("the file says what is in force")
    for each in judged:
        show.line(counted(each))
        if each["changed"]:
            show.table(
                ("release", "gates", "staging", "production", "would miss", "opened"),
                (
                    (
                        f"{row['project']}/{row['release_name']}", markdown.gates_of(row),
                        markdown.moved(row["staging"], row["proposed_staging"]),
                        markdown.moved(row["production"], row["proposed_production"]), row["missing"],
                        show.moment(row["opened_at"]),
                    )
                    for row in each["changed"]
                ),
                none="", fold=("opened", "would miss"),
            )  # fmt: skip


def propose(
    first: Annotated[str, typer.Argument(metavar="[GATE] FILE", help="A policy in YAML; after a gate its rows alone.")],
    reason: Annotated[str, typer.Option(help="Why you want it.")],
    second: Annotated[str | None, typer.Argument(hidden=True)] = None,
    project: policy.Project = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:SUBJECT]",
            help="After a gate: a blocking row of the defaults that you leave out or ask less of; repeatable.",
        ),
    ] = None,
    json: show.AsJson = False,
) -> None:
    """Propose what gates shall need; another release manager confirms it. For a release_manager alone.

    Of a whole policy each gate that differs is proposed, and its `drop` says what it leaves out or asks less of.
    It prints the hash to confirm by, and warns of what the active members could not satisfy. Nothing is in force before
    it is confirmed, and it lapses after 7 days. While you are the only release manager, you confirm it yourself, 24
    hours later or more.

    Example: ops-gates policy propose ops-policy.yaml --reason 'we are two now'
    """
    with target.only(target.MANAGER):
        if second is None:
            if drop:
                raise typer.BadParameter("is for the rows of one gate; a policy file says drop", param_hint="--drop")
            said = read(first, project)
            gates = target.gates()
            answers = _propose_each(gates, said, reason)
        else:
            gate, requirements, left_out = gate_named(first), policy.needs_in(second), policy.dropped(drop or [])
            gates = target.gates()
            answers = [gates.propose_policy(gate, requirements, project, reason=reason, drop=left_out)]
    if json:
        show.as_json(answers if second is None else answers[0])
    else:
        _show_proposed(gates, answers)


def _show_proposed(gates: Gates, answers: Sequence[Mapping[str, Any]]) -> None:
    if not answers:
        show.line("the file says what is in force; nothing is proposed")
        return
    show.line("Another release manager looks at each proposal and confirms it. Who acts in another role begins with:")
    show.command("ops-gates act-as release_manager")
    for said in answers:
        where = said["project"] or "every project"
        show.line(f"{said['gate_code']} of {where} is proposed, and lapses at {show.moment(said['lapses_at'])}:")
        show.command(f"ops-gates policy proposals {said['hash']}")
        show.command(f"ops-gates policy confirm {said['hash']}")
        show_impact(gates, said)
    show.warnings(warnings_that_stay(answers))


def warnings_that_stay(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The warnings of several proposals, each once; none about a gate that another one of them changes.

    Each answer warns of the whole policy as if it were the only change.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for warning in (each for said in answers for each in said["warnings"]):
        about = warning["names"] if warning["code"] == "too_few_signers" else [warning["gate_code"]]
        asked = [said for said in answers if said["gate_code"] in about] or answers
        if any(warning["message"] == each["message"] for said in asked for each in said["warnings"]):
            found[warning["message"]] = warning
    return [*found.values()]


def _propose_each(gates: Gates, said: files.PolicyFile, reason: str) -> list[dict[str, Any]]:
    """Propose each gate of a policy that differs from what is in force."""
    said = spelled(gates, said)
    changed = {change["gate"] for change in differing(gates, said)}
    answers: list[dict[str, Any]] = []
    for gate in (gate for gate in said.gates if gate in changed):
        one = said.gates[gate]
        rows = [files.brief(row) for row in one.require]
        try:
            answers.append(gates.propose_policy(gate, rows, said.project, reason=reason, drop=one.drop))
        except Refused as error:
            done = ", ".join(answer["gate_code"] for answer in answers) or "nothing"
            where = f"{gate}: {error.message}"
            hint = "; ".join(part for part in (error.hint, f"{done} of the file is proposed") if part)
            raise Refused(error.code, where, detail=error.detail, hint=hint) from None
    return answers


def gate_named(name: str) -> OpsGateCode:
    """A gate by its code."""
    for gate in files.GATES:
        if gate == name:
            return gate
    raise typer.BadParameter(f"{name} is none of {', '.join(files.GATES)}", param_hint="GATE")


def preset(
    name: Annotated[presets.Name, typer.Argument(help="Which one; each says how many people it needs.")],
    project: Annotated[str | None, typer.Option(help="The project that it is for; every one if left out.")] = None,
    json: show.AsJson = False,
) -> None:
    """Print a preset, a whole policy in YAML: for 1 person (solo), 2 (team), 3 (company), 5 and more (bank).

    It asks nothing and changes nothing. Keep it in Git, and propose it from there.

    Example: ops-gates policy preset team --project acme/shop > ops-policy.yaml
    """
    content = presets.text(name, project)
    if json:
        show.as_json(files.loaded(content, name))
    else:
        typer.echo(content, nl=False)
    if presets.OPEN in content:
        show.aside("fill in the names between < and >, the logins of members, before it can be proposed")
