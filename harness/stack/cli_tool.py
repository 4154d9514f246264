"""The Supabase CLI with a database address: all that it can do without Docker."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.stack.errors import StackError
from harness.stack.parts import ROOT, cli_binary, environment


@dataclass(frozen=True)
class SupabaseCli:
    """The CLI in one working directory, which has the folder `supabase/`."""

    workdir: Path = ROOT

    def run(self, *arguments: str, timeout: float = 600) -> str:
        """Run `supabase …` and return its standard output; StackError with its last lines if it fails."""
        command = [str(cli_binary()), *arguments, "--workdir", str(self.workdir), "--agent", "no"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=timeout,
                cwd=self.workdir,
                stdin=subprocess.DEVNULL,
                env=environment(),
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"supabase {' '.join(arguments[:2])} did not end within {timeout:g} s") from None
        if done.returncode != 0:
            said = _last_words(done.stdout + done.stderr)
            raise StackError(
                f"supabase {' '.join(arguments[:2])} failed:\n{said}", checked=str(self.workdir / "supabase")
            )
        return done.stdout

    def push(self, url: str) -> str:
        """Apply the migrations that the database does not have yet."""
        return self.run("db", "push", f"--remote={url}", "--yes")

    def reset(self, url: str) -> str:
        """Empty the database and apply all migrations; roles stay, they belong to the cluster."""
        return self.run("db", "reset", f"--remote={url}", "--yes")

    def diff(self, source: str, target: str, *, schema: str | None = None) -> str:
        """SQL that changes the first database into the second; empty if they are equal."""
        chosen = ["--schema", schema] if schema else []
        return self.run("db", "diff", "--from", source, "--to", target, *chosen).strip()

    def advisors(self, url: str, *, fail_on: str = "warn") -> str:
        """Findings of the advisors; StackError if one has at least the level `fail_on`."""
        return self.run("db", "advisors", f"--remote={url}", "--fail-on", fail_on)

    def migrations(self, url: str) -> str:
        """The migrations in the checkout and in the database, as a list."""
        return self.run("migration", "list", f"--remote={url}")


def _last_words(output: str) -> str:
    """The end of the output, from the error on: the CLI quotes the failing statement after the error."""
    lines = output.strip().splitlines()
    first = next((number for number, line in enumerate(lines) if "ERROR" in line), max(0, len(lines) - 15))
    return "\n".join(lines[first : first + 30])
