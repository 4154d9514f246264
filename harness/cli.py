"""The command line: the local stack, as `supabase start` and `supabase status` would have it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
import typer.core

from harness.stack import up as keeper
from harness.stack.errors import StackError


class _Group(typer.core.TyperGroup):
    """Says what failed in sentences, never in a traceback: 0 is done, 1 is failed, 2 is wrong usage."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StackError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Release gates on a local Supabase stack. Example: ops-gates up",
)


def _described(state: keeper.State) -> dict[str, str]:
    stack = state.stack()
    return {
        "API_URL": state.url,
        "REST_URL": stack.rest_url,
        "FUNCTIONS_URL": stack.functions_url,
        "DB_URL": state.db_url,
        "PUBLISHABLE_KEY": stack.publishable_key,
        "SECRET_KEY": stack.secret_key,
    }


def _print(state: keeper.State) -> None:
    described = _described(state)
    width = max(map(len, described))
    for name, value in described.items():
        typer.echo(f"{name.replace('_', ' ').rjust(width)}: {value}")


def _state() -> keeper.State:
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
    try:
        state, was_up = keeper.start(port)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing is left running", err=True)
        raise typer.Exit(130) from None
    typer.echo("The stack was already running." if was_up else "The stack is up.", err=True)
    _print(state)


@app.command()
def down() -> None:
    """Stop the stack; its data and keys are kept for the next `up`.

    Example: ops-gates down
    """
    typer.echo("The stack is down; its data is kept." if keeper.stop() else "The stack was not running.", err=True)


@app.command()
def status(
    output: Annotated[str, typer.Option("--output", "-o", help="pretty, env or json")] = "pretty",
) -> None:
    """Print addresses and keys, and fail if a part does not answer.

    Example: eval "$(ops-gates status -o env)"
    """
    if output not in ("pretty", "env", "json"):
        raise typer.BadParameter("is one of pretty, env, json", param_hint="--output")
    state = _state()
    if output == "pretty":
        _print(state)
    elif output == "env":
        typer.echo("\n".join(f'{name}="{value}"' for name, value in _described(state).items()))
    else:
        typer.echo(json.dumps(_described(state), indent=2))
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
    keeper.reset(_state())
    typer.echo("The database is as the migrations leave it.", err=True)


@app.command()
def demo() -> None:
    """Trace one release of this checkout from G1 to production and its G4, on a stack of its own.

    Example: ops-gates demo
    """
    from harness import (
        demo as story,  # supabase-py takes a second to import, which the other commands need not pay
    )

    try:
        story.run()
    except KeyboardInterrupt:
        typer.echo("stopped; nothing is left running", err=True)
        raise typer.Exit(130) from None


if __name__ == "__main__":
    app()
