"""SQL and TypeScript describe the same events: every field, every limit, and every rule between fields."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.check.bundles import disagreements
from harness.prove.effort import NIGHTLY
from harness.stack.parts import ROOT
from harness.tests.event_checks import Rule, found_by_typescript, good
from ops_gates import events
from ops_gates.events import Envelope

FUNCTIONS = ROOT / "supabase" / "functions"
TYPESCRIPT = FUNCTIONS / "ops-event-ingest"
PUBLISHED: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in sorted((ROOT / "docs" / "events").glob("*.schema.json"))
}
ENVELOPE = PUBLISHED.pop("envelope")
SOURCE_REF = r"^(?![0-9a-fA-F]{7,39}$)\S(.*\S)?$|^[0-9]{7,39}$"  # a name that is no short commit id


@pytest.fixture
def types(db: psycopg.Connection[Any]) -> dict[str, dict[str, Any]]:
    """The event types as SQL has them, by name."""
    query = "select event_type, gate_code::text, names_gate, senders, shape from ops_private.event_types"
    with db.cursor(row_factory=dict_row) as cursor:
        return {row["event_type"]: row for row in cursor.execute(query).fetchall()}


def labels(db: psycopg.Connection[Any], enum: str) -> list[str]:
    """The values of an enum of `ops`, in order."""
    [values] = db.execute(f"select enum_range(null::ops.{enum})::text[]").fetchone() or [[]]
    return list(values)


# What each side says, as sentences.


def said_in_sql(place: str, shape: list[Rule]) -> Iterator[str]:
    """A sentence for each field of a shape, its entries' fields too."""
    for rule in shape:
        path = f"{place}.{rule['field']}"
        kind = {
            "enum": f"one of {' '.join(sorted(rule.get('values', [])))}",
            "list": f"at most {rule.get('max')} entries",
            "object": "an object with a field" if rule.get("filled") else "an object",
        }.get(rule["type"], rule["type"])
        yield f"{path} is {kind}{', required' if rule.get('required') else ''}"
        yield from said_in_sql(f"{path}[]", rule.get("of", []))


def kind_of(schema: Rule) -> str:
    """The type of a published field, in the words of a shape."""
    if schema["type"] == "array":
        return f"at most {schema['maxItems']} entries"
    if schema["type"] == "object":
        return "an object with a field" if schema.get("minProperties") == 1 else "an object"
    if "enum" in schema:
        return f"one of {' '.join(sorted(schema['enum']))}"
    return {
        ("uri", 8192): "uri",
        ("date-time", 64): "time",
        (r"^\S(.*\S)?$", 255): "name",
        (SOURCE_REF, 255): "source_ref",
        ("\\S", 255): "person",
        ("\\S", 8192): "text",
        ("^[a-z][a-z0-9_]{2,62}$", None): "word",
        ("^[0-9a-fA-F]{64}$", None): "sha256",
    }[schema.get("format") or schema["pattern"], schema.get("maxLength")]


def said_in_typescript(place: str, schema: Rule) -> Iterator[str]:
    """The same for a published schema. What may be null may be absent."""
    for field, given in schema["properties"].items():
        path = f"{place}.{field}"
        options = [option for option in given.get("anyOf", [given]) if option.get("type") != "null"]
        assert len(options) == 1, path
        assert ("anyOf" in given) == (field not in schema.get("required", [])), f"{path}: null is absent"
        yield f"{path} is {kind_of(options[0])}{'' if 'anyOf' in given else ', required'}"
        if options[0]["type"] == "array":
            yield from said_in_typescript(f"{path}[]", options[0]["items"])


def test_every_field_of_every_type_is_described_alike(types: dict[str, dict[str, Any]]) -> None:
    in_sql = [said for name, one in types.items() for said in said_in_sql(name, one["shape"])]
    published = [
        said for name, schema in PUBLISHED.items() for said in said_in_typescript(name, schema["properties"]["payload"])
    ]
    assert len(in_sql) > 30
    assert disagreements({"ops_private.event_types": in_sql, "docs/events": published}) == ()


def test_types_gates_and_sources_are_listed_alike(
    types: dict[str, dict[str, Any]], db: psycopg.Connection[Any]
) -> None:
    assert (
        disagreements(
            {
                "SQL": types,
                "docs/events": PUBLISHED,
                "its envelope": ENVELOPE["properties"]["event_type"]["enum"],
                "access.yaml": {event.partition(" ")[0] for event in ACCESS.events},
            }
        )
        == ()
    )
    gates, sources = labels(db, "ops_gate_code"), labels(db, "ops_source_system")
    for name, schema in {**PUBLISHED, "envelope": ENVELOPE}.items():
        assert schema["properties"]["source_system"]["enum"] == sources, name
    for name, one in types.items():
        given = PUBLISHED[name]["properties"]["gate_code"]
        allowed = {
            code for option in given.get("anyOf", [given]) if "not" not in option for code in option.get("enum", [])
        }
        assert allowed == set(gates if one["names_gate"] else filter(None, [one["gate_code"]])), name
        required = PUBLISHED[name]["required"]
        assert ("gate_code" in required) == one["names_gate"], name
        assert ("release_id" in required) == (one["names_gate"] or one["gate_code"] is not None), name


def test_the_values_of_a_shape_are_those_of_an_enum(
    types: dict[str, dict[str, Any]], db: psycopg.Connection[Any]
) -> None:
    query = "select typname from pg_type where typnamespace = 'ops'::regnamespace and typtype = 'e'"
    enums = {name: labels(db, name) for (name,) in db.execute(query).fetchall()}
    for name, one in types.items():
        for rule in itertools.chain(one["shape"], *(rule.get("of", []) for rule in one["shape"])):
            if rule["type"] == "enum" and (name, rule["values"]) != ("build_complete", ["pass", "fail"]):
                assert rule["values"] in enums.values(), (name, rule["field"])
    assert {"pass", "fail"} < set(enums["ops_check_status"])


def test_a_type_is_sent_by_those_that_the_access_data_names(types: dict[str, dict[str, Any]]) -> None:
    for name, one in types.items():
        named = {role for event, roles in ACCESS.events.items() if event.partition(" ")[0] == name for role in roles}
        assert named == {"service_role", *one["senders"]}, name
    people = {(name, rule["field"]) for name, one in types.items() for rule in one["shape"] if rule.get("person")}
    assert people == {("gate_signoff", "approver_id"), ("deployment_event", "deployed_by")}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_type_of_event_is_one_file_of_typescript_and_its_line_in_the_registry(name: str) -> None:
    naming = {str(path.relative_to(TYPESCRIPT)) for path in TYPESCRIPT.rglob("*.ts") if name in path.read_text()}
    if name == "health_check":
        naming.remove("fields.ts")  # a type of artifact has that name too
    assert naming <= {f"events/{name}.ts", "events/routes.ts"}
    assert (TYPESCRIPT / "events" / f"{name}.ts").is_file()


# What each side does, with values around every limit.

WORDS = (
    "",
    " ",
    "\t\r\n",
    " a ",
    "\u00a0",
    "a\u200bb",
    "e\u0301",
    "\u3164",
    "abcdef1",
    "1234567",
    "a",
    "ab",
    "abc",
    "a" * 63,
    "a" * 64,
    "A_b",
    "build",
    "health",
    "G1",
    "g1",
    "G5",
)
LONG = ("a" * 255, "a" * 256, "é" * 127, "é" * 128, "a" * 8192, "a" * 8193, "é" * 4097)
TIMES = (
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01",
    "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+14:59", "2026-01-01T00:00:00+15:00", "2026-01-01T00:00:00-15:59", "2026-01-01T00:00:00+16:00",
    "1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2026-01-01 00:00:00Z", "infinity",
)  # fmt: skip
URIS = (
    "https://a.example/1", "urn:a", "a:", "/a", "https://a b", "https://a\u00a0b", "s3://bucket/é", "1:a", "a+b-c.d:e",
    f"https://{'a' * 8184}", f"https://{'a' * 8185}",
)  # fmt: skip
DIGESTS = ("a" * 63, "a" * 64, "A1" * 32, "a" * 65, "g" * 64)
OTHERS: tuple[Any, ...] = (None, 7, True, [], {}, [[]], [{}], ["a"], {"a": None}, {"a": 1})


def variants(types: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Envelope]]:
    """Events of each type with one change, and the description of the change."""
    values = sorted({value for one in types.values() for rule in one["shape"] for value in rule.get("values", [])})
    foreign = values if NIGHTLY else values[:2]
    pool = [*OTHERS, *WORDS, *LONG, *TIMES, *URIS, *DIGESTS, *foreign, *(value.upper() for value in foreign)]
    for turn, (name, one) in enumerate(types.items()):
        payload = {rule["field"]: good(rule["field"], rule) for rule in one["shape"]}
        whole = events.envelope(
            name, payload, source_system="manual", run="1", release_id=uuid4(),
            gate_code="G2" if one["names_gate"] else None,
        )  # fmt: skip
        yield f"{name}: nothing", whole
        for label, changed in itertools.chain(
            changes(payload, pool, own(one["shape"])), rules_between(payload, one["shape"]), *(
                ((f"{label} of {rule['field']}", {**payload, rule["field"]: [entry]})
                for label, entry in changes(payload[rule["field"]][0], pool, own(rule["of"])))
                for rule in one["shape"] if rule["type"] == "list"
            )
        ):  # fmt: skip
            yield f"{name}.payload: {label}", {**whole, "payload": changed}
        # The envelope is the same for every type, but for its type, its gate and its release.
        around = [*pool, *values] if NIGHTLY or not turn else [*OTHERS, *WORDS]
        for label, changed in changes(whole, [*around, str(uuid4()), str(uuid4()).upper(), *types, "v1.1"]):
            yield f"{name}: {label}", changed


def own(shape: list[Rule]) -> dict[str, list[Any]]:
    """The values that a field may have, and each in capitals, by field. By day the others have only some of them."""
    return {
        rule["field"]: [*rule["values"], *(value.upper() for value in rule["values"])]
        for rule in shape
        if "values" in rule
    }


def changes(
    whole: dict[str, Any], pool: Sequence[Any], own: Mapping[str, Sequence[Any]] = MappingProxyType({})
) -> Iterator[tuple[str, dict[str, Any]]]:
    """An object without one of its fields, with one of another value, and with one more."""
    yield "surprise", {**whole, "surprise": 1}
    for field in whole:
        yield f"no {field}", {name: value for name, value in whole.items() if name != field}
        for value in [*pool, *own.get(field, ())]:
            yield f"{field} = {json.dumps(value)[:40]}", {**whole, field: value}


def rules_between(payload: dict[str, Any], shape: list[Rule]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A payload in which two fields are equal, or a name of a list repeats; and lists at their limits."""
    for one, other in itertools.permutations(payload, 2):
        yield f"{one} as {other}", {**payload, one: copy.deepcopy(payload[other])}
    for rule in shape:
        if rule["type"] == "list":
            field = rule["field"]
            [entry] = payload[field]
            yield f"{field} twice", {**payload, field: [entry, entry]}
            for count in (rule["max"], rule["max"] + 1):
                names = [name for name in entry if name.endswith("_name")]
                entries = [entry | dict.fromkeys(names, f"n{number}") for number in range(count)]
                yield f"{count} {field}", {**payload, field: entries}
            for name in set(entry) & set(payload):
                rest = {key: value for key, value in payload.items() if key != name}
                yield f"{name} of {field} as around it", {**payload, field: [{**entry, name: payload[name]}]}
                for default in ("build", "health", "main", "default"):
                    yield f"{name} of {field} = {default}, none around it", {**rest, field: [{**entry, name: default}]}


def found_by_sql(db: psycopg.Connection[Any], sent: list[Envelope]) -> list[list[list[Any]]]:
    """The paths of the issues of each event, as SQL finds them field by field."""
    rows = db.execute(
        # Materialized, because the planner would call the function again for each use of its result.
        "with found as materialized (select n.ordinality, ops_private.malformed(n.value) as refusal"
        "  from jsonb_array_elements(%s) with ordinality as n)"
        " select coalesce(jsonb_path_query_array((e.refusal).detail, '$.issues[*].path'),"
        "  case when (e.refusal).error is null then '[]' else '[[\"schema_version\"]]'::jsonb end),"
        " (e.refusal).error"
        " from found as e order by e.ordinality",
        [Jsonb(sent)],
    ).fetchall()
    return [paths or ([["schema_version"]] if error else []) for paths, error in rows]


def test_both_refuse_the_same_events_for_the_same_fields(
    types: dict[str, dict[str, Any]], db: psycopg.Connection[Any]
) -> None:
    labelled = list(variants(types))
    sent = [event for _, event in labelled]
    differ = []
    for (label, _), in_sql, in_typescript in zip(
        labelled, found_by_sql(db, sent), found_by_typescript(sent), strict=True
    ):
        # Both list every fault of a payload. Of a wrong envelope each lists only some.
        wrong = [{tuple(path[:2]) for path in paths} for paths in (in_sql, in_typescript)]
        only_payload = all(path[0] == "payload" for paths in wrong for path in paths)
        if wrong[0] != wrong[1] if only_payload else not all(wrong):
            differ.append(f"{label}: SQL {in_sql or 'takes it'}, TypeScript {in_typescript or 'takes it'}")
    assert sum(label.endswith(": nothing") for label, _ in labelled) == len(types)
    assert differ == []
