"""`ops-gates install`, `upgrade` and `uninstall`: schema and function in an application's `supabase/` folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops_gates import extra
from ops_gates.commands import show
from ops_gates.core import FUNCTION, SENDER
from ops_gates.errors import LostOutput, Unwritable
from ops_gates.streams import escaped

if TYPE_CHECKING:
    from ops_gates.installing.plans import Plan, Planner

    Command = Callable[[Planner], Plan]

Workdir = Annotated[
    Path | None,
    typer.Option(help="The folder that has supabase/; if left out, it is looked for from the current one upwards."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, as a diff, and write nothing.")]


def install(workdir: Workdir = None, dry_run: DryRun = False) -> None:
    """Add release gates to the Supabase project of this repository: a migration, the function, and settings.

    Writes into supabase/ alone, prints what it wrote and what is left to do, and asks no project. The same again
    changes nothing. What somebody edited stays, and is said.

    Example: ops-gates install --dry-run
    """
    _carry_out(workdir, lambda planner: planner.install(), dry_run, "nothing to do: release gates are installed")


def upgrade(workdir: Workdir = None, dry_run: DryRun = False) -> None:
    """Add the migrations that lead from the installed version to that of this package, and its function.

    There is no upgrade of versions before 0.9.0.

    Example: ops-gates upgrade --dry-run
    """
    _carry_out(workdir, lambda planner: planner.upgrade(), dry_run, "nothing to do: this version is installed")


def uninstall(
    workdir: Workdir = None,
    dry_run: DryRun = False,
    with_facts: Annotated[
        bool, typer.Option("--with-facts", help="Remove what is on record too. Without this, the push is refused then.")
    ] = False,
    hook_is_off: Annotated[
        bool,
        typer.Option(
            "--hook-is-off", help="The access-token hook of each project is switched off, or calls ops no more."
        ),
    ] = False,
) -> None:
    """Write a migration that removes both schemas and the six roles, and remove what `install` added here.

    Without --hook-is-off, schema ops stays with a hook that passes everything on: a missing hook stops every sign-in.

    Example: ops-gates uninstall --hook-is-off
    """
    options = {"with_facts": with_facts, "hook_is_off": hook_is_off}
    _carry_out(workdir, lambda planner: planner.uninstall(**options), dry_run, "nothing to do")


def _planned(workdir: Path | None, command: Command) -> Plan:
    extra.needed("tomlkit")
    from ops_gates.installing.folder import Folder
    from ops_gates.installing.package import Package
    from ops_gates.installing.plans import Planner

    try:
        return command(Planner(Folder.find(workdir), Package.own()))
    except OSError as error:
        where = f"{error.filename}: " if isinstance(error.filename, str) else ""
        raise Unwritable(f"nothing was changed, since a file could not be read ({where}{error.strerror})") from None


def _carry_out(workdir: Path | None, command: Command, dry_run: bool, nothing: str) -> None:
    """Change the files, or show how; say what is left to do. No project is asked."""
    plan = _planned(workdir, command)
    from ops_gates.installing import changes
    from ops_gates.installing.folder import Folder

    if plan.changes and not dry_run:
        # While this was planned, another run may have written a part of it.
        changes.apply(Folder.find(workdir).path, plan.changes, lambda: _planned(workdir, command).is_like(plan))
    try:
        _tell(plan, dry_run, nothing)
    except LostOutput as lost:
        changed = plan.changes and not dry_run
        so_far = "the files are written" if changed else "nothing was changed"
        raise LostOutput(lost.why, so_far=so_far) from None


def _tell(plan: Plan, dry_run: bool, nothing: str) -> None:
    from ops_gates.installing import changes

    if dry_run:
        shown = changes.diff(plan.changes)
        lines = "".join(f"{escaped(line)}\n" for line in shown.splitlines())
        typer.echo(show.writable(lines, sys.stdout.encoding), nl=False)
        # Beside the diff, which is for `git apply` and too long to see whole.
        for what, name in _summary(plan):
            show.aside(f"would {'remove' if what == 'removed' else 'write'} {name}")
    else:
        for what, name in _summary(plan):
            show.line(what, name)
    if not plan.changes:
        show.line(nothing)
    for note in plan.notes:
        show.aside(f"to do: {note}")
    if plan.changes and not dry_run:
        show.line("left to do, where it is not done yet:" if plan.again else "left to do:")
        for command in plan.commands:
            # In one line on any terminal, so that it can be copied.
            typer.echo(show.writable(escaped(f"  {command}"), sys.stdout.encoding))


def _summary(plan: Plan) -> Iterator[tuple[str, str]]:
    """What changes, a line per file; each function is one."""
    functions = tuple(f"supabase/functions/{name}/" for name in (FUNCTION, SENDER))
    counted: dict[tuple[str, str], int] = {}
    for change in plan.changes:
        what = "removed" if change.after is None else "wrote"
        name = next((each for each in functions if change.name.startswith(each)), change.name)
        counted[what, name] = counted.get((what, name), 0) + 1
    for (what, name), count in counted.items():
        yield what, f"{name} ({count} file{'s' if count > 1 else ''})" if name in functions else name
