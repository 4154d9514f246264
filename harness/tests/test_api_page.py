"""`docs/api.md` agrees with the database on each function of `ops`, and its examples print what it shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from harness.check.access import ACCESS
from harness.stack import Stack, members
from harness.stack.members import GRANT
from harness.stack.parts import ROOT
from harness.stack.pg_tools import run, why_unusable
from harness.stack.projects import REGISTER

PAGE = (ROOT / "docs" / "api.md").read_text()
CODES_PAGE = (ROOT / "docs" / "errors.md").read_text()
CODE = re.compile(r"`(OPS\d\d|\d[\dA-Z]{4}|[a-z]+(?:_[a-z]+)+)`")
SQLSTATE = re.compile(r"\b(?:OPS\d\d|[02-9][\dA-Z]\d{3})\b")
MASKS = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "<uuid>",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+\d\d(:\d\d)?|Z)?": "<time>",
}


@dataclass(frozen=True)
class Example:
    """Who calls, in which language, what, and what they see."""

    caller: str
    role: str
    language: str
    code: str
    result: str


@dataclass(frozen=True)
class Section:
    """What the page says of one function."""

    name: str
    text: str

    @property
    def signature(self) -> str:
        """Its name, arguments and result, on one line."""
        [written] = re.findall(r"^```sql\n(ops\..*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return " ".join(written.split()).replace("( ", "(").replace(" )", ")")

    @property
    def arguments(self) -> set[str]:
        """The arguments that are explained here."""
        listed = re.findall(r"^- (`.*?):", self.text, re.MULTILINE)
        return {name for names in listed for name in re.findall(r"`(\w+)`", names)}

    @property
    def callers(self) -> set[str]:
        """The roles that may call it."""
        [said] = re.findall(r"^- \*\*Callers\*\*: (.*?)[.;]", self.text, re.MULTILINE)
        return set(re.findall(r"`(\w+)`", said)) | (set(ACCESS.roles) if "the six roles" in said else set())

    @property
    def errors(self) -> set[str]:
        """The codes that it is refused with, beside those of every function."""
        said = re.findall(r"^- \*\*Errors\*\*: (.*)$", self.text, re.MULTILINE)
        return {code for line in said for code in CODE.findall(line)} - {"source_ref"}

    @property
    def examples(self) -> list[Example]:
        """What is run."""
        found = re.findall(
            r"^As `([\w-]+)`(?:, an? `(\w+)`)?:\n```(sql|python|sh)\n(.*?)^```\n```text\n(.*?)^```$",
            self.text,
            re.MULTILINE | re.DOTALL,
        )
        return [Example(caller, role or caller, *rest) for caller, role, *rest in found]


SECTIONS = {
    name: Section(name, text) for name, text in re.findall(r"^## ([a-z_]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}
PRELUDE = re.findall(r"^```python\n(from supabase.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
EVERYWHERE = PAGE[: PAGE.index("\n## What a finding says")]


def catalogue(connection: psycopg.Connection[Any]) -> dict[str, tuple[str, str, list[str]]]:
    """By function of `ops`: its signature as the page would write it, its comment, the names of its arguments."""
    found = connection.execute(
        "select proname, pg_get_function_arguments(oid), pg_get_function_result(oid), obj_description(oid, 'pg_proc'),"
        " proargnames[1:pronargs] from pg_proc where pronamespace = 'ops'::regnamespace"
    )
    return {
        name: (f"ops.{name}({plain(arguments)}) returns {plain(result)}", comment, names)
        for name, arguments, result, comment, names in found
    }


def plain(text: str) -> str:
    """As it is typed: without the casts of defaults, in short names and lower case."""
    text = re.sub(r"::\w+(\[\])?", "", text.replace("timestamp with time zone", "timestamptz"))
    return re.sub(r"\b(DEFAULT|NULL|SETOF|TABLE)\b", lambda word: word[0].lower(), text).replace("table(", "table (")


def test_every_function_has_its_section_and_every_section_its_function(db: psycopg.Connection[Any]) -> None:
    assert sorted(re.findall(r"^## ([a-z_]+)$", PAGE, re.MULTILINE)) == sorted(catalogue(db))


@pytest.mark.parametrize("section", SECTIONS.values(), ids=list(SECTIONS))
def test_a_section_has_the_arguments_the_result_and_the_errors_of_its_function(
    section: Section, db: psycopg.Connection[Any]
) -> None:
    signature, comment, names = catalogue(db)[section.name]
    assert section.signature == signature
    recurring = set(re.findall(r"`(\w+)`", EVERYWHERE.split("Arguments that recur: ")[1]))
    assert section.arguments <= set(names or ()) <= section.arguments | recurring
    # What the database's own manual names is named here too.
    assert set(SQLSTATE.findall(comment)) <= section.errors | set(CODE.findall(EVERYWHERE))
    assert section.examples


@pytest.mark.parametrize("section", SECTIONS.values(), ids=list(SECTIONS))
def test_a_section_names_the_callers_that_the_access_page_and_the_database_name(
    section: Section, db: psycopg.Connection[Any]
) -> None:
    others = {role for role, other in ACCESS.others.items() if section.name in other.functions}
    assert section.callers == set(ACCESS.functions.get(section.name, ())) | others
    asked = (*ACCESS.roles, *ACCESS.platform_roles, *ACCESS.others)
    query = (
        "select rolname from pg_roles join pg_proc as p on p.proname = %s and p.pronamespace = 'ops'::regnamespace"
        " where rolname = any (%s) and has_function_privilege(rolname, p.oid, 'execute')"
    )
    allowed = db.execute(query, [section.name, list(asked)]).fetchall()
    assert section.callers == {role for (role,) in allowed}


def test_every_code_that_the_page_names_is_on_the_page_of_errors() -> None:
    codes = set(CODE.findall(CODES_PAGE)) | {"40001"}
    named = {code for section in SECTIONS.values() for code in section.errors}
    assert len(named) > 15
    assert named <= codes
    assert set(SQLSTATE.findall(EVERYWHERE)) <= codes


# What provokes each SQLSTATE that a section names: the calls, by somebody who may make them.
IMPORT = "select ops.import_release('acme/shop', 'v0.9.0', 'production', '{}', initiating_actor => 'dev-1')"
OPEN = "select ops.open_release('acme/shop', 'v1.4.0', 'production', {})"
AS_RM = 'set local role release_manager; set local request.jwt.claims = \'{"sub": "rm-1"}\';'
SCAN = """'[{"kind": "check", "subject": "scan"}]'"""
DROPPED = """'[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"}]'"""
SECOND = "select ops.grant_membership('rm-2', 'release_manager', null, null, 'rm-1', 'a second one');"
TARGET = "ops.set_notice_target('acme/shop', 'chat', '{}', 'OPS_NOTICE_{}', {}, '{}', 'why')"
PROPOSED = f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G1', {SCAN}, 'why', {DROPPED});"
CONFIRMED = " select ops.confirm_gate_policy(hash) from ops.v_policy_changes"
NAMING = (
    f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G3', '"
    '[{"kind": "approval", "subject": "release_manager", "approvers": ["rm-3"]}]\', \'why\', \'[{"kind": "prior_gate",'
    ' "subject": "G2"}, {"kind": "evidence", "subject": "rollback_plan"}, {"kind": "no_failed_checks"}]\');'
)
SETTING = f"select ops.set_gate_policy('G1', {SCAN}, 'acme/shop', 'rm-1', 'why');"
AGED = "".join(
    f"alter table ops.{table} disable trigger user; update ops.{table} set created_at = created_at - interval '{age}';"
    for table, age in (("memberships", "8 days"), ("policy_changes", "7 days"))
)
REFUSED: dict[tuple[str, str], list[str]] = {
    ("ingest_events", "22023"): ["select ops.ingest_events('{}')", "select ops.ingest_events('1')"],
    ("ingest_events", "54000"): [
        "select ops.ingest_events('[]')",
        "select ops.ingest_events((select jsonb_agg('{}'::jsonb) from generate_series(1, 101)))",
    ],
    ("grant_membership", "OPS15"): ["select ops.grant_membership('x-1', 'sre', null, 'dev-login', 'rm-1', 'why')"],
    ("replace_subject", "23514"): [
        "select ops.replace_subject('dev-login', ' ', 'rm-1', 'why')",
        "select ops.replace_subject('dev-login', 'x-1', 'rm-1')",
    ],
    ("replace_subject", "OPS06"): [
        "select ops.replace_subject('nobody', 'x-1', 'rm-1', 'why')",
        "select ops.replace_subject('dev-login', 'x-1', 'nobody', 'why')",
    ],
    ("replace_subject", "OPS13"): ["select ops.replace_subject('bot-1', 'x-1', 'rm-1', 'why')"],
    ("replace_subject", "OPS16"): ["select ops.replace_subject('dev-login', 'dev-1', 'rm-1', 'why')"],
    ("replace_subject", "OPS15"): ["select ops.replace_subject('dev-login', 'rm-1', 'rm-1', 'why')"],
    ("grant_membership", "23514"): [
        "select ops.grant_membership('x-1', 'boss', null, null, 'rm-1', 'why')",
        "select ops.grant_membership(' ', 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership('x-1 ', 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership(repeat('x', 256), 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership('x-1', 'sre')",
        "select ops.grant_membership('x-1', 'sre', null, null, 'rm-1', ' ')",
    ],
    ("grant_membership", "OPS04"): ["select ops.grant_membership('x-1', 'sre', 'x/y', null, 'rm-1', 'why')"],
    ("grant_membership", "OPS16"): [
        "select ops.grant_membership('rm-1', 'release_manager', null, null, 'rm-1', 'why')"
    ],
    ("grant_membership", "OPS13"): [
        "select ops.grant_membership('rm-1', 'ci_service_role', null, null, 'rm-1', 'why')",
    ],
    ("act_as", "OPS13"): [
        AS_RM + " select ops.act_as('release_manager')",
        AS_RM.replace("}", ', "session_id": "s-1"}') + " select ops.act_as('sre')",
    ],
    ("grant_membership", "OPS06"): ["select ops.grant_membership('x-1', 'sre', null, null, 'nobody', 'why')"],
    ("open_release", "OPS09"): [OPEN.format("'another', initiating_actor => 'dev-1'")],
    ("register_project", "23514"): [
        "select ops.register_project('é', null, 'rm-1', 'why')",
        "select ops.register_project('x', '', 'rm-1', 'why')",
        "select ops.register_project('x', null, 'rm-1', ' ')",
    ],
    ("register_project", "OPS06"): ["select ops.register_project('x', null, 'nobody', 'why')"],
    ("open_release", "OPS04"): ["select ops.open_release('x', 'v2', 'dev', 'c', initiating_actor => 'dev-1')"],
    ("open_release", "OPS06"): ["select ops.open_release('acme/shop', 'v2', 'dev', 'c', initiating_actor => 'nobody')"],
    ("open_release", "42501"): [
        'set local role release_manager; set local request.jwt.claims = \'{"sub": "rm-1"}\';'
        "select ops.open_release('acme/shop', 'v2', 'dev', 'c', initiating_actor => 'dev-1')",
        f"{AS_RM}select ops.open_release('x', 'v2', 'dev', 'c')",
    ],
    ("open_release", "22023"): ["select ops.open_release('acme/shop', 'v2', 'moon', 'c', initiating_actor => 'dev-1')"],
    ("open_release", "23514"): [
        "select ops.open_release('acme/shop', ' ', 'dev', 'c', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', 'v2', 'dev', 'abcdef1', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', repeat('v', 256), 'dev', 'c', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', 'v2', 'dev', 'c', '[]', 'dev-1')",
    ],
    ("import_release", "OPS09"): [f"{IMPORT.format('c')}; {IMPORT.format('another')}"],
    ("import_release", "OPS04"): ["select ops.import_release('x', 'v2', 'dev', 'c', initiating_actor => 'dev-1')"],
    ("import_release", "OPS06"): ["select ops.import_release('acme/shop', 'v2', 'dev', 'c')"],
    ("import_release", "42501"): [f"{AS_RM}select ops.import_release('x', 'v2', 'dev', 'c')"],
    ("import_release", "22023"): [
        "select ops.import_release('acme/shop', 'v2', 'moon', 'c', initiating_actor => 'dev-1')"
    ],
    ("import_release", "23514"): [
        "select ops.import_release('acme/shop', ' ', 'dev', 'c', initiating_actor => 'dev-1')"
    ],
    ("record_refusal", "22023"): [
        """select ops.record_refusal('{"error": "unauthorized"}')""",
        """select ops.record_refusal('{"error": "invalid_json", "payload_hash": "none"}')""",
    ],
    ("gate_findings", "OPS04"): ["select ops.gate_findings(gen_random_uuid())"],
    ("gate_findings", "22023"): [
        "select ops.gate_findings(gate_id, '2001-01-01') from ops.release_gates",
        "select ops.gate_findings(gate_id, 'tomorrow') from ops.release_gates",
    ],
    ("promotion_blockers", "OPS04"): ["select ops.promotion_blockers(gen_random_uuid(), 'dev')"],
    ("promotion_blockers", "22023"): ["select ops.promotion_blockers(release_id, 'moon') from ops.releases"],
    ("release_overview", "OPS04"): ["select ops.release_overview(gen_random_uuid())"],
    ("release_overview", "22023"): [
        "select ops.release_overview(release_id, '2001-01-01') from ops.releases",
        "select ops.release_overview(release_id, 'tomorrow') from ops.releases",
    ],
    ("timeline", "OPS04"): ["select ops.timeline(gen_random_uuid())"],
    ("timeline", "22023"): ['select ops.timeline(release_id, "limit" => 0) from ops.releases'],
    ("my_releases", "22023"): [
        """select ops.my_releases('{"colour": "red"}')""",
        """select ops.my_releases('{"status": "odd"}')""",
        """select ops.my_releases('[]')""",
        'select ops.my_releases("limit" => 201)',
    ],
    ("my_releases", "OPS04"): ["select ops.my_releases(before => gen_random_uuid())"],
    ("promotion_advice", "OPS04"): ["select ops.promotion_advice(gen_random_uuid(), 'dev')"],
    ("promotion_advice", "22023"): ["select ops.promotion_advice(release_id, 'moon') from ops.releases"],
    ("is_eligible_for_promotion", "OPS04"): ["select ops.is_eligible_for_promotion(gen_random_uuid(), 'dev')"],
    ("is_eligible_for_promotion", "22023"): [
        "select ops.is_eligible_for_promotion(release_id, 'moon') from ops.releases"
    ],
    ("set_notice_target", "OPS04"): [
        f"select {TARGET.format('slack', 'A', 'null', 'rm-1')}".replace("/shop", "/x"),
    ],
    ("set_notice_target", "OPS06"): [f"select {TARGET.format('slack', 'A', 'null', 'nobody')}"],
    ("set_notice_target", "22023"): [
        f"select {TARGET.format('mail', 'A', 'null', 'rm-1')}",
        f"select {TARGET.format('slack', 'A', chr(39) + '{gate_sleeps}' + chr(39), 'rm-1')}",
    ],
    ("set_notice_target", "23514"): [
        f"select {TARGET.format('slack', 'a', 'null', 'rm-1')}",
        f"select {TARGET.format('slack', 'A', 'null', ' ')}",
        "select ops.set_notice_target('acme/shop', ' ', 'slack', 'OPS_NOTICE_A', null, 'rm-1', 'why')",
    ],
    ("claim_notices", "22023"): ["select ops.claim_notices(0)", "select ops.claim_notices(101)"],
    ("record_notice_outcome", "OPS04"): ["select ops.record_notice_outcome(gen_random_uuid(), 1, 'delivered')"],
    ("record_notice_outcome", "22023"): [
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'lost')",
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'failed')",
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'failed', 99, 'http_status')",
    ],
    ("retry_notice", "OPS04"): ["select ops.retry_notice(gen_random_uuid())"],
    ("evaluate_gate", "OPS04"): ["select ops.evaluate_gate(gen_random_uuid())"],
    ("gate_status_at", "OPS04"): ["select ops.gate_status_at(gen_random_uuid(), now())"],
    ("gate_status_at", "22023"): [
        "select ops.gate_status_at(gate_id, '2001-01-01') from ops.release_gates",
        "select ops.gate_status_at(gate_id, 'tomorrow') from ops.release_gates",
    ],
    ("was_eligible_for_promotion", "OPS04"): ["select ops.was_eligible_for_promotion(gen_random_uuid(), 'dev', now())"],
    ("was_eligible_for_promotion", "22023"): [
        "select ops.was_eligible_for_promotion(release_id, 'moon', now()) from ops.releases",
        "select ops.was_eligible_for_promotion(release_id, 'dev', '2001-01-01') from ops.releases",
        "select ops.was_eligible_for_promotion(release_id, 'dev', 'tomorrow') from ops.releases",
    ],
    ("retire_target", "OPS04"): [
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', 'nowhere', 'gone')",
        f"{AS_RM}select ops.retire_target('acme/other', 'dev', 'default', 'gone')",
    ],
    ("dismiss", "OPS04"): [f"{AS_RM}select ops.dismiss(gen_random_uuid(), 'why')"],
    ("dismiss", "23514"): [f"{AS_RM}select ops.dismiss(gen_random_uuid(), ' ')"],
    ("dismiss", "OPS11"): [
        "insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)"
        " select release_id, 'dev', 'd-1', 'c', 'in_progress' from ops.releases; "
        f"{AS_RM}select ops.dismiss((select min(deployment_id::text)::uuid from ops.deployments), 'why')"
    ],
    ("retire_target", "22023"): [f"{AS_RM}select ops.retire_target('acme/shop', 'moon', 'eu-1', 'gone')"],
    ("retire_target", "23514"): [
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', null, 'gone')",
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', 'eu-1', ' ')",
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', repeat('x', 256), 'gone')",
    ],
    ("retire_target", "42501"): ["select ops.retire_target('acme/shop', 'dev', 'eu-1', 'gone')"],
    ("close_release", "OPS04"): ["select ops.close_release(gen_random_uuid(), 'cancelled')"],
    ("close_release", "22023"): ["select ops.close_release(release_id, 'tired') from ops.releases"],
    ("close_release", "OPS12"): [
        "select ops.close_release(release_id, t.reason)"
        " from ops.releases cross join unnest(array['cancelled', 'superseded']) as t (reason)"
    ],
    ("set_gate_policy", "OPS10"): [
        """select ops.set_gate_policy('G9', '[{"kind": "check", "subject": "build"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "luck"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G2', '[{"kind": "approval", "subject": "boss"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "deployment_health"}]', null, 'rm-1', 'why')""",
        "select ops.set_gate_policy('G1', jsonb_build_array(need, need), null, 'rm-1', 'why')"
        """ from jsonb('{"kind": "check", "subject": "a"}') as need""",
        """select ops.set_gate_policy('G1', '[]', null, 'rm-1', 'why')""",
    ],
    ("set_gate_policy", "OPS06"): [
        """select ops.set_gate_policy('G3', '[{"kind": "approval", "subject": "release_manager","""
        """ "approvers": ["nobody"]}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "x"}]', null, 'nobody', 'why')""",
    ],
    ("set_gate_policy", "23514"): ["""select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "x"}]')"""],
    ("propose_gate_policy", "42501"): [f"{AS_RM}select ops.propose_gate_policy('x/y', 'G1', '[]', 'why')"],
    ("propose_gate_policy", "OPS10"): [
        f"{AS_RM}select ops.propose_gate_policy(null, 'G9', '[]', 'why')",
        f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, 'why')",
        f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, 'why', '{{}}')",
    ],
    ("propose_gate_policy", "OPS06"): [NAMING.replace("rm-3", "nobody")],
    ("propose_gate_policy", "OPS16"): [f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G1', '[]', 'why')"],
    ("propose_gate_policy", "23514"): [f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, ' ', {DROPPED})"],
    ("confirm_gate_policy", "OPS04"): [f"{AS_RM}select ops.confirm_gate_policy('{'0' * 64}')"],
    ("confirm_gate_policy", "OPS06"): [
        SECOND + SECOND.replace("rm-2", "rm-3") + NAMING + "set local role service_role;"
        " select ops.revoke_membership('rm-3', null, null, 'rm-1', 'left');" + AS_RM.replace("rm-1", "rm-2") + CONFIRMED
    ],
    ("confirm_gate_policy", "OPS24"): [SECOND + PROPOSED + CONFIRMED],
    ("confirm_gate_policy", "OPS17"): [PROPOSED + CONFIRMED],
    ("confirm_gate_policy", "OPS18"): [SETTING + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS19"): [PROPOSED + "reset role;" + AGED + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS21"): [PROPOSED + "set local role service_role;" + SETTING + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS22"): [
        SECOND + PROPOSED.replace("rm-1", "rm-2") + "set local role service_role; select ops.revoke_membership('rm-2',"
        " null, null, 'rm-1', 'left');" + AS_RM + CONFIRMED,
    ],
    ("policy_warnings", "OPS04"): ["select ops.policy_warnings('x/y')"],
    ("policy_warnings", "42501"): [f"{AS_RM}select ops.policy_warnings('x/y')"],
    ("policy_impact", "OPS04"): ["select ops.policy_impact('G1', '[]', 'x/y')"],
    ("policy_impact", "42501"): [f"{AS_RM}select ops.policy_impact('G1', '[]', 'x/y')"],
    ("policy_impact", "OPS06"): [
        """select ops.policy_impact('G3', '[{"kind": "approval", "subject": "sre", "approvers": ["nobody"]}]')"""
    ],
    ("policy_impact", "OPS10"): [
        "select ops.policy_impact('G9', '[]')",
        """select ops.policy_impact('G1', '[{"kind": "luck"}]')""",
    ],
    ("policy_impact", "22023"): ["select ops.policy_impact('G1', '[]', null, 0)"],
    ("set_gate_policy", "OPS04"): ["select ops.set_gate_policy('G1', '[]', 'x', 'rm-1', 'why')"],
    ("revoke_membership", "23514"): ["select ops.revoke_membership('dev-1', null, null, 'rm-1')"],
    ("revoke_membership", "22023"): ["select ops.revoke_membership('dev-1', null, 'acme/shop', 'rm-1', 'why')"],
    ("revoke_membership", "OPS04"): ["select ops.revoke_membership('dev-1', 'sre', 'x/y', 'rm-1', 'why')"],
    ("revoke_membership", "OPS06"): [
        "select ops.revoke_membership('nobody', null, null, 'rm-1', 'why')",
        "select ops.revoke_membership('dev-1', null, null, 'nobody', 'why')",
    ],
}


def test_every_sqlstate_of_a_section_is_what_the_function_really_refuses_with(clones: Callable[[], str]) -> None:
    named = {(name, code) for name, section in SECTIONS.items() for code in section.errors if SQLSTATE.fullmatch(code)}
    assert named == REFUSED.keys()
    with psycopg.connect(clones()) as connection:
        connection.execute("set role service_role")
        for person, role in (("bot-1", "ci_service_role"), ("dev-1", "developer"), ("rm-1", "release_manager")):
            connection.execute(GRANT, [person, role, f"{person[:-2]}-login"])
        connection.execute(REGISTER, ["acme/shop"])
        connection.execute(OPEN.format("'c', initiating_actor => 'dev-1'").encode())
        for (_, code), calls in REFUSED.items():
            for call in calls:
                with pytest.raises(psycopg.Error) as refused, connection.transaction():
                    connection.execute(call.encode())
                assert refused.value.sqlstate == code, call
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for call in ("select ops.ingest_event('{}')", "select ops.evaluate_gate(gate_id) from ops.release_gates"):
            with pytest.raises(psycopg.Error) as refused, connection.transaction():
                connection.execute(call.encode())
            assert refused.value.sqlstate == "OPS03", call


def test_the_table_of_findings_has_the_columns_of_the_type(db: psycopg.Connection[Any]) -> None:
    table = PAGE.split("\n## What a finding says\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    columns = db.execute(
        "select attname from pg_attribute where attrelid = 'ops.gate_finding'::regclass and attnum > 0 order by attnum"
    )
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == [name for (name,) in columns]


def shown(text: str) -> str:
    """A result without what differs from run to run."""
    for pattern, mask in MASKS.items():
        text = re.sub(pattern, mask, text)
    # A masked cell is as wide as its mask, not as its value.
    return "\n".join(re.sub(r"[ -]{2,}", "  ", line).strip() for line in text.strip().splitlines())


def seen(example: Example, stack: Stack, folder: Path) -> str:
    """What the caller of an example really sees."""
    person = example.caller != example.role
    token = stack.token(example.role, example.caller) if person else ""
    if example.language == "python":
        key = stack.publishable_key if person else stack.secret_key
        given = f"url, key, token = {stack.url!r}, {key!r}, {token!r}\n"
        # A program of the reader's own: supabase-py leaves its connection open.
        done = subprocess.run(
            [sys.executable, "-"], input=given + PRELUDE + example.code, text=True, timeout=60, capture_output=True
        )
        return str(done.stdout or done.stderr)
    if example.language == "sh":
        with stack.connect() as connection:
            release_id = str(connection.execute("select release_id from ops.releases").fetchall()[0][0])
        variables = {"SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_TOKEN": token, "RELEASE_ID": release_id}
        return run(example.code, folder, SUPABASE_URL=stack.url, **variables)
    (folder / "example.sql").write_text(example.code)
    tables = run(
        'psql --no-psqlrc --quiet --pset=footer=off --variable=ON_ERROR_STOP=1 --file=example.sql "$TARGET"',
        folder,
        TARGET=login(example.role, stack),
        PGOPTIONS=f"-c role={example.role}" + (f" -c request.jwt.claims={claims(example)}" if person else ""),
    )
    return tables.strip("\n").rpartition("\n\n")[2]  # that of the last statement


def claims(example: Example) -> str:
    """The claims of a person's token, as a server's option: without blanks."""
    return json.dumps({"sub": example.caller, "role": example.role, "session_id": "s-1"}, separators=(",", ":"))


def login(role: str, stack: Stack) -> str:
    """Who becomes the role: `postgres`, but for a role that logs in by itself."""
    assert stack.cluster
    name = str(conninfo_to_dict(stack.db_url)["dbname"])
    return stack.cluster.server.url(role if role in ACCESS.others else "postgres", name)


def test_every_example_shows_what_its_caller_sees(fresh_stack: Callable[[], Stack], tmp_path: Path) -> None:
    if unusable := why_unusable() or (None if shutil.which("curl") else "curl is missing"):
        pytest.skip(unusable)
    own = fresh_stack()
    differing = {}
    for section in SECTIONS.values():
        for example in section.examples:
            assert example.role in section.callers
            if example.caller != example.role:
                members.grant(own.client(), example.caller, example.role)
            found = seen(example, own, tmp_path)
            if shown(found) != shown(example.result):
                differing[section.name] = found
    assert not differing, "\n".join(f"{name} shows\n{found}" for name, found in differing.items())


def test_the_owner_can_try_the_hook_as_the_page_says(fresh_db: Callable[[], str]) -> None:
    [example] = SECTIONS["custom_access_token_hook"].examples
    with psycopg.connect(fresh_db()) as owner:
        owner.execute("set role service_role")
        owner.execute(GRANT, ["dev-1", "developer", None])
        owner.execute("reset role")
        [[answer]] = owner.execute(example.code.encode()).fetchall()
        assert answer["claims"]["role"] == "developer"
        owner.execute("set role service_role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(example.code.encode())
