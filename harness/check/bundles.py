"""Whether the two spec bundles, the data and the migrations say the same.

Each comparison asks several sources for the same kind of sentence ("qa_tester signs G2"). It names every sentence that
some sources have and others have not. A database with the migrations answers for them; their text is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from harness.check.access import Access, load
from harness.check.migrated import MigratedDatabase
from harness.stack.parts import ROOT

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
        """Read the files. Raises OSError, ValueError or yaml.YAMLError when a file cannot be read."""
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
    """Yield every comparison. `database` has the migrations and no other use: writes are tried and rolled back."""
    asked = MigratedDatabase(database)
    yield from _people(bundles, asked)
    yield from _shapes(bundles, asked)
    yield from _rules(bundles, asked)
    yield from _answers(bundles, asked)


def _people(given: Bundles, asked: MigratedDatabase) -> Iterator[Comparison]:
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
            "what ops.members takes": asked.column(
                "select rolname from pg_roles where ops_private.is_member_role(rolname::text)"
            ),
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


def _shapes(given: Bundles, asked: MigratedDatabase) -> Iterator[Comparison]:
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


def _rules(given: Bundles, asked: MigratedDatabase) -> Iterator[Comparison]:
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


def _answers(given: Bundles, asked: MigratedDatabase) -> Iterator[Comparison]:
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
