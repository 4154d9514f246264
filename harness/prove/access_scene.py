"""A database with two people of every role and rows of both, and callers who try things and leave nothing behind.

Everything here is one SQL session, so that the mutants can ask the same questions of a broken copy.
"""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS, PLACES
from ops_gates import events
from ops_gates.events import Envelope

COMMIT = "4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b"
Row = dict[str, Any]
Claims = Mapping[str, Any]
Query = Any  # text, or what psycopg.sql composes

# The key of each table, to name one row of it.
KEYS = {
    "releases": "release_id",
    "release_gates": "gate_id",
    "gate_checks": "check_id",
    "approvals": "approval_id",
    "evidence_artifacts": "artifact_id",
    "exceptions": "exception_id",
    "deployments": "deployment_id",
    "deployment_reports": "report_id",
    "environment_events": "event_id",
    "event_ingest_log": "ingest_id",
    "incidents": "incident_id",
    "recovery_drills": "drill_id",
    "gate_requirements": "requirement_id",
    "role_members": "subject",
    "role_member_changes": "change_id",
}

# A change of one column that changes nothing else, so that only the right decides.
CHANGES: dict[str, Row] = {
    "releases": {"scope_metadata": Jsonb({})},
    "release_gates": {"status": "passed"},
    "gate_checks": {"artifact_ref": "elsewhere"},
    "approvals": {"rationale_text": "otherwise"},
    "evidence_artifacts": {"artifact_url": "https://evidence.example/other"},
    "exceptions": {"post_review_status": "complete"},
    "deployments": {"status": "in_progress"},
    "deployment_reports": {"status": "failed"},
    "environment_events": {"event_type": "alert_fired"},
    "event_ingest_log": {"error_code": "invalid_payload"},
    "incidents": {"root_cause": "found"},
    "recovery_drills": {"outcome": "partial"},
    "gate_requirements": {"valid_to": "2999-01-01"},
    "role_members": {"active": True},
    "role_member_changes": {"active": False},
}


def subject(role: str, who: str = "a") -> str | None:
    """The first or second person of a role; the secret key and the anonymous have no subject."""
    return None if role in ("service_role", "anon") else f"{role}-{who}"


def claims_of(role: str, sub: str | None) -> Row:
    """What PostgREST shows of a token of that role."""
    return {"role": role, **({} if sub is None else {"sub": sub})}


@dataclass(frozen=True)
class Outcome:
    """What a statement came to: its rows, or the SQLSTATE that refused it."""

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


@dataclass(frozen=True)
class Function:
    """A function as the catalogue has it. `call` is a call of it with nulls; `places` are words of `access.PLACES`."""

    oid: int
    schema: str
    name: str
    signature: str
    call: str
    arguments: int
    source: str
    settings: list[str]
    is_definer: bool
    is_trigger: bool
    is_set: bool
    places: list[str]

    @property
    def code(self) -> str:
        """Its body without comments."""
        return re.sub(r"--.*", "", self.source)


def functions_of(db: psycopg.Connection[Any], *schemas: str) -> list[Function]:
    """The functions of these schemas, by signature."""
    places = sql.SQL(", ").join(
        sql.SQL("case when {} then {} end").format(sql.SQL(condition), sql.Literal(place))
        for place, condition in PLACES.items()
    )
    query = sql.SQL(
        "select p.oid::bigint as oid, n.nspname as schema, p.proname as name, p.oid::regprocedure::text as signature,"
        " format('%%s %%I.%%I(%%s)', case p.prokind when 'p' then 'call' else 'select' end, n.nspname, p.proname,"
        "  (select string_agg(case when p.provariadic <> 0 and a.n = p.pronargs then 'variadic ' else '' end"
        "   || 'null::' || format_type(a.type, null), ', ' order by a.n)"
        "   from unnest(p.proargtypes) with ordinality as a (type, n))) as call,"
        " p.pronargs as arguments, p.prosrc as source, coalesce(p.proconfig, '{{}}') as settings,"
        " p.prosecdef as is_definer, p.prorettype = 'trigger'::regtype as is_trigger, p.proretset as is_set,"
        " array_remove(array(select distinct unnest(array[{}]) from pg_depend d"
        "  where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid), null) as places"
        " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname = any (%s) order by signature"
    ).format(places)
    with db.cursor(row_factory=class_row(Function)) as cursor:
        return cursor.execute(query, [list(schemas)]).fetchall()


class CannotAskError(Exception):
    """The whole table is locked, as it is while a mutant of it is tried."""


class Scene:
    """One SQL session in a transaction that is never committed."""

    def __init__(self, db: psycopg.Connection[Any], facts: Facts, url: str) -> None:
        self.db = db
        self.facts = facts
        self._url = url

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone afterwards, as whoever it was done."""
        with self.db.transaction(force_rollback=True):
            yield

    def become(self, role: str | None, sub: str | None = None, claims: Claims | None = None) -> None:
        """Act as a caller with this token from here on; None is the owner again."""
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
        """Try a statement as whoever the session acts for; a refusal undoes it alone."""
        try:
            with self.db.transaction():
                cursor = self.db.execute(query, values)
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
        """What the owner of the tables sees, whoever the session acts for."""
        with self.undone():
            self.db.execute("reset role")
            return cast("list[tuple[Any, ...]]", self.db.execute(query, values).fetchall())

    def functions(self, *schemas: str) -> list[Function]:
        """The functions of these schemas; of both when none is named."""
        with self.undone():
            self.db.execute("reset role")
            return functions_of(self.db, *(schemas or ("ops", ACCESS.private.schema)))

    def insert(self, table: str, row: Row) -> Outcome:
        """Insert a row as whoever the session acts for."""
        return self.run(insertion(table, row), list(row.values()))

    def try_insert(self, role: str, table: str, row: Row, *, sub: str | None = None) -> Outcome:
        """Insert a row as a caller, and undo it."""
        return self.attempt(role, insertion(table, row), list(row.values()), sub=sub)

    def send(self, role: str, event: Envelope, *, sub: str | None = None) -> Row:
        """The answer of `ops.ingest_event` to a caller, or {"error": SQLSTATE}; undone."""
        outcome = self.attempt(role, "select ops.ingest_event(%s)", [Jsonb(event)], sub=sub)
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
        """Whether another session now has to wait for this release."""
        with psycopg.connect(self._url) as other:
            try:
                other.execute("lock table ops.releases in row share mode nowait")
            except psycopg.errors.LockNotAvailable:
                raise CannotAskError from None
            try:
                other.execute("select from ops.releases where release_id = %s for no key update nowait", [release_id])
            except psycopg.errors.LockNotAvailable:
                return True
            return False


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


@dataclass(frozen=True)
class Facts:
    """Ids of what is there. `mine` is the first developer's release, `theirs` the second's."""

    mine: str
    theirs: str
    gates: Mapping[str, str]
    gates_of_theirs: Mapping[str, str]
    deployments: Mapping[str, str]
    keys: Mapping[str, Any]
    own: Mapping[tuple[str, str], Any]

    def key(self, table: str, role: str, who: str = "a") -> Any:
        """A row of the table: the person's own where they have one."""
        return self.own.get((table, f"{role}-{who}"), self.keys[table])

    def row(self, role: str, table: str, who: str = "a") -> Row:
        """A new row that is good in every respect, as this person would write it."""
        me = subject(role, who)
        unique = uuid.uuid4().hex
        deployment = self.deployments.get(who)  # none yet while the first is being made
        approves = {
            "qa_tester": {"gate_id": self.gates["G2"], "persona_role": "qa_tester"},
            "service_role": {"gate_id": self.gates["G2"], "persona_role": "qa_tester", "approver_id": "qa_tester-a"},
        }.get(role, {"gate_id": self.gates["G3"], "persona_role": "release_manager"})
        rows: dict[str, Row] = {
            "releases": {
                "project": "acme/shop",
                "release_name": unique,
                "environment_target": "staging",
                "source_ref": COMMIT,
                "initiating_actor": "developer-a",
            },
            "release_gates": {"release_id": self.mine, "gate_code": "G1"},
            "gate_checks": {
                "release_id": self.mine if who == "a" else self.theirs,
                "gate_id": (self.gates if who == "a" else self.gates_of_theirs)["G1"],
                "check_name": "spelling",
                "source_system": "manual" if role == "developer" else "github_actions",
                "status": "pass",
            },
            "approvals": {
                "release_id": self.mine,
                "approver_id": me,
                "decision": "approved",
                "scope": "gate",
                **approves,
            },
            "evidence_artifacts": {
                "release_id": self.mine,
                "gate_id": self.gates["G2"],
                "artifact_type": "test_result",
                "source_system": "agent",
                "artifact_url": "https://evidence.example/1",
            },
            "exceptions": {
                "release_id": self.mine,
                "exception_type": "timing_override",
                "impacted_gates": "{G3}",
                "reason": "a freeze",
                "risk_statement": "a late fix",
                "approver_id": "release_manager-a" if role == "service_role" else me,
                "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            },
            "deployments": {
                "release_id": self.mine,
                "environment": "dev",
                "deployment_ref": unique,
                "deployed_by": me or "somebody",
                "source_ref": COMMIT,
                "status": "in_progress",
            },
            "deployment_reports": {
                "release_id": self.mine,
                "deployment_id": deployment,
                "status": "succeeded",
                "observed_at": "2026-01-01T00:00:00Z",
            },
            "environment_events": {
                "environment": "staging",
                "event_type": "deploy_start",
                "source_system": "github_actions",
                "idempotency_key": f"direct/{unique}",
            },
            "event_ingest_log": {"processing_status": "rejected", "error_code": "invalid_json", "caller_role": "x"},
            "incidents": {"deployment_id": deployment, "severity": "sev3"},
            "recovery_drills": {
                "environment": "staging",
                "drill_type": "restore",
                "outcome": "passed",
                "executed_by": me or "somebody",
            },
            "gate_requirements": {
                "gate_code": "G1",
                "kind": "check",
                "subject": unique,
                "valid_from": "2999-01-01T00:00:00Z",
            },
            "role_members": {"subject": unique, "role": "developer"},
            "role_member_changes": {"subject": "developer-a", "role": "developer", "active": True},
        }
        return rows[table]

    def build(self, status: str = "pass", **payload: Any) -> Envelope:
        """A build of `mine`."""
        return events.build_complete(self.mine, run_id=uuid.uuid4().hex, status=status, **payload)

    def signoff(self, gate: str, approver: str, persona: str, decision: str = "approved", **more: Any) -> Envelope:
        """A decision on a gate of `mine`."""
        return events.gate_signoff(
            self.mine,
            gate,
            session_id=uuid.uuid4().hex,
            decision=decision,
            approver_id=approver,
            persona_role=persona,
            rationale_structured={"criteria_met": True},
            **more,
        )

    def event(self, name: str, role: str) -> Envelope:
        """A good event of a kind of `access.yaml`, as this role would send it."""
        kind, _, gate = name.partition(" ")
        if kind == "build_complete":
            return self.build()
        if kind == "gate_signoff":
            persona = role if role in ("qa_tester", "release_manager", "sre", "developer") else "qa_tester"
            return self.signoff(gate, f"{persona}-a", persona)
        run = uuid.uuid4().hex
        if kind == "deployment_event":
            return events.deployment_event(
                self.mine,
                environment="dev",
                deployment_ref=run,
                status="in_progress",
                source_ref=COMMIT,
                run_id=run,
            )
        if kind == "health_check":
            return events.health_check(
                self.mine,
                environment="staging",
                deployment_ref="d-a",
                status="warning",
                artifact_ref="https://monitoring.example/1",
                run_id=run,
            )
        return events.environment_event(environment="staging", event_type="alert_fired", run_id=run)

    def arguments(self, function: str, role: str) -> Row:
        """Good arguments for a function that a role may call."""
        gate, release = {"gate_id": self.gates["G1"]}, {"release_id": self.mine}
        now = datetime.now(UTC).isoformat()
        arguments: dict[str, Row] = {
            "ingest_event": {"envelope": Jsonb(self.event("environment_event", role))},
            "record_refusal": {"refusal": Jsonb({"error": "invalid_json"})},
            "open_release": {
                "project": "acme/shop",
                "release_name": uuid.uuid4().hex,
                "environment_target": "dev",
                "source_ref": COMMIT,
                "initiating_actor": subject(role) if role == "release_manager" else "developer-a",
            },
            "evaluate_gate": gate,
            "is_eligible_for_promotion": {**release, "target_env": "staging"},
            "was_eligible_for_promotion": {**release, "target_env": "staging", "as_of": now},
            "gate_status_at": {**gate, "as_of": now},
            "promotion_blockers": {**release, "target_env": "staging"},
            "gate_findings": gate,
            "set_gate_policy": {
                "gate_code": "G1",
                "requirements": Jsonb([{"kind": "check", "subject": "build"}]),
                "project": "acme/other",
            },
            "grant_membership": {"subject": uuid.uuid4().hex, "role": "developer"},
            "revoke_membership": {"subject": "developer-b"},
        }
        return arguments[function]


def settle(url: str) -> Facts:
    """Put people and rows of two of each into a database, for good, and say what they are."""
    with psycopg.connect(url) as db:
        scene = Scene(db, cast(Facts, None), url)

        def done(outcome: Outcome) -> Outcome:
            assert outcome.sqlstate is None, outcome
            return outcome

        scene.become("service_role")
        for role in ACCESS.roles:
            for who in "ab":
                member = [f"{role}-{who}", role, f"{role}-{who}-login"]
                done(scene.run("select ops.grant_membership(%s, %s, %s)", member))
        releases: list[str] = []
        gates: list[dict[str, str]] = []
        for who in "ab":
            release = [f"scene-{uuid.uuid4().hex}", COMMIT, f"developer-{who}"]
            query: Query = "select ops.open_release('acme/shop', %s, 'production', %s, '{}', %s)"
            releases.append(str(done(scene.run(query, release)).value))
            query = "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s"
            gates.append(dict(done(scene.run(query, [releases[-1]])).rows))
            build = events.build_complete(releases[-1], run_id=uuid.uuid4().hex, status="pass")
            assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(build)])).value["status"] == "accepted"
        mine, theirs = releases
        own: dict[tuple[str, str], Any] = {}
        keys: dict[str, Any] = {"releases": mine, "release_gates": gates[0]["G1"], "role_members": "developer-a"}
        deployments: dict[str, str] = {}

        def add(role: str, who: str, table: str, **more: Any) -> None:
            scene.become(role, subject(role, who))
            made = Facts(mine, theirs, gates[0], gates[1], deployments, {}, {}).row(role, table, who) | more
            done(scene.insert(table, made))
            scene.become(None)
            newest = sql.SQL("select {}::text from ops.{} order by created_at desc limit 1").format(
                sql.Identifier(KEYS[table]), sql.Identifier(table)
            )
            own[table, f"{role}-{who}"] = keys[table] = done(scene.run(newest)).value

        for who in "ba":
            add("sre", who, "deployments", environment="staging", deployment_ref=f"d-{who}")
            deployments[who] = own["deployments", f"sre-{who}"]
            add("sre", who, "incidents")
            add("sre", who, "recovery_drills")
            add("developer", who, "gate_checks")
            add("qa_tester", who, "evidence_artifacts")
            add("qa_tester", who, "approvals")
            add("release_manager", who, "exceptions")
            add("ci_service_role", who, "gate_checks")
            add("ci_service_role", who, "environment_events")
            add("ci_service_role", who, "event_ingest_log")
        scene.become(None)
        for table in ("deployment_reports", "gate_requirements", "role_member_changes"):
            [[keys[table]]] = scene.owner(
                sql.SQL("select {}::text from ops.{} order by created_at limit 1").format(
                    sql.Identifier(KEYS[table]), sql.Identifier(table)
                )
            )
        return Facts(mine, theirs, gates[0], gates[1], deployments, keys, own)


@contextlib.contextmanager
def scene_on(url: str, facts: Facts) -> Iterator[Scene]:
    """A session on a settled database."""
    with contextlib.closing(psycopg.connect(url)) as db:
        yield Scene(db, facts, url)
