"""The rows of the scene: two people of every role, and something of each kind that they wrote."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import COMMIT, G2, PROJECTS, Facts, subject
from harness.prove.access_scene import Query, Scene, done
from harness.prove.access_tables import KEYS
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from ops_gates import events
from ops_gates.events import Envelope

GRANT_IN: Query = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'set-up')"
TARGET: Query = (
    "select ops.set_notice_target(%s, 'scene', 'webhook', 'OPS_NOTICE_SCENE', null, 'release_manager-a', 'set-up')"
)
OPEN: Query = "select ops.open_release('acme/shop', %s, 'production', %s, '{}', %s)"
# Rows that were written on the way: one of each is enough.
WRITTEN_BY_FUNCTIONS = (
    "deployment_reports",
    "gate_requirements",
    "policy_changes",
    "memberships",
    "replaced_subjects",
    "contested_reports",
    "contested_report_ends",
    "retired_targets",
    "retired_releases",
    "build_artifacts",
    "dismissals",
    "notices",
    "notice_deliveries",
    "notice_targets",
)
OF_THE_OTHER = ("gate_requirements", "policy_changes")
# In this order: an incident names a deployment.
WRITTEN_BY_PEOPLE: tuple[tuple[str, str], ...] = (
    ("sre", "deployments"),
    ("sre", "incidents"),
    ("sre", "recovery_drills"),
    ("developer", "gate_checks"),
    ("qa_tester", "evidence_artifacts"),
    ("qa_tester", "approvals"),
    ("release_manager", "exceptions"),
    ("ci_service_role", "gate_checks"),
    ("ci_service_role", "environment_events"),
    ("ci_service_role", "event_ingest_log"),
)


def commit_rows(url: str) -> Facts:
    """Commit two people of every role and rows of both to a database. Return their ids."""
    with psycopg.connect(url) as db:
        scene = Scene(db, cast(Facts, None), url)
        [[since]] = scene.owner("select clock_timestamp()")
        register(scene)
        (mine, gates), (theirs, gates_of_theirs) = (built_release(scene, who) for who in "ab")
        facts = Facts(mine, theirs, gates, gates_of_theirs, {}, {}, {})
        scoped, deployments = write_in_one_project(scene, facts)
        own, deployments = people_write(scene, replace(facts, deployments=deployments))
        keys = {
            "releases": mine,
            "release_gates": gates["G1"],
            "members": scene.owner("select member_id::text from ops.members where subject = 'developer-a'")[0][0],
            "projects": "acme/shop",
            **{table: own[table, f"{role}-a"] for role, table in WRITTEN_BY_PEOPLE},
        }
        dismissible = set_aside(scene, theirs)
        there = tables_of(scene)
        keys |= {table: key_of(scene, table, since) for table in WRITTEN_BY_FUNCTIONS if table in there}
        facts = replace(facts, deployments=deployments, keys=keys, own=own, dismissible=dismissible)
        facts = replace(facts, closable=closable_releases(scene), proposal=proposed(scene))
        elsewhere, gates_elsewhere = built_release(scene, "in-other", "acme/other")
        scoped = scoped_rows(scene, keys | scoped)
        return replace(facts, scoped=scoped, elsewhere=elsewhere, gates_elsewhere=gates_elsewhere)


def register(scene: Scene) -> None:
    """Two people of every role for every project, two projects, and in each of these one more person of every role."""
    scene.become("service_role")
    for role in ACCESS.roles:
        for who in "ab":
            done(scene.run(GRANT, [f"{role}-{who}", role, f"{role}-{who}-login"]))
    for who, project in PROJECTS.items():
        done(scene.run(REGISTER, [project]))
        for role in ACCESS.roles:
            done(scene.run(GRANT_IN, [f"{role}-{who}", role, project]))
    if has(scene, "ops.set_notice_target(text, text, text, text, text[], text, text)"):
        done(scene.run(TARGET, ["acme/shop"]))
    again = f"again-{uuid.uuid4().hex}"
    done(scene.run(GRANT_IN, [again, "developer", "acme/shop"]))
    done(scene.run("select ops.replace_subject(%s, %s, 'release_manager-a', 'set-up')", [again, f"{again}-2"]))


def built_release(scene: Scene, who: str, project: str = "acme/shop") -> tuple[str, dict[str, str]]:
    """A release of this developer with a build that passed, and its gates. The second names what was built."""
    scene.become("service_role")
    opening: Query = "select ops.open_release(%s, %s, 'production', %s, '{}', %s)"
    opened = scene.run(opening, [project, f"scene-{uuid.uuid4().hex}", COMMIT, f"developer-{who}"])
    release = str(done(opened).value)
    query: Query = "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s"
    gates = dict(done(scene.run(query, [release])).rows)
    named = [{"name": "shop", "sha256": "0" * 64}] if who == "b" else None
    build = events.build_complete(release, run_id=uuid.uuid4().hex, status="pass", artifacts=named)
    assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(build)])).value["status"] == "accepted"
    return release, gates


def people_write(scene: Scene, facts: Facts) -> tuple[dict[tuple[str, str], Any], dict[str, str]]:
    """A row of each person in each table that people write. Return the keys, and those of deployments by person."""
    own: dict[tuple[str, str], Any] = {}
    deployments: dict[str, str] = {}
    facts = replace(facts, deployments=deployments, own=own)
    for who in "ba":
        for role, table in WRITTEN_BY_PEOPLE:
            placed = {"environment": "staging", "deployment_ref": f"d-{who}"} if table == "deployments" else {}
            scene.become(role, subject(role, who))
            done(scene.insert(table, facts.row(role, table, who) | placed))
            scene.become(None)
            own[table, f"{role}-{who}"] = made = key_of(scene, table)
            if table == "deployments":
                deployments[who] = made
    return own, deployments


def write_in_one_project(scene: Scene, facts: Facts) -> tuple[dict[str, Any], dict[str, str]]:
    """A row of each table that people write, by members of the first project alone. Return the keys by table."""
    keys: dict[str, Any] = {}
    deployments: dict[str, str] = {}
    facts = replace(facts, deployments=deployments)
    for role, table in WRITTEN_BY_PEOPLE:
        if role == "developer":  # who checks own releases alone
            continue
        scene.become(role, subject(role, "in-shop"))
        done(scene.insert(table, facts.row(role, table, "in-shop")))
        scene.become(None)
        keys[table] = key_of(scene, table)
        if table == "deployments":
            deployments["in-shop"] = keys[table]
    return keys, deployments


def scoped_rows(scene: Scene, keys: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Of each table the key of a row of one project alone, and that project."""
    found = "select {}::text from ops.{} where {} order by created_at desc limit 1"
    named = {
        "members": "subject = 'developer-in-shop'",
        "memberships": "member_id = (select member_id from ops.members where subject = 'developer-in-shop')",
        **dict.fromkeys(OF_THE_OTHER, "project = 'acme/other'"),
    }
    keys = dict(keys)
    there = tables_of(scene)
    for table in named.keys() & {*there}:
        condition = named[table]
        [[keys[table]]] = scene.owner(
            sql.SQL(found).format(sql.Identifier(KEYS[table]), sql.Identifier(table), sql.SQL(condition))
        )
    return {
        table: (keys[table], PROJECTS["in-other" if table in OF_THE_OTHER else "in-shop"])
        for table in ACCESS.tables
        if table in there
    }


def key_of(scene: Scene, table: str, since: datetime | None = None) -> Any:
    """The key of the newest row of a table; or of the oldest since a moment, as others may use the database too."""
    query = sql.SQL("select {}::text from ops.{} where created_at >= %s order by created_at {} limit 1")
    key, order = sql.Identifier(KEYS[table]), sql.SQL("asc" if since else "desc")
    [[found]] = scene.owner(query.format(key, sql.Identifier(table), order), [since or "-infinity"])
    return found


def closable_releases(scene: Scene) -> dict[str, str]:
    """For each role that may close a release, one that it opened."""
    opened: dict[str, str] = {}
    for role in ACCESS.functions["close_release"]:
        initiator = "release_manager-a" if role == "release_manager" else "developer-a"
        scene.become(role, subject(role))
        opened[role] = str(done(scene.run(OPEN, [f"closable-{role}", COMMIT, initiator])).value)
    scene.become(None)
    return opened


def has(scene: Scene, function: str) -> bool:
    """Whether there is a function with this signature: a released version may lack one of a later version."""
    [[found]] = scene.owner("select to_regprocedure(%s) is not null", [function])
    return bool(found)


def tables_of(scene: Scene) -> list[str]:
    """The tables of `ops` that there are: a released version may lack one of a later version."""
    return [name for (name,) in scene.owner("select tablename from pg_tables where schemaname = 'ops'")]


def proposed(scene: Scene) -> str:
    """The hash of a proposal for the first project, which another release manager may confirm; empty before 0.10.0."""
    if not has(scene, "ops.confirm_gate_policy(text)"):
        return ""
    scene.become("release_manager", subject("release_manager", "b"))
    health = [{"kind": "deployment_health"}, {"kind": "evidence", "subject": "health_check"}]
    every: Query = "select ops.propose_gate_policy(null, 'G4', %s, 'one more check')"
    done(scene.run(every, [Jsonb([*health, {"kind": "check", "subject": "smoke"}])]))
    policy: Query = "select ops.propose_gate_policy('acme/shop', 'G2', %s, 'one more check') ->> 'hash'"
    hashed = str(done(scene.run(policy, [Jsonb([*G2, {"kind": "check", "subject": "e2e"}])])).value)
    scene.become(None)
    return hashed


def set_aside(scene: Scene, release_id: str) -> str:
    """Dismiss a stop, retire a target and set a policy. Leave one of each, and return the stop that is left."""
    scene.become("service_role")
    policy: Query = "select ops.set_gate_policy('G1', %s, 'acme/other', 'release_manager-a', 'set-up')"
    if has(scene, "ops.set_gate_policy(text, jsonb, text)"):  # of 0.9.0
        policy = "select ops.set_gate_policy('G1', %s, 'acme/other')"
    done(scene.run(policy, [Jsonb([{"kind": "check", "subject": "lint"}])]))
    for event in contest(release_id):
        assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(event)])).value["status"] != "duplicate"
    scene.become("release_manager", subject("release_manager"))
    done(scene.run("select ops.retire_target('acme/shop', 'dev', 'gone', 'the region was shut down')"))
    stop: Query = "select contested_id::text from ops.contested_reports where release_id = %s and check_name = %s"
    left, dismissed = (str(done(scene.run(stop, [release_id, name])).value) for name in ("disk", "ping"))
    done(scene.run("select ops.dismiss(%s, 'nobody can lift it')", [dismissed]))
    scene.become(None)
    return left


def contest(release_id: str) -> list[Envelope]:
    """Events that leave contested reports of a release, which change no verdict, and that end one of them again.

    The last two are deployments to targets that can be retired.
    """
    place: dict[str, Any] = {"environment": "dev", "deployment_ref": "d-contested", "run_id": uuid.uuid4().hex}
    failed = events.health_check(release_id, status="fail", artifact_ref="https://monitoring.example/1", **place)
    deployed = events.deployment_event(release_id, status="succeeded", source_ref=COMMIT, **place)
    later = failed | {"idempotency_key": f"{failed['idempotency_key']}/~2"}
    named = [failed | {"payload": failed["payload"] | {"check_name": name}} for name in ("smoke", "ping", "disk")]
    targets = [
        events.deployment_event(
            release_id,
            target=target,
            status="succeeded",
            source_ref=COMMIT,
            **(place | {"deployment_ref": f"d-{target}"}),
        )
        for target in ("gone", "going")
    ]
    return [*named, failed, deployed, later, *targets]
