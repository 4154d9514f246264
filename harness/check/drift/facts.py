"""Facts that a comparison of schemas misses: roles, the database, and objects of other schemas that depend on ours.

Every query gives rows of (about, key, make, undo). Two databases agree on a fact if both have its key. `make` is the
SQL that brings it about, `undo` the SQL that ends it; null where the other side's `make` does that. A fact with
`about` is only compared where both databases have that object: a missing one is the schema comparison's to tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from harness.check.access import ACCESS

SCHEMAS = ("ops", "ops_private")
# Settings of roles and of the database that change neither who a caller is nor what a rule says: each is a note.
# Every other one that differs is drift, since Postgres and its extensions have hundreds and some stop or open all.
HARMLESS = "|".join(
    (
        r"(statement|lock|transaction|deadlock|idle_session|idle_in_transaction_session)_timeout$",
        r"(work_mem|maintenance_work_mem|hash_mem_multiplier|temp_buffers|temp_file_limit|effective_cache_size)$",
        r"(log|track|enable|jit|geqo|cpu|parallel|max_parallel)_",
        r"(jit|geqo|plan_cache_mode|random_page_cost|seq_page_cost|effective_io_concurrency)$",
        r"(default_statistics_target|from_collapse_limit|join_collapse_limit|cursor_tuple_fraction)$",
        r"(application_name|client_min_messages|timezone)$",
        # An application's own, whose value may be a secret; none that says who a caller is or what code means.
        r"(?!(request|pgrst|ops|plpgsql|supautils|safeupdate)\.)[a-z_0-9]+\.",
    )
)
# What each project has of its own: what the platform preloads, and what the API serves.
OWN = r"ops\.local_stack$|session_preload_libraries$|pgrst\.(db_(schemas|extra)|openapi|server)"
NOTE = "note"
_HEADING = re.compile(r"^--- (.+)$", re.MULTILINE)


def queries() -> dict[str, str]:
    """The queries of `facts.sql` by kind."""
    _, *parts = _HEADING.split(Path(__file__).with_name("facts.sql").read_text())
    return dict(zip(parts[::2], parts[1::2], strict=True))


@dataclass(frozen=True)
class CatalogueFact:
    """One fact about a database, the SQL that makes it true and the SQL that makes it untrue."""

    kind: str
    about: str | None
    key: str
    make: str | None
    undo: str | None


def read(connection: psycopg.Connection[Any]) -> list[CatalogueFact]:
    """All facts of a database; psycopg.Error if one cannot be read."""
    ours, platform = ACCESS.roles, (*ACCESS.platform_roles, "authenticator")
    for name, roles in {"ours": ours, "platform": platform, "everyone": ours + platform}.items():
        connection.execute("select set_config(%s, %s, true)", [f"drift.{name}", f"{{{','.join(roles)}}}"])
    settings = {"harmless": f"^({HARMLESS})", "own": f"^({OWN})", "acting": "{postgres,supabase_auth_admin}"}
    for name, value in settings.items():
        connection.execute("select set_config(%s, %s, true)", [f"drift.{name}", value])
    connection.execute(
        "select set_config('drift.names', %s, true),"
        " set_config('drift.schemas', coalesce(array_agg(oid), '{}')::text, true)"
        " from pg_namespace where nspname = any (%s)",
        [f"({'|'.join(SCHEMAS)})", [*SCHEMAS]],
    )
    connection.execute("set local search_path = ''")  # so that every name is written with its schema
    facts: list[CatalogueFact] = []
    for kind, query in queries().items():
        if kind == "migration" and not _has_history(connection):
            continue
        facts += [CatalogueFact(kind, *row) for row in connection.execute(sql.SQL(query))]
    return facts


def _has_history(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select to_regclass('supabase_migrations.schema_migrations')").fetchone()
    return bool(row and row[0])


def mending(there: list[CatalogueFact], wanted: list[CatalogueFact]) -> list[tuple[str, str]]:
    """The SQL that gives one database the facts of the other, by kind. What is too much is removed first.

    A note is a sentence, not SQL.
    """
    have, want = ({(fact.kind, fact.key) for fact in facts} for facts in (there, wanted))
    known = {(fact.kind, fact.about) for fact in there}
    too_much = [(f.kind, f.undo) for f in there if f.undo and (f.kind, f.key) not in want]
    missing = [
        (f.kind, f.make)
        for f in wanted
        if f.make
        and (f.kind, f.key) not in have
        and (f.about is None or (f.kind, f.about) in known)
        and not (f.kind == "migration" and ("migration", "all") in have)
    ]
    return list(dict.fromkeys([*sorted(too_much), *missing]))
