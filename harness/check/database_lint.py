"""Lints the database that the migrations make (`make dblint`), on the Postgres that OPS_POSTGRES names.

Three linters look at both schemas: the advisors of the Supabase CLI (splinter), which are asked about `anon` and
`authenticated` and then about our six roles; `plpgsql_check` over every function, trigger functions with each of their
tables; and `supabase db lint`. The last two need the extension `plpgsql_check`. Debian has a package of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from harness.check.access import ACCESS
from harness.check.drift import SCHEMAS
from harness.stack import Cluster, StackError, SupabaseCli, run_cluster
from harness.stack.errors import FAILED
from harness.stack.postgres_trees import DEBIAN, DEFAULT, chosen

# These judge how a database was used. This one was made a moment ago.
OF_USE = {"unused_index"}
# Hints about speed are left out: hidden casts of names, and functions that could promise more than they need to.
LEVELS = ("error", "warning", "warning extra", "security")

CHECK = """
select p.oid::regprocedure::text, t.tgrelid::regclass::text, f.level, f.message, f.detail, f.lineno
from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join lateral (
  select distinct tgrelid, tgoldtable, tgnewtable from pg_trigger where tgfoid = p.oid
) as t on p.prorettype = 'trigger'::regtype
cross join lateral extensions.plpgsql_check_function_tb(
  p.oid, coalesce(t.tgrelid, 0), all_warnings => true, fatal_errors => false,
  oldtable => t.tgoldtable, newtable => t.tgnewtable
) as f
where p.pronamespace = any (%s::regnamespace[]) and f.level = any (%s)
  and (p.prorettype <> 'trigger'::regtype or t.tgrelid is not null)
"""
# A trigger function that serves several tables asks which one it is before it takes a column. The linter does not
# follow that, so what depends on the columns counts only where it is said of every table.
OF_ONE_TABLE = ("has no field", "never read variable")


@dataclass(frozen=True)
class LintRemark:
    """One remark of plpgsql_check, on a function or on a trigger function with one of its tables."""

    function: str
    table: str | None
    level: str
    message: str
    detail: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """On one line."""
        on = f" on {self.table}" if self.table else ""
        return f"{self.function}{on}, line {self.line}: {self.level}: {self.message}" + (
            f" ({self.detail})" if self.detail else ""
        )


def counted(findings: list[LintRemark], tables: dict[str, set[str]]) -> list[LintRemark]:
    """The findings that count; `tables` are those of each trigger function."""

    def everywhere(one: LintRemark) -> bool:
        said = {f.table for f in findings if (f.function, f.line, f.message) == (one.function, one.line, one.message)}
        return said >= tables.get(one.function, set())

    return [one for one in findings if not any(part in one.message for part in OF_ONE_TABLE) or everywhere(one)]


def check_functions(admin: psycopg.Connection[Any]) -> list[str]:
    """What plpgsql_check finds in the functions of both schemas; the extension is installed."""
    rows = admin.execute(sql.SQL(CHECK), [[*SCHEMAS], [*LEVELS]]).fetchall()
    tables: dict[str, set[str]] = {}
    for function, table in admin.execute("select tgfoid::regprocedure::text, tgrelid::regclass::text from pg_trigger"):
        tables.setdefault(function, set()).add(table)
    return [str(one) for one in counted([LintRemark(*row) for row in rows], tables)]


def advice(url: str) -> list[str]:
    """What the advisors of the CLI find in either schema. They take them for exposed, as `config.toml` here says."""
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "supabase" / "config.toml"
        config.parent.mkdir()
        config.write_text(f'project_id = "lint"\n[api]\nschemas = {json.dumps(SCHEMAS)}\n')
        said = SupabaseCli(Path(directory)).run(
            "db", "advisors", f"--remote={url}", "--level", "info", "--fail-on", "none"
        )
    start = said.find("[\n")
    if start < 0:  # a new database always has indexes that nobody used
        raise StackError("the advisors of the Supabase CLI no longer answer with a list", checked=said.strip()[:200])
    found = json.JSONDecoder().raw_decode(said[start:])[0]
    return [f"{one['level']}: {one['name']}: {one['detail']}" for one in found if one["name"] not in OF_USE]


def advice_on_our_roles(cluster: Cluster, url: str) -> list[str]:
    """The same questions about the six roles: `anon`, whom the advisors ask about, has the rights of all of them."""
    roles = sql.SQL(", ").join(map(sql.Identifier, ACCESS.roles))
    with psycopg.connect(cluster.server.admin_url(), autocommit=True) as admin:
        for role in ACCESS.roles:
            admin.execute(sql.SQL("revoke authenticated from {} granted by postgres").format(sql.Identifier(role)))
        admin.execute(sql.SQL("grant {} to anon, authenticated").format(roles))
    return advice(url)


def lints(cluster: Cluster) -> Iterator[tuple[str, list[str] | None]]:
    """Each linter with its findings, None for one that this server cannot run. The roles of the cluster are changed."""
    url = cluster.server.url("postgres", cluster.template)
    with psycopg.connect(cluster.server.admin_url(cluster.template), autocommit=True) as admin:
        there = admin.execute("select from pg_available_extensions where name = 'plpgsql_check'").fetchone()
        if there is not None:
            admin.execute("create extension plpgsql_check with schema extensions")
            yield "plpgsql_check", check_functions(admin)
    yield "supabase db lint", _cli_lint(url) if there is not None else None
    yield "advisors", advice(url)
    yield "advisors about the six roles", advice_on_our_roles(cluster, url)


def _cli_lint(url: str) -> list[str]:
    asked = ("--schema", ",".join(SCHEMAS), "--level", "warning", "--fail-on", "warning")
    try:
        SupabaseCli().run("db", "lint", f"--remote={url}", *asked)
    except StackError as error:
        return [error.failed]
    return []


def server() -> str:
    """The Postgres that OPS_POSTGRES names; without it the newest one of this machine that has plpgsql_check."""
    if os.environ.get("OPS_POSTGRES"):
        return chosen()
    found = sorted(DEBIAN.glob("[0-9]*/lib/plpgsql_check.so"), key=lambda path: int(path.parents[1].name))
    return str(found[-1].parents[1]) if found else DEFAULT


def main(arguments: list[str] | None = None) -> int:
    """0 if no linter found anything, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m harness.check.database_lint", description=__doc__)
    parser.add_argument("--all", action="store_true", help="fail if this machine lacks a linter")
    given = parser.parse_args(arguments)
    failed = False
    try:
        version = server()
        with run_cluster(kind="embedded", version=version) as cluster:
            for name, findings in lints(cluster):
                if findings is None:
                    print(f"plpgsql_check and {name}: not run, Postgres {version} has no extension plpgsql_check")
                    failed |= given.all
                else:
                    print(f"{name}: {len(findings) or 'nothing'} found on Postgres {version}")
                    print(*(f"  {finding}\n" for finding in findings), sep="", end="", flush=True)
                    failed |= bool(findings)
    except StackError as error:
        print(error, file=sys.stderr)
        return FAILED
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
