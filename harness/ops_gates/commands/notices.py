"""`ops-gates notify` and `ops-gates notices`: have people told, see what became of it, say where notices go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import UUID

import typer

from ops_gates.commands import given, projects, show, target
from ops_gates.commands.group import Commands
from ops_gates.commands.roles import OnBehalfOf, Reason
from ops_gates.errors import Unreachable, UsageFault
from ops_gates.rows import NoticeDeliveries, NoticeTargets, OpsDeliveryState, OpsNoticeFormat, OpsNoticeKind

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Notices: what people are told, and where.\n\nExample: ops-gates notices list",
)
# One call sends for about 25 seconds, and the platform ends a function that takes much longer.
ONE_CALL = 60.0
OF_PROJECT = Annotated[str | None, typer.Option("--project", help="Of this project alone.")]
# What did not reach its receiver yet, or never.
STATES: tuple[str, ...] = get_args(OpsDeliveryState)
KINDS: tuple[str, ...] = get_args(OpsNoticeKind)
UNTOLD = ("waiting", "claimed", "set_aside")


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
    timeout_milliseconds := 60000)
$job$);"""


def notify(
    watch: Annotated[bool, typer.Option("--watch/--once", help="Go on until Ctrl-C, or send once.")] = False,
    every: Annotated[
        int, typer.Option(min=1, max=3600, metavar="SECONDS", help="With --watch: how long to wait between two calls.")
    ] = 15,
    json: show.AsJson = False,
) -> None:
    """Have the function `ops-notify` send the notices that are due; for the secret key alone.

    What fails is tried again later, for a day; `ops-gates notices list` shows it. With --watch a project that does not
    answer is asked again.

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
            elif not watch or any(said.values()):
                show.line(told(said))
            if said["set_aside"]:
                show.aside("what was set aside is tried no more: `ops-gates notices list --state set_aside` shows it")
        if not watch:
            return
        time.sleep(every)


def told(said: dict[str, int]) -> str:
    """The line of one call: `3 claimed, 2 delivered, 1 failed`."""
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in said.items() if count and name != "due"]
    return ", ".join(parts) or "nothing was due"


@app.command("list")
def listing(
    project: OF_PROJECT = None,
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
        rows = _deliveries(gates, project, tuple(state or UNTOLD))
    shown = show.part(rows, limit, json, newest=True)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("since", "notice", "target", "state", "tries", "error", "next try", "project", "release", "id"),
            (
                (
                    show.moment(row["created_at"]), " ".join(filter(None, (row["kind"], row["gate_code"]))),
                    row["target_name"], row["state"], row["attempt"], row["last_error"],
                    show.moment(row["due_at"]) if row["state"] == "waiting" else "", row["project"],
                    row["release_id"], row["delivery_id"],
                )
                for row in shown.rows
            ),
            none="nothing waits to be told" if state is None else "no deliveries",
            fold=("id", "release", "project", "next try"),
        )  # fmt: skip
    shown.say_if_not_whole()


def _deliveries(gates: Gates, project: str | None, states: tuple[str, ...]) -> list[NoticeDeliveries]:
    """The deliveries in these states, the oldest first."""
    wanted: dict[str, Any] = {} if project is None else {"project": projects.spelled(gates, project, target.READERS)}
    found = [
        row
        for state in dict.fromkeys(states)
        for row in gates.select(
            "notice_deliveries", NoticeDeliveries, order=("created_at", "delivery_id"), state=state, **wanted
        )
    ]
    return gates.shown(sorted(found, key=lambda row: (row["created_at"], row["delivery_id"])))


@app.command()
def retry(
    delivery: Annotated[UUID, typer.Argument(metavar="ID", help="The delivery, as `notices list` shows it.")],
    json: show.AsJson = False,
) -> None:
    """Try a delivery again that was set aside or waits for its next try; for the secret key alone.

    Example: ops-gates notices retry 01a2207a-b048-74a4-be23-cec20877d91e
    """
    gates = target.gates()
    with target.only(target.THE_KEY):
        state = gates.retry_notice(delivery)
    if json:
        show.as_json({"delivery_id": str(delivery), "state": state})
    else:
        show.line("it is due now" if state == "waiting" else f"nothing was changed: it is {state}")


@app.command()
def targets(project: OF_PROJECT = None, limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List where the notices of each project go; for the secret key alone.

    Example: ops-gates notices targets
    """
    gates = target.gates()
    with target.only(target.THE_KEY):
        wanted = {} if project is None else {"project": projects.spelled(gates, project, target.THE_KEY)}
        found = gates.select(
            "notice_targets", NoticeTargets, order=("project", "target_name"), replaced_at=None, **wanted)  # fmt: skip
    shown = show.part(found, limit, json, newest=False)
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
    form: Annotated[OpsNoticeFormat, typer.Option("--format", help="How notices are written for it.")],
    secret: Annotated[str, typer.Option(help="The NAME of the secret of ops-notify with its address: OPS_NOTICE_…")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
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
    if off and kind:
        raise UsageFault("--off goes without --kind: a target that is off is told nothing")
    gates = target.gates()
    with target.only(target.THE_KEY):
        target_id = gates.set_notice_target(
            project, name, format=form, secret_name=secret, kinds=[] if off else kind, on_behalf_of=on_behalf_of,
            reason=reason,
        )  # fmt: skip
    if json:
        show.as_json({"target_id": target_id})
    else:
        show.line(f"{name} of {project} is told nothing any more" if off else f"{name} of {project} is set")


@app.command()
def schedule() -> None:
    """Print the SQL that has a project of Supabase send its notices each minute, by pg_cron and pg_net.

    Put the address (https://REF.supabase.co/functions/v1/ops-notify) and the secret key into the Vault first, by the
    names ops_notify_url and ops_notify_key; the dashboard has it under Integrations, Vault. Run it in the SQL editor.

    Example: ops-gates notices schedule
    """
    typer.echo(SCHEDULE)
