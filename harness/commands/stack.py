"""The local stack, as `supabase start` and `supabase status` would have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.commands.group import Code
from harness.stack.errors import StackError

if TYPE_CHECKING:
    from harness.stack.up import State

Role = Literal["ci_service_role", "release_manager", "qa_tester", "sre", "developer", "audit_reader"]
Output = Literal["pretty", "env", "json"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The local stack.\n\nExample: ops-gates stack up")


def described(state: State) -> dict[str, str]:
    """Addresses and keys of a running stack."""
    stack = state.stack()
    return {
        "API_URL": state.url,
        "REST_URL": stack.rest_url,
        "FUNCTIONS_URL": stack.functions_url,
        "DB_URL": state.db_url,
        "PUBLISHABLE_KEY": stack.publishable_key,
        "SECRET_KEY": stack.secret_key,
    }


def _print(state: State) -> None:
    parts = described(state)
    width = max(map(len, parts))
    for name, value in parts.items():
        typer.echo(f"{name.replace('_', ' ').rjust(width)}: {value}")


def running() -> State:
    """The stack of this checkout; StackError if it is down."""
    from harness.stack import up as keeper

    state = keeper.running_state()
    if state is None:
        raise StackError("the stack is not running", checked=str(keeper.HOME), mend="make up")
    return state


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of the API; a free one is found otherwise.")
    ] = None,
) -> None:
    """Start the stack, apply the migrations and print addresses and keys. It stays until `down`.

    Example: ops-gates up --port 54321
    """
    from harness.stack import up as keeper

    try:
        state, was_up = keeper.start(port)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing is left running", err=True)
        raise typer.Exit(Code.INTERRUPTED) from None
    typer.echo("The stack was already running." if was_up else "The stack is up.", err=True)
    _print(state)


@app.command()
def down() -> None:
    """Stop the stack; its data and keys are kept for the next `up`.

    Example: ops-gates down
    """
    from harness.stack import up as keeper

    typer.echo("The stack is down; its data is kept." if keeper.stop() else "The stack was not running.", err=True)


@app.command()
def status(
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print it.")] = "pretty",
) -> None:
    """Print addresses and keys, and fail if a part does not answer.

    Example: eval "$(ops-gates stack status -o env)"
    """
    from harness.stack import up as keeper

    state = running()
    if output == "pretty":
        _print(state)
    elif output == "env":
        typer.echo("\n".join(f'{name}="{value}"' for name, value in described(state).items()))
    else:
        typer.echo(json.dumps(described(state), indent=2))
    if silent := [part for part, answers in keeper.health(state).items() if not answers]:
        raise StackError(
            f"not answering: {', '.join(silent)}",
            checked=str(keeper.HOME / "logs"),
            mend="make down, then make up",
        )


@app.command()
def reset() -> None:
    """Empty the running stack's database and apply all migrations again.

    Example: ops-gates reset
    """
    from harness.stack import up as keeper

    keeper.reset(running())
    typer.echo("The database is as the migrations leave it.", err=True)


@app.command()
def token(
    role: Annotated[Role, typer.Argument(help="The role of the person or bot.")],
    subject: Annotated[str, typer.Argument(help="Who they are: the `sub` of the token.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is good for.")] = 60,
) -> None:
    """Print a token as the running stack signs it, to act as somebody: what a sign-in gives in a hosted project.

    Example: OPS_TOKEN=$(ops-gates stack token release_manager rm-1) ops-gates exception list
    """
    typer.echo(running().stack().token(role, subject, ttl=minutes * 60))


def demo(
    record: Annotated[
        Path | None, typer.Option(help="Where to write the record; docs/dry-run.md if left out.", dir_okay=False)
    ] = None,
) -> None:
    """Take a release of this checkout through G1, G2, G3, staging and production by its producers, on a real stack.

    Example: ops-gates demo --record /tmp/dry-run.md
    """
    from harness import dry_run

    try:
        dry_run.run(record=record)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing is left running", err=True)
        raise typer.Exit(Code.INTERRUPTED) from None
