"""The edge function refuses forged, expired and empty tokens. Those that PostgREST accepts get no right in SQL.

PostgREST looks at signature, `exp` and `role` alone. What it lets in is a caller of one of the six roles with a
signature of the project; SQL then asks for a subject before anything is written.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from jwt.algorithms import ECAlgorithm

from harness.check.access import ACCESS
from harness.prove.access_facts import WANTED, Facts, Row
from harness.prove.world import post
from harness.stack import Keys, Stack
from harness.stack.members import wanting
from ops_gates import events

pytest_plugins = ("harness.tests.access_fixtures",)

LEEWAY = 30  # seconds that PostgREST allows clocks to differ


def coded(value: Any) -> str:
    """A part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hs256(claims: Row, secret: bytes, kid: str | None) -> str:
    """A token signed with a secret instead of a key, as pyjwt itself refuses to make it."""
    header = {"alg": "HS256", "typ": "JWT"} | ({"kid": kid} if kid else {})
    signed = f"{coded(header)}.{coded(claims)}"
    return f"{signed}.{coded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def claims_of(stack: Stack, **claims: Any) -> Row:
    """The claims of a good token of a pipeline, with some changed; None leaves one out."""
    decoded: Row = jwt.decode(stack.token("ci_service_role", "ci_service_role-a"), options={"verify_signature": False})
    return {name: value for name, value in (decoded | claims).items() if value is not None}


def kid_of(stack: Stack) -> str:
    """The name of the project's key."""
    return str(stack.keys.signing_key["kid"])


def public_key(stack: Stack) -> Any:
    """The public half, as anybody can fetch it."""
    key = ECAlgorithm(ECAlgorithm.SHA256).from_jwk(stack.keys.jwks["keys"][0])
    return key.public_key() if hasattr(key, "public_key") else key


def forgeries(stack: Stack) -> dict[str, str]:
    """Tokens made without the signing key. Each must be refused."""
    claims = claims_of(stack)
    good = stack.keys.sign(claims)
    header, body, signature = good.split(".")
    elsewhere = Keys.generate()
    own_key = Keys({**elsewhere.signing_key, "kid": kid_of(stack)}, "", "")
    higher = coded(claims | {"role": "service_role"})
    pem = public_key(stack).public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public_key(stack).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(stack.keys.jwks["keys"][0]).encode()
    jwks = json.dumps(stack.keys.jwks).encode()
    none = {"alg": "none", "typ": "JWT"}
    return {
        "unsigned": f"{header}.{body}.",
        "without a third part": f"{header}.{body}",
        "alg none": f"{coded(none)}.{body}.",
        "alg none with the kid": f"{coded(none | {'kid': kid_of(stack)})}.{body}.",
        "alg NONE with the signature": f"{coded(none | {'alg': 'NONE'})}.{body}.{signature}",
        "another role under the same signature": f"{header}.{higher}.{signature}",
        "another subject under the same signature": f"{header}.{coded(claims | {'sub': 'admin'})}.{signature}",
        "a wrong key with the right kid": own_key.sign(claims),
        "a wrong key with its own kid": elsewhere.sign(claims),
        "HS256 with the public key (PEM) as secret": hs256(claims, pem, kid_of(stack)),
        "HS256 with the public key (DER) as secret": hs256(claims, der, kid_of(stack)),
        "HS256 with the public key (JWK) as secret": hs256(claims, jwk, kid_of(stack)),
        "HS256 with the key set as secret": hs256(claims, jwks, None),
        "HS256 with an empty secret": hs256(claims, b"", kid_of(stack)),
        "HS256 with the well-known local secret": hs256(
            claims, b"super-secret-jwt-token-with-at-least-32-characters-long", None
        ),
        "a zero signature": f"{header}.{body}.{coded(bytes(64))}",
        "nonsense": "a.b.c",
        "the publishable key": stack.publishable_key,
        "the secret key": stack.secret_key,
    }


def refused_claims(stack: Stack) -> dict[str, Row]:
    """Claims with a valid signature that the function still refuses."""
    now = int(time.time())
    return {
        "expired beyond the leeway": claims_of(stack, exp=now - LEEWAY - 30),
        "no exp": claims_of(stack, exp=None),
        "an exp that is text": claims_of(stack, exp=str(now + 3600)),
        "no sub": claims_of(stack, sub=None),
        "an empty sub": claims_of(stack, sub=""),
        "a blank sub": claims_of(stack, sub="  "),
        "a sub of tabs and line feeds": claims_of(stack, sub="\t\n"),
        "a sub that is a number": claims_of(stack, sub=7),
        "no role": claims_of(stack, role=None),
        "a role that is not granted": claims_of(stack, role="postgres"),
        "a role that does not exist": claims_of(stack, role="nobody"),
        "the role of the API's login": claims_of(stack, role="authenticator"),
        "the role that is none": claims_of(stack, role="none"),
        "service_role": claims_of(stack, role="service_role"),
        "authenticated": claims_of(stack, role="authenticated"),
        "anon": claims_of(stack, role="anon"),
        "two roles": claims_of(stack, role=["ci_service_role", "release_manager"]),
        "a wrong issuer": claims_of(stack, iss="https://elsewhere.example/auth/v1"),
        "no issuer": claims_of(stack, iss=None),
        "a wrong audience": claims_of(stack, aud="somebody"),
        "no audience": claims_of(stack, aud=None),
        "not before later": claims_of(stack, nbf=now + 600),
    }


FORGERIES = [
    "unsigned",
    "without a third part",
    "alg none",
    "alg none with the kid",
    "alg NONE with the signature",
    "another role under the same signature",
    "another subject under the same signature",
    "a wrong key with the right kid",
    "a wrong key with its own kid",
    "HS256 with the public key (PEM) as secret",
    "HS256 with the public key (DER) as secret",
    "HS256 with the public key (JWK) as secret",
    "HS256 with the key set as secret",
    "HS256 with an empty secret",
    "HS256 with the well-known local secret",
    "a zero signature",
    "nonsense",
    "the publishable key",
    "the secret key",
]
# What PostgREST, asked directly, makes of a token of the project with such claims: an error, or it lets it in.
CLAIMS = {
    "expired beyond the leeway": 401,
    "no exp": 200,
    "an exp that is text": 401,
    "no sub": 200,
    "an empty sub": 200,
    "a blank sub": 200,
    "a sub of tabs and line feeds": 200,
    "a sub that is a number": 401,
    "no role": 401,  # the anonymous role, which may do nothing
    "a role that is not granted": 403,
    "a role that does not exist": 400,
    "the role of the API's login": 403,
    "the role that is none": 403,
    "service_role": 200,  # only the platform signs these, for secret keys
    "authenticated": 403,
    "anon": 401,
    "two roles": 400,
    "a wrong issuer": 200,
    "no issuer": 200,
    "a wrong audience": 200,
    "no audience": 200,
    "not before later": 401,
}
WITHOUT_SUBJECT = ["no sub", "an empty sub", "a blank sub", "a sub of tabs and line feeds"]


def build(facts: Facts) -> events.Envelope:
    """A build that fails, so that it shows if it was taken."""
    return events.build_complete(facts.theirs, run_id=uuid.uuid4().hex, status="fail")


def send(stack: Stack, facts: Facts, token: str) -> httpx.Response:
    """A build to the edge function with this token."""
    return post(stack, json.dumps(build(facts)).encode(), token=token)


def directly(stack: Stack, token: str, method: str, path: str, body: Any = None) -> httpx.Response:
    """A request to PostgREST itself, past the gateway and what it knows of API keys."""
    if stack.postgrest is None:
        pytest.skip(f"PostgREST has no address of its own where OPS_STACK={stack.kind}")
    return stack.http.request(
        method,
        f"{stack.postgrest.url}/{path}",
        json=body,
        headers={"authorization": f"Bearer {token}", "prefer": "return=minimal"},
    )


def test_a_good_token_is_taken_by_the_function_and_by_postgrest(stack: Stack, scene_facts: Facts) -> None:
    token = stack.keys.sign(claims_of(stack))
    assert send(stack, scene_facts, token).json()["status"] == "accepted"
    assert directly(stack, token, "GET", "releases?limit=1").status_code == 200
    just_expired = stack.keys.sign(claims_of(stack, exp=int(time.time()) - 2))
    assert directly(stack, just_expired, "GET", "releases?limit=1").status_code == 200  # within the leeway


def test_the_lists_of_this_file_name_every_case(stack: Stack) -> None:
    assert [*forgeries(stack)] == FORGERIES
    assert [*refused_claims(stack)] == [*CLAIMS]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused_everywhere(stack: Stack, scene_facts: Facts, forgery: str) -> None:
    token = forgeries(stack)[forgery]
    answer = send(stack, scene_facts, token)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), answer.text
    for method, path, body in (
        ("GET", "releases?limit=1", None),
        ("POST", "rpc/ingest_event", {"envelope": build(scene_facts)}),
        ("POST", "gate_checks", scene_facts.row("ci_service_role", "gate_checks")),
    ):
        assert directly(stack, token, method, path, body).status_code == 401
    gateway = {"apikey": stack.publishable_key, "authorization": f"Bearer {token}"}
    answer = stack.http.get(f"{stack.rest_url}/releases?limit=1", headers=gateway)
    assert answer.status_code == 401


@pytest.mark.parametrize("case", CLAIMS)
def test_a_token_with_bad_claims_is_refused_by_the_function(stack: Stack, scene_facts: Facts, case: str) -> None:
    answer = send(stack, scene_facts, stack.keys.sign(refused_claims(stack)[case]))
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), answer.text
    assert "sb_" not in answer.text


@pytest.mark.parametrize("case", CLAIMS)
def test_what_postgrest_makes_of_a_token_with_bad_claims(stack: Stack, case: str) -> None:
    answer = directly(stack, stack.keys.sign(refused_claims(stack)[case]), "GET", "releases?limit=1")
    assert answer.status_code == CLAIMS[case], answer.text


@pytest.mark.parametrize("case", WITHOUT_SUBJECT)
def test_a_caller_without_a_subject_writes_nothing_even_past_the_function(
    stack: Stack, scene_facts: Facts, case: str
) -> None:
    for role in ("ci_service_role", "qa_tester", "release_manager", "sre", "developer"):
        token = stack.keys.sign(refused_claims(stack)[case] | {"role": role})
        for table in ACCESS.tables:
            row = scene_facts.row(role, table)
            row = {name: getattr(value, "obj", value) for name, value in row.items()}
            answer = directly(stack, token, "POST", table, row)
            assert answer.status_code == 403, (role, table, answer.text)
        answer = directly(stack, token, "POST", "rpc/ingest_event", {"envelope": build(scene_facts)})
        refused = answer.status_code == 403 or answer.json().get("error") == "forbidden_event"
        assert refused, (role, answer.text)


def test_a_token_that_lost_its_end_still_says_who_and_what_it_may(stack: Stack, scene_facts: Facts) -> None:
    # PostgREST takes tokens without `exp`. The project's Auth signs none; SQL gives them what their role has.
    token = stack.keys.sign(claims_of(stack, exp=None, role="developer", sub="developer-b"))
    answer = directly(stack, token, "GET", "gate_checks?select=release_id")
    assert {row["release_id"] for row in answer.json()} == {scene_facts.theirs}
    answer = directly(stack, token, "POST", "approvals", scene_facts.row("release_manager", "approvals"))
    assert (answer.status_code, answer.json()["code"]) == (403, "42501")


def test_a_service_role_token_without_a_subject_is_the_service_role(stack: Stack) -> None:
    # This is what the gateway makes of a secret key; with a subject it is stamped as that subject.
    token = stack.keys.sign(claims_of(stack, role="service_role", sub=None))
    member = uuid.uuid4().hex
    wanted = WANTED | {"on_behalf_of": wanting(stack.client())}
    granted = directly(stack, token, "POST", "rpc/grant_membership", {"subject": member, "role": "developer", **wanted})
    assert granted.status_code in (200, 204), granted.text
    path = f"members?subject=eq.{member}&select=created_by,created_role"
    answer = directly(stack, token, "GET", path)
    assert answer.json() == [{"created_by": "service_role", "created_role": "service_role"}]


@pytest.mark.parametrize("header", ["apikey", "authorization"])
@pytest.mark.parametrize("value", ["", "null", "undefined", "sb_secret_", "sb_secret_unknown", "*", "default"])
def test_an_api_key_that_nobody_gave_out_is_refused(stack: Stack, scene_facts: Facts, header: str, value: str) -> None:
    given = {"apikey": value} if header == "apikey" else {"authorization": f"Bearer {value}".strip()}
    url = f"{stack.functions_url}/ops-event-ingest"
    answer = stack.http.post(url, json=build(scene_facts), headers=given)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), answer.text
    answer = stack.http.get(f"{stack.rest_url}/releases?limit=1", headers=given)
    assert answer.status_code == 401
