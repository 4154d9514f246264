"""Ways to act as somebody else, or with a role that one does not have. None may work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import Facts, Row, subject
from harness.prove.access_functions import functions_of
from harness.prove.access_scene import Scene, change
from harness.stack import Stack
from harness.stack.members import GRANT, REVOKE, WANTING
from harness.tests.scene_writes import gate_status, insert_as, statement_of

pytest_plugins = ("harness.tests.access_fixtures",)


# Deciding as somebody else.


def test_a_manager_signing_as_qa(scene: Scene) -> None:
    as_qa = scene.facts.row("release_manager", "approvals") | {
        "persona_role": "qa_tester",
        "gate_id": scene.facts.gates["G2"],
    }
    for approver in ("release_manager-a", "qa_tester-a"):
        forged = scene.try_insert("release_manager", "approvals", as_qa | {"approver_id": approver})
        assert forged.sqlstate == "42501"
    for gate in ("G1", "G2", "G4"):
        own = scene.facts.row("release_manager", "approvals") | {"gate_id": scene.facts.gates[gate]}
        assert scene.try_insert("release_manager", "approvals", own).sqlstate == "42501", gate
    for event in (
        scene.facts.signoff("G2", "release_manager-a", "qa_tester"),
        scene.facts.signoff("G2", "release_manager-a", "release_manager"),
        scene.facts.signoff("G2", "qa_tester-a", "qa_tester"),
        scene.facts.signoff("G3", "release_manager-b", "release_manager"),
        scene.facts.signoff("G3", "qa_tester-a", "qa_tester"),
    ):
        assert scene.send("release_manager", event)["error"] == "forbidden_event"


def test_qa_deciding_anything_but_its_gate(scene: Scene) -> None:
    facts = scene.facts
    base = facts.row("qa_tester", "approvals")
    for more in (
        {"gate_id": facts.gates["G1"]},
        {"gate_id": facts.gates["G3"]},
        {"gate_id": facts.gates["G4"]},
        {"persona_role": "release_manager", "gate_id": facts.gates["G3"]},
        {"persona_role": "sre"},
        {"scope": "release", "gate_id": None},
        {"scope": "exception", "gate_id": None, "exception_id": facts.keys["exceptions"]},
    ):
        assert scene.try_insert("qa_tester", "approvals", base | more).sqlstate == "42501", more
    elsewhere = base | {"gate_id": facts.gates_of_theirs["G2"]}
    assert scene.try_insert("qa_tester", "approvals", elsewhere).sqlstate == "23503"


def test_ci_signing_off_by_table_function_and_event(scene: Scene) -> None:
    facts = scene.facts
    for table in ("approvals", "exceptions"):
        for row in (facts.row("service_role", table), facts.row("release_manager", table)):
            assert scene.try_insert("ci_service_role", table, row).sqlstate == "42501"
    statement, values = change("release_gates", facts.gates["G3"], {"status": "passed"})
    assert scene.attempt("ci_service_role", statement, values).sqlstate == "42501"
    for gate, approver, persona in (
        ("G2", "qa_tester-a", "qa_tester"),
        ("G3", "release_manager-a", "release_manager"),
        ("G2", "ci_service_role-a", "qa_tester"),
    ):
        event = facts.signoff(gate, approver, persona)
        assert scene.send("ci_service_role", event)["error"] == "forbidden_event"
        disguised = event | {"event_type": "build_complete"}
        assert scene.send("ci_service_role", disguised)["error"] == "invalid_envelope"
    before = gate_status(scene, facts.gates["G3"])
    scene.become("ci_service_role", "ci_service_role-a")
    assert scene.run("select ops.evaluate_gate(%s)", [facts.gates["G3"]]).value == before


def test_an_initiator_approving_their_own_release(scene: Scene) -> None:
    release, gates = scene.fresh_release("release_manager-a")
    approval = scene.facts.row("release_manager", "approvals") | {"release_id": release, "gate_id": gates["G3"]}
    for sub in ("release_manager-a", "RELEASE_MANAGER-A", " release_manager-a "):
        own = approval | {"approver_id": sub}
        assert insert_as(scene, "release_manager", "approvals", own, sub).sqlstate in (None, "42501")
    scene.become("service_role")
    findings: Any = "select state::text from ops.gate_findings(%s) where kind = 'approval' and enforcement = 'blocking'"
    assert {state for (state,) in scene.run(findings, [gates["G3"]]).rows} == {"unsatisfied"}
    other = approval | {"approver_id": "release_manager-b"}
    assert insert_as(scene, "release_manager", "approvals", other, "release_manager-b").sqlstate is None
    scene.become("service_role")
    assert {state for (state,) in scene.run(findings, [gates["G3"]]).rows} == {"satisfied"}


def test_an_initiator_excepting_their_own_release_back_dated(scene: Scene) -> None:
    release, _ = scene.fresh_release("release_manager-a")
    own = scene.facts.row("release_manager", "exceptions") | {"release_id": release}
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert scene.try_insert("release_manager", "exceptions", own).sqlstate == "OPS07"
    assert scene.try_insert("release_manager", "exceptions", own | {"effective_from": yesterday}).sqlstate == "OPS07"
    for name in ("release_manager-a", "Release_Manager-A", " release_manager-a-LOGIN "):
        assert scene.try_insert("service_role", "exceptions", own | {"approver_id": name}).sqlstate == "OPS07", name
    others = own | {"approver_id": "release_manager-b"}
    back_dated = scene.try_insert(
        "release_manager", "exceptions", others | {"effective_from": yesterday}, sub="release_manager-b"
    )
    assert back_dated.sqlstate == "OPS07"
    assert scene.try_insert("service_role", "exceptions", others | {"effective_from": yesterday}).sqlstate == "OPS07"
    stamped = others | {"effective_from": yesterday, "created_at": "2020-01-01T00:00:00Z"}
    assert scene.try_insert("service_role", "exceptions", stamped).sqlstate == "OPS07"
    assert scene.try_insert("release_manager", "exceptions", others, sub="release_manager-b").sqlstate is None
    forever = others | {"expires_at": "infinity"}
    assert scene.try_insert("release_manager", "exceptions", forever, sub="release_manager-b").sqlstate == "23514"


def test_an_initiator_renamed_by_a_person_who_opens_the_release(scene: Scene) -> None:
    query: Any = "select ops.open_release('acme/shop', 'renamed', 'dev', 'main', '{}', 'developer-a')"
    assert scene.attempt("release_manager", query).sqlstate in ("42501", "OPS09")
    statement, values = change("releases", scene.facts.mine, {"initiating_actor": "developer-b"})
    assert scene.attempt("service_role", statement, values).sqlstate == "OPS05"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": None},
        {"sub": ""},
        {"sub": " "},
        {"role": "release_manager"},
        {"email": "qa_tester-a", "user_metadata": {"sub": "qa_tester-a"}},
    ],
)
def test_claims_without_a_subject(scene: Scene, claims: Row) -> None:
    row = scene.facts.row("qa_tester", "approvals")
    assert scene.attempt("qa_tester", *statement_of("approvals", row), claims=claims).sqlstate == "42501"
    row = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.attempt("ci_service_role", *statement_of("gate_checks", row), claims=claims).sqlstate == "42501"
    scene.become("ci_service_role", claims=claims)
    answer = scene.run("select ops.ingest_event(%s)", [Jsonb(scene.facts.build())])
    assert answer.sqlstate == "42501" or answer.value["error"] == "forbidden_event"


def test_claims_that_name_another_role_than_the_one_in_force(scene: Scene) -> None:
    claims = {"role": "service_role", "sub": "qa_tester-a"}
    approval = scene.facts.row("release_manager", "approvals")
    assert scene.attempt("qa_tester", *statement_of("approvals", approval), claims=claims).sqlstate == "42501"
    call: Any = "select ops.grant_membership('qa_tester-a', 'release_manager', null, null, 'release_manager-a', 'why')"
    assert scene.attempt("qa_tester", call, claims=claims).sqlstate == "42501"
    check = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.attempt("ci_service_role", *statement_of("gate_checks", check), claims=claims).sqlstate == "42501"
    with scene.undone():
        scene.become("ci_service_role", claims=claims | {"sub": "ci_service_role-a"})
        assert scene.insert("gate_checks", check).sqlstate is None
        newest: Any = "select created_by, created_role from ops.gate_checks order by created_at desc limit 1"
        assert scene.owner(newest) == [("ci_service_role-a", "ci_service_role")]


def test_no_claims_at_all(scene: Scene) -> None:
    for role, sqlstate in (("ci_service_role", "42501"), ("developer", "42501"), ("service_role", None)):
        with scene.undone():
            scene.db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            assert scene.insert("gate_checks", scene.facts.row(role, "gate_checks")).sqlstate == sqlstate, role


# Members.


def test_a_revoked_member_with_a_live_token_decides_nothing(scene: Scene) -> None:
    facts = scene.facts
    manager_release, _ = scene.fresh_release("developer-b")
    scene.become("service_role")
    for role in ("qa_tester", "release_manager"):
        scene.run(REVOKE, [f"{role}-a"])
    for role, table in (
        ("qa_tester", "approvals"),
        ("release_manager", "approvals"),
        ("release_manager", "exceptions"),
    ):
        row = facts.row(role, table) | ({"release_id": manager_release} if table == "exceptions" else {})
        assert scene.try_insert(role, table, row).sqlstate == "42501", (role, table)
    assert scene.send("qa_tester", facts.signoff("G2", "qa_tester-a", "qa_tester"))["error"] == "forbidden_event"
    signoff = facts.signoff("G3", "release_manager-a", "release_manager")
    assert scene.send("release_manager", signoff)["error"] == "forbidden_event"
    opened: Any = "select ops.open_release('acme/shop', 'by-a-revoked', 'dev', 'main')"
    assert scene.attempt("release_manager", opened).sqlstate == "42501"


def test_a_revoked_manager_reviewing_or_ending_an_exception(scene: Scene) -> None:
    scene.become("service_role")
    scene.run(REVOKE, ["release_manager-a"])
    for row in ({"post_review_status": "waived"}, {"revoked_at": "2026-01-01"}):
        statement, values = change("exceptions", scene.facts.keys["exceptions"], row)
        outcome = scene.attempt("release_manager", statement, values)
        assert outcome.sqlstate == "42501" or outcome.count == 0


@pytest.mark.parametrize(("role", "now"), [("qa_tester", "developer"), ("release_manager", "qa_tester")])
def test_a_token_of_a_role_that_its_member_has_no_longer(scene: Scene, role: str, now: str) -> None:
    scene.become("service_role")
    assert scene.run(GRANT, [f"{role}-a", now, None]).sqlstate is None
    ended = f"select ops.revoke_membership(%s, %s, null, {WANTING}, 'moved')"
    assert scene.run(ended.encode(), [f"{role}-a", role]).sqlstate is None
    assert scene.try_insert(role, "approvals", scene.facts.row(role, "approvals")).sqlstate == "42501"
    gate = "G2" if role == "qa_tester" else "G3"
    assert scene.send(role, scene.facts.signoff(gate, f"{role}-a", role))["error"] == "forbidden_event"
    if role == "release_manager":
        assert scene.try_insert(role, "exceptions", scene.facts.row(role, "exceptions")).sqlstate == "42501"


@pytest.mark.parametrize("blank", ["\t", "\n", " \t\r\n ", "\u00a0", "\u3000"])
def test_a_subject_that_only_looks_like_one(scene: Scene, blank: str) -> None:
    row = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.try_insert("ci_service_role", "gate_checks", row, sub=blank).sqlstate == "42501"
    scene.become("service_role")
    for name in (blank, f"qa_tester-a{blank}"):
        assert scene.run(GRANT, [name, "sre", None]).sqlstate == "23514"


def test_a_member_taking_the_name_of_another(scene: Scene) -> None:
    scene.become("service_role")
    for member in (
        ("impostor", "sre", "QA_TESTER-A"),
        ("impostor", "sre", "qa_tester-a-LOGIN"),
        ("qa_tester-a-login", "sre", None),
    ):
        assert scene.run(GRANT, member).sqlstate == "OPS15", member
    for member in ((" qa_tester-a", "sre", None), ("impostor", "service_role", None)):
        assert scene.run(GRANT, member).sqlstate == "23514", member
    # In another case it is the same member, and no second one.
    assert scene.run(GRANT, ("QA_TESTER-A", "sre", None)).sqlstate is None
    assert scene.owner("select subject from ops.members where lower(subject) = 'qa_tester-a'") == [("qa_tester-a",)]


@pytest.mark.parametrize("role", [*ACCESS.roles, "anon", "authenticated"])
def test_giving_oneself_a_role(scene: Scene, role: str) -> None:
    me = subject(role) or "somebody"
    for query in (
        "select ops.grant_membership(%(me)s, 'release_manager', null, null, 'release_manager-a', 'why')",
        "insert into ops.members (subject, kind) values (%(me)s, 'person')",
        "insert into ops.memberships (member_id, role, granted, on_behalf_of, reason)"
        " values (null, 'release_manager', true, %(me)s, 'why')",
        "update ops.memberships set project = null where on_behalf_of = %(me)s",
        "update ops.members set active = true where subject = %(me)s",
        "select ops.custom_access_token_hook(jsonb_build_object('user_id', %(me)s::text, 'claims', '{}'::jsonb))",
        "select ops.with_member_role(jsonb_build_object('user_id', %(me)s::text, 'claims', '{}'::jsonb))",
        "select ops.set_gate_policy('G2', '[]', null, 'release_manager-a', 'a test')",
    ):
        assert scene.attempt(role, query, {"me": me}).sqlstate == "42501", query


def test_a_token_hook_that_gives_away_a_role_or_drops_a_claim(scene: Scene) -> None:
    def hooked(user: Any, **claims: Any) -> Any:
        scene.become(None)
        event = {"user_id": user, "claims": claims, "authentication_method": "password"}
        answer = scene.run("select ops.custom_access_token_hook(%s)", [Jsonb(event)]).value
        assert {**answer, "claims": None} == {**event, "claims": None}
        return answer["claims"]

    scene.become("service_role")
    scene.run(REVOKE, ["sre-b"])
    claims = {"role": "authenticated", "aal": "aal1", "user_metadata": {"role": "release_manager", "sub": "sre-a"}}
    for spelling in ("sre-a", "SRE-A"):  # wherever a subject is compared, case is no difference
        assert hooked(spelling, **claims) == claims | {"role": "sre"}
    for stranger in ("nobody", "sre-b", "sre-a-login", "", None, 7):
        assert hooked(stranger, **claims) == claims, stranger
    assert hooked("nobody") == {}


def test_supabase_auth_gives_members_their_role_and_can_do_nothing_else(stack: Stack, scene_facts: Facts) -> None:
    if stack.cluster is None or stack.kind != "embedded":
        pytest.skip(f"the password of `supabase_auth_admin` is not known where OPS_STACK={stack.kind}")
    assert scene_facts.mine
    with stack.connect() as owner:
        private = [function.call.encode() for function in functions_of(owner, ACCESS.private.schema)]
    database = stack.db_url.rsplit("/", 1)[1].split("?")[0]
    with psycopg.connect(stack.cluster.server.url("supabase_auth_admin", database), autocommit=True) as auth:
        hook: Any = "select ops.custom_access_token_hook(%s)"
        for user, role in (("sre-b", "sre"), ("developer-a", "developer"), ("nobody", "authenticated")):
            event = {"user_id": user, "claims": {"role": "authenticated", "sub": user}}
            [answer] = auth.execute(hook, [Jsonb(event)]).fetchone() or [None]
            assert answer == event | {"claims": {"role": role, "sub": user}}
        others: tuple[Any, ...] = (
            "select from ops.releases",
            "update ops.members set active = true",
            "select ops.grant_membership('x', 'sre', null, null, 'sre-a', 'why')",
        )
        for query in (*others, *private):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auth.execute(query)
