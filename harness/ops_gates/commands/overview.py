"""What every role may ask: what waits for me, the releases of my projects, and all about one release."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import UUID

import typer

from ops_gates import limits, sources
from ops_gates.answers import rows_with
from ops_gates.commands import given, projects, show, target
from ops_gates.rows import OpsEnvironment, OpsGateCode, OpsReleaseStatus, Releases

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops_gates.client import Gates

PEOPLE = target.Who(target.PEOPLE.roles, "people ({}) and the secret key")
INSTEAD = "a pipeline may ask `ops-gates why` and `ops-gates guard`"
LOOKED_AT = f"the newest {limits.RELEASES_OF_AN_INBOX}"
CUT = (
    f"the list is cut: it has the newest {limits.ITEMS_OF_AN_INBOX} items on {LOOKED_AT} releases that may wait for "
    f"you; `ops-gates releases --waiting --project PROJECT` looks at {LOOKED_AT} of one project, and what is done "
    "makes room for the rest"
)
CUT_RELEASES = f"the list may be cut: {LOOKED_AT} releases that may wait for you were looked at"
CLOSED = "closed"
# A closed release is shown as closed, whatever its status was.
STATUSES: tuple[str, ...] = (*get_args(OpsReleaseStatus), CLOSED)
# Parts of an overview that are lists of facts: which columns are shown of each, and which of these go below their row.
FACTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "checks": (("created_at", "gate_code", "check_name", "status", "created_by", "check_id"), ("check_id",)),
    "artifacts": (("name", "sha256"), ("sha256",)),
    "decisions": (
        ("created_at", "about", "decision", "approver_id", "persona_role", "why", "approval_id"),
        ("approval_id", "why"),
    ),
    "evidence": (
        ("created_at", "gate_code", "artifact_type", "created_by", "artifact_url", "sha256"),
        ("sha256", "artifact_url"),
    ),
    "exceptions": (
        (
            "created_at",
            "exception_id",
            "exception_type",
            "impacted_gates",
            "state",
            "authorises",
            "until",
            "approver_id",
            "alone",
            "reason",
            "risk_statement",
        ),
        ("risk_statement", "reason", "alone", "approver_id", "exception_type", "exception_id"),
    ),
    "deployments": (
        (
            "deployed_at",
            "environment",
            "target",
            "deployment_ref",
            "status",
            "g4_status",
            "target_retired_at",
            "why_not_eligible",
            "excepted_by",
        ),
        ("excepted_by", "why_not_eligible", "target_retired_at", "g4_status"),
    ),
    "retirements": (("created_at", "environment", "target", "is_out", "created_by", "reason"), ("reason",)),
    "contested_reports": (
        ("created_at", "gate_code", "event_type", "status", "created_by", "ended_at", "contested_id"),
        ("contested_id", "ended_at"),
    ),
    "dismissals": (("created_at", "gate_code", "kind", "created_by", "alone", "reason"), ("reason",)),
    "incidents": (
        ("detected_at", "severity", "resolved_at", "postmortem_status", "root_cause"),
        ("root_cause", "postmortem_status"),
    ),
}


def inbox(json: show.AsJson = False) -> None:
    """Say what waits for you, in all your roles and projects: what to do, on which release, since when.

    Example: ops-gates inbox
    """
    gates = target.gates()
    with target.only(PEOPLE, INSTEAD):
        said = gates.inbox()
    say = show.aside if json else show.line
    if json:
        show.as_json(said)
        if said["cut"]:
            show.aside(CUT)
        _say_what_is_proposed(gates, say)
        return
    show.table(
        ("release", "gate", "why", "as", "since", "what to do", "found", "fact"),
        (
            (
                f"{item['project']}/{item['release_name']}", item["gate_code"], item["kind"], item["role"],
                show.moment(item["since"]), item["remedy"], item["what"], item["fact"],
            )
            for item in said["items"]
        ),
        none="nothing waits for you",
        fold=("fact", "found", "what to do", "as"),
    )  # fmt: skip
    if said["cut"]:
        show.line(CUT)
    if said["not_looked_at"] is not None:
        show.line(f"releases opened until {show.moment(said['not_looked_at'])} were not looked at")
    _say_what_is_proposed(gates, say)


def _say_what_is_proposed(gates: Gates, say: Callable[[str], None]) -> None:
    """To a release manager: the changes of policy that wait for somebody to confirm them. They are of no release."""
    if gates.token is None or sources.role_of(gates.token) != "release_manager":
        return
    for change in gates.policy_changes(state="open"):
        say(
            f"other requirements of {change['gate_code']} for {change['project'] or 'every project'}, asked for by "
            f"{change['asked_by']}, wait for another release manager: `ops-gates policy proposals {change['hash']}` "
            f"shows them, `ops-gates policy confirm {change['hash']}` brings them into force"
        )


def releases(
    project: Annotated[str | None, typer.Option(help="Of this project alone.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help=f"In this status: {', '.join(STATUSES)}; repeatable.")
    ] = None,
    environment: Annotated[OpsEnvironment | None, typer.Option(help="For this environment.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="That you started.")] = False,
    waiting: Annotated[
        bool, typer.Option("--waiting", help=f"That wait for you, as `ops-gates inbox` says: of {LOOKED_AT} that may.")
    ] = False,
    text: Annotated[str | None, typer.Option(help="With this in their name.")] = None,
    before: Annotated[UUID | None, typer.Option(metavar="ID", help="The page after this release.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=limits.RELEASES_OF_THE_LARGEST_PAGE, metavar="N", help="How many on a page.")
    ] = limits.RELEASES_OF_A_PAGE,
    json: show.AsJson = False,
) -> None:
    """List the releases of your projects, newest first: their gates, where they may go, and what they wait for.

    Example: ops-gates releases --project acme/shop --status in_progress
    """
    given.one_of(status or (), STATUSES, "--status")
    wanted: dict[str, Any] = {
        "project": project, "status": status or None, "environment": environment, "mine": mine or None,
        "waiting": waiting or None, "text": text,
    }  # fmt: skip
    chosen = {key: value for key, value in wanted.items() if value is not None}
    with target.only(PEOPLE, INSTEAD):
        gates = target.gates()
        rows = gates.my_releases(chosen, before=before, limit=limit)
        # What waits is taken from the inbox, which says whether it looked at everything.
        said = gates.inbox() if waiting else {}
        cut = bool(said.get("cut")) or said.get("not_looked_at") is not None
    if project and not rows:
        projects.must_be_there(gates, project, PEOPLE)
    if json:
        show.as_json(rows)
    else:
        show.table(
            ("release", "status", *GATES, "opened", "for", "may go to", "waits for", "since", "id"),
            (
                (
                    f"{row['project']}/{row['release_name']}", status_of(row),
                    *_statuses(row), show.moment(row["opened_at"]),
                    row["environment_target"], _may_go_to(row), _waits_for(row), show.moment(row["waits_since"]),
                    row["release_id"],
                )
                for row in rows
            ),
            none=_none(filtered=bool(chosen), before=before),
            fold=("id", "since", "waits for", "may go to", "for", "opened"),
        )  # fmt: skip
    if len(rows) == limit:
        sentence = f"there may be older ones: --before {rows[-1]['release_id']}"
        show.aside(sentence) if json else show.line(sentence)
    if cut:
        sentence = CUT_RELEASES if project else f"{CUT_RELEASES}; --project PROJECT looks at those of one project"
        show.aside(sentence) if json else show.line(sentence)


def _none(*, filtered: bool, before: UUID | None) -> str:
    """What an empty list says: of which releases there is none."""
    which = " with what you asked for" if filtered else ""
    return f"there is no older release{which}" if before else f"your projects have no release{which or ' yet'}"


GATES: tuple[str, ...] = get_args(OpsGateCode)


def _statuses(row: Any) -> list[Any]:
    """Where each gate of a release stands; None for one of which nothing is said."""
    said = {str(gate["gate_code"]): gate["status"] for gate in rows_with(row["gates"], ("gate_code", "status"))}
    return [said.get(code) for code in GATES]


def _may_go_to(row: Any) -> str:
    """Where a release may go beside dev, e.g. `staging, production`."""
    return ", ".join(place for place in ("staging", "production") if row[f"eligible_for_{place}"])


def _waits_for(row: Any) -> str | None:
    return f"{row['waits_at']}: {row['waits_for']}" if row["waits_at"] and row["waits_for"] else row["waits_for"]


def show_release(
    release: target.ReleaseRef,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", help="As it was at a time with its zone, or how long ago (2h)."),
    ] = None,
    json: show.AsJson = False,
) -> None:
    """Show all about one release that your role may know, as it is or as it was at a past moment.

    Example: ops-gates show acme/shop/v1.4.0 --as-of 2h
    """
    moment = given.as_of(as_of, "--as-of")
    gates = target.gates()
    with target.only(PEOPLE, INSTEAD):
        said = gates.release_overview(gates.release(release)["release_id"], moment)
    if json:
        show.as_json(said)
        return
    if moment is not None:
        show.line("as it was at", show.moment(said["as_of"]))
    _standing(said)
    for name, (columns, fold) in FACTS.items():
        _facts(name, said[name], columns, fold)
    if said["cut"]:
        show.line(f"only the newest {limits.FACTS_OF_AN_OVERVIEW} are shown of:", ", ".join(said["cut"]))
    if said["artifacts_digest"] is not None:
        show.line("digest of the artifacts:", said["artifacts_digest"])
    if said["seen"] is not None:
        show.line("seen:", said["seen"], "(give it to --seen of a sign-off)")


def status_without_views(gates: Gates, row: Releases, json: bool) -> None:
    """What `ops-gates status` says to a role that may not read the views."""
    said = gates.release_overview(row["release_id"])
    if not json:
        _standing(said)
        return
    places = ("staging", "production")
    eligibility: dict[str, Any] = {f"eligible_for_{place}": said[f"eligible_for_{place}"] for place in places}
    for place in places:
        eligibility[f"{place}_blocker"] = _first(said["blockers"][place])
    show.as_json({"release": row, "gates": said["gates"], "eligibility": eligibility, "advice": said["advice"]})


def _standing(said: Any) -> None:
    """What a release is, where its gates stand, what they need, and where it may go."""
    release = said["release"]
    show.line(f"{release['project']}/{release['release_name']}", "is", status_of(release))
    if release["closed_at"]:
        how = f"{release['close_reason']}, by {release['closed_by']}, {show.moment(release['closed_at'])}"
        show.line("closed:", how)
    for what, key in (("for", "environment_target"), ("source", "source_ref"), ("id", "release_id")):
        show.line(f"{what}:", release[key])
    # Who may not read whose decision it was would take a blank for nobody's.
    by = [] if said["decisions"] is None else ["by"]
    show.table(
        ("gate", "status", "since", "name", *by),
        (
            (g["gate_code"], g["status"], show.moment(g["since"]), g["gate_name"], *(g["resolved_by"] for _ in by))
            for g in said["gates"]
        ),
        none="it has no gates",
        fold=(*by, "name"),
    )
    needs = [f for g in said["gates"] for f in g["findings"] if f["state"] != "satisfied"]
    if release["closed_at"]:
        needs = []  # it waits for nothing: the lines below say that it goes nowhere
    if needs:
        show.table(
            ("gate", "requirement", "who can", "state", "found", "what to do"),
            ((f["gate_code"], f["requirement"], f["who"], _state(f), f["detail"], f["remedy"]) for f in needs),
            none="",
            fold=("what to do", "found", "state"),
        )
    for place in ("staging", "production"):
        blocker = _first(said["blockers"][place])
        show.line(f"{place}:", "eligible" if said[f"eligible_for_{place}"] else f"not eligible: {blocker}")


def status_of(release: Any) -> str:
    """What a release is called: a closed one is closed, whatever its status was."""
    return CLOSED if release["closed_at"] else str(release["status"])


def _state(finding: Any) -> str:
    return "advice" if finding["enforcement"] == "advisory" else str(finding["state"])


def _first(blockers: Any) -> str | None:
    """The first blocker in words, as the eligibility view has it."""
    if not blockers:
        return None
    first = blockers[0]
    return f"{first['gate_code'] or 'release'}: {first['requirement']} ({first['detail']})"


def _facts(name: str, rows: Any, columns: tuple[str, ...], fold: tuple[str, ...]) -> None:
    """A list of facts under its name; or that it is not for the role."""
    if rows is None:
        show.line(f"{name.replace('_', ' ')}:", "not for your role")
    elif rows:
        show.line(f"{name.replace('_', ' ')}:")
        show.table(
            [column.replace("_", " ") for column in columns],
            ([_cell(row, column) for column in columns] for row in rows),
            none="",
            fold=[column.replace("_", " ") for column in fold],
        )


def _cell(row: Any, column: str) -> Any:
    """A value as it is shown; three columns are made of others."""
    match column:
        case "about":
            return f"exception {row['exception_id']}" if row["scope"] == "exception" else row["gate_code"] or "release"
        case "why":
            structured = row["rationale_structured"]
            reasons = dumps(structured, ensure_ascii=False) if structured else None
            return "; ".join(filter(None, (row["rationale_text"], reasons)))
        case "until":
            return show.moment(row["revoked_at"] or row["expires_at"])
        case _:
            return show.moment(row[column]) if column.endswith("_at") else row[column]
