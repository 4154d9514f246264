"""The machine, versions and commit of a run. A reader needs them to compare figures or to repeat the run."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from harness.stack import Cluster
from harness.stack.parts import ROOT, deno_binary, postgrest_binary


def describe(cluster: Cluster, shown: Sequence[str]) -> dict[str, str]:
    """Machine, versions, commit and these settings of Postgres, in words."""
    with psycopg.connect(cluster.server.admin_url()) as connection:
        version = connection.info.parameter_status("server_version") or "?"
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Commit": commit(),
        "Machine": f"{os.cpu_count()} cores ({processor()}), {memory()} of memory, {system()}",
        "Versions": f"Postgres {version}, PostgREST {_first_line(postgrest_binary(), '--version').split()[-1]},"
        f" Deno {_first_line(deno_binary(), '--version').split()[1]},"
        f" Python {platform.python_version()}, psycopg {psycopg.__version__}",
        "Postgres settings": ", ".join(f"`{name}` {value}" for name, value in settings(cluster, shown).items()),
    }


def settings(cluster: Cluster, shown: Sequence[str]) -> dict[str, str]:
    """Settings of Postgres, in the order in which they were asked for."""
    with psycopg.connect(cluster.server.admin_url()) as connection:
        rows = connection.execute(
            "select name, current_setting(name) from pg_settings where name = any(%s)", [[*shown]]
        )
        return dict(sorted(rows.fetchall(), key=lambda row: shown.index(row[0])))


def commit() -> str:
    """The commit, and whether anything was changed since."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "supabase", "harness")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with local changes" if changed else "")


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    return _fields(Path("/proc/cpuinfo")).get("model name") or platform.processor() or platform.machine()


def memory() -> str:
    """The machine's memory in GiB."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GiB"


def system() -> str:
    """Operating system and kernel."""
    released = dict(line.split("=", 1) for line in _lines(Path("/etc/os-release")) if "=" in line)
    named = released.get("PRETTY_NAME", platform.system()).strip('"')
    return f"{named}, kernel {platform.release()}"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _fields(path: Path) -> Mapping[str, str]:
    pairs = (line.split(":", 1) for line in _lines(path) if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _first_line(*command: str | Path) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else "? ?"
