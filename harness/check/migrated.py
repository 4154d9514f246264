"""What a database with the migrations answers, in the sentences that the bundles are compared in."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from ops_gates import events

# The smallest valid payload of each type. `ops.ingest_event` checks the sender before it looks for the release.
PAYLOADS: Mapping[str, dict[str, Any]] = {
    "build_complete": {"status": "pass"},
    "deployment_event": {"environment": "dev", "deployment_ref": "d", "status": "succeeded", "source_ref": "s"},
    "health_check": {
        "environment": "dev",
        "deployment_ref": "d",
        "status": "pass",
        "artifact_ref": "https://health.example",
    },
    "environment_event": {"environment": "dev", "event_type": "alert_fired"},
}
PERSONA_OF = {"G1": "developer", "G2": "qa_tester", "G3": "release_manager", "G4": "sre"}


@dataclass(frozen=True)
class MigratedDatabase:
    """Asks a database that has the migrations. Every write is rolled back."""

    connection: psycopg.Connection[Any]

    def column(self, query: str, values: Iterable[Any] = ()) -> list[str]:
        """The first column of a query."""
        rows = self.connection.execute(sql.SQL(query), list(values) or None).fetchall()
        return [str(row[0]) for row in rows]

    def enums(self) -> list[str]:
        """Every enum of the schema."""
        return self.column("select typname from pg_type where typnamespace = 'ops'::regnamespace and typtype = 'e'")

    def enum(self, name: str) -> list[str]:
        """The values of an enum in order; none if there is no such type."""
        return self.column(
            "select enumlabel from pg_enum where enumtypid = to_regtype('ops.' || quote_ident(%s))"
            " order by enumsortorder",
            [name],
        )

    def relations(self, kind: str) -> list[str]:
        """Tables (`r`) or views (`v`) of the schema."""
        query = "select relname from pg_class where relnamespace = 'ops'::regnamespace and relkind = %s"
        return self.column(query, [kind])

    def subjects(self, kind: str) -> list[str]:
        """The subjects that a requirement of that kind can have."""
        [text] = self.column(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = 'ops.gate_requirements'::regclass and conname = 'subject_fits_the_kind'"
        )
        [branch] = re.findall(rf"WHEN '{kind}'.*?THEN (.*?)(?:\n|$)", text)
        enums = re.findall(r"enum_range\(NULL::ops\.(\w+)\)", branch)
        return [value for name in enums for value in self.enum(name)] or re.findall(r"'(\w+)'::text", branch)

    def needs(self) -> list[str]:
        """The default requirements, one per line, with each value that is not the default."""
        return self.column(
            "select concat_ws(' ', gate_code, enforcement, kind, subject,"
            " case when min_count <> 1 then min_count || ' times' end, 'for ' || valid_for || ' s',"
            " case when not not_initiator then 'also by the initiator' end,"
            " case when not one_gate then 'also by who approved before' end)"
            " from ops.gate_requirements where project is null and valid_to is null"
        )

    def required_fields(self, event_type: str) -> list[str]:
        """The fields that `ops.ingest_event` reports as missing in an empty payload."""
        gate = "G2" if event_type == "gate_signoff" else None
        event = events.envelope(
            event_type, {}, source_system="manual", run=str(uuid4()), release_id=uuid4(), gate_code=gate
        )
        with self._undone():
            return self.column(
                "select issue -> 'path' ->> 1 from jsonb_array_elements(ops.ingest_event(%s) -> 'detail' -> 'issues')"
                " as issue where issue ->> 'code' = 'missing' and issue -> 'path' ->> 0 = 'payload'",
                [json.dumps(event)],
            )

    def sqlstates(self) -> list[str]:
        """The SQLSTATEs beginning with OPS that appear in a function."""
        return self.column(
            "select distinct m[1] from pg_proc cross join regexp_matches(prosrc, '''(OPS[0-9][0-9])''', 'g') as m"
            " where pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)"
        )

    def gate_names(self) -> list[str]:
        """Code and name of the gates that every new release has."""
        with self._release() as release:
            return self.column(
                "select concat_ws(' ', gate_code, gate_name) from ops.release_gates where release_id = %s", [release]
            )

    def ways(self) -> list[str]:
        """Per environment, the gates that block a release that has no facts."""
        with self._release() as release:
            return self.column(
                "select format('%%s needs %%s', target, coalesce((select"
                " string_agg(distinct g.gate_code::text, ' ' order by g.gate_code::text)"
                " from ops.promotion_blockers(%s, target::text) as b join ops.release_gates g using (gate_id)),"
                " 'nothing')) from unnest(enum_range(null::ops.ops_environment)) as target",
                [release],
            )

    def sendings(self, roles: Iterable[str], names: Iterable[str]) -> list[str]:
        """Which role may send which event. Each event is sent for a release that does not exist."""
        distinct = list(dict.fromkeys(names))
        with self._undone():
            for role in PERSONA_OF.values():
                self.connection.execute(GRANT, [f"preflight-{role}", role, None])
            return [f"{role} sends {name}" for role in roles for name in distinct if self._may_send(role, name)]

    def _may_send(self, role: str, name: str) -> bool:
        event_type, _, gate = name.partition(" ")
        payload = PAYLOADS.get(event_type)
        if payload is None:
            persona = role if role in PERSONA_OF.values() else PERSONA_OF.get(gate, "sre")
            payload = {
                "decision": "approved",
                "approver_id": f"preflight-{persona}",
                "persona_role": persona,
                "rationale_structured": {"preflight": True},
            }
        release = None if event_type == "environment_event" else uuid4()
        event = events.envelope(
            event_type,
            payload,
            source_system="ci" if role == "ci_service_role" else "manual",
            run=str(uuid4()),
            release_id=release,
            gate_code=gate or None,
        )
        claims = json.dumps({"sub": f"preflight-{role}", "role": role})
        with self._undone():
            if role not in ("anon", "authenticated", "service_role"):
                self.connection.execute(GRANT, [f"preflight-{role}", role, None])
            self.connection.execute(
                "select set_config('request.jwt.claims', %s, true), set_config('role', %s, true)", [claims, role]
            )
            try:
                [answer] = self.column("select ops.ingest_event(%s)::text", [json.dumps(event)])
            except psycopg.errors.InsufficientPrivilege:
                return False
            return bool(json.loads(answer).get("error") != "forbidden_event")

    @contextlib.contextmanager
    def _undone(self) -> Iterator[None]:
        """Act as `service_role` in a part of the transaction, and roll it back."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("set local role service_role")
            yield

    @contextlib.contextmanager
    def _release(self) -> Iterator[str]:
        """Open a release without facts, and roll it back."""
        with self._undone():
            self.connection.execute(GRANT, ["preflight", "developer", None])
            self.connection.execute(REGISTER, ["preflight"])
            [release] = self.column(
                "select ops.open_release('preflight', 'preflight', 'production', 'preflight',"
                " initiating_actor => 'preflight')"
            )
            yield release
