"""Ways round the rules over HTTP, and as the login of the API. None may work."""

from __future__ import annotations

import json
import uuid

import psycopg
import pytest

from harness.prove.access_facts import COMMIT, Facts
from harness.prove.world import post
from harness.stack import Stack
from harness.tests.access_calls import ask
from ops_gates import events

pytest_plugins = ("harness.tests.access_fixtures",)


def test_over_http_headers_and_preferences_set_nothing(stack: Stack, scene_facts: Facts) -> None:
    row = scene_facts.row("developer", "approvals")
    for headers in (
        {"prefer": "return=minimal,tx=rollback"},
        {"x-supabase-role": "service_role", "x-role": "service_role"},
        {"request.jwt.claims": '{"role": "service_role"}', "x-postgres-role": "release_manager"},
        {"content-profile": "ops", "prefer": "return=minimal,missing=default"},
    ):
        answer = ask(stack, "developer", "POST", "approvals", row, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), headers
    for profile in ("pg_catalog", "auth", "public", "extensions", "supabase_migrations"):
        answer = ask(stack, "service_role", "GET", "releases", **{"accept-profile": profile})
        assert answer.status_code == 406, profile


def test_over_http_nobody_reads_what_passwords_and_keys_there_are(stack: Stack) -> None:
    for path in ("pg_roles", "pg_authid", "pg_settings", "rpc/pg_read_file", "rpc/set_config", "rpc/current_setting"):
        for role in ("service_role", "developer"):
            assert ask(stack, role, "GET", path).status_code == 404, path


@pytest.mark.parametrize(("source_ref", "g4_status"), [(COMMIT, "pending"), ("main", "failed")])
def test_over_http_an_sre_sends_a_verdict_with_an_event(
    stack: Stack, scene_facts: Facts, source_ref: str, g4_status: str
) -> None:
    run = uuid.uuid4().hex
    event = events.deployment_event(
        scene_facts.theirs,
        environment="production",
        deployment_ref=run,
        status="succeeded",
        source_ref=source_ref,
        run_id=run,
        was_eligible=True,
        g4_status="passed",
        deployed_by="sre-a",
    )
    event = events.by_hand(event, "sre-a")
    token = stack.token("sre", "sre-a")
    assert post(stack, json.dumps(event).encode(), token=token).json()["status"] == "accepted"
    query = f"deployments?deployment_ref=eq.{run}&select=was_eligible,g4_status,deployed_by"
    assert ask(stack, "service_role", "GET", query).json() == [
        {"was_eligible": False, "g4_status": g4_status, "deployed_by": "sre-a"}
    ]
    forged = event | {
        "idempotency_key": event["idempotency_key"] + "x",
        "payload": event["payload"] | {"deployed_by": "sre-b", "deployment_ref": run + "x"},
    }
    answer = post(stack, json.dumps(forged).encode(), token=token)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden_event")


def test_the_login_of_the_api_itself_has_nothing(stack: Stack) -> None:
    if stack.postgrest is None or stack.cluster is None:
        pytest.skip(f"the password of `authenticator` is not known where OPS_STACK={stack.kind}")
    database = stack.db_url.rsplit("/", 1)[1].split("?")[0]
    with psycopg.connect(stack.cluster.server.url("authenticator", database), autocommit=True) as login:
        for query in (
            "select from ops.releases",
            "select ops.ingest_event('{}')",
            "set role postgres",
            "set role supabase_admin",
            "set role supabase_auth_admin",
            "set session authorization postgres",
            "set session_replication_role = replica",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(query)
