"""The Supabase CLI with a database address: all that it can do without Docker."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from harness.stack.errors import StackError
from harness.stack.parts import ROOT, cli_binary, environment


@dataclass(frozen=True)
class SupabaseCli:
    """The CLI in one working directory, which has the folder `supabase/`."""

    workdir: Path = ROOT

    def run(self, *arguments: str, timeout: float = 600, **variables: str) -> str:
        """Run `supabase …` and return its standard output; StackError with its last lines if it fails.

        Passwords of addresses travel in a file: every list of processes shows arguments.
        """
        try:
            with _apart(arguments) as (bare, named):
                done = subprocess.run(
                    [str(cli_binary()), *bare, "--workdir", str(self.workdir), "--agent", "no"],
                    capture_output=True,
                    text=True,
                    timeout=timeout,
                    cwd=self.workdir,
                    stdin=subprocess.DEVNULL,
                    env=environment(**named, **variables),
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


_ADDRESS = re.compile(r"(?P<option>(?:--[a-z-]+=)?)(?P<url>postgres(?:ql)?://.+)", re.DOTALL)


@contextlib.contextmanager
def _apart(arguments: Sequence[str]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The arguments without the passwords of their addresses, and the variable that names a file with these."""
    bare, lines = [], []
    for argument in arguments:
        if found := _ADDRESS.fullmatch(argument):
            url, line = _split(found["url"])
            argument = found["option"] + url
            lines += line
        bare.append(argument)
    if not lines:
        yield bare, {}
        return
    with tempfile.NamedTemporaryFile("w", prefix="ops-gates-", encoding="utf-8") as file:  # for this user alone
        file.write("".join(lines))
        file.flush()
        yield bare, {"PGPASSFILE": file.name}


def _split(url: str) -> tuple[str, list[str]]:
    """An address without its password, and the line of a password file for it."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    user, colon, named = parts.netloc.rpartition("@")[0].partition(":")
    passwords = [unquote(named)] if colon else []
    passwords += [value for name, value in query if name == "password"]
    if not passwords:
        return url, []
    place = parts.netloc.rpartition("@")[2]
    host = re.sub(r":\d*$", "", place).strip("[]")  # as it is spelled, which is how it is looked up
    netloc = f"{user}@{place}" if user else place
    left = urlencode([pair for pair in query if pair[0] != "password"])
    fields = [host or "*", str(parts.port or 5432), "*", unquote(user) or "*", passwords[-1]]
    line = ":".join(re.sub(r"([\\:])", r"\\\1", field) for field in fields)
    return urlunsplit((parts.scheme, netloc, parts.path, left, "")), [line + "\n"]


def _last_words(output: str) -> str:
    """The end of the output, from the error on: the CLI quotes the failing statement after the error."""
    lines = output.strip().splitlines()
    first = next((number for number, line in enumerate(lines) if "ERROR" in line), max(0, len(lines) - 15))
    return "\n".join(lines[first : first + 30])
