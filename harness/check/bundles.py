"""Whether the two spec bundles, the data and the migrations say the same.

Each comparison asks several sources for the same kind of sentence ("qa_tester signs G2") and names every sentence that
one of them has and another has not. What the migrations say is asked of a database that has them, never read as text.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import yaml
from psycopg import sql

from harness.check.access import Access, load
from harness.stack.parts import ROOT
from ops_gates import events

PERSONAS = Path("spec/odoo-platform-personas")
CONTROL_PLANE = Path("spec/odoo-release-gates-control-plane")
FILES = (
    PERSONAS / "README.md",
    PERSONAS / "personas.yaml",
    CONTROL_PLANE / "README.md",
    CONTROL_PLANE / "gates.yaml",
    CONTROL_PLANE / "tasks.md",
)
Sources = Mapping[str, Iterable[str]]
DB = "the migrations"


@dataclass(frozen=True)
class Comparison:
    """What was compared, and where its sources contradict each other."""

    subject: str
    sources: tuple[str, ...]
    contradictions: tuple[str, ...]


@dataclass(frozen=True)
class Bundles:
    """The files of a checkout, parsed."""

    personas: dict[str, Any]
    gates: dict[str, Any]
    access: Access
    events: Mapping[str, dict[str, Any]]
    openapi: dict[str, Any]
    errors: str

    @classmethod
    def read(cls, root: Path = ROOT) -> Bundles:
        """Read them; OSError, ValueError or yaml.YAMLError if one cannot be."""
        schemas = sorted((root / "docs" / "events").glob("*.schema.json"))
        return cls(
            personas=yaml.safe_load((root / PERSONAS / "personas.yaml").read_text()),
            gates=yaml.safe_load((root / CONTROL_PLANE / "gates.yaml").read_text()),
            access=load(root / "harness" / "check" / "access.yaml"),
            events={path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in schemas},
            openapi=json.loads((root / "docs" / "events" / "openapi.json").read_text()),
            errors=(root / "docs" / "errors.md").read_text(),
        )


def missing_files(root: Path = ROOT) -> list[str]:
    """Files of the bundles that are absent or empty."""
    return [str(path) for path in FILES if not ((root / path).is_file() and (root / path).read_text().strip())]


def disagreements(sources: Sources) -> tuple[str, ...]:
    """One line per sentence that some sources have and others have not."""
    said = {name: set(sentences) for name, sentences in sources.items()}
    lines = []
    for sentence in sorted(set().union(*said.values())):
        if lacking := [name for name, sentences in said.items() if sentence not in sentences]:
            having = [name for name in said if name not in lacking]
            lines.append(f"`{sentence}` says {', '.join(having)}, not {', '.join(lacking)}")
    return tuple(lines)


def _compare(subject: str, sources: Sources) -> Comparison:
    return Comparison(subject, tuple(sources), disagreements(sources))


def _within(subject: str, part: tuple[str, Iterable[str]], whole: tuple[str, Iterable[str]]) -> Comparison:
    unknown = sorted(set(part[1]) - set(whole[1]))
    lines = tuple(f"`{name}` of {part[0]} is not in {whole[0]}" for name in unknown)
    return Comparison(subject, (part[0], whole[0]), lines)


def compare(bundles: Bundles, database: psycopg.Connection[Any]) -> Iterator[Comparison]:
    """Every comparison. `database` has the migrations; it is nobody's project: writes are tried, and rolled back."""
    asked = _Asked(database)
    yield from _people(bundles, asked)
    yield from _shapes(bundles, asked)
    yield from _rules(bundles, asked)
    yield from _answers(bundles, asked)


def _people(given: Bundles, asked: _Asked) -> Iterator[Comparison]:
    personas: dict[str, Any] = given.personas["personas"]
    yield _compare(
        "personas",
        {
            "personas.yaml": personas,
            "gates.yaml": given.gates["enums"]["ops_persona_role"],
            "ops.ops_persona_role": asked.enum("ops_persona_role"),
            "what ops.gate_requirements takes": asked.subjects("approval"),
        },
    )
    yield _compare(
        "roles",
        {
            "personas.yaml": [*personas, *given.personas["other_roles"]],
            "access.yaml": given.access.roles,
            "what ops.role_members takes": asked.quoted("ops.role_members", "%role = ANY%"),
            DB: asked.column("select rolname from pg_roles where shobj_description(oid, 'pg_authid') like 'ops: %'"),
        },
    )
    listed, drawn = given.personas["domains"], {name for one in personas.values() for name in one["domains"]}
    yield _compare("domains", {"domains of personas.yaml": listed, "its personas": drawn})
    evidence: dict[str, dict[str, list[str]]] = given.personas["evidence"]
    artifacts = [name for one in evidence.values() for name in one["artifacts"]]
    yield _within("evidence", ("personas.yaml", artifacts), ("ops.ops_artifact_type", asked.enum("ops_artifact_type")))
    tables = [name for one in evidence.values() for name in one["tables"]]
    yield _within("records of activities", ("personas.yaml", tables), (DB, asked.relations("r")))
    people = [role for role in given.access.tables["exceptions"].rights["insert"] if role != "service_role"]
    yield _compare("exceptions", {"personas.yaml": given.personas["exceptions_by"], "access.yaml": people})


def _shapes(given: Bundles, asked: _Asked) -> Iterator[Comparison]:
    enums: dict[str, list[str]] = given.gates["enums"]
    yield _compare(
        "enums",
        {
            "gates.yaml": [f"{name}: {', '.join(values)}" for name, values in enums.items()],
            DB: [f"{name}: {', '.join(asked.enum(name))}" for name in asked.enums()],
        },
    )
    yield _compare(
        "tables",
        {"gates.yaml": given.gates["tables"], "access.yaml": given.access.tables, DB: asked.relations("r")},
    )
    yield _compare(
        "views",
        {"gates.yaml": given.gates["views"], "access.yaml": given.access.views, DB: asked.relations("v")},
    )


def _needs(gates: Mapping[str, Any]) -> Iterator[str]:
    for code, gate in gates.items():
        for enforcement in ("blocking", "advisory"):
            for need in gate[enforcement]:
                yield " ".join([code, enforcement, *need])


def _rules(given: Bundles, asked: _Asked) -> Iterator[Comparison]:
    gates: dict[str, Any] = given.gates["gates"]
    named = [f"{code} {gate['name']}" for code, gate in gates.items()]
    yield _compare("gates", {"gates.yaml": named, DB: asked.gate_names()})
    yield _compare("default requirements", {"gates.yaml": _needs(gates), "ops.gate_requirements": asked.needs()})
    per_gate: dict[str, list[str]] = given.gates["events"]["gate_signoff"]["senders"]
    asks = {
        f"{need[1]} signs {code}" for code, gate in gates.items() for need in gate["blocking"] if need[0] == "approval"
    }
    yield _compare(
        "who signs",
        {
            "personas.yaml": [
                f"{name} signs {g}" for name, one in given.personas["personas"].items() for g in one["signs"]
            ],
            "requirements of gates.yaml": asks,
            "senders of gates.yaml": [
                f"{r} signs {g}" for g, roles in per_gate.items() for r in roles if r != "service_role"
            ],
            "access.yaml": [
                f"{role} signs {event.removeprefix('gate_signoff ')}"
                for event, roles in given.access.events.items()
                for role in roles
                if event.startswith("gate_signoff ") and role != "service_role"
            ],
        },
    )
    targets: dict[str, list[str]] = given.gates["eligibility"]
    yield _compare(
        "eligibility",
        {
            "gates.yaml": [f"{target} needs {' '.join(codes) or 'nothing'}" for target, codes in targets.items()],
            "ops.promotion_blockers": asked.ways(),
        },
    )


def _gates_of(schema: Mapping[str, Any]) -> str:
    gate = schema["properties"].get("gate_code", {})
    codes = [code for option in gate.get("anyOf", [gate]) if "not" not in option for code in option.get("enum", [])]
    return "no gate" if not codes else codes[0] if len(codes) == 1 else "the gate that it names"


def _answers(given: Bundles, asked: _Asked) -> Iterator[Comparison]:
    said: dict[str, Any] = given.gates["events"]
    words = {"named": "the gate that it names", None: "no gate"}
    payloads = {name: schema["properties"]["payload"] for name, schema in given.events.items() if name != "envelope"}
    yield _compare(
        "types of event",
        {
            "gates.yaml": said,
            "docs/events": payloads,
            "its envelope": given.events["envelope"]["properties"]["event_type"]["enum"],
        },
    )
    yield _compare(
        "gates of events",
        {
            "gates.yaml": [f"{name} is about {words.get(one['gate'], one['gate'])}" for name, one in said.items()],
            "docs/events": [f"{name} is about {_gates_of(given.events[name])}" for name in payloads],
        },
    )
    yield _compare(
        "required fields of events",
        {
            "gates.yaml": [f"{name} needs {field}" for name, one in said.items() for field in one["required"]],
            "docs/events": [
                f"{name} needs {field}" for name, one in payloads.items() for field in one.get("required", [])
            ],
            "ops.ingest_event": [f"{name} needs {field}" for name in said for field in asked.required_fields(name)],
        },
    )
    senders = {
        name if gate is None else f"{name} {gate}": roles
        for name, one in said.items()
        for gate, roles in (one["senders"].items() if isinstance(one["senders"], dict) else [(None, one["senders"])])
    }
    yield _compare(
        "senders of events",
        {
            "gates.yaml": [f"{role} sends {event}" for event, roles in senders.items() for role in roles],
            "access.yaml": [f"{role} sends {event}" for event, roles in given.access.events.items() for role in roles],
            "ops.ingest_event": asked.sendings(given.access.nine, [*senders, *given.access.events]),
        },
    )
    responses: dict[str, Any] = given.openapi["paths"]["/ops-event-ingest"]["post"]["responses"]
    yield _compare(
        "refusals",
        {
            "gates.yaml": [f"{status} {code}" for code, status in given.gates["answers"].items()],
            "docs/errors.md": [
                " ".join(row) for row in re.findall(r"^\| (\d{3}) \| `(\w+)`", given.errors, re.MULTILINE)
            ],
            "docs/events/openapi.json": [
                f"{status} {code}" for status, response in responses.items() for code in _codes(response)
            ],
        },
    )
    yield _compare(
        "SQLSTATEs",
        {
            "gates.yaml": given.gates["sqlstates"],
            "docs/errors.md": re.findall(r"^\| `(OPS\d\d)`", given.errors, re.MULTILINE),
            DB: asked.sqlstates(),
        },
    )


def _codes(schema: Any) -> Iterator[str]:
    """Every value that a field `error` can have, however deep."""
    if isinstance(schema, list):
        for part in schema:
            yield from _codes(part)
    elif isinstance(schema, dict):
        error = schema.get("error")
        if isinstance(error, dict):
            yield from error.get("enum", [error["const"]] if "const" in error else [])
        for part in schema.values():
            yield from _codes(part)


# The least that each type of event needs to be understood; whether its release exists is asked after its sender.
_PAYLOADS: Mapping[str, dict[str, Any]] = {
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
_PERSONA_OF = {"G1": "developer", "G2": "qa_tester", "G3": "release_manager", "G4": "sre"}


@dataclass(frozen=True)
class _Asked:
    """What a database with the migrations answers; nothing stays of what is tried."""

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

    def quoted(self, table: str, like: str) -> list[str]:
        """The literals of a table's check constraint."""
        [text] = self.column(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'c'"
            " and pg_get_constraintdef(oid) like %s",
            [table, like],
        )
        return re.findall(r"'(\w+)'", text)

    def subjects(self, kind: str) -> list[str]:
        """What a requirement of that kind can be about."""
        [text] = self.column(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = 'ops.gate_requirements'::regclass and conname = 'subject_fits_the_kind'"
        )
        [branch] = re.findall(rf"WHEN '{kind}'.*?THEN (.*?)(?:\n|$)", text)
        enums = re.findall(r"enum_range\(NULL::ops\.(\w+)\)", branch)
        return [value for name in enums for value in self.enum(name)] or re.findall(r"'(\w+)'::text", branch)

    def needs(self) -> list[str]:
        """The requirements of every project, and what is unusual about one."""
        return self.column(
            "select concat_ws(' ', gate_code, enforcement, kind, subject,"
            " case when min_count <> 1 then min_count || ' times' end,"
            " case when not separation_of_duties then 'without separation of duties' end)"
            " from ops.gate_requirements where project is null and valid_to is null"
        )

    def required_fields(self, event_type: str) -> list[str]:
        """The fields that `ops.ingest_event` misses in an empty payload."""
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
        """The codes of its own that some function raises or knows."""
        return self.column(
            "select distinct m[1] from pg_proc cross join regexp_matches(prosrc, '''(OPS[0-9][0-9])''', 'g') as m"
            " where pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)"
        )

    def gate_names(self) -> list[str]:
        """Code and name of the gates that a release is born with."""
        with self._release() as release:
            return self.column(
                "select concat_ws(' ', gate_code, gate_name) from ops.release_gates where release_id = %s", [release]
            )

    def ways(self) -> list[str]:
        """Per environment, the gates that stop a release without any fact."""
        with self._release() as release:
            return self.column(
                "select format('%%s needs %%s', target, coalesce((select"
                " string_agg(distinct g.gate_code::text, ' ' order by g.gate_code::text)"
                " from ops.promotion_blockers(%s, target::text) as b join ops.release_gates g using (gate_id)),"
                " 'nothing')) from unnest(enum_range(null::ops.ops_environment)) as target",
                [release],
            )

    def sendings(self, roles: Iterable[str], names: Iterable[str]) -> list[str]:
        """Who may send what, by sending it for a release that does not exist."""
        distinct = list(dict.fromkeys(names))
        with self._undone():
            for role in _PERSONA_OF.values():
                self.connection.execute("select ops.grant_membership(%s, %s)", [f"preflight-{role}", role])
            return [f"{role} sends {name}" for role in roles for name in distinct if self._may_send(role, name)]

    def _may_send(self, role: str, name: str) -> bool:
        event_type, _, gate = name.partition(" ")
        payload = _PAYLOADS.get(event_type)
        if payload is None:
            persona = role if role in _PERSONA_OF.values() else _PERSONA_OF.get(gate, "sre")
            payload = {
                "decision": "approved",
                "approver_id": f"preflight-{persona}",
                "persona_role": persona,
                "rationale_structured": {"preflight": True},
            }
        release = None if event_type == "environment_event" else uuid4()
        event = events.envelope(
            event_type, payload, source_system="manual", run=str(uuid4()), release_id=release, gate_code=gate or None
        )
        claims = json.dumps({"sub": f"preflight-{role}", "role": role})
        with self._undone():
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
        """A part of the transaction, begun as `service_role`, of which nothing stays."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("set local role service_role")
            yield

    @contextlib.contextmanager
    def _release(self) -> Iterator[str]:
        """A release without any fact, for a while."""
        with self._undone():
            self.connection.execute("select ops.grant_membership('preflight', 'developer')")
            [release] = self.column(
                "select ops.open_release('preflight', 'preflight', 'production', 'preflight',"
                " initiating_actor => 'preflight')"
            )
            yield release
