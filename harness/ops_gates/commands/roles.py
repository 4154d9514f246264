"""`ops-gates roles`: who may be named, and in which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ops_gates.commands import show, target
from ops_gates.commands.group import Commands
from ops_gates.errors import Refused
from ops_gates.rows import Members, Memberships, ReplacedSubjects, VMemberships

if TYPE_CHECKING:
    from ops_gates.client import Gates

Role = Literal["ci_service_role", "release_manager", "qa_tester", "sre", "developer", "audit_reader"]

OnBehalfOf = Annotated[
    str,
    typer.Option(metavar="PERSON", help="The member who wants it; any name while there is no release manager."),
]
Reason = Annotated[str, typer.Option(help="Why they want it.")]

Change = tuple[tuple[str | None, ...], dict[str, object]]

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Memberships: who may do what, in which project.\n\nExample: ops-gates roles list",
)


def _held(gates: Gates, subject: str) -> list[VMemberships]:
    """The memberships of somebody that stand, as they are spelled."""
    rows = gates.select("v_memberships", VMemberships, order=("role", "subject", "membership_id"))
    name = subject.strip().lower()
    return [row for row in rows if name in {(row[n] or "").lower() for n in ("subject", "recorded_as", "handle")}]


def _where(project: str | None) -> str:
    return f"in {project}" if project else "for every project"


@app.command()
def grant(
    subject: Annotated[str, typer.Argument(help="The person: the `sub` of their tokens, which is their user id.")],
    role: Annotated[Role, typer.Argument(help="The role; a person may hold several, a bot ci_service_role alone.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    project: Annotated[
        str | None, typer.Option("--project", help="The project, which is registered; without it: every project.")
    ] = None,
    handle: Annotated[
        str | None, typer.Option(help="Another name for them, e.g. their Git login; a new one replaces theirs.")
    ] = None,
    json: show.AsJson = False,
) -> None:
    """Give a person or bot a role, in one project or in every one; for the secret key alone.

    Who is signed in acts in a new role after `ops-gates act-as`; for their first role they sign in again. A person
    whose account was deleted and created anew is no new member: see `ops-gates roles replace`.

    Example: ops-gates roles grant 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 qa_tester --project acme/shop --handle qa-login --on-behalf-of rm-1 --reason 'a new tester'
    """  # noqa: E501 - an example is to be copied
    gates = target.gates()
    with target.only(target.THE_KEY):
        member = gates.grant_membership(
            subject, role, handle, project=project, on_behalf_of=on_behalf_of, reason=reason
        )
        # As the project and the subject are spelled, whatever was typed; as typed if it was revoked meanwhile.
        granted: dict[str, str | None] = {"subject": subject, "handle": handle, "role": role, "project": project}
        for row in _held(gates, subject):
            if row["role"] == role and (row["project"] or "").lower() == (project or "").lower():
                granted = {name: row[name] for name in ("subject", "handle", "role", "project")}
        granted["member_id"] = member
    if json:
        show.as_json(granted)
    else:
        show.line(f"{granted['subject']} is {role} {_where(granted['project'])}")


@app.command()
def replace(
    handle: Annotated[str, typer.Argument(help="The person: their handle, their present subject, or `recorded_as`.")],
    subject: Annotated[str, typer.Argument(help="The `sub` of their new tokens, which is their new user id.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    json: show.AsJson = False,
) -> None:
    """Give a person another subject, after their user was deleted and created anew; for the secret key alone.

    They stay the same person: their roles, their handle and what they recorded. The old subject gives nothing any more.

    Example: ops-gates roles replace dev-login 9d1c7a30-5f0e-4ad1-8a55-3c1f1f1f0a12 --on-behalf-of rm-1 --reason 'their account was created anew'
    """  # noqa: E501 - an example is to be copied
    gates = target.gates()
    with target.only(target.THE_KEY):
        member_id = gates.replace_subject(handle, subject, on_behalf_of=on_behalf_of, reason=reason)
    if json:
        show.as_json({"member_id": member_id, "handle": handle, "subject": subject})
    else:
        show.line(f"{handle} has the subject {subject} now; the one before is revoked")


@app.command()
def revoke(
    subject: Annotated[str, typer.Argument(help="The person, as `roles list` shows them.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    role: Annotated[Role | None, typer.Option(help="The role that they lose; without it: all of them.")] = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--project",
            help="The project of the membership that ends. With --role and without it: the one for every project "
            "alone; those in single projects stay.",
        ),
    ] = None,
    json: show.AsJson = False,
) -> None:
    """End a membership, or all of a person; what they recorded stays.

    Exit code 6 if nothing was ended: they do not hold that.

    Example: ops-gates roles revoke 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 --on-behalf-of rm-1 --reason 'left the team'
    """
    gates = target.gates()
    with target.only(target.THE_KEY):
        said = gates.revoke_membership(subject, role, project=project, on_behalf_of=on_behalf_of, reason=reason)
        held = _held(gates, subject)
    ended = said["revoked"]
    left = ", ".join(f"{row['role']} {_where(row['project'])}" for row in held)
    if not ended:
        asked = f"the role {role} {_where(project)}" if role else "a role"
        raise Refused(
            "nothing_ended",
            f"{subject} does not hold {asked}, so nothing was ended",
            hint=f"they hold {left}: name it with --role and --project" if left else None,
        )
    if json:
        shown = [{"role": row["role"], "project": row["project"], "since": row["since"]} for row in held]
        show.as_json({"ended": ended, "held": shown, "warnings": said["warnings"]})
        return
    for membership in ended:
        alone = "; nobody else holds it there" if membership["nobody_left"] else ""
        show.line(f"ended: {subject} as {membership['role']} {_where(membership['project'])}{alone}")
    if left:
        show.line(f"they still hold {left}")
    show.warnings(said["warnings"])


@app.command("list")
def listing(
    changes: Annotated[bool, typer.Option("--changes", help="Who was given which role when, and by whom.")] = False,
    limit: show.Limit = None,
    json: show.AsJson = False,
) -> None:
    """List who holds which role where, or how they came to it.

    Example: ops-gates roles list --changes
    """
    if changes:
        _changes(limit, json)
        return
    with target.only(target.READERS):
        gates = target.gates()
        order = ("role", "subject", "membership_id")
        members, total = gates.some("v_memberships", VMemberships, show.most(limit, json), order=order)
        gates.shown(members)
    shown = show.part(members, limit, json, newest=False, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("subject", "handle", "role", "project", "since", "on behalf of", "reason"),
            (
                (
                    m["subject"],
                    m["handle"],
                    m["role"],
                    m["project"] or "every project",
                    show.moment(m["since"]),
                    m["on_behalf_of"],
                    m["reason"],
                )
                for m in shown.rows
            ),
            none="no members",
            fold=("reason", "on behalf of", "since", "handle"),
        )
    shown.say_if_not_whole()


def _granted(row: Memberships) -> Change:
    """What a grant or a revocation changed, and the row."""
    where = row["project"] or "every project"
    return (row["role"], where, "granted" if row["granted"] else "revoked", row["handle"]), {**row}


def _replaced(row: ReplacedSubjects) -> Change:
    """What a new subject changed, and the row."""
    return (None, None, f"subject {row['old_subject']} became {row['new_subject']}", None), {**row}


def _changes(limit: int | None, json: bool) -> None:
    with target.only(target.READERS):
        gates = target.gates()
        most = show.most(limit, json)
        granted, grants = gates.some("memberships", Memberships, most, newest=True, order=("membership_id",))
        gates.shown(granted)
        replaced, replacements = gates.some(
            "replaced_subjects", ReplacedSubjects, most, newest=True, order=("replacement_id",))  # fmt: skip
        names = {m["member_id"]: m["subject"] for m in gates.select("members", Members, order=("member_id",))}
    log = [*map(_granted, granted), *map(_replaced, replaced)]
    log.sort(key=lambda change: str(change[1]["created_at"]))
    shown = show.part(log, limit, json, newest=True, total=grants + replacements)
    if json:
        show.as_json([{**row, "subject": names.get(str(row["member_id"]))} for _, row in shown.rows])
    else:
        show.table(
            ("at", "subject", "role", "project", "change", "handle", "by", "on behalf of", "reason"),
            (
                (
                    show.moment(str(row["created_at"])),
                    names.get(str(row["member_id"])),
                    *what,
                    row["created_by"],
                    row["on_behalf_of"],
                    row["reason"],
                )
                for what, row in shown.rows
            ),
            none="no changes",
            fold=("reason", "on behalf of", "by", "handle", "project"),
        )
    shown.say_if_not_whole()
