"""A caller's temporary objects run none of their code as the owner of our functions, and change no answer.

What a session keeps in its temporary schema is found before anything else where a search path does not say otherwise.
So every definer function is entered from sessions that are full of types, tables, functions and operators with the
names that our functions use.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import Facts, Row, subject
from harness.prove.access_rows import commit_rows
from harness.prove.access_scene import adapted, change, claims_of, insertion
from harness.prove.access_tables import CHANGES
from harness.stack import Stack, wait_until

CALLERS = ("service_role", *ACCESS.roles)


def rare(facts: Facts) -> dict[str, list[Row]]:
    """What a row of the scene lacks, so that each trigger with a condition is entered too."""
    return {
        "approvals": [{"decision": "rejected"}],
        "deployments": [
            {"artifacts": Jsonb([{"name": "shop", "sha256": "AB" * 32}])},
            {"rollback_of": facts.deployments["a"], "environment": "staging"},
        ],
        "evidence_artifacts": [{"sha256": "AB" * 32}, {"artifact_url": "file:///tmp/report.xml"}],
        "gate_checks": [{"metadata": Jsonb({"text": "x" * 300_000})}, {"status": "fail"}],
        "releases": [{"imported_at": datetime.now(UTC)}],
    }


# Each imitation reports its name and user as a notice. A notice survives a caught error and a rollback.
SPIES = """
create function pg_temp.spy(what text) returns boolean language plpgsql as
'begin raise notice ''entered|%|%'', what, current_user; return true; end';
create function pg_temp.spy_on_write() returns trigger language plpgsql as
'begin raise notice ''entered|write to %|%'', tg_table_name, current_user; return new; end';
"""

# What can be named without a schema: each thing of ours, and each of Postgres' whose name is a word in one of our
# bodies. Domains stand for types, views that can be written to for tables, plpgsql for functions and operators; what
# has an argument that plpgsql cannot have is left out.
IMITATIONS = r"""
with ours as (select oid from pg_namespace where nspname in ('ops', 'ops_private')),
words as (
  select distinct word[1] as word
  from pg_proc cross join regexp_matches(prosrc, '[a-z_][a-z0-9_]*|[-=<>|#?@~]+', 'g') as word
  where pronamespace in (select oid from ours)
),
types (name, base) as (
  select typname, case when pg_type_is_visible(t.oid) or typnamespace = 'ops'::regnamespace then t.oid::regtype::text
    else 'text' end
  from pg_type as t left join pg_class as c on c.oid = typrelid
  where typcategory <> 'A' and (
    typnamespace in (select oid from ours) and (c.oid is null or relkind = 'c')
    or typnamespace = 'pg_catalog'::regnamespace and typtype = 'b' and typname in (select word from words))
  union all values ('boolean', 'boolean'), ('integer', 'integer'), ('bigint', 'bigint')
),
relations (name, columns) as (
  select relname, string_agg(format('null::%s as %I', atttypid::regtype, attname), ', ' order by attnum)
  from pg_class as c join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped
  join pg_type as t on t.oid = atttypid and typtype <> 'p' and typnamespace <> 'ops_private'::regnamespace
  where relkind in ('r', 'v') and (relnamespace in (select oid from ours)
    or relnamespace = 'pg_catalog'::regnamespace and relname in (select word from words))
  group by relname
),
possible as (select oid from pg_type where typtype <> 'p' and typnamespace <> 'ops_private'::regnamespace),
functions (name, args, result) as (
  select distinct on (proname, proargtypes) proname, oidvectortypes(proargtypes), prorettype::regtype
  from pg_proc where prokind = 'f' and prorettype in (select oid from possible)
    and proargtypes::oid[] <@ array(select oid from possible)
    and (pronamespace in (select oid from ours)
      or pronamespace = 'pg_catalog'::regnamespace and proname in (select word from words))
),
operators (name, l, r, result) as (
  select oprname, oprleft::regtype, oprright::regtype, oprresult::regtype
  from pg_operator where oprnamespace = 'pg_catalog'::regnamespace and oprname in (select word from words)
    and array[oprleft, oprright] <@ '{text,text[],jsonb,uuid,timestamptz,bool,int4,int8,interval}'::regtype[]::oid[]
)
select format('create domain pg_temp.%I as %s check (pg_temp.spy(''type %1$s''))', name, base)
from (select distinct on (name) name, base from types order by name, base) as once -- ops and pg_catalog share names
union all
select format('create view pg_temp.%I as select %s where pg_temp.spy(''relation %1$s'')', name, columns) from relations
union all
select format('create trigger spy instead of insert or update or delete on pg_temp.%I'
  ' for each row execute function pg_temp.spy_on_write()', name) from relations
union all
select format('create function pg_temp.%I(%s) returns %s language plpgsql as'
  ' ''begin perform pg_temp.spy(''''function %1$s''''); return null; end''', name, args, result) from functions
union all
select format('create function pg_temp.operator_%s(%s, %s) returns %s language plpgsql as'
  ' ''begin perform pg_temp.spy(''''operator %s''''); return null; end''', row_number() over (), l, r, result, name)
  || format('; create operator pg_temp.%s (leftarg = %s, rightarg = %s, function = pg_temp.operator_%s)',
    name, l, r, row_number() over ()) from operators
"""

# Values that differ between two runs of the same statement: ids, hashes of what has one, and times.
CHANGING = re.compile(
    r"[0-9a-f]{64}"
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[ T][\d:.]+([+-]\d\d:?\d\d|Z)?|\d+:\d\d:\d\d[\d.]*"
)


@dataclass(frozen=True)
class Statement:
    """One statement of a caller."""

    name: str
    statement: Any
    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class CountedDatabase:
    """A database with people and rows, and two ways in: as its owner, and as the API comes."""

    url: str
    login: str
    facts: Facts
    imitations: str

    def owner(self, query: Any, values: Any = None) -> list[Any]:
        """What the owner reads or, by way of `returning`, does."""
        with psycopg.connect(self.url) as owner:
            cursor = owner.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def steps(self, role: str) -> Iterator[Statement]:
        """Every statement that a role may run: calls, events, reads and writes."""
        facts = self.facts
        functions = "select proname from pg_proc where pronamespace = 'ops'::regnamespace"
        for (name,) in self.owner(f"{functions} and has_function_privilege(%s, oid, 'execute')", [role]):
            given = facts.arguments(name, role)
            named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(argument)) for argument in given)
            call = sql.SQL("select * from ops.{}({})").format(sql.Identifier(name), named)
            yield Statement(f"call of {name}", call, [*given.values()])
        if role in ACCESS.functions["set_gate_policy"]:
            asked = [{"kind": "approval", "subject": "release_manager", "approvers": ["release_manager-a"]}]
            policy = "select * from ops.set_gate_policy('G3', %s, 'acme/other', 'release_manager-a', 'a test')"
            yield Statement("a policy that names people", policy, [Jsonb(asked)])
        ingest = "select ops.ingest_event(%s)"
        for event, senders in ACCESS.events.items():
            if role in senders:
                made = Jsonb(facts.event(event, role))
                yield Statement(f"event {event}", ingest, [made])
                yield Statement(f"event {event}, twice", f"{ingest}, ops.ingest_event(%s)", [made, made])
                batch = Jsonb([made.obj, made.obj, {"refusal": {"error": "invalid_json"}}])
                yield Statement(f"event {event}, in a batch", "select ops.ingest_events(%s)", [batch])
                yield Statement(f"event {event}, empty", ingest, [Jsonb({**made.obj, "payload": {}})])
        if role == "service_role":
            given = facts.arguments("import_release", role)
            named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(argument)) for argument in given)
            past = Jsonb({**facts.event("build_complete", role), "imported": True})
            opened = "pg_catalog.jsonb_set(%s, '{{release_id}}', pg_catalog.to_jsonb(ops.import_release({})))"
            sent = sql.SQL(f"select ops.ingest_event({opened})").format(named)
            yield Statement("event about the past", sent, [past, *given.values()])
        relations = self.owner(
            "select relname, has_any_column_privilege(%(role)s, oid, 'select'),"
            " has_any_column_privilege(%(role)s, oid, 'insert'), has_any_column_privilege(%(role)s, oid, 'update')"
            " from pg_class where relnamespace = 'ops'::regnamespace and relkind in ('r', 'v') order by 1",
            {"role": role},
        )
        for name, reads, inserts, updates in relations:
            if reads:
                yield Statement(f"select from {name}", sql.SQL("select * from ops.{}").format(sql.Identifier(name)))
            if inserts:
                for more in ({}, *rare(facts).get(name, [])):
                    row = facts.row(role, name) | more
                    yield Statement(f"insert into {name}", insertion(name, row), adapted([*row.values()]))
            if updates:
                yield Statement(f"update of {name}", *change(name, facts.key(name, role), CHANGES[name]))

    def uncounted(self) -> set[str]:
        """The definer functions of both schemas that no call has returned from."""
        rows = self.owner(
            "select format('%s.%s', pronamespace::regnamespace, proname) from pg_proc as p"
            " where pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) and prosecdef"
            " and not exists (select from pg_stat_user_functions where funcid = p.oid and calls > 0)"
        )
        return {name for (name,) in rows}


@dataclass
class SpiedSession:
    """A caller who came through the API, perhaps with a temporary schema full of imitations."""

    db: psycopg.Connection[Any]
    role: str
    entered: set[tuple[str, str]] = field(default_factory=set)
    """Each imitation that was entered, and as whom."""
    refusing: set[str] = field(default_factory=set)
    """Functions that an error came from: Postgres does not count a call that ends so."""

    @classmethod
    @contextlib.contextmanager
    def opened(
        cls, place: CountedDatabase, role: str, who: str | None = None, *, hostile: bool
    ) -> Iterator[SpiedSession]:
        """Log in as PostgREST does."""
        with psycopg.connect(place.login, autocommit=True, prepare_threshold=None) as db:
            session = cls(db, role)
            db.add_notice_handler(session.noticed)
            claims = json.dumps(claims_of(role, who or subject(role)))
            db.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            db.execute("select set_config('request.jwt.claims', %s, false)", [claims])
            if hostile:
                # In this order the imitations themselves mean Postgres' own types.
                db.execute("set search_path = pg_catalog, pg_temp")
                db.execute(place.imitations.encode())
                db.execute("set search_path = pg_temp, public, pg_catalog")
            yield session
            db.execute("select pg_catalog.pg_stat_force_next_flush()")

    def noticed(self, notice: psycopg.errors.Diagnostic) -> None:
        """Record the notice of an imitation."""
        word, *said = (notice.message_primary or "").split("|")
        if word == "entered":
            self.entered.add((said[0], said[1]))

    def outcome(self, step: Statement) -> str:
        """What a statement comes to, without what differs between two runs of it; undone."""
        with self.db.transaction(force_rollback=True):
            try:
                rows = self.db.execute(step.statement, step.values)
                # The rows of a view come in any order.
                told = (
                    sorted(json.dumps(row, default=str) for row in rows) if rows.description else [str(rows.rowcount)]
                )
                self.db.execute("set constraints all immediate")  # what waits for the end of a transaction
                said = ", ".join(told)
            except psycopg.Error as error:
                said = f"{error.sqlstate} {error.diag.message_primary}"
                self.refusing |= {*re.findall(r"function (ops(?:_private)?\.\w+)\(", error.diag.context or "")}
        return f"{step.name}: {CHANGING.sub('…', said)}"


@pytest.fixture
def place(stack: Stack, fresh_db: Callable[[], str]) -> CountedDatabase:
    """A database with people and rows that counts calls of functions from here on."""
    url = fresh_db()
    assert stack.cluster
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    facts = commit_rows(url)
    with psycopg.connect(stack.cluster.server.admin_url(name)) as admin:
        admin.execute(sql.SQL("alter database {} set track_functions = 'all'").format(sql.Identifier(name)))
        admin.execute("set search_path = pg_catalog")
        imitations = ";\n".join([SPIES, *(line for (line,) in admin.execute(IMITATIONS))])
    return CountedDatabase(url, stack.cluster.server.url("authenticator", name), facts, imitations)


def begin_an_exception(place: CountedDatabase) -> None:
    """Let one begin after its release was judged, so that the gate summary judges the release anew."""
    with psycopg.connect(place.login, autocommit=True) as manager:
        claims = json.dumps(claims_of("release_manager", subject("release_manager")))
        manager.execute("set role release_manager")
        manager.execute("select set_config('request.jwt.claims', %s, false)", [claims])
        manager.execute(
            "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement,"
            " approver_id, effective_from, expires_at) select %s, 'gate_bypass', '{G1}', 'r', 'r', %s,"
            " n.at + interval '0.5 seconds', n.at + interval '1 hour' from clock_timestamp() as n (at)",
            [place.facts.mine, subject("release_manager")],
        )
    begun = "select bool_and(effective_from < clock_timestamp()) from ops.exceptions"
    wait_until(lambda: place.owner(begun) == [(True,)], 5, "the exception to begin")


def test_a_hostile_temporary_object_runs_no_code_of_the_caller_as_the_owner_and_changes_no_answer(
    place: CountedDatabase,
) -> None:
    refusing: set[str] = set()
    begin_an_exception(place)
    # Who is a member of one project alone is asked for more.
    for role, who in [*((role, None) for role in CALLERS), ("audit_reader", "audit_reader-in-shop")]:
        steps = [*place.steps(role)]
        with SpiedSession.opened(place, role, who, hostile=False) as session:
            expected = [session.outcome(step) for step in steps]
        with SpiedSession.opened(place, role, who, hostile=True) as session:
            assert [session.outcome(step) for step in steps] == expected
            assert {(what, user) for what, user in session.entered if user != role} == set(), role
            refusing |= session.refusing
    # A new definer function needs a statement here that enters it. Supabase Auth alone calls the hook.
    assert place.uncounted() - refusing == {"ops.with_member_role"}


# Each kind of imitation, and a statement that names one.
NAMED = {
    "type text": "select 'a'::text",
    "type boolean": "select 'true'::pg_temp.boolean",
    "type ops_gate_code": "select 'G1'::ops_gate_code",
    "relation releases": "select * from releases",
    "write to releases": "insert into releases (project) values (default)",
    "function lower": "select pg_temp.lower('A')",
    "function gate_named": "select pg_temp.gate_named(null)",
    "operator =": "select 'a'::pg_catalog.text operator(pg_temp.=) 'b'::pg_catalog.text",
    "operator ->>": "select '{}'::pg_catalog.jsonb operator(pg_temp.->>) 'b'::pg_catalog.text",
}


def test_an_imitation_is_entered_by_whoever_names_it(place: CountedDatabase) -> None:
    with SpiedSession.opened(place, "qa_tester", hostile=True) as session:
        for what, statement in NAMED.items():
            session.outcome(Statement(what, statement))
            assert (what, "qa_tester") in session.entered


def test_an_empty_search_path_of_one_function_of_ours_would_be_noticed(place: CountedDatabase) -> None:
    [(function,), *_] = place.owner(
        "select oid::regprocedure::text from pg_proc where pronamespace = 'ops'::regnamespace and prosecdef"
        r" and prosrc ~ '\mtext\M' and has_function_privilege('service_role', oid, 'execute') order by 1"
    )
    place.owner(f"alter function {function} set search_path = ''")
    with SpiedSession.opened(place, "service_role", hostile=True) as session:
        for step in place.steps("service_role"):
            session.outcome(step)
    assert {user for _, user in session.entered} == {"postgres"}


@pytest.mark.parametrize("path", ["''", "pg_catalog, pg_temp"])
def test_a_definer_that_names_a_table_without_its_schema_would_be_noticed(path: str, place: CountedDatabase) -> None:
    place.owner(
        f"create function ops.careless() returns void language plpgsql security definer set search_path = {path}"
        " as 'begin perform from releases; update releases set project = null; end'"
    )
    with SpiedSession.opened(place, "sre", hostile=True) as session:
        session.outcome(Statement("call", "select ops.careless()"))
    assert ("relation releases", "postgres") in session.entered
