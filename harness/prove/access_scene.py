"""The scene: a database with two people of every role and rows of both, and callers whose changes are undone.

The scene is one SQL session, so that the mutants can ask the same tests about a copy with a broken rule. A test that
needs a running stack, with HTTP and an open release, begins with `prove.world` instead.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import COMMIT, G2, KEYS, PROJECTS, Facts, Row, as_sent, subject
from harness.prove.access_functions import Function, functions_of
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from ops_gates import events
from ops_gates.events import Envelope

Claims = Mapping[str, Any]
Query = Any  # text, or what psycopg.sql composes


def claims_of(role: str, sub: str | None) -> Row:
    """What PostgREST shows of a token of that role."""
    return {"role": role, **({} if sub is None else {"sub": sub, "session_id": f"session of {sub}"})}


@dataclass(frozen=True)
class Outcome:
    """The result of a statement: its rows, or the SQLSTATE that refused it."""

    sqlstate: str | None
    count: int = 0
    rows: tuple[Any, ...] = ()
    message: str = ""

    @property
    def value(self) -> Any:
        """The one value that it returned."""
        assert self.sqlstate is None, self
        [[value]] = self.rows
        return value


class CannotAskError(Exception):
    """Raised when the table is locked, as it is while a mutant of it is tried, or when the stack has no superuser."""


class Scene:
    """One SQL session in a transaction that is never committed."""

    def __init__(self, db: psycopg.Connection[Any], facts: Facts, url: str, *, steps_down: bool = False) -> None:
        self.db = db
        self.facts = facts
        self.url = url
        self._steps_down = steps_down

    def superuser(self) -> psycopg.Connection[Any]:
        """The session as a superuser, who may become anybody; CannotAskError where the stack has none."""
        if not self._steps_down:
            raise CannotAskError
        self.db.execute("reset role; reset session authorization")
        return self.db

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Roll back everything that is done inside, in any role."""
        with self.db.transaction(force_rollback=True):
            yield

    def become(self, role: str | None, sub: str | None = None, claims: Claims | None = None) -> None:
        """Act as a caller with this token from here on. None acts as the owner again."""
        if role is None:
            self.db.execute("reset role; select set_config('request.jwt.claims', '', true)")
            return
        shown = json.dumps(claims_of(role, sub) if claims is None else dict(claims))
        self.db.execute(
            sql.SQL("set local role {}; select set_config('request.jwt.claims', {}, true)").format(
                sql.Identifier(role), sql.Literal(shown)
            )
        )

    def run(self, query: Query, values: Any = None) -> Outcome:
        """Try a statement in the current role. A refusal rolls back this statement only."""
        try:
            with self.db.transaction():
                cursor = self.db.execute(query, adapted(values))
                return Outcome(None, cursor.rowcount, tuple(cursor.fetchall()) if cursor.description else ())
        except psycopg.Error as error:
            return Outcome(error.sqlstate, message=str(error))

    def attempt(
        self,
        role: str | None,
        query: Query,
        values: Any = None,
        *,
        sub: str | None = None,
        claims: Claims | None = None,
    ) -> Outcome:
        """Try one statement as a caller (the first person of the role by default), and undo it."""
        with self.undone():
            if role is not None:
                self.become(role, sub or subject(role), claims)
            return self.run(query, values)

    def owner(self, query: Query, values: Any = None) -> list[tuple[Any, ...]]:
        """Read as the owner of the tables, whatever the current role is."""
        with self.undone():
            self.db.execute("reset role")
            return cast("list[tuple[Any, ...]]", self.db.execute(query, values).fetchall())

    def functions(self, *schemas: str) -> list[Function]:
        """The functions of these schemas; of both when none is named."""
        with self.undone():
            self.db.execute("reset role")
            return functions_of(self.db, *(schemas or ("ops", ACCESS.private.schema)))

    def insert(self, table: str, row: Row) -> Outcome:
        """Insert a row in the current role."""
        return self.run(insertion(table, row), list(row.values()))

    def try_insert(self, role: str, table: str, row: Row, *, sub: str | None = None) -> Outcome:
        """Insert a row as a caller, and undo it."""
        return self.attempt(role, insertion(table, row), list(row.values()), sub=sub)

    def send(self, role: str, event: Envelope, *, sub: str | None = None) -> Row:
        """The answer of `ops.ingest_event` to a caller who names a source of theirs, or {"error": SQLSTATE}; undone."""
        sent = as_sent(event, role, sub)
        outcome = self.attempt(role, "select ops.ingest_event(%s)", [Jsonb(sent)], sub=sub)
        return {"error": outcome.sqlstate} if outcome.sqlstate else cast(Row, outcome.value)

    def fresh_release(self, initiator: str = "developer-a") -> tuple[str, dict[str, str]]:
        """Another release, without facts, and its gates."""
        self.become("service_role")
        query = "select ops.open_release('acme/shop', %s, 'production', 'main', '{}', %s)"
        release = str(self.run(query, [uuid.uuid4().hex, initiator]).value)
        self.become(None)
        gates = "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s"
        return release, dict(self.owner(gates, [release]))

    def locked_elsewhere(self, release_id: str) -> bool:
        """Whether the session holds a lock on this release, so that another session must wait."""
        with psycopg.connect(self.url) as other:
            try:
                other.execute("lock table ops.releases in row share mode nowait")
            except psycopg.errors.LockNotAvailable:
                raise CannotAskError from None
            try:
                other.execute("select from ops.releases where release_id = %s for no key update nowait", [release_id])
            except psycopg.errors.LockNotAvailable:
                return True
            return False


def adapted(values: Any) -> Any:
    """The values of a statement, by place or by name, as the driver sends them: an object as JSON."""
    if isinstance(values, Mapping):
        return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    return values and [Jsonb(value) if isinstance(value, dict) else value for value in values]


def insertion(table: str, row: Row) -> sql.Composed:
    """`insert into ops.table (…) values (%s, …)`."""
    return sql.SQL("insert into ops.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )


def change(table: str, key: Any, row: Row) -> tuple[sql.Composed, list[Any]]:
    """`update ops.table set … where <key> = …`, and its values."""
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in row)
    statement = sql.SQL("update ops.{} set {} where {} = %s").format(
        sql.Identifier(table), assignments, sql.Identifier(KEYS[table])
    )
    return statement, [*row.values(), key]


def done(outcome: Outcome) -> Outcome:
    """The outcome of a statement that nothing refuses."""
    assert outcome.sqlstate is None, outcome
    return outcome


GRANT_IN: Query = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'set-up')"
TARGET: Query = (
    "select ops.set_notice_target(%s, 'scene', 'webhook', 'OPS_NOTICE_SCENE', null, 'release_manager-a', 'set-up')"
)
OPEN: Query = "select ops.open_release('acme/shop', %s, 'production', %s, '{}', %s)"
# Rows that were written on the way: one of each is enough.
WRITTEN_BY_FUNCTIONS = (
    "deployment_reports",
    "gate_requirements",
    "policy_changes",
    "memberships",
    "replaced_subjects",
    "contested_reports",
    "contested_report_ends",
    "retired_targets",
    "retired_releases",
    "build_artifacts",
    "dismissals",
    "notices",
    "notice_deliveries",
    "notice_targets",
)
OF_THE_OTHER = ("gate_requirements", "policy_changes")
# In this order: an incident names a deployment.
WRITTEN_BY_PEOPLE: tuple[tuple[str, str], ...] = (
    ("sre", "deployments"),
    ("sre", "incidents"),
    ("sre", "recovery_drills"),
    ("developer", "gate_checks"),
    ("qa_tester", "evidence_artifacts"),
    ("qa_tester", "approvals"),
    ("release_manager", "exceptions"),
    ("ci_service_role", "gate_checks"),
    ("ci_service_role", "environment_events"),
    ("ci_service_role", "event_ingest_log"),
)


def settle(url: str) -> Facts:
    """Commit two people of every role and rows of both to a database. Return their ids."""
    with psycopg.connect(url) as db:
        scene = Scene(db, cast(Facts, None), url)
        [[since]] = scene.owner("select clock_timestamp()")
        register(scene)
        (mine, gates), (theirs, gates_of_theirs) = (built_release(scene, who) for who in "ab")
        facts = Facts(mine, theirs, gates, gates_of_theirs, {}, {}, {})
        scoped, deployments = write_in_one_project(scene, facts)
        own, deployments = people_write(scene, replace(facts, deployments=deployments))
        keys = {
            "releases": mine,
            "release_gates": gates["G1"],
            "members": scene.owner("select member_id::text from ops.members where subject = 'developer-a'")[0][0],
            "projects": "acme/shop",
            **{table: own[table, f"{role}-a"] for role, table in WRITTEN_BY_PEOPLE},
        }
        dismissible = set_aside(scene, theirs)
        there = tables_of(scene)
        keys |= {table: key_of(scene, table, since) for table in WRITTEN_BY_FUNCTIONS if table in there}
        facts = replace(facts, deployments=deployments, keys=keys, own=own, dismissible=dismissible)
        facts = replace(facts, closable=closable_releases(scene), proposal=proposed(scene))
        elsewhere, gates_elsewhere = built_release(scene, "in-other", "acme/other")
        scoped = scoped_rows(scene, keys | scoped)
        return replace(facts, scoped=scoped, elsewhere=elsewhere, gates_elsewhere=gates_elsewhere)


def register(scene: Scene) -> None:
    """Two people of every role for every project, two projects, and in each of these one more person of every role."""
    scene.become("service_role")
    for role in ACCESS.roles:
        for who in "ab":
            done(scene.run(GRANT, [f"{role}-{who}", role, f"{role}-{who}-login"]))
    for who, project in PROJECTS.items():
        done(scene.run(REGISTER, [project]))
        for role in ACCESS.roles:
            done(scene.run(GRANT_IN, [f"{role}-{who}", role, project]))
    if has(scene, "ops.set_notice_target(text, text, text, text, text[], text, text)"):
        done(scene.run(TARGET, ["acme/shop"]))
    again = f"again-{uuid.uuid4().hex}"
    done(scene.run(GRANT_IN, [again, "developer", "acme/shop"]))
    done(scene.run("select ops.replace_subject(%s, %s, 'release_manager-a', 'set-up')", [again, f"{again}-2"]))


def built_release(scene: Scene, who: str, project: str = "acme/shop") -> tuple[str, dict[str, str]]:
    """A release of this developer with a build that passed, and its gates. The second names what was built."""
    scene.become("service_role")
    opening: Query = "select ops.open_release(%s, %s, 'production', %s, '{}', %s)"
    opened = scene.run(opening, [project, f"scene-{uuid.uuid4().hex}", COMMIT, f"developer-{who}"])
    release = str(done(opened).value)
    query: Query = "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s"
    gates = dict(done(scene.run(query, [release])).rows)
    named = [{"name": "shop", "sha256": "0" * 64}] if who == "b" else None
    build = events.build_complete(release, run_id=uuid.uuid4().hex, status="pass", artifacts=named)
    assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(build)])).value["status"] == "accepted"
    return release, gates


def people_write(scene: Scene, facts: Facts) -> tuple[dict[tuple[str, str], Any], dict[str, str]]:
    """A row of each person in each table that people write. Return the keys, and those of deployments by person."""
    own: dict[tuple[str, str], Any] = {}
    deployments: dict[str, str] = {}
    facts = replace(facts, deployments=deployments, own=own)
    for who in "ba":
        for role, table in WRITTEN_BY_PEOPLE:
            placed = {"environment": "staging", "deployment_ref": f"d-{who}"} if table == "deployments" else {}
            scene.become(role, subject(role, who))
            done(scene.insert(table, facts.row(role, table, who) | placed))
            scene.become(None)
            own[table, f"{role}-{who}"] = made = key_of(scene, table)
            if table == "deployments":
                deployments[who] = made
    return own, deployments


def write_in_one_project(scene: Scene, facts: Facts) -> tuple[dict[str, Any], dict[str, str]]:
    """A row of each table that people write, by members of the first project alone. Return the keys by table."""
    keys: dict[str, Any] = {}
    deployments: dict[str, str] = {}
    facts = replace(facts, deployments=deployments)
    for role, table in WRITTEN_BY_PEOPLE:
        if role == "developer":  # who checks own releases alone
            continue
        scene.become(role, subject(role, "in-shop"))
        done(scene.insert(table, facts.row(role, table, "in-shop")))
        scene.become(None)
        keys[table] = key_of(scene, table)
        if table == "deployments":
            deployments["in-shop"] = keys[table]
    return keys, deployments


def scoped_rows(scene: Scene, keys: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Of each table the key of a row of one project alone, and that project."""
    found = "select {}::text from ops.{} where {} order by created_at desc limit 1"
    named = {
        "members": "subject = 'developer-in-shop'",
        "memberships": "member_id = (select member_id from ops.members where subject = 'developer-in-shop')",
        **dict.fromkeys(OF_THE_OTHER, "project = 'acme/other'"),
    }
    keys = dict(keys)
    there = tables_of(scene)
    for table in named.keys() & {*there}:
        condition = named[table]
        [[keys[table]]] = scene.owner(
            sql.SQL(found).format(sql.Identifier(KEYS[table]), sql.Identifier(table), sql.SQL(condition))
        )
    return {
        table: (keys[table], PROJECTS["in-other" if table in OF_THE_OTHER else "in-shop"])
        for table in ACCESS.tables
        if table in there
    }


def key_of(scene: Scene, table: str, since: datetime | None = None) -> Any:
    """The key of the newest row of a table; or of the oldest since a moment, as others may use the database too."""
    query = sql.SQL("select {}::text from ops.{} where created_at >= %s order by created_at {} limit 1")
    key, order = sql.Identifier(KEYS[table]), sql.SQL("asc" if since else "desc")
    [[found]] = scene.owner(query.format(key, sql.Identifier(table), order), [since or "-infinity"])
    return found


def closable_releases(scene: Scene) -> dict[str, str]:
    """For each role that may close a release, one that it opened."""
    opened: dict[str, str] = {}
    for role in ACCESS.functions["close_release"]:
        initiator = "release_manager-a" if role == "release_manager" else "developer-a"
        scene.become(role, subject(role))
        opened[role] = str(done(scene.run(OPEN, [f"closable-{role}", COMMIT, initiator])).value)
    scene.become(None)
    return opened


def has(scene: Scene, function: str) -> bool:
    """Whether there is a function with this signature: a released version may lack one of a later version."""
    [[found]] = scene.owner("select to_regprocedure(%s) is not null", [function])
    return bool(found)


def tables_of(scene: Scene) -> list[str]:
    """The tables of `ops` that there are: a released version may lack one of a later version."""
    return [name for (name,) in scene.owner("select tablename from pg_tables where schemaname = 'ops'")]


def proposed(scene: Scene) -> str:
    """The hash of a proposal for the first project, which another release manager may confirm; empty before 0.10.0."""
    if not has(scene, "ops.confirm_gate_policy(text)"):
        return ""
    scene.become("release_manager", subject("release_manager", "b"))
    health = [{"kind": "deployment_health"}, {"kind": "evidence", "subject": "health_check"}]
    every: Query = "select ops.propose_gate_policy(null, 'G4', %s, 'one more check')"
    done(scene.run(every, [Jsonb([*health, {"kind": "check", "subject": "smoke"}])]))
    policy: Query = "select ops.propose_gate_policy('acme/shop', 'G2', %s, 'one more check') ->> 'hash'"
    hashed = str(done(scene.run(policy, [Jsonb([*G2, {"kind": "check", "subject": "e2e"}])])).value)
    scene.become(None)
    return hashed


def set_aside(scene: Scene, release_id: str) -> str:
    """Dismiss a stop, retire a target and set a policy. Leave one of each, and return the stop that is left."""
    scene.become("service_role")
    policy: Query = "select ops.set_gate_policy('G1', %s, 'acme/other', 'release_manager-a', 'set-up')"
    if has(scene, "ops.set_gate_policy(text, jsonb, text)"):  # of 0.9.0
        policy = "select ops.set_gate_policy('G1', %s, 'acme/other')"
    done(scene.run(policy, [Jsonb([{"kind": "check", "subject": "lint"}])]))
    for event in contest(release_id):
        assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(event)])).value["status"] != "duplicate"
    scene.become("release_manager", subject("release_manager"))
    done(scene.run("select ops.retire_target('acme/shop', 'dev', 'gone', 'the region was shut down')"))
    stop: Query = "select contested_id::text from ops.contested_reports where release_id = %s and check_name = %s"
    left, dismissed = (str(done(scene.run(stop, [release_id, name])).value) for name in ("disk", "ping"))
    done(scene.run("select ops.dismiss(%s, 'nobody can lift it')", [dismissed]))
    scene.become(None)
    return left


def contest(release_id: str) -> list[Envelope]:
    """Events that leave contested reports of a release, which change no verdict, and that end one of them again.

    The last two are deployments to targets that can be retired.
    """
    place: dict[str, Any] = {"environment": "dev", "deployment_ref": "d-contested", "run_id": uuid.uuid4().hex}
    failed = events.health_check(release_id, status="fail", artifact_ref="https://monitoring.example/1", **place)
    deployed = events.deployment_event(release_id, status="succeeded", source_ref=COMMIT, **place)
    later = failed | {"idempotency_key": f"{failed['idempotency_key']}/~2"}
    named = [failed | {"payload": failed["payload"] | {"check_name": name}} for name in ("smoke", "ping", "disk")]
    targets = [
        events.deployment_event(
            release_id,
            target=target,
            status="succeeded",
            source_ref=COMMIT,
            **(place | {"deployment_ref": f"d-{target}"}),
        )
        for target in ("gone", "going")
    ]
    return [*named, failed, deployed, later, *targets]


@contextlib.contextmanager
def scene_on(url: str, facts: Facts, admin_url: str | None = None) -> Iterator[Scene]:
    """A session of the owner on a settled database; a superuser's who became the owner, where there is one."""
    with contextlib.closing(psycopg.connect(admin_url or url)) as db:
        if admin_url:
            db.execute("set session authorization postgres")
            db.commit()
        yield Scene(db, facts, url, steps_down=admin_url is not None)
