"""Two people change policy from their terminals, and of two confirmations at once one wins."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.world import World
from harness.stack import Stack, members, projects, wait_until
from harness.tests.terminal import Terminal, failed, service, somebody
from ops_gates.exit_codes import Code
from ops_gates.policies import files

G1 = [{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"}]
SCAN = [*G1, {"kind": "check", "subject": "scan"}]
PROPOSE = "select ops.propose_gate_policy(%s, 'G1', %s, 'why') ->> 'hash'"
CONFIRM = "select ops.confirm_gate_policy(%s) ->> 'confirmed_by'"


@pytest.fixture
def project(stack: Stack) -> str:
    """A new project of two release managers."""
    World(stack)  # registers rm-1, for every project
    name = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), name)
    members.grant(stack.client(), "rm-two", "release_manager", project=name)
    return name


def manager(stack: Stack, sub: str) -> psycopg.Connection[Any]:
    """A session of a release manager, as the API has it."""
    session = stack.connect()
    session.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps({"sub": sub})])
    session.execute("set role release_manager")
    session.commit()
    return session


@pytest.fixture
def managers(stack: Stack, project: str) -> Iterator[list[psycopg.Connection[Any]]]:
    """The author, and two others who may confirm."""
    members.grant(stack.client(), "rm-three", "release_manager", project=project)
    with ExitStack() as sessions:
        yield [sessions.enter_context(manager(stack, sub)) for sub in ("rm-1", "rm-two", "rm-three")]


def terminal(stack: Stack, sub: str) -> Terminal:
    """A release manager at a terminal, without another membership."""
    first = somebody(stack, "release_manager", "rm-1")
    return Terminal({**first.env, "OPS_TOKEN": stack.token("release_manager", sub)})


def outcome(session: psycopg.Connection[Any], hashed: str) -> str:
    """Who confirmed, or the SQLSTATE."""
    try:
        with session.transaction():
            return str(session.execute(CONFIRM, [hashed]).fetchall()[0][0])
    except psycopg.Error as error:
        return str(error.sqlstate)


def proposed(session: psycopg.Connection[Any], project: str, needs: list[dict[str, str]]) -> str:
    """The hash of a proposal."""
    with session.transaction():
        return str(session.execute(PROPOSE, [project, Jsonb(needs)]).fetchall()[0][0])


def test_of_two_confirmations_at_once_one_wins(
    stack: Stack, project: str, managers: list[psycopg.Connection[Any]]
) -> None:
    author, first, second = managers
    hashed = proposed(author, project, SCAN)
    waits = "select count(*) from pg_locks where pid = any (%s) and not granted"
    with stack.connect() as opener, ThreadPoolExecutor(2) as pool:
        # While a release is being opened, both wait for the lock of the policy.
        opener.execute("select pg_advisory_xact_lock_shared(hashtextextended('table ops.gate_requirements', 0))")
        said = [pool.submit(outcome, session, hashed) for session in (first, second)]
        pids = [first.info.backend_pid, second.info.backend_pid]
        wait_until(lambda: opener.execute(waits, [pids]).fetchone() == (2,), what="two confirmations that wait")
        opener.rollback()
        ended = sorted(each.result(timeout=30) for each in said)
    assert ended in (["OPS18", "rm-two"], ["OPS18", "rm-three"])
    opened = "select count(*), count(distinct opened_by_change) from ops.gate_requirements where project = %s"
    with stack.connect() as owner:
        assert owner.execute(opened, [project]).fetchone() == (3, 1)


def test_of_two_proposals_that_are_confirmed_at_once_one_is_overtaken(
    project: str, managers: list[psycopg.Connection[Any]]
) -> None:
    author, first, second = managers
    hashes = [proposed(author, project, [*G1, {"kind": "check", "subject": subject}]) for subject in "ab"]
    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(outcome, (first, second), hashes))
    assert ended in (["OPS21", "rm-two"], ["OPS21", "rm-three"])


def test_who_is_revoked_while_their_confirmation_waits_confirms_nothing(
    stack: Stack, project: str, managers: list[psycopg.Connection[Any]]
) -> None:
    author, first, _ = managers
    hashed = proposed(author, project, SCAN)
    waits = "select count(*) from pg_locks where pid = %s and not granted"
    revoke = "select ops.revoke_membership('rm-two', null, null, 'rm-1', 'left')"
    with stack.connect() as key, ThreadPoolExecutor(1) as pool:
        key.execute("set local role service_role")
        key.execute(revoke)
        said = pool.submit(outcome, first, hashed)
        with stack.connect() as watcher:
            waiting = [first.info.backend_pid]
            wait_until(lambda: watcher.execute(waits, waiting).fetchone() == (1,), what="a confirmation that waits")
        key.commit()
        assert said.result(timeout=30) == "42501"


def test_two_people_change_policy_from_their_terminals(stack: Stack, project: str) -> None:
    author, other = (terminal(stack, sub) for sub in ("rm-1", "rm-two"))
    needs = json.dumps([*G1[:1], {"kind": "check", "subject": "scan"}])
    asked = ("policy", "propose", "G1", "-", "--project", project.upper(), "--reason", "we scan")
    assert "no_failed_checks" in failed(author(*asked, stdin=needs), Code.REFUSED)
    done = author.json(*asked, "--drop", "no_failed_checks", stdin=needs)
    assert (done["project"], done["state"], done["asked_by"]) == (project, "open", "rm-1")
    said = author(*asked, "--drop", "no_failed_checks", stdin=needs).stdout
    assert done["hash"] in said
    assert "G1: 0 of 0 releases would have come out otherwise" in said
    assert failed(author("policy", "confirm", done["hash"]), Code.REFUSED).startswith("OPS24: ")
    assert failed(other("policy", "confirm", "0" * 64), Code.NOT_FOUND).startswith("OPS04: ")
    # Each command is whole on a line of its own, also where a line has 80 columns.
    lines = author(*asked, "--drop", "no_failed_checks", stdin=needs, COLUMNS="80").stdout.splitlines()
    looks = ["act-as release_manager", f"policy proposals {done['hash']}", f"policy confirm {done['hash']}"]
    assert [line for line in lines if line.startswith("ops-gates")] == [f"ops-gates {command}" for command in looks]
    only = ("policy", "proposals", "--hash-only", "--gate", "G1", "--project")
    assert other(*only, project.upper()).stdout == f"{done['hash']}\n"
    assert failed(other(*only, "acme/another"), Code.NOT_FOUND).startswith("no_single_proposal: ")
    twin = author.json(*asked[:-1], "once more", "--drop", "no_failed_checks", stdin=needs)["hash"]
    assert twin in other("policy", "proposals", done["hash"]).stdout, "it waits for the same gate"
    assert failed(other(*only, project), Code.NOT_FOUND).startswith("no_single_proposal: ")
    typo = '[{"kind": "approval", "subject": "qa_testr"}]'
    assert "qa_testr" in (said := failed(author(*asked, stdin=typo), Code.REFUSED)), said
    assert "qa_tester" in said
    gates = {"G1": {"require": SCAN}, "G2": {"require": json.loads(typo)}}
    whole = json.dumps({"project": project, "gates": gates})
    said = failed(author("policy", "propose", "-", "--reason", "we scan", stdin=whole), Code.REFUSED)
    assert "G2: " in said, said
    assert "G1 of the file is proposed" in said
    waiting = other.json("policy", "proposals")
    assert done["hash"] in [change["hash"] for change in waiting]
    shown = other("policy", "proposals", done["hash"].upper()).stdout
    assert all(word in shown for word in ("we scan", "scan", "no_failed_checks", "rm-1"))
    assert re.findall(r"^G1 +(\w+) +(\w+ ?\w*?)(?:  |$)", shown, re.MULTILINE) == [
        ("dropped", "no_failed_checks"), ("dropped", "evidence build_log"), ("added", "check scan"),
    ]  # fmt: skip
    assert "G1: 0 of 0 releases would have come out otherwise" in shown
    assert failed(other("policy", "proposals", "0" * 64), Code.NOT_FOUND).startswith("unknown_proposal: ")
    assert done["hash"] in other("inbox").stdout
    assert done["hash"] in other("inbox", "--json").stderr
    confirmed = other("policy", "confirm", done["hash"])
    assert "would have" not in other("policy", "proposals", done["hash"]).stdout, "it is in force"
    assert (confirmed.exit_code, "rm-two" in confirmed.stdout) == (0, True)
    assert failed(other("policy", "confirm", done["hash"]), Code.REFUSED).startswith("OPS18: ")
    assert done["hash"] not in other("inbox").stdout
    now = other.json("policy", "show", "G1", "--project", project)
    assert [(row["subject"], row["opened_by_change"]) for row in now] == [
        ("build", done["change_id"]),
        ("scan", done["change_id"]),
    ]
    [change] = [c for c in other.json("policy", "proposals", "--changes") if c["hash"] == done["hash"]]
    assert (change["state"], change["confirmed_by"], change["alone"]) == ("confirmed", "rm-two", False)


def test_the_second_person_reads_all_that_an_artifact_must_have(stack: Stack, project: str) -> None:
    author, other = (terminal(stack, sub) for sub in ("rm-1", "rm-two"))
    rows = map(files.brief, other.json("policy", "show", "G2"))
    needs = [row | ({"require_hash": True} if row["kind"] == "evidence" else {}) for row in rows]
    asked = ("policy", "propose", "G2", "-", "--project", project, "--reason", "hashes")
    hashed = author.json(*asked, stdin=json.dumps(needs))["hash"]
    shown = other("policy", "proposals", hashed).stdout
    assert "with its SHA-256" in shown
    assert "require_hash false -> true" in shown


def test_with_too_few_people_each_command_that_changes_policy_or_people_warns(stack: Stack, project: str) -> None:
    key: Terminal = service(stack)
    needs = json.dumps([{"kind": "approval", "subject": "sre", "min_count": 20}])
    wanted = ("--on-behalf-of", "rm-1", "--reason", "r")
    said = key("policy", "set", "G3", "-", "--project", project, *wanted, stdin=needs)
    assert (said.exit_code, "warning: G3 asks for 20 approvals" in said.stderr) == (0, True)
    revoked = key("roles", "revoke", "rm-two", "--role", "release_manager", "--project", project, *wanted)
    assert (revoked.exit_code, "warning: G3 asks for 20 approvals" in revoked.stderr) == (0, True)
    more = json.dumps([{"kind": "approval", "subject": "sre", "min_count": 19}])
    dropping = (
        "--drop",
        "approval:release_manager",
        "--drop",
        "prior_gate:G2",
        "--drop",
        "evidence:rollback_plan",
        "--drop",
        "no_failed_checks",
    )
    proposal = terminal(stack, "rm-1")(
        "policy", "propose", "G3", "-", "--project", project, "--reason", "r", *dropping, stdin=more
    )
    assert (proposal.exit_code, "warning: G3 asks for 19 approvals" in proposal.stderr) == (0, True)
    # What nobody can satisfy would stay on the database that other tests share.
    mended = key("policy", "set", "G3", "-", "--project", project, *wanted, stdin=needs.replace("20", "1"))
    assert (mended.exit_code, "warning: G3 asks for 20" in mended.stderr) == (0, False)
