"""Secrets stay out of the record: each well-known shape, in every text of an event and in every column of texts."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.effort import NIGHTLY, times
from harness.prove.world import World
from harness.stack import Stack
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from harness.tests.event_checks import found_by_typescript, good
from ops_gates import events
from ops_gates.events import Envelope

A = "Ab3" * 40
HEX = "0123456789abcdef" * 4
# None of them is a real one. They are put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "access key of AWS": "AK" + "IA" + "Q7" * 8,
    "temporary access key of AWS": "AS" + "IA" + "Q7" * 8,
    **{f"token of GitHub {kind}": f"gh{kind}" + "_" + A[:36] for kind in "oprsu"},
    "fine-grained token of GitHub": "github" + "_pat_" + A[:60],
    **{
        f"token of GitLab {kind}": f"gl{kind}" + "-" + A[:20]
        for kind in ("agent", "cbt", "dt", "ft", "pat", "ptt", "rt", "soat")
    },
    **{f"token of Slack {kind}": f"xox{kind}" + "-" + "12-" * 6 for kind in "abeoprs"},
    "app token of Slack": "xapp" + "-1-" + A[:20],
    **{f"key of Stripe {kind}": f"{kind}" + "_" + A[:24] for kind in ("sk_live", "sk_test", "rk_live", "rk_test")},
    "webhook key": "whsec" + "_" + A[:32],
    "key of Google": "AI" + "za" + A[:35],
    "client secret of Google": "GOC" + "SPX-" + A[:28],
    "token of Google": "ya" + "29." + A[:40],
    "token of npm": "npm" + "_" + A[:36],
    "token of PyPI": "pypi" + "-" + A[:80],
    "token of Docker": "dckr" + "_pat_" + A[:27],
    "key of Anthropic": "sk" + "-ant-" + A[:30],
    "key of OpenAI": "sk" + "-proj-" + A[:30],
    "older key of OpenAI": "sk" + "-" + A[:48],
    "key of SendGrid": "S" + "G." + A[:22] + "." + A[:43],
    "secret key of Supabase": "sb" + "_secret_" + A[:31],
    "token of Supabase": "sbp" + "_" + HEX[:40],
    "token of Vault": "hv" + "s." + A[:24],
    "token of DigitalOcean": "dop" + "_v1_" + HEX,
    "token of Hugging Face": "hf" + "_" + A[:34],
    "token of Databricks": "da" + "pi" + HEX[:32],
    **{f"token of Shopify {kind}": f"shp{kind}" + "_" + HEX[:32] for kind in ("at", "ca", "pa", "ss")},
    "token of Atlassian": "ATA" + "TT3" + A[:60],
    "web hook of Slack": "https://hooks" + ".slack.com/services/T00000000/B00000000/" + A[:24],
    "web hook of Discord": "https://discord" + ".com/api/webhooks/123456789012345678/" + A[:68],
    "web hook of Teams": "https://acme.webhook" + ".office.com/webhookb2/" + HEX[:36],
    "bot of Telegram": "https://api.telegram" + ".org/bot123456789:" + A[:35] + "/sendMessage",
    "JWT": ".".join(("eyJ" + A[:20], "eyJ" + A[:30], A[:43])),
    **{
        f"private key {kind}": f"-----BEGIN {kind}" + "PRIVATE" + " KEY-----\nMIIE"
        for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ")
    },
    "private key of PGP": "-----BEGIN PGP " + "PRIVATE" + " KEY BLOCK-----",
    "address with user and password": "https://bot:" + "pw@host.example/x",
    "address with a user": "https://bot" + "@host.example/x",
    "address of a database": "postgresql://u:" + "p@db.example:5432/app",
    **{
        f"address with {name}": f"https://s3.example/x?a=1&{name}={A[:20]}"
        for name in (
            "X-Amz-Signature", "x-amz-security-token", "X-Goog-Signature", "X-Oss-Signature", "x-obs-signature", "sig",
            "Signature", "access_token", "private_token", "job_token",
        )
    },
}  # fmt: skip
HARMLESS = (
    HEX, HEX[:40], "0195f3a2-1111-7222-8333-444455556666", hashlib.sha256(b"x").hexdigest(),
    base64.b64encode(b"harmless " * 20).decode(),
    base64.b64encode(b'{"harmless": [1, 2, 3]}' * 5).decode(), "https://host.example:8443/x",
    "https://a.example/@scope/x",
    "https://a.example/x?to=me@a.example", "mail me@a.example", "git@github.com:acme/shop.git", "sig=ok", "signature",
    "https://a.example/?design=1&sign=2&sigma=3", "risk-assessment-of-the-release-" + "x" * 40, "task-" + "x" * 60,
    "AKIA", "ASIA and AFRICA", "ghp_", "npm_config_registry", "sk-learn", "eyJhbGciOiJub25lIn0", "PRIVATE KEY",
    "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----", "oci://registry.example/x@sha256:" + HEX,
    "https://a.example/x?next=https%3A%2F%2Fb.example%2Fx%3Fto%3Dme%40a.example", "100% of [1m] C:\\new\\table",
    "https://hooks.example/services/1", "dapir", "glossary-of-the-release-and-more", "v1_" + HEX, "hf_hub", "xoxo",
    "api.eyJ.x", "pypi-publish",
)  # fmt: skip


def found_in(db: psycopg.Connection[Any], texts: Iterable[str]) -> list[str]:
    """Those of the texts in which the schema finds a secret."""
    query = "select t.text from unnest(%s::text[]) with ordinality as t (text, at)"
    found = db.execute(f"{query} where ops_private.has_secret(t.text) order by t.at".encode(), [[*texts]]).fetchall()
    return [text for (text,) in found]


def test_each_shape_is_found_alone_within_words_and_after_a_line(db: psycopg.Connection[Any]) -> None:
    places = ("{}", "it is {} .", "line\n{}", '"{}"', "TOKEN={}")
    texts = [place.format(secret) for secret in SECRETS.values() for place in places]
    assert found_in(db, texts) == texts


def test_what_only_resembles_a_secret_is_accepted(db: psycopg.Connection[Any]) -> None:
    assert found_in(db, HARMLESS) == []
    cases = [events.build_complete(uuid4(), run_id="1", status="pass", artifact_ref=text) for text in HARMLESS]
    query = "select e.event -> 'payload' ->> 'artifact_ref', ops_private.secret_places(e.event)"
    places = db.execute(f"{query} from unnest(%s::jsonb[]) as e (event)".encode(), [[*map(Jsonb, cases)]]).fetchall()
    assert [place for place in places if place[1]] == []
    assert len(places) == len(HARMLESS)
    assert [text for text, found in zip(HARMLESS, found_by_typescript(cases), strict=True) if found] == []


def with_secret(shapes: dict[str, list[dict[str, Any]]], secret: str) -> Iterator[tuple[list[Any], Envelope]]:
    """Events of every type with the secret in one text: of a field, an entry, an unknown field, a name."""
    for name, shape in shapes.items():
        payload = {rule["field"]: good(rule["field"], rule) for rule in shape}
        gate = "G2" if "decision" in payload else None
        whole = events.envelope(name, payload, source_system="ci", run="1", release_id=uuid4(), gate_code=gate)
        for field, value in payload.items():
            if isinstance(value, str):
                yield ["payload", field], {**whole, "payload": payload | {field: secret}}
            elif isinstance(value, list):
                for inner in value[0]:
                    changed = payload | {field: [value[0] | {inner: secret}]}
                    yield ["payload", field, 0, inner], {**whole, "payload": changed}
        yield ["payload", "surprise"], {**whole, "payload": payload | {"surprise": secret}}
        yield ["payload", "s", 0, "t"], {**whole, "payload": payload | {"s": [{"t": f"see {secret}"}]}}
        yield ["payload", "s"], {**whole, "payload": payload | {"s": {secret: 1}}}
        yield ["schema_version"], {**whole, "schema_version": secret}


def test_every_shape_is_found_in_every_text_of_an_event_at_one_place(db: psycopg.Connection[Any]) -> None:
    shapes = dict(db.execute("select event_type, shape from ops_private.event_types").fetchall())
    # At night each shape in each place; otherwise each in one of six places, and each place with one of six shapes.
    cases = [
        case
        for number, secret in enumerate(SECRETS.values())
        for place, case in enumerate(with_secret(shapes, secret))
        if NIGHTLY or (number + place) % 6 == 0
    ]
    assert len(cases) > times(500, 3000)
    assert_found(db, cases)


def encoded(secret: str) -> Iterator[str]:
    """A secret as an address, a JSON text and a log hold it."""
    address = quote(secret, safe="")
    yield f"https://ci.example/?next={address}"
    yield f"https://ci.example/?next=x%0a{address.replace('%2F', '%2f').replace('%3A', '%3a')}"
    yield json.dumps({"log": f"line\n{secret}"})
    yield f"\x1b[31m{secret}\x1b[0m"


def test_every_shape_is_found_in_an_address_in_a_json_text_and_in_a_coloured_line(db: psycopg.Connection[Any]) -> None:
    event = events.build_complete(uuid4(), run_id="1", status="pass", artifact_ref="https://ci.example/1")
    cases = [
        (["payload", "log", "text"], {**event, "payload": event["payload"] | {"log": {"text": text}}})
        for secret in SECRETS.values()
        for text in encoded(secret)
    ]
    assert_found(db, cases)


def assert_found(db: psycopg.Connection[Any], cases: list[tuple[list[Any], Envelope]]) -> None:
    """Each event has one issue, at its place, in SQL and in the edge function."""
    in_sql = [
        found
        for (found,) in db.execute(
            # The way of an event, so that the marks are asked too, by which one is looked at.
            "select coalesce((s.r).detail -> 'issues', '[]') from (select ops_private.check_event("
            "  jsonb_populate_record(null::ops_private.submission, jsonb_build_object('envelope', n.value,"
            "    'in_time', true, 'idempotency_key', 'ci/1/x', 'event_type', n.value ->> 'event_type')"
            "  )) as r, n.ordinality"
            "  from jsonb_array_elements(%s) with ordinality as n) as s order by s.ordinality",
            [Jsonb([event for _, event in cases])],
        ).fetchall()
    ]
    in_typescript = found_by_typescript([event for _, event in cases])
    for (path, event), sql, typescript in zip(cases, in_sql, in_typescript, strict=True):
        assert [issue["path"] for issue in sql] == [path] == typescript, ascii(event["payload"])
        assert {issue["code"] for issue in sql} == {"secret"}


@pytest.fixture
def release(db: psycopg.Connection[Any]) -> str:
    """A release, and people."""
    db.execute("set local role service_role")
    for person, role in (("dev-1", "developer"), ("rm-1", "release_manager"), ("qa-1", "qa_tester")):
        db.execute(GRANT, [person, role, None])
    db.execute(REGISTER, ["acme/secrets"])
    [opened] = db.execute(
        "select ops.open_release('acme/secrets', %s, 'staging', 'sha', initiating_actor => 'dev-1')", [str(uuid4())]
    ).fetchone() or [None]
    return str(opened)


@pytest.mark.parametrize("place", ["check_name", "field", "key", "name of a field", "detail"])
def test_a_secret_is_neither_answered_nor_kept_and_the_stop_in_its_event_counts(
    db: psycopg.Connection[Any], release: str, place: str
) -> None:
    secret = SECRETS["token of GitHub p"]
    event = events.build_complete(release, run_id=str(uuid4()), status="fail")
    places: dict[str, dict[str, Any]] = {
        "check_name": {"check_name": secret},
        "field": {"note": secret},
        "name of a field": {secret: 1},
    }
    payload = {"status": "fail", **places.get(place, {})}
    event = {**event, "payload": payload}
    if place == "key":
        event = {**event, "idempotency_key": f"github_actions/{secret}/build_complete"}
    if place == "detail":
        refusal = {**event, "error": "invalid_payload", "detail": {"note": secret}}
        [answer] = db.execute("select ops.record_refusal(%s)", [Jsonb(refusal)]).fetchone() or [{}]
    else:
        [answer] = db.execute("select ops.ingest_event(%s)", [Jsonb(event)]).fetchone() or [{}]
        assert answer["error"] == "secret_in_payload"
    assert secret not in str(answer)
    assert [stop["gate_code"] for stop in answer["detail"]["contested"]] == ["G1"]
    db.execute("reset role")
    for table in ("event_ingest_log", "contested_reports", "gate_checks"):
        kept = db.execute(f"select t::text from ops.{table} as t".encode()).fetchall()
        assert not any(secret in row for (row,) in kept), table
    [(count,)] = db.execute("select count(*) from ops.contested_reports where release_id = %s", [release]).fetchall()
    assert count == 1


def test_over_http_the_answer_names_the_place_and_the_failure_counts(stack: Stack) -> None:
    world = World(stack)
    secret = SECRETS["key of Stripe sk_live"]
    answer = world.service.emit(world.build(status="fail", artifact_ref=f"https://ci.example/{secret}"))
    assert (answer.http_status, answer.error) == (400, "secret_in_payload")
    assert [issue["path"] for issue in answer.detail["issues"]] == [["payload", "artifact_ref"]]
    assert secret not in str(answer)
    assert answer.detail["contested"]


# What the rows and calls of test_access_writes.py do not try.
WRITES = {
    "metadata of a check": "insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status,"
    " metadata) select release_id, gate_id, 'c', 'ci', 'pass', jsonb_build_object('a', jsonb_build_array(%(s)s::text))"
    " from ops.release_gates where gate_code = 'G1' and release_id = %(r)s",
    "risk of an exception": "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason,"
    " risk_statement, approver_id, expires_at) values (%(r)s, 'gate_bypass', '{G1}', 'r', %(s)s, 'rm-1',"
    " clock_timestamp() + interval '1 hour')",
    "subject of a policy": "select ops.set_gate_policy('G1', jsonb_build_array(jsonb_build_object('kind', 'check',"
    " 'subject', %(s)s::text)), 'acme/secrets', 'rm-1', 'a test')",
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_column_takes_no_secret_and_the_error_does_not_repeat_it(
    db: psycopg.Connection[Any], release: str, write: str
) -> None:
    for secret in (SECRETS["token of GitHub p"], SECRETS["access key of AWS"]):
        with pytest.raises(psycopg.Error) as refused, db.transaction():
            db.execute(write.encode(), {"s": secret, "r": release})
        assert refused.value.sqlstate in ("23514", "OPS10"), refused.value
        assert secret not in str(refused.value)
    with db.transaction(force_rollback=True):
        db.execute(write.encode(), {"s": "harmless", "r": release})


# What begins a shape again and again, so many times that a look which goes back at each of them takes minutes.
BEGUN = (("a", 260_000), ("://", 86_000), ("eyJ-", 65_000), (".eyJaaaaaaaa", 21_000), ("-----BEGIN A ", 20_000),
         ("https://?sig", 22_000), ("@", 260_000), ("gh", 130_000))  # fmt: skip


def seconds(look: Callable[[], object]) -> float:
    """How long a look takes when nothing disturbs it."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        look()
        taken.append(time.perf_counter() - started)
    return min(taken)


@pytest.mark.parametrize("text", [text for text, _ in BEGUN])
def test_looking_takes_time_in_proportion_to_the_text(db: psycopg.Connection[Any], text: str) -> None:
    often = dict(BEGUN)[text]

    def looked_at(part: int) -> float:
        sent = [text * (often // part)]
        return seconds(lambda: db.execute("select ops_private.has_secret(%s)", sent))

    # Sixteen times as long if it took the square.
    assert looked_at(1) < 8 * looked_at(4) + 0.05


def test_the_function_looks_in_proportion_too() -> None:
    def looked_at(part: int) -> float:
        texts = [text * (often // part) for text, often in BEGUN]
        sent = [events.build_complete(uuid4(), run_id="1", status="pass", artifact_ref=text) for text in texts]
        return seconds(lambda: found_by_typescript(sent))

    assert looked_at(1) < 8 * looked_at(4)
