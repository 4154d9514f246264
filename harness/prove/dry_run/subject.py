"""What is released: this checkout, under the name that it has elsewhere, and what it runs on."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from harness.stack import Stack
from harness.stack.parts import ROOT, cli_binary

RECORD = ROOT / "docs" / "reports" / "dry-run.md"
_REMOTE = re.compile(r"(?:(?:https?|ssh|git)://[^/]+/|[^/:@]+(?:@[^/:]+)?:(?!//))(?P<path>.+?)(?:\.git)?/?")


@dataclass(frozen=True)
class Subject:
    """A commit of a project; `local_changes` says that the files are not quite those of the commit."""

    project: str
    version: str
    source_ref: str
    local_changes: bool
    before: str | None

    @property
    def commit(self) -> str:
        """The commit as a reader wants it: never without the changes on top of it."""
        return f"{self.source_ref} with local changes" if self.local_changes else self.source_ref


def checkout(root: Path = ROOT) -> Subject:
    """The checkout at `root`; one without git, as from a tarball, is `unversioned`."""
    package = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    # A checkout that lies inside another one must not take that one's commit.
    whole = _git(root, "rev-parse", "--show-toplevel")
    ours = whole is not None and Path(whole).resolve() == root.resolve()
    commit = _git(root, "rev-parse", "HEAD") if ours else None
    # The record itself is written by each run.
    changed = (
        _git(root, "status", "--porcelain", "--", ".", f":(exclude){RECORD.relative_to(ROOT)}") if commit else None
    )
    return Subject(
        project=(_named(_git(root, "remote", "get-url", "origin") or "") if ours else None) or str(package["name"]),
        version=str(package["version"]),
        source_ref=commit or "unversioned",
        local_changes=bool(changed),
        before=_git(root, "rev-parse", "HEAD^") if commit else None,
    )


def tracked(root: Path = ROOT) -> list[str]:
    """The Python files that the commit has; the whole package where there is no git to ask."""
    listed = _git(root, "ls-files", "--", "harness/*.py") or ""
    return [name for name in listed.splitlines() if (root / name).is_file()] or ["harness"]


def versions(stack: Stack) -> dict[str, str]:
    """What the release was run on."""
    with stack.connect() as connection:
        row = connection.execute("show server_version").fetchone()
    return {
        "Postgres": str(row[0]).split()[0] if row else "unknown",
        "Supabase CLI": str(json.loads((cli_binary().parents[1] / "package.json").read_text())["version"]),
        "Deno": metadata.version("deno"),
        "Python": platform.python_version(),
    }


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _named(remote: str) -> str | None:
    """The last two parts of an address, with neither host nor credentials; a folder on this machine is no name."""
    found = _REMOTE.fullmatch(remote)
    return "/".join(found["path"].split("/")[-2:]) if found else None
