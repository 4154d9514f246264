"""`ops-gates notify` and `ops-gates notices`: have people told, see what became of it, say where notices go."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, cast, get_args
from uuid import UUID

import typer

from ops_gates.commands import given, projects, show, target
from ops_gates.commands.group import Commands
from ops_gates.commands.roles import OnBehalfOf, Reason
from ops_gates.errors import NotFound, Unreachable, UsageFault
from ops_gates.rows import NoticeDeliveries, NoticeTargets, OpsDeliveryState, OpsNoticeFormat, OpsNoticeKind

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Notices: what people are told, and where.\n\nExample: ops-gates notices list",
)
# In seconds: one call begins to send for 25, and waits for the last delivery and for the database up to 65.
ONE_CALL = 75
STATES: tuple[str, ...] = get_args(OpsDeliveryState)
KINDS: tuple[str, ...] = get_args(OpsNoticeKind)
OPEN = ("waiting", "claimed")
# What did not reach its receiver yet, or never.
UNTOLD = (*OPEN, "set_aside")
ORDER = ("created_at", "delivery_id")

# Address and key come from the Vault at each run, so neither stands in the job, which pg_cron keeps and logs.
SCHEDULE = """\
create extension if not exists pg_cron;
create extension if not exists pg_net;
select cron.schedule('ops-notify', '* * * * *', $job$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'ops_notify_url'),
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'apikey', (select decrypted_secret from vault.decrypted_secrets where name = 'ops_notify_key')),
    body := '{}'::jsonb,
    timeout_milliseconds := ONE_CALL)
$job$);""".replace("ONE_CALL", str(ONE_CALL * 1000))


def notify(
    watch: Annotated[bool, typer.Option("--watch/--once", help="Go on until Ctrl-C, or send once.")] = False,
    every: Annotated[
        int, typer.Option(min=1, max=3600, metavar="SECONDS", help="With --watch: how long to wait between two calls.")
    ] = 15,
    json: show.AsJson = False,
) -> None:
    """Have the function `ops-notify` send the notices that are due; for the secret key alone.

    What fails is tried again later, for a day; `ops-gates notices list` shows it, and the exit code is 0 all the same.
    With --watch a project that does not answer is asked again.

    Example: ops-gates notify --watch
    """
    gates = target.gates(timeout=ONE_CALL)
    while True:
        try:
            with target.only(target.THE_KEY):
                said = gates.notify()
        except Unreachable as error:
            if not watch:
                raise
            show.aside(str(error))
        else:
            if json:
                show.as_json(said)
            elif any(said.values()):
                show.line(told(said))
            elif not watch:
                show.line(_nothing(gates))
            if said["set_aside"]:
                show.aside("what was set aside is tried no more: `ops-gates notices list --state set_aside` shows it")
        if not watch:
            return
        time.sleep(every)


def told(said: dict[str, int]) -> str:
    """The line of one call: `1 new, 3 claimed, 2 delivered, 1 failed`. New is what time alone made true."""
    words = {"due": "new"}
    return ", ".join(f"{count} {words.get(name, name.replace('_', ' '))}" for name, count in said.items() if count)


def _nothing(gates: Gates) -> str:
    """What is said when nothing was due: whether something waits for its next try."""
    columns = ("due_at", "delivery_id")
    first, waiting = gates.some("notice_deliveries", NoticeDeliveries, 1, columns=columns, order=columns, state=OPEN)
    if not first:
        return "nothing was due"
    return f"nothing was due; {waiting} not delivered yet, the next try at {show.moment(first[0]['due_at'])}"


@app.command("list")
def listing(
    project: projects.OfProject = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help=f"In this state: {', '.join(STATES)}; repeatable. If left out: {', '.join(UNTOLD)}."),
    ] = None,
    limit: show.Limit = None,
    json: show.AsJson = False,
) -> None:
    """List the deliveries of notices, the newest last: what did not reach its receiver yet, or in the states named.

    Example: ops-gates notices list --state set_aside
    """
    given.one_of(state or (), STATES, "--state")
    gates = target.gates()
    with target.only(target.READERS):
        wanted = {"state": tuple(state or UNTOLD), **projects.rows_of(gates, project, target.READERS)}
        most = show.most(limit, json)
        rows, total = gates.some(
            "notice_deliveries", NoticeDeliveries, most, newest=True, order=ORDER, **wanted)  # fmt: skip
        gates.shown(rows)
    shown = show.part(rows, limit, json, newest=True, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("since", "notice", "target", "state", "tries", "error", "next try", "project", "release", "id"),
            (
                (
                    show.moment(row["created_at"]), " ".join(filter(None, (row["kind"], row["gate_code"]))),
                    row["target_name"], row["state"], row["attempt"], _error(row),
                    show.moment(row["due_at"]) if row["state"] == "waiting" else "", row["project"],
                    row["release_id"], row["delivery_id"],
                )
                for row in shown.rows
            ),
            none="nothing waits to be told" if state is None else "no deliveries",
            fold=("id", "release", "project", "next try"),
        )  # fmt: skip
    shown.say_if_not_whole()


def _error(row: NoticeDeliveries) -> str | None:
    """Why the last try failed, and the status that was answered."""
    return f"http_status {row['http_status']}" if row["last_error"] == "http_status" else row["last_error"]


@app.command()
def retry(
    deliveries: Annotated[
        list[UUID] | None, typer.Argument(metavar="[ID]...", help="Deliveries, as `notices list` shows them.")
    ] = None,
    all_set_aside: Annotated[
        bool, typer.Option("--all-set-aside", help="Every one that was set aside. Asks for their number first.")
    ] = False,
    project: projects.OfProject = None,
    receiver: Annotated[str | None, typer.Option("--target", help="With --all-set-aside: those of this one.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --all-set-aside: do not ask for their number.")] = False,
    json: show.AsJson = False,
) -> None:
    """Try deliveries again that were set aside or wait for their next try; for the secret key alone.

    Example: ops-gates notices retry 01a2207a-b048-74a4-be23-cec20877d91e
    """
    if all_set_aside == bool(deliveries):
        raise UsageFault("name the deliveries by their ids, or all of them by --all-set-aside")
    if deliveries and (project or receiver or yes):
        raise UsageFault("--project, --target and --yes go with --all-set-aside")
    gates = target.gates()
    with target.only(target.THE_KEY):
        wanted: Sequence[UUID | str] = deliveries or _set_aside(gates, project, receiver)
        if deliveries is None and wanted and not yes:
            _confirmed(len(wanted))
        said, unknown = _retried(gates, wanted)
    if json:
        show.as_json(said)
    else:
        now = sum(each["state"] == "waiting" for each in said)
        if now or not said:
            show.line("nothing was set aside" if not wanted else f"{now} due now" if now else "nothing was changed")
        for each in said:
            if each["state"] != "waiting":
                show.line(f"nothing was changed of {each['delivery_id']}: it is {each['state']}")
    if unknown:
        raise unknown[0]


def _set_aside(gates: Gates, project: str | None, receiver: str | None) -> list[str]:
    """The deliveries that were set aside, the oldest first, so that they are due in their order."""
    wanted = {
        **projects.rows_of(gates, project, target.THE_KEY),
        **({} if receiver is None else {"target_name": receiver}),
    }
    # Managers read deliveries too, and targets are for the secret key alone: so others are refused before all else.
    gates.some("notice_targets", NoticeTargets, 1, columns=("target_name",), order=("project", "target_name"))
    columns = ("delivery_id", "created_at")
    rows = gates.select(
        "notice_deliveries", NoticeDeliveries, columns=columns, order=ORDER, state="set_aside", **wanted)  # fmt: skip
    return [row["delivery_id"] for row in rows]


def _confirmed(count: int) -> None:
    """Go on when the number that is shown was typed; UsageFault, and nothing is changed, for anything else."""
    show.aside(f"{count} deliveries were set aside. Type {count} to try them again:")
    if (sys.stdin.readline() if sys.stdin else "").strip() != str(count):
        raise UsageFault(f"nothing was changed: type {count} when asked, or add --yes")


def _retried(gates: Gates, wanted: Sequence[UUID | str]) -> tuple[list[dict[str, str]], list[NotFound]]:
    """What became of each delivery, and what was said of those that are not there."""
    said, unknown = list[dict[str, str]](), list[NotFound]()
    for each in wanted:
        try:
            said.append({"delivery_id": str(each), "state": gates.retry_notice(each)})
        except NotFound as error:
            unknown.append(NotFound(error.code, f"{error.message}: {each}", detail=error.detail, hint=error.hint))
    return said, unknown


@app.command()
def targets(project: projects.OfProject = None, limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List where the notices of each project go; for the secret key alone.

    Example: ops-gates notices targets
    """
    gates = target.gates()
    with target.only(target.THE_KEY):
        wanted = {"replaced_at": None, **projects.rows_of(gates, project, target.THE_KEY)}
        order = ("project", "target_name")
        found, total = gates.some("notice_targets", NoticeTargets, show.most(limit, json), order=order, **wanted)
    shown = show.part(found, limit, json, newest=False, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("project", "target", "format", "secret", "kinds", "on behalf of", "reason"),
            (
                (
                    row["project"], row["target_name"], row["format"], row["secret_name"],
                    ", ".join(row["kinds"]) or "off", row["on_behalf_of"], row["reason"],
                )
                for row in shown.rows
            ),
            none="no targets",
            fold=("reason", "on behalf of", "kinds", "secret"),
        )  # fmt: skip
    shown.say_if_not_whole()


@app.command("set")
def setting(
    project: Annotated[str, typer.Argument(help="The project whose notices go there.")],
    name: Annotated[str, typer.Argument(metavar="TARGET", help="Its name within the project, such as chat.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    written_as: Annotated[
        OpsNoticeFormat | None, typer.Option("--format", help="How notices are written for it; needed without --off.")
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(help="The NAME of the secret of ops-notify with its address, OPS_NOTICE_…; needed without --off."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help=f"What it is told; repeatable, all if left out: {', '.join(KINDS)}."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="It is told nothing any more.")] = False,
    json: show.AsJson = False,
) -> None:
    """Say where the notices of a project go, or turn a target off; for the secret key alone.

    Example: ops-gates notices set acme/shop chat --format slack --secret OPS_NOTICE_CHAT --on-behalf-of rm-1 --reason r
    """
    given.one_of(kind or (), KINDS, "--kind")
    if off and (kind or written_as or secret):
        raise UsageFault("--off goes without --kind, --format and --secret: the name alone says what is turned off")
    if not off and not (written_as and secret):
        raise UsageFault("a target needs --format and --secret; --off turns off one that is set")
    gates = target.gates()
    with target.only(target.THE_KEY):
        if off:
            written_as, secret = _in_force(gates, project, name)
        target_id = gates.set_notice_target(
            project, name, format=cast("OpsNoticeFormat", written_as), secret_name=str(secret),
            kinds=[] if off else kind, on_behalf_of=on_behalf_of, reason=reason,
        )  # fmt: skip
    if json:
        show.as_json({"target_id": target_id})
    else:
        show.line(f"{name} of {project} is told nothing any more" if off else f"{name} of {project} is set")


def _in_force(gates: Gates, project: str, name: str) -> tuple[OpsNoticeFormat, str]:
    """The format and the name of the secret of a target that is set; NotFound if there is none of that name."""
    wanted = {"replaced_at": None, "target_name": name, **projects.rows_of(gates, project, target.THE_KEY)}
    for row in gates.select("notice_targets", NoticeTargets, **wanted):
        return row["format"], row["secret_name"]
    raise NotFound(
        "unknown_target", f"{project} has no target {name!r}",
        hint="`ops-gates notices targets` shows those that are set",
    )  # fmt: skip


@app.command()
def schedule() -> None:
    """Print the SQL that has a project of Supabase send its notices each minute, by pg_cron and pg_net.

    Put the address (https://REF.supabase.co/functions/v1/ops-notify) and the secret key into the Vault first, by the
    names ops_notify_url and ops_notify_key; the dashboard has it under Integrations, Vault. Run it in the SQL editor.

    Example: ops-gates notices schedule
    """
    typer.echo(SCHEDULE)
