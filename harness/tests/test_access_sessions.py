"""A person acts in one role at a time, in each session in the one that they chose, and is told what they hold."""

from __future__ import annotations

import uuid
from typing import Any

from harness.check.access import ACCESS
from harness.prove.access_facts import PROJECTS
from harness.prove.access_rows import built_release
from harness.prove.access_scene import Scene, claims_of
from harness.stack.members import REVOKE
from harness.tests.access_calls import signed_in

pytest_plugins = ("harness.tests.access_fixtures",)

SHOP, OTHER = PROJECTS


def of_three_roles(scene: Scene) -> str:
    """Somebody who holds three roles in two projects."""
    person = f"many-{uuid.uuid4().hex}"
    scene.become("service_role")
    grant = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'set-up')"
    for role, project in (("qa_tester", SHOP), ("release_manager", SHOP), ("sre", OTHER)):
        assert scene.run(grant, [person, role, PROJECTS[project]]).sqlstate is None
    scene.become(None)
    return person


def acts(scene: Scene, person: str, token: str, session: str | None, role: str) -> str | None:
    """The code that refuses a choice of a role with a token of another; None if it was made."""
    scene.become(token, person, claims_of(token, person) | {"session_id": session})
    outcome = scene.run("select ops.act_as(%s)", [role])
    scene.become(None)
    return outcome.sqlstate


def test_two_sessions_of_a_person_act_in_two_roles_at_a_time_each_in_its_project(scene: Scene) -> None:
    person = of_three_roles(scene)
    assert signed_in(scene, person) == signed_in(scene, person, session_id="one") == "qa_tester"
    assert acts(scene, person, "qa_tester", "one", "sre") is None
    assert acts(scene, person, "qa_tester", "two", "release_manager") is None
    for session, role in (("one", "sre"), ("two", "release_manager"), ("three", "qa_tester")):
        assert signed_in(scene, person, session_id=session) == role
    # Each role reads its own project: a membership in another role gives nothing.
    for role, release, project in (
        ("sre", scene.facts.elsewhere, OTHER),
        ("release_manager", scene.facts.mine, SHOP),
        ("qa_tester", scene.facts.mine, SHOP),
    ):
        seen = scene.attempt(role, "select distinct project from ops.releases", sub=person)
        assert seen.rows == ((PROJECTS[project],),)
        query: Any = "select ops.is_eligible_for_promotion(%s, 'dev')"
        assert scene.attempt(role, query, [release], sub=person).sqlstate is None
        foreign = scene.facts.mine if project == OTHER else scene.facts.elsewhere
        assert scene.attempt(role, query, [foreign], sub=person).sqlstate == "OPS04"
    for role in ("developer", "audit_reader", "ci_service_role"):
        assert scene.attempt(role, "select from ops.releases", sub=person).count == 0


def test_a_choice_counts_for_whoever_made_it_and_while_they_hold_the_role(scene: Scene) -> None:
    person = of_three_roles(scene)
    assert acts(scene, person, "qa_tester", "one", "release_manager") is None
    assert signed_in(scene, f"developer-{SHOP}", session_id="one") == "developer"
    scene.become("service_role")
    revoke = "select ops.revoke_membership(%s, %s, %s, 'release_manager-a', 'moved')"
    assert scene.run(revoke, [person, "release_manager", PROJECTS[SHOP]]).sqlstate is None
    assert signed_in(scene, person, session_id="one") == "qa_tester"
    assert acts(scene, person, "qa_tester", "one", "release_manager") == "OPS13"
    assert acts(scene, person, "qa_tester", "one", "service_role") == "OPS13"
    assert acts(scene, person, "qa_tester", None, "sre") == "OPS13"
    assert signed_in(scene, person, session_id="one") == "qa_tester"
    scene.become("service_role")
    assert scene.run(REVOKE, [person]).sqlstate is None
    assert signed_in(scene, person, session_id="one") == "authenticated"
    for role in ("qa_tester", "sre", "release_manager"):
        assert scene.attempt(role, "select from ops.releases", sub=person).count == 0


def test_who_lost_the_role_that_they_act_in_chooses_another_that_they_hold(scene: Scene) -> None:
    person = of_three_roles(scene)
    scene.become("service_role")
    revoke = "select ops.revoke_membership(%s, 'release_manager', %s, 'release_manager-a', 'moved')"
    assert scene.run(revoke, [person, PROJECTS[SHOP]]).sqlstate is None
    # The old token gives nothing any more but the way to another one.
    assert scene.attempt("release_manager", "select from ops.releases", sub=person).count == 0
    refused = scene.attempt("release_manager", "select ops.inbox()", sub=person)
    assert refused.sqlstate == "42501"
    assert acts(scene, person, "release_manager", "one", "release_manager") == "OPS13"
    assert acts(scene, person, "release_manager", "one", "developer") == "OPS13"
    assert acts(scene, person, "release_manager", None, "sre") == "OPS13"
    assert acts(scene, person, "release_manager", "one", "sre") is None
    assert signed_in(scene, person, session_id="one") == "sre"
    # Nobody chooses by the token of a machine, and who holds nothing has no choice.
    assert acts(scene, person, "ci_service_role", "one", "qa_tester") == "42501"
    scene.become("service_role")
    assert scene.run(REVOKE, [person]).sqlstate is None
    assert acts(scene, person, "release_manager", "one", "sre") == "42501"


OWN: Any = "select subject, role, project from ops.my_memberships()"


def test_everybody_is_told_their_own_memberships_and_nobody_else_s_whatever_role_they_act_in(scene: Scene) -> None:
    person = of_three_roles(scene)
    held = (
        (person, "qa_tester", PROJECTS[SHOP]),
        (person, "sre", PROJECTS[OTHER]),
        (person, "release_manager", PROJECTS[SHOP]),
    )
    for role in ACCESS.roles:
        assert scene.attempt(role, OWN, sub=person).rows == held
        assert {row[0] for row in scene.attempt(role, OWN, sub=f"{role}-{SHOP}").rows} == {f"{role}-{SHOP}"}
        assert scene.attempt(role, OWN, sub="somebody-else").sqlstate == "42501"
    assert scene.attempt("sre", OWN, sub=person.upper()).rows == held
    scene.become("service_role")
    revoke = "select ops.revoke_membership(%s, 'sre', %s, 'release_manager-a', 'moved')"
    assert scene.run(revoke, [person, PROJECTS[OTHER]]).sqlstate is None
    assert scene.attempt("sre", OWN, sub=person).rows == (held[0], held[2])


def test_a_release_that_another_role_of_the_person_sees_names_that_role_and_no_other_release_does(
    scene: Scene,
) -> None:
    person = of_three_roles(scene)

    def told(query: str, role: str, what: str, who: str = person) -> str:
        outcome = scene.attempt(role, query.encode(), [what], sub=who)
        assert outcome.sqlstate == "OPS04", outcome
        return outcome.message.partition("\nCONTEXT:")[0]

    gate: str = scene.facts.gates["G1"]
    of_release = [
        f"select ops.{function}"
        for function in (
            "is_eligible_for_promotion(%s, 'dev')",
            "was_eligible_for_promotion(%s, 'dev', now())",
            "promotion_blockers(%s, 'dev')",
            "promotion_advice(%s, 'dev')",
            "release_overview(%s)",
            "timeline(%s)",
        )
    ]
    of_gate = ["select ops.gate_findings(%s)", "select ops.gate_status_at(%s, now())"]
    for query in (*of_release, *of_gate):
        # Theirs as a manager or a tester; as an sre they see the other project.
        assert "act-as qa_tester" in told(query, "sre", gate if query in of_gate else scene.facts.mine)
        unknown = told(query, "sre", str(uuid.uuid4()))
        assert "act-as" not in unknown
        # Of no role of theirs: as if it were not there.
        foreign = scene.facts.gates_elsewhere["G1"] if query in of_gate else scene.facts.elsewhere
        assert told(query, "sre", foreign, f"sre-{SHOP}") == unknown


def test_a_person_of_several_roles_signs_one_gate_of_a_release_alone(scene: Scene) -> None:
    person = of_three_roles(scene)
    release, gates = built_release(scene, SHOP, PROJECTS[SHOP])
    missing: Any = (
        "select count(*) from ops.gate_findings(%s)"
        " where gate_code = 'G3' and kind = 'approval' and subject = 'release_manager' and state <> 'satisfied'"
    )

    def approved(role: str, who: str) -> int:
        scene.become(role, who)
        gate = gates["G2" if role == "qa_tester" else "G3"]
        row = scene.facts.row(role, "approvals") | {"approver_id": who, "release_id": release, "gate_id": gate}
        assert scene.insert("approvals", row).sqlstate is None
        scene.become(None)
        found = scene.attempt("release_manager", missing, [gates["G3"]])
        return int(found.value)

    assert approved("qa_tester", person) == 1
    assert approved("release_manager", person) == 1
    assert approved("release_manager", f"release_manager-{SHOP}") == 0
