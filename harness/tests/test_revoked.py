"""Whoever is revoked, or gets another subject, while their call waits for a release does nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.prove.access_facts import PROJECTS
from harness.prove.access_rows import commit_rows
from harness.prove.access_scene import claims_of
from harness.stack.process import wait_until
from ops_gates import events

SHOP = "in-shop"
PROJECT = PROJECTS[SHOP]
REPLACE: LiteralString = (
    "select ops.replace_subject(%s, gen_random_uuid()::text, on_behalf_of => 'release_manager-a', reason => 'anew')"
)
REVOKE: LiteralString = "select ops.revoke_membership(%s, on_behalf_of => 'release_manager-a', reason => 'left')"


def calls(release: str, gates: dict[str, str]) -> dict[str, tuple[str, str, list[Any]]]:
    """By what somebody does: their role, the statement, its values."""
    build = events.build_complete(release, run_id="late", status="fail")
    person, role = f"release_manager-{SHOP}", "release_manager"
    signed = events.gate_signoff(
        release,
        "G3",
        session_id="late",
        decision="approved",
        approver_id=person,
        persona_role=role,
        rationale_structured={"go": True},
    )
    return {
        "closing": ("release_manager", "select ops.close_release(%s, 'cancelled')", [release]),
        "approving": (
            "release_manager",
            "insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,"
            " rationale_structured) values (%s, %s, 'release_manager-in-shop', 'release_manager', 'approved', 'gate',"
            """ '{"go": true}')""",
            [release, gates["G3"]],
        ),
        "excepting": (
            "release_manager",
            "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement,"
            " approver_id, expires_at) values (%s, 'gate_bypass', '{G2,G3}', 'r', 'r', 'release_manager-in-shop',"
            " clock_timestamp() + interval '1 hour')",
            [release],
        ),
        "signing": ("release_manager", "select ops.ingest_event(%s)", [Jsonb(events.by_hand(signed, person, "late"))]),
        "reporting": ("ci_service_role", "select ops.ingest_event(%s)", [Jsonb(build)]),
    }


@pytest.mark.parametrize(
    ("call", "ended"),
    [
        *((call, REVOKE) for call in ("closing", "approving", "excepting", "reporting")),
        *((call, REPLACE) for call in ("approving", "signing")),
    ],
)
def test_a_call_that_waited_for_a_release_asks_for_the_membership_again(
    clones: Callable[[], str], call: str, ended: LiteralString
) -> None:
    url = clones()
    commit_rows(url)
    with psycopg.connect(url, autocommit=True) as owner, psycopg.connect(url) as holder:
        [(release,)] = owner.execute(
            "select release_id::text from ops.releases where project = %s and closed_at is null limit 1", [PROJECT]
        ).fetchall()
        gates: dict[str, str] = dict(
            owner.execute(
                "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s", [release]
            ).fetchall()
        )
        role, statement, values = calls(release, gates)[call]
        person = f"{role}-{SHOP}"
        holder.execute("select from ops.releases where release_id = %s for no key update", [release])

        def written() -> list[Any]:
            return owner.execute(
                "select closed_at, (select count(*) from ops.approvals), (select count(*) from ops.exceptions),"
                " (select count(*) from ops.gate_checks) from ops.releases where release_id = %s",
                [release],
            ).fetchall()

        def act() -> str | None:
            with psycopg.connect(url, autocommit=True, application_name="acts") as caller:
                claims = json.dumps(claims_of(role, person))
                caller.execute("select set_config('request.jwt.claims', %s, false)", [claims])
                caller.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
                try:
                    cursor = caller.execute(statement.encode(), values)
                except psycopg.Error as error:
                    refusals.append(str(error.diag.message_primary))
                    return error.sqlstate
                [(answer,)] = cursor.fetchall() if cursor.description else [({},)]
                return answer.get("error") if isinstance(answer, dict) else None

        before = written()
        refusals: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            acted = pool.submit(act)
            waits = "select from pg_stat_activity where application_name = 'acts' and wait_event_type = 'Lock'"
            wait_until(lambda: owner.execute(waits).fetchone() is not None, 20, "the call to wait")
            with owner.transaction():
                owner.execute("set local role service_role")
                owner.execute(ended, [person])
            holder.rollback()
            assert acted.result(timeout=30) in ("42501", "forbidden_event")
        assert written() == before
        # Only who was replaced is told so: a membership would not help them.
        assert any("replaced" in said for said in refusals) == (ended == REPLACE)


def test_of_two_replacements_at_once_the_second_sees_the_first(clones: Callable[[], str]) -> None:
    """Neither sign-ins nor calls wait for them."""
    url = clones()
    commit_rows(url)
    replace: LiteralString = "select ops.replace_subject(%s, %s, 'release_manager-b', 'created anew')"
    hooked: LiteralString = (
        "select ops.with_member_role(jsonb_build_object('user_id', u, 'claims', '{}'::jsonb)) #>> '{claims,role}'"
        " from unnest(array['release_manager-a', 'anew-1', 'anew-2']) as u"
    )

    def waiting(handle: str, subject: str) -> str | None:
        with psycopg.connect(url, autocommit=True, application_name="replaces") as caller:
            try:
                caller.execute(replace, [handle, subject])
            except psycopg.Error as error:
                return error.sqlstate
        return None

    with psycopg.connect(url, autocommit=True) as owner, psycopg.connect(url) as first, ThreadPoolExecutor(3) as pool:
        first.execute(replace, ["release_manager-a-login", "anew-1"])
        asked = [
            ("release_manager-a-login", "Anew-1"),
            ("qa_tester-a-login", "anew-1"),
            ("nobody", "anew-2"),
        ]
        others = [pool.submit(waiting, *each) for each in asked]
        waits = "select count(*) from pg_stat_activity where application_name = 'replaces' and wait_event = 'advisory'"
        wait_until(lambda: owner.execute(waits).fetchone() == (3,), 20, "the others to wait")
        assert owner.execute(hooked).fetchall() == [("release_manager",), (None,), (None,)]
        first.commit()
        assert [other.result(timeout=30) for other in others] == ["OPS16", "OPS15", "OPS06"]
        assert owner.execute(hooked).fetchall() == [(None,), ("release_manager",), (None,)]
