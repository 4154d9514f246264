"""Ways to more rights through the machinery of SQL itself: objects of one's own, triggers, definers. None may work."""

from __future__ import annotations

import pytest

from harness.check.access import ACCESS
from harness.prove.access_facts import subject
from harness.prove.access_scene import Scene

pytest_plugins = ("harness.tests.access_fixtures",)


CALLERS = [*ACCESS.nine]


@pytest.mark.parametrize("role", CALLERS)
def test_an_object_of_one_s_own_in_a_schema_where_others_look(scene: Scene, role: str) -> None:
    # What a caller may make, temporary objects, is in test_temporary_objects.py.
    for query in (
        "create operator pg_catalog.= (leftarg = text, rightarg = text, procedure = textne)",
        "create function public.hijack() returns void language sql as ''",
        "create function extensions.hijack() returns void language sql as ''",
        "create function ops.hijack() returns void language sql as ''",
        "create function ops_private.hijack() returns void language sql as ''",
        "create table ops_private.hijack (id integer)",
        "create schema hijack",
    ):
        outcome = scene.attempt(role, query)
        assert outcome.sqlstate == "42501", query


# One statement for each rule that a forger would have to get round, and the SQLSTATE that refuses it.
FORGERIES = {
    "a gate": ("update ops.release_gates set status = 'passed', first_missing = null where gate_id = '{G3}'", "OPS01"),
    "an event": (
        "insert into ops.event_ingest_log (processing_status, source_system, event_type, idempotency_key,"
        " schema_version, payload_hash, content, result, caller_role) values ('accepted', 'agent', 'build_complete',"
        " 'agent/1/build_complete', 'v1.0', repeat('0', 64), '{{}}', '{{}}', 'sre')",
        "42501",
    ),
    "a key": (
        "insert into ops.environment_events (environment, event_type, source_system, idempotency_key)"
        " values ('staging', 'alert_fired', 'agent', 'agent/1/environment_event')",
        "42501",
    ),
    "an actor": ("update ops.deployments set deployed_by = 'sre-b' where deployment_id = '{deployment}'", "OPS05"),
    "a promotion": ("update ops.releases set status = 'promoted' where release_id = '{release}'", "OPS02"),
}


def test_what_is_forged_below_is_refused_when_it_is_asked_directly(scene: Scene) -> None:
    for forged, (statement, sqlstate) in FORGERIES.items():
        assert scene.attempt("service_role", forgery_in(scene, statement)).sqlstate == sqlstate, forged


def forgery_in(scene: Scene, statement: str) -> str:
    """The statement, with the ids of the scene."""
    facts = scene.facts
    return statement.format(G3=facts.gates["G3"], deployment=facts.keys["deployments"], release=facts.mine)


@pytest.mark.parametrize("role", CALLERS)
@pytest.mark.parametrize("forged", FORGERIES)
def test_a_trigger_on_a_table_of_one_s_own_to_look_like_a_definer(scene: Scene, forged: str, role: str) -> None:
    statement, sqlstate = FORGERIES[forged]
    scene.become(role, subject(role))
    made = scene.run(
        "create temp table lever (id integer);"
        " create function pg_temp.pull() returns trigger language plpgsql as"
        f" $$ begin {forgery_in(scene, statement)}; return null; end $$;"
        " create trigger pull after insert on lever for each row execute function pg_temp.pull()".encode()
    )
    assert made.sqlstate is None
    assert scene.run("insert into lever values (1)").sqlstate in (sqlstate, "42501")


@pytest.mark.parametrize("role", ACCESS.roles)
@pytest.mark.parametrize("forged", FORGERIES)
def test_a_definer_of_one_s_own_that_is_called_in_another_role(scene: Scene, forged: str, role: str) -> None:
    statement, sqlstate = FORGERIES[forged]
    # Who may act in two roles, as the login of the API may, makes it in one of them and calls it in the other. It
    # looks like a function of ours then: a definer, by whom the caller's role is not the current user.
    scene.become("service_role")
    made = scene.run(
        "create function pg_temp.forge() returns void language plpgsql security definer as"
        f" $$ begin {forgery_in(scene, statement)}; end $$".encode()
    )
    assert made.sqlstate is None
    scene.become(role, subject(role))
    assert scene.run("select pg_temp.forge()").sqlstate == sqlstate


@pytest.mark.parametrize("role", CALLERS)
def test_a_trigger_of_one_s_own_to_look_like_a_definer(scene: Scene, role: str) -> None:
    for query in (
        "create trigger mine before insert on ops.approvals for each row"
        " execute function suppress_redundant_updates_trigger()",
        "create rule mine as on insert to ops.approvals do instead nothing",
        "create policy mine on ops.approvals for insert with check (true)",
        "alter table ops.approvals disable trigger all",
        "alter table ops.approvals disable row level security",
        "set local session_replication_role = replica",
        "alter function ops.ingest_event(jsonb) owner to current_user",
        "grant service_role to current_user",
        "copy ops.approvals to program 'cat'",
    ):
        outcome = scene.attempt(role, query)
        assert outcome.sqlstate is not None, query
        assert outcome.sqlstate in ("42501", "42601", "0LP01"), outcome  # no right, or no such statement


def test_a_role_that_is_set_inside_a_definer(scene: Scene) -> None:
    # Every check depends on this: Postgres refuses to change the role within a definer.
    with scene.undone():
        scene.db.execute(
            "create function ops.way_up() returns void language plpgsql security definer set search_path = ''"
            " as $$ begin perform set_config('role', 'service_role', true); end $$;"
            " grant execute on function ops.way_up() to developer"
        )
        scene.become("developer", "developer-a")
        assert scene.run("select ops.way_up()").sqlstate == "42501"
