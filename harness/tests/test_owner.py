"""What the owner of the database cannot change in any mode, and what only a sealed record could show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from harness.prove.access_facts import Facts
from harness.stack import Stack
from harness.stack.parts import ROOT

pytest_plugins = ("harness.tests.access_fixtures",)

PAGE = (ROOT / "docs" / "security.md").read_text()
SECTION = PAGE.partition("\n## What the owner can change\n")[2].partition("\n## ")[0]
LONG_AGO = "'2001-01-01 00:00:00+00'"

# What the owner tries, by its name on the page. {mine} is a release, {G1} and so on its gates.
CHANGES = {
    "delete or truncate a row": "delete from ops.releases",
    "change a fact": "update ops.approvals set decision = 'approved'",
    "change a contested report or a dismissal": "update ops.contested_reports set error_code = 'x'",
    "change the log": "update ops.event_ingest_log set error_code = 'x'",
    "change what was built": "update ops.build_artifacts set sha256 = repeat('0', 64)",
    "change which target was taken out": "update ops.retired_targets set target = 'x'",
    "rename a project": "update ops.projects set project = 'x'",
    "close a release by hand": (
        "update ops.releases set closed_at = now(), closed_by = 'x', close_reason = 'cancelled'"
        " where release_id = '{mine}'"
    ),
    "change a drill": "update ops.recovery_drills set outcome = 'passed'",
    "change what identifies a release, or its scope": "update ops.releases set scope_metadata = '{{\"a\": 1}}'",
    "mark a gate passed that is not": "update ops.release_gates set status = 'passed' where gate_id = '{G3}'",
    "clear a release that is not": "update ops.releases set cleared_for = 'production' where release_id = '{mine}'",
    "mark a deployment healthy that is not": "update ops.deployments set g4_status = 'passed'",
    "extend an exception": "update ops.exceptions set expires_at = expires_at + interval '1 day'",
    "undo a revocation or a review": "update ops.exceptions set post_review_status = 'complete'",
    "edit or back-date a requirement that is there": f"update ops.gate_requirements set valid_from = {LONG_AGO}",
    "re-open a closed requirement": "update ops.gate_requirements set valid_to = null where valid_to is not null",
    "rewrite the timeline of an incident": "update ops.incidents set timeline = '[]'",
    "change a membership in the past": "update ops.memberships set granted = true",
}
INSERTED = {
    "back-date a requirement that is new": (
        "insert into ops.gate_requirements (gate_code, kind, subject, valid_from)"
        f" values ('G1', 'check', 'planted', {LONG_AGO})",
        f"select valid_from = {LONG_AGO} from ops.gate_requirements where subject = 'planted'",
    ),
    "forge who recorded a fact, and when": (
        "insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status, observed_at, created_at,"
        " created_by, created_role) values ('{mine}', '{G1}', 'planted', 'ci', 'pass',"
        f" {LONG_AGO}, {LONG_AGO}, 'bot', 'ci_service_role')",
        "select created_by = 'bot' from ops.gate_checks where check_name = 'planted'",
    ),
    "decide in the name of somebody": (
        "insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,"
        " rationale_structured, created_at, created_by, created_role) values ('{mine}', '{G3}', 'release_manager-b',"
        " 'release_manager', 'approved', 'gate', '{{\"go\": true}}', clock_timestamp(), 'release_manager-b',"
        " 'release_manager')",
        "select bool_or(created_by = 'release_manager-b' and gate_id = '{G3}') from ops.approvals",
    ),
    "say that an approval was of another build": (
        "insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,"
        " rationale_structured, created_at, artifacts_digest)"
        " values ('{mine}', '{G3}', 'release_manager-b', 'release_manager',"
        " 'approved', 'gate', '{{\"go\": true}}', clock_timestamp(), repeat('0', 64))",
        "select bool_or(artifacts_digest = repeat('0', 64)) from ops.approvals",
    ),
    "name an artifact in the name of a pipeline": (
        "insert into ops.build_artifacts (release_id, gate_id, check_id, name, sha256, created_by, created_role)"
        " select c.release_id, c.gate_id, c.check_id, 'planted', repeat('0', 64), 'bot', 'ci_service_role'"
        " from ops.gate_checks as c where c.gate_id = '{G1}' limit 1",
        "select bool_or(created_by = 'bot') from ops.build_artifacts where name = 'planted'",
    ),
    "take a target out in the name of somebody": (
        "insert into ops.retired_targets (project, environment, target, reason, created_by, created_role)"
        " select r.project, 'production', 'planted', 'why', 'release_manager-b', 'release_manager'"
        " from ops.releases as r where r.release_id = '{mine}'",
        "select bool_or(created_by = 'release_manager-b') from ops.retired_targets where target = 'planted'",
    ),
    "end a contested report": (
        "insert into ops.contested_report_ends (contested_id, release_id, created_by) select contested_id, release_id,"
        " 'nobody' from ops.contested_reports where contested_id not in (select contested_id from"
        " ops.contested_report_ends) limit 1",
        "select bool_or(created_by = 'nobody') from ops.contested_report_ends",
    ),
    "dismiss without the conditions": (
        "insert into ops.dismissals (release_id, kind, contested_id, reason, created_by) select release_id,"
        " 'contested_report', contested_id, 'why', 'nobody' from ops.contested_reports limit 1",
        "select bool_or(created_by = 'nobody') from ops.dismissals",
    ),
}


@pytest.fixture
def owner(stack: Stack, scene_facts: Facts) -> Iterator[psycopg.Connection[Any]]:
    """The owner of the schema, who may switch to replica mode; all is rolled back."""
    if stack.admin_db_url is None:
        pytest.skip(f"nobody may switch to replica mode where OPS_STACK={stack.kind}")
    with psycopg.connect(stack.admin_db_url) as connection:
        assert connection.execute("select from ops.releases where release_id = %s", [scene_facts.mine]).rowcount == 1
        connection.execute("update ops.gate_requirements set valid_to = now() where kind = 'no_failed_checks'")
        connection.execute("update ops.incidents set severity = 'sev1'")
        yield connection
        connection.rollback()


def filled(statement: str, facts: Facts) -> bytes:
    """The statement about a release of the scene."""
    return statement.format(mine=facts.mine, **facts.gates).encode()


def replica(connection: psycopg.Connection[Any], wanted: bool) -> None:
    connection.execute(f"set session_replication_role = {'replica' if wanted else 'origin'}".encode())


@pytest.mark.parametrize("in_replica_mode", [False, True], ids=["ordinary", "replica"])
def test_no_mode_lets_the_owner_change_what_is_on_record(
    owner: psycopg.Connection[Any], scene_facts: Facts, in_replica_mode: bool
) -> None:
    replica(owner, in_replica_mode)
    refusals = {change: refusal(owner, filled(statement, scene_facts)) for change, statement in CHANGES.items()}
    assert {*refusals.values()} <= {"42501", "OPS01", "OPS02", "OPS05", "OPS07"}, refusals


def refusal(owner: psycopg.Connection[Any], statement: bytes) -> str | None:
    """The code with which a statement is refused, if it is; it is undone."""
    with owner.transaction(force_rollback=True):
        try:
            owner.execute(statement)
        except psycopg.Error as error:
            return error.sqlstate
    return None


def test_only_in_replica_mode_an_insert_of_the_owner_is_kept_as_it_was_sent(
    owner: psycopg.Connection[Any], scene_facts: Facts
) -> None:
    for in_replica_mode in (False, True):
        replica(owner, in_replica_mode)
        kept = [change for change, inserted in INSERTED.items() if succeeds(owner, scene_facts, *inserted)]
        assert kept == ([*INSERTED] if in_replica_mode else [])


def succeeds(owner: psycopg.Connection[Any], facts: Facts, statement: str, forged: str) -> bool:
    """Whether an insert is kept as it was sent; it is undone."""
    with owner.transaction(force_rollback=True):
        try:
            owner.execute(filled(statement, facts))
        except psycopg.Error:
            return False
        [[said]] = owner.execute(filled(forged, facts)).fetchall()
    return bool(said)


def test_the_page_lists_what_is_tried_here_and_nothing_else() -> None:
    refused, _, shown = SECTION.partition("only a sealed record")
    assert set(re.findall(r"^- (.*?);$", refused, re.MULTILINE)) == set(CHANGES)
    assert set(re.findall(r"^- (.*?);$", shown, re.MULTILINE)) == set(INSERTED)
