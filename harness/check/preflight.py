"""Checks tools, project, schema and spec before the migrations are pushed to a project (T0).

`make preflight` prints a line per check and exits 1 if one failed. Nothing is written to the project.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import yaml
from psycopg.conninfo import conninfo_to_dict

from harness.check import bundles, drift
from harness.check.access import FILE as ACCESS_PATH
from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import StackError
from harness.stack.parts import ROOT, cli_binary, environment
from ops_gates import readiness, settings
from ops_gates.errors import NotAllowed, Unreachable, UsageFault
from ops_gates.producers.wire import Wire
from ops_gates.readiness import Check
from ops_gates.retry import Retry

REF = re.compile(r"[a-z]{20}")
ACCESS_FILE = ACCESS_PATH.relative_to(ROOT)
# The ref in the host of a direct connection, or in the user of the pooler's.
_IN_TARGET = re.compile(r"db\.([a-z]{20})\.supabase\.co .*|.* \w+\.([a-z]{20})")
SHOWN = 3  # contradictions of one comparison; the rest is counted


def checks(
    target: str | None,
    *,
    project_ref: str | None = None,
    project_url: str | None = None,
    reference: str | None = None,
    root: Path = ROOT,
) -> Iterator[Check]:
    """Yield each check as soon as it is made.

    `target` is the database of the project, None if none was named; `project_ref` asks for a linked and authenticated
    CLI too; at `project_url` is the project's key set, None for a local stack; `reference` is a database that has the
    migrations alone, by default one of our own.
    """
    yield _cli()
    if project_ref is not None:
        yield from _linked(project_ref, target, root)
    if project_url is not None:
        yield _keys(project_url)
    reachable = _reachable(target)
    yield reachable
    yield _complete(root)
    with contextlib.ExitStack() as stack:
        try:
            migrated = reference or stack.enter_context(
                drift.fresh(_major(target) if reachable.ok and target else None)
            )
        except StackError as error:
            yield Check("migrations", False, _line(error), "mend them, or the embedded stack, until `make reset` works")
            return
        yield Check("migrations", True, "they apply to an empty database")
        if target and reachable.ok:
            yield _ours(target, migrated)
        yield from _consistent(migrated, root)


def _cli() -> Check:
    try:
        return Check("Supabase CLI", True, SupabaseCli().run("--version").strip())
    except StackError as error:
        return Check("Supabase CLI", False, error.failed, "make setup")


def _linked(ref: str, target: str | None, root: Path) -> Iterator[Check]:
    link = f"{cli_binary().name} link --project-ref {ref}"
    kept = root / "supabase" / ".temp" / "project-ref"
    found = kept.read_text().strip() if kept.is_file() else ""
    yield Check("linked", found == ref, f"to {found}" if found else "to no project", "" if found == ref else link)
    yield _authenticated()
    parts = conninfo_to_dict(target) if target else {}
    is_its = ref in f"{parts.get('host', '')} {parts.get('user', '')}"
    say = "is" if is_its else "is not"
    do = "" if is_its else "set SUPABASE_DB_URL to the address that the dashboard shows under Connect"
    yield Check("target", is_its, f"the database named {say} the one of project {ref}", do)


def _authenticated() -> Check:
    token = os.environ.get("SUPABASE_ACCESS_TOKEN", "").strip()
    given = environment(**({"SUPABASE_ACCESS_TOKEN": token} if token else {}))
    with contextlib.suppress(OSError, subprocess.TimeoutExpired, StackError):
        asked = [str(cli_binary()), "whoami", "--agent", "no"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=30, env=given, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return Check("authenticated", True, "the CLI has an access token that works")
    return Check("authenticated", False, "the CLI is not signed in", "supabase login, or set SUPABASE_ACCESS_TOKEN")


def url_of(target: str | None, project_ref: str | None) -> str | None:
    """The address of the project that is checked: that of the ref, SUPABASE_URL, or that of the ref in the target.

    None for a database on this machine without one; empty if it cannot be known.
    """
    named = os.environ.get("SUPABASE_URL", "").strip()
    parts = conninfo_to_dict(target) if target else {}
    host = str(parts.get("host") or "")
    found = _IN_TARGET.fullmatch(f"{host} {parts.get('user') or ''}")
    ref = project_ref or (None if named or not found else found[1] or found[2])
    if ref:
        return f"https://{ref}.supabase.co"
    return named or (None if target is None or settings.is_loopback(host) else "")


def _keys(project_url: str) -> Check:
    """Whether the project trusts the key of a local stack, by which whoever has that stack could sign in as anybody."""
    if not project_url:
        return Check("signing keys", False, "the project's address is not known", "set SUPABASE_URL")
    try:
        return readiness.keys(Wire(project_url, ""), Retry.within(5), is_local=False)
    except UsageFault as error:
        return Check("signing keys", False, f"they cannot be read: {_line(error)}", "check SUPABASE_URL, and try again")


def _reachable(target: str | None) -> Check:
    if target is None:
        return Check("reachable", False, "no database is named", "set SUPABASE_DB_URL, or make up")
    try:
        with drift.connect(target) as connection:
            version = connection.info.server_version // 10_000
    except (Unreachable, NotAllowed) as error:
        return Check(
            "reachable", False, error.message, "check SUPABASE_DB_URL, its password, and that the project is not paused"
        )
    supported = version >= 15
    do = "" if supported else "upgrade the project to Postgres 15 or later"
    return Check("reachable", supported, f"{drift.describe(target)}, Postgres {version}", do)


def _major(target: str) -> int:
    with drift.connect(target) as connection:
        return connection.info.server_version // 10_000


def _ours(target: str, migrated: str) -> Check:
    name = f"schemas {' and '.join(drift.SCHEMAS)}"
    try:
        report = drift.report(target, reference=migrated)
    except (StackError, Unreachable, NotAllowed, psycopg.Error) as error:
        return Check(name, False, _line(error), "run `make drift` for the whole answer")
    if report.absent:
        return Check(name, True, "absent: the migrations can be pushed")
    if report.foreign:
        found = f"{' and '.join(report.foreign)} exists and is not ours"
        return Check(name, False, found, "rename or drop it: the migrations make a schema of this name")
    if not report:
        return Check(name, True, "exactly what the migrations make, without drift")
    differs = f"{len(report.sql.splitlines())} lines of SQL away from the migrations"
    return Check(name, False, differs, "read `make drift`, then mend the project or write a migration")


def _complete(root: Path) -> Check:
    missing = bundles.missing_files(root)
    found = f"missing: {', '.join(missing)}" if missing else f"{len(bundles.FILES)} files"
    return Check("spec bundles", not missing, found, "write them" if missing else "")


def _consistent(migrated: str, root: Path) -> Iterator[Check]:
    try:
        given = bundles.Bundles.read(root)
        with psycopg.connect(migrated) as connection:
            for one in bundles.compare(given, connection):
                yield _agreement(one)
            connection.rollback()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError, psycopg.Error) as error:
        # A field is absent or of another type.
        said = f"cannot be compared ({type(error).__name__}: {_line(error)})"
        yield Check(
            "spec and data",
            False,
            said,
            f"mend {bundles.PERSONAS}, {bundles.CONTROL_PLANE} or {ACCESS_FILE}",
        )


def _agreement(one: bundles.Comparison) -> Check:
    if not one.contradictions:
        return Check(one.subject, True, f"{', '.join(one.sources)} agree")
    more = len(one.contradictions) - SHOWN
    shown = [*one.contradictions[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return Check(
        one.subject, False, "; ".join(shown), f"decide in {bundles.CONTROL_PLANE}, then make the others say the same"
    )


def _line(error: object) -> str:
    return " ".join(str(error).split())[:300]


def main(arguments: list[str] | None = None) -> int:
    """0 if all is well, 1 if a check failed, 2 for wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.check.preflight",
        description="Check tools, project, schema and spec before a release of the schema itself.",
        epilog="Example: python -m harness.check.preflight --project-ref abcdefghijklmnopqrst",
    )
    parser.add_argument("--target", help="address without a password; otherwise SUPABASE_DB_URL, or the stack")
    parser.add_argument("--project-ref", help="also ask whether the CLI is linked to this project, and signed in")
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")
    given = parser.parse_args(arguments)
    if given.project_ref is not None and not REF.fullmatch(given.project_ref):
        parser.error("--project-ref is 20 lower-case letters")
    target = None
    try:
        target = drift.target_url(given.target)
    except drift.NoTarget as error:
        if given.target or "SUPABASE_DB_URL" in os.environ:
            parser.error(str(error))
    made = []
    for check in checks(target, project_ref=given.project_ref, project_url=url_of(target, given.project_ref)):
        made.append(check)
        if not given.json:
            print(check.line(), flush=True)
    if given.json:
        print(json.dumps([check.__dict__ for check in made], indent=2, ensure_ascii=False))
    return 0 if all(check.ok for check in made) else 1


if __name__ == "__main__":
    sys.exit(main())
