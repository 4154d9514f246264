"""Sources belong to roles: by an event and by a row alike, a role names those of its own and no other."""

from __future__ import annotations

import base64
import json
from typing import Any, get_args

import pytest

from harness.prove.access_scene import Scene
from harness.prove.world import World
from harness.stack import Stack
from harness.tests.pipeline import EVENT, Job, log_of, run_agent
from harness.tests.terminal import named, service, somebody
from ops_gates import events, sources
from ops_gates.exit_codes import Code
from ops_gates.rows import OpsSourceSystem

pytest_plugins = ("harness.tests.access_fixtures", "harness.tests.pipeline_fixtures")

PIPELINES = {"github_actions", "gitlab_ci", "jenkins", "azure_pipelines", "ci"}
SOURCES = get_args(OpsSourceSystem)
# The page: who may name which source.
OWN: dict[str, set[str]] = {
    "service_role": set(SOURCES),
    "ci_service_role": PIPELINES | {"monitoring"},
    "sre": {"monitoring", "manual"},
    "release_manager": {"manual"},
    "qa_tester": {"manual"},
    "developer": {"manual"},
    "audit_reader": set(),
}
SENT = {"ci_service_role": "build_complete", "sre": "environment_event", "qa_tester": "gate_signoff G2"}
SENT |= {"release_manager": "gate_signoff G3", "service_role": "health_check"}


def told(event: events.Envelope, source: str) -> events.Envelope:
    """The same event from another source."""
    key = "/".join([source, *event["idempotency_key"].split("/")[1:]])
    return {**event, "source_system": source, "idempotency_key": key}


@pytest.mark.parametrize("role", SENT)
def test_an_event_is_taken_with_a_source_of_its_sender_s_and_with_no_other(scene: Scene, role: str) -> None:
    event = scene.facts.event(SENT[role], role)
    for source in SOURCES:
        outcome = scene.attempt(role, "select ops.ingest_event(%s)", [json.dumps(told(event, source))])
        answer = outcome.value
        if source in OWN[role]:
            assert answer["status"] == "accepted", (source, answer)
            continue
        assert (answer["status"], answer["error"]) == ("rejected", "forbidden_event"), source
        detail = answer["detail"]
        assert set(detail["sources"]) == OWN[role]
        assert set(detail["senders"]) == {one for one, own in OWN.items() if source in own}


@pytest.mark.parametrize(
    ("role", "table"),
    [
        ("ci_service_role", "gate_checks"),
        ("developer", "gate_checks"),
        ("qa_tester", "evidence_artifacts"),
        ("sre", "evidence_artifacts"),
        ("ci_service_role", "environment_events"),
        ("service_role", "gate_checks"),
        ("service_role", "evidence_artifacts"),
        ("service_role", "environment_events"),
    ],
)
def test_a_row_is_taken_with_a_source_of_its_writer_s_and_with_no_other(scene: Scene, role: str, table: str) -> None:
    for source in SOURCES:
        row = scene.facts.row(role, table) | {"source_system": source}
        expected = None if source in OWN[role] else "42501"
        assert scene.try_insert(role, table, row).sqlstate == expected, source


@pytest.mark.parametrize("role", OWN)
def test_the_list_of_the_database_is_that_of_the_page(db: Any, role: str) -> None:
    query = "select s from unnest(enum_range(null::ops.ops_source_system)) s where ops_private.may_send_source(s, %s)"
    assert {source for (source,) in db.execute(query, [role])} == OWN[role]


# What the programs name


ODD_CLAIMS = [b"[" * 6000, b"3", b"[]", b"\xff", b'{"sub": 3, "role": [], "exp": 1e300}', b""]


@pytest.mark.parametrize("claims", ODD_CLAIMS, ids=lambda claims: repr(claims[:8]))
def test_a_token_that_says_nothing_is_of_nobody(claims: bytes) -> None:
    token = f"a.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.b"
    about = (sources.person_of, sources.subject_of, sources.role_of, sources.ends_at)
    assert [ask(token) for ask in about] == [None] * 4


def test_what_a_person_types_is_manual_under_a_key_that_ends_in_a_session_of_its_own(
    world: World, stack: Stack
) -> None:
    tester = somebody(stack, "qa_tester", "qa-1")
    world.emit(world.build())
    command = (
        *("emit", "gate_signoff", str(world.release_id), "--gate", "G2", "--decision", "rejected"),
        *("--approver", "qa-1", "--persona", "qa_tester", "--rationale", '{"criteria_met": 1}'),
    )
    assert [tester(*command).exit_code for _ in range(2)] == [0, 0]
    start = f"manual/qa-1/gate_signoff/G2/{world.release_id}/"
    keys = [row["idempotency_key"] for row in world.service.rows("event_ingest_log", "*", release_id=world.release_id)]
    drawn = [key.removeprefix(start) for key in keys if key.startswith(start)]
    assert (len(set(drawn)), {len(session) for session in drawn}) == (2, {16})
    # A session that is given makes the command a retry.
    assert [tester(*command, "--run", "uat-7").exit_code for _ in range(2)] == [0, 0]
    assert log_of(world, start + "uat-7") == ["accepted", "duplicate"]


@pytest.mark.parametrize(
    ("surrounding", "source"),
    [
        ({"GITHUB_ACTIONS": "true"}, "github_actions"),
        ({"GITLAB_CI": "true"}, "gitlab_ci"),
        ({"JENKINS_URL": "https://ci.example"}, "jenkins"),
        ({"TF_BUILD": "True"}, "azure_pipelines"),
        ({}, "ci"),
    ],
)
def test_what_a_machine_types_is_of_the_pipeline_that_it_runs_in(
    world: World, stack: Stack, surrounding: dict[str, str], source: str
) -> None:
    bot = somebody(stack, "ci_service_role", "ci-bot")
    # Not of the machine that runs this test.
    clean = dict.fromkeys(("GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD"), "")
    command = ("emit", "build_complete", named(world), "--run", f"7-{source}", "--status", "pass")
    done = bot(*command, **{**clean, **surrounding})
    assert done.exit_code == 0, done.output
    assert {check["source_system"] for check in world.facts("gate_checks")} == {source}
    assert bot("emit", "build_complete", named(world), "--status", "pass", **clean).exit_code == Code.USAGE


def test_a_source_that_is_not_the_sender_s_is_refused_with_who_may(world: World, stack: Stack) -> None:
    bot = somebody(stack, "ci_service_role", "ci-bot")
    command = ("emit", "build_complete", named(world), "--run", "7", "--status", "fail")
    done = bot(*command, "--source", "manual")
    assert done.exit_code == Code.NOT_ALLOWED
    for word in ("forbidden_event", "manual", "ci_service_role", "github_actions", "qa_tester"):
        assert word in done.stderr
    assert service(stack)(*command, "--source", "manual").exit_code == 0


def test_the_step_of_another_pipeline_says_which_one_it_is(world: World, job: Job) -> None:
    job.environment |= {"GITHUB_ACTIONS": "", "GITHUB_RUN_ID": "", "GITLAB_CI": "true", "CI_JOB_NAME": "unit"}
    job.environment |= {"OPS_RUN_ID": "81", "CI_PROJECT_PATH": "acme/shop"}
    step = job.run(EVENT, status="success", release_id=str(world.release_id))
    assert step.code == 0, step.log
    checks = {row["check_name"]: row["source_system"] for row in world.facts("gate_checks")}
    assert checks == {"build": "gitlab_ci", "acme%2Fshop / unit": "gitlab_ci"}


def test_an_agent_with_a_person_s_token_sends_what_that_person_sends_by_hand(world: World, stack: Stack) -> None:
    world.emit(world.build())
    given = (str(world.release_id), "--session", "s-1", "--approver", "qa-1", "--rationale", '{"criteria_met": 1}')
    token = {"OPS_TOKEN": stack.token("qa_tester", "qa-1"), "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key}
    done = run_agent(stack, *given, **token)
    assert done.returncode == 0, done.stderr
    assert log_of(world, f"manual/qa-1/gate_signoff/G2/{world.release_id}/s-1") == ["accepted"]


def test_whose_token_it_is_is_read_and_nothing_is_made_of_what_cannot_be() -> None:
    def token(claims: Any) -> str:
        return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"

    assert sources.person_of(token({"role": "qa_tester", "sub": "qa-1"})) == "qa-1"
    for machine in ({"role": "ci_service_role", "sub": "ci-bot"}, {"role": "sre"}, {"role": "sre", "sub": 7}, [1]):
        assert sources.person_of(token(machine)) is None
    for broken in (None, "", "a.b", "a.%.c", "a"):
        assert sources.person_of(broken) is None
