"""`python -m harness.stack`: start, show and end the local stack, as `supabase start` and `supabase stop` would."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from harness.stack.errors import FAILED, StackError
from ops_gates.commands.group import Ending, Group, say
from ops_gates.commands.roles import Role
from ops_gates.exit_codes import Code

if TYPE_CHECKING:
    from harness.stack.up import State

Output = Literal["pretty", "env", "json"]


class StackEnding(Ending):
    """The top of a command line of the checkout: a part that fails is one sentence and exit code 1."""

    @property
    def program(self) -> str:
        """The module that Python was started with."""
        started = getattr(sys.modules["__main__"], "__spec__", None)
        return f"python -m {started.name.removesuffix('.__main__')}" if started else "python"

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Exit with the code of what went wrong."""
        try:
            return super().invoke(ctx)
        except StackError as error:
            say(str(error))
            raise typer.Exit(FAILED) from None


class StackGroup(StackEnding, Group):
    """The command line of the stack."""


class StackCommand(StackEnding, typer.core.TyperCommand):
    """A command of the checkout that uses the stack."""


app = typer.Typer(
    cls=StackGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The local stack of this checkout.\n\nExample: python -m harness.stack up",
)


def described(state: State) -> dict[str, str]:
    """Addresses and keys of a running stack, under the names of the variables that programs read."""
    stack = state.stack()
    return {
        "SUPABASE_URL": state.url,
        "SUPABASE_REST_URL": stack.rest_url,
        "SUPABASE_FUNCTIONS_URL": stack.functions_url,
        "OPS_BOARD_URL": stack.board_url,
        "SUPABASE_DB_URL": state.db_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SUPABASE_SECRET_KEY": stack.secret_key,
    }


def _print(state: State) -> None:
    parts = described(state)
    width = max(map(len, parts))
    for name, value in parts.items():
        typer.echo(f"{name.ljust(width)}  {value}")


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

    Example: python -m harness.stack up --port 54321
    """
    from harness.stack import up as keeper

    try:
        state, was_up = keeper.start(port)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing is left running", err=True)
        raise typer.Exit(Code.INTERRUPTED) from None
    typer.echo("The stack was already running." if was_up else "The stack is up.", err=True)
    if others := keeper.data_of_others(state):
        kept = " and ".join(map(str, others))
        typer.echo(f"Each version of Postgres has data of its own; that of {kept} is kept and not seen here.", err=True)
    _print(state)


@app.command()
def down() -> None:
    """Stop the stack; its data and keys are kept for the next `up`.

    Example: python -m harness.stack down
    """
    from harness.stack import up as keeper

    typer.echo("The stack is down; its data is kept." if keeper.stop() else "The stack was not running.", err=True)


@app.command()
def status(
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print it.")] = "pretty",
) -> None:
    """Print addresses and keys, and fail if a part does not answer.

    Example: eval "$(python -m harness.stack status -o env)"
    """
    from harness.stack import up as keeper

    state = running()
    if output == "pretty":
        _print(state)
        if not sys.stdout.isatty():
            typer.echo("""for a shell: eval "$(make -s status ARGS='-o env')\"""", err=True)
    elif output == "env":
        typer.echo("\n".join(f'export {name}="{value}"' for name, value in described(state).items()))
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

    Example: python -m harness.stack reset
    """
    from harness.stack import up as keeper

    keeper.reset(running())
    typer.echo("The database is as the migrations leave it.", err=True)


@app.command()
def person(
    subject: Annotated[str, typer.Argument(help="Who they are: the `sub` of their tokens.")],
    email: Annotated[
        str | None, typer.Option(help="What they sign in with; SUBJECT@local.invalid if left out.")
    ] = None,
) -> None:
    """Let somebody sign in at the running stack, and print their e-mail and new random password, a line each.

    Example: python -m harness.stack person qa-1 | ops-gates login
    """
    stack = running().stack()
    login = stack.person(email or f"{subject}@local.invalid", subject=subject)
    typer.echo(f"{login.email}\n{login.password}")
    with contextlib.closing(stack.http):
        held = stack.client().table("v_memberships").select("role").eq("subject", subject).execute().data
    if not held:
        gives_one = f"`ops-gates roles grant {subject} ROLE --on-behalf-of WHO --reason WHY` gives one"
        typer.echo(f"{subject} holds no role: {gives_one}", err=True)


@app.command()
def token(
    role: Annotated[Role, typer.Argument(help="The role of the person or bot.")],
    subject: Annotated[str, typer.Argument(help="Who they are: the `sub` of the token.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is good for.")] = 60,
) -> None:
    """Print a token as the running stack signs it, to act as somebody: what a sign-in gives in a hosted project.

    Example: OPS_TOKEN=$(python -m harness.stack token release_manager rm-1) ops-gates exception list
    """
    typer.echo(running().stack().token(role, subject, ttl=minutes * 60))
