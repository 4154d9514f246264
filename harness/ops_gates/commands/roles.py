"""`ops-gates roles`: who may be named, and in which role."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ops_gates.commands import show, target
from ops_gates.commands.group import Commands
from ops_gates.rows import Members, Memberships, VMemberships

Role = Literal["ci_service_role", "release_manager", "qa_tester", "sre", "developer", "audit_reader"]

OnBehalfOf = Annotated[
    str,
    typer.Option(metavar="PERSON", help="The member who wants it; any name while there is no release manager."),
]
Reason = Annotated[str, typer.Option(help="Why they want it.")]

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Memberships: who may do what, in which project.\n\nExample: ops-gates roles list",
)


InProject = Annotated[str | None, typer.Option("--project", help="The project; without it: every project.")]


@app.command()
def grant(
    subject: Annotated[str, typer.Argument(help="The person: the `sub` of their tokens, which is their user id.")],
    role: Annotated[Role, typer.Argument(help="The role; a person may hold several, a bot ci_service_role alone.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    project: InProject = None,
    handle: Annotated[str | None, typer.Option(help="Another name for them, e.g. their Git login.")] = None,
) -> None:
    """Give a person or bot a role, in one project or in every one; for the secret key alone.

    Example: ops-gates roles grant 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 qa_tester --project acme/shop --handle qa-login --on-behalf-of rm-1 --reason 'a new tester'
    """  # noqa: E501 - an example is to be copied
    with target.only("the secret key"):
        target.gates().grant_membership(
            subject, role, handle, project=project, on_behalf_of=on_behalf_of, reason=reason
        )
    show.line(f"{subject} is {role} in {project or 'every project'}")


@app.command()
def revoke(
    subject: Annotated[str, typer.Argument(help="The person, as `roles list` shows them.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    role: Annotated[Role | None, typer.Option(help="The role that they lose; without it: all of them.")] = None,
    project: InProject = None,
) -> None:
    """End a membership, or all of a person; what they recorded stays.

    Example: ops-gates roles revoke 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 --on-behalf-of rm-1 --reason 'left the team'
    """
    with target.only("the secret key"):
        ended = target.gates().revoke_membership(
            subject, role, project=project, on_behalf_of=on_behalf_of, reason=reason
        )
    for membership in ended:
        place = membership["project"] or "every project"
        alone = "; nobody else is" if membership["nobody_left"] else ""
        show.line(f"{subject} is no {membership['role']} in {place} any more{alone}")
    if not ended:
        asked = f"the role {role} in {project or 'every project at once'}" if role else "a role"
        show.line(f"nothing was ended: {subject} does not hold {asked}; `ops-gates roles list` shows what they hold")


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
        members = target.gates().select("v_memberships", VMemberships, order=("role", "subject", "membership_id"))
    shown = show.part(members, limit, json, newest=False)
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


def _changes(limit: int | None, json: bool) -> None:
    with target.only(target.READERS):
        gates = target.gates()
        log = gates.select("memberships", Memberships, order=("membership_id",))
        names = {m["member_id"]: m["subject"] for m in gates.select("members", Members, order=("member_id",))}
    shown = show.part(log, limit, json, newest=True)
    if json:
        show.as_json([{**c, "subject": names.get(c["member_id"])} for c in shown.rows])
    else:
        show.table(
            ("at", "subject", "role", "project", "change", "handle", "by", "on behalf of", "reason"),
            (
                (
                    show.moment(c["created_at"]),
                    names.get(c["member_id"]),
                    c["role"],
                    c["project"] or "every project",
                    "granted" if c["granted"] else "revoked",
                    c["handle"],
                    c["created_by"],
                    c["on_behalf_of"],
                    c["reason"],
                )
                for c in shown.rows
            ),
            none="no changes",
            fold=("reason", "on behalf of", "by", "handle", "project"),
        )
    shown.say_if_not_whole()
