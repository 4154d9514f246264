"""What a proposed policy would have changed is what the model says of each release, and changes nothing."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from harness.prove.effort import NIGHTLY, at_night, times
from harness.prove.model import Release
from harness.prove.model_assurance import Asked
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_terms import GATES
from harness.stack.members import SET_POLICY
from harness.tests.release_history import ReleaseHistory
from harness.tests.release_history.drawn import ASSURED, CHECK_NAMES, HASHED, SIGN_INS, STRICT, TWO_PIECES, living
from harness.tests.release_history.opened import needed
from harness.tests.release_history.remembered import as_of_now

pytest_plugins = ("harness.tests.told_fixtures",)

SOME = 15
RELEASES = times(SOME, 10_000)
IN_FORCE = (DEFAULTS, STRICT, HASHED, ASSURED, living(3600, ["approval", "evidence"], GATES))
Outcome = tuple[list[str], list[str], bool, bool, bool, bool]


def changed(policy: tuple[Requirement, ...], gate: str, kind: str, **other: Any) -> tuple[Requirement, ...]:
    """The rows of one gate, those of a kind with other values."""
    rows = tuple(r for r in policy if r.gate == gate)
    return tuple(replace(r, **other) if r.kind == kind else r for r in rows)


def without(policy: tuple[Requirement, ...], gate: str, *kinds: str) -> tuple[Requirement, ...]:
    return tuple(r for r in policy if r.gate == gate and r.kind not in kinds)


STRICTER = (
    ("G1", (*without(DEFAULTS, "G1"), Requirement("G1", "check", "lint"))),
    ("G1", (*without(DEFAULTS, "G1"), Requirement("G1", "exception_approvals", min_count=2))),
    ("G2", (*without(DEFAULTS, "G2"), Requirement("G2", "exception_approvals", asked=Asked(own_token=True)))),
    ("G2", changed(DEFAULTS, "G2", "approval", min_count=2)),
    ("G2", changed(DEFAULTS, "G2", "approval", asked=Asked(own_token=True))),
    ("G2", changed(DEFAULTS, "G2", "evidence", require_hash=True)),
    ("G3", changed(DEFAULTS, "G3", "approval", asked=Asked(aal2=True, accept_sso=True))),
    ("G3", (*without(DEFAULTS, "G3"), Requirement("G3", "environment_healthy"))),
    ("G3", changed(DEFAULTS, "G3", "evidence", blocking=True)),
    ("G4", (*without(DEFAULTS, "G4"), Requirement("G4", "check", "http"))),
)
LOOSER = (
    ("G1", without(DEFAULTS, "G1", "no_failed_checks")),
    ("G2", without(DEFAULTS, "G2", "evidence")),
    ("G2", without(DEFAULTS, "G2", "approval", "prior_gate")),
    ("G3", without(DEFAULTS, "G3", "evidence", "no_failed_checks")),
    ("G3", changed(DEFAULTS, "G3", "approval", not_initiator=False)),
    ("G3", changed(DEFAULTS, "G3", "approval", one_gate=False)),
    ("G4", without(DEFAULTS, "G4", "evidence")),
    ("G2", tuple(r for r in TWO_PIECES if r.gate == "G2")),
)


class Unobserved(ReleaseHistory):
    """A history that is not compared step by step: so no step waits for a calm moment, or asks for the time."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # the database runs on the same machine

    def calm_down(self) -> datetime:
        return self.now()

    @contextmanager
    def writing(self, *gates: str) -> Iterator[list[str]]:
        yield [*gates]


class Past:
    """Releases of the past, in the database and in the model."""

    def __init__(self, session: psycopg.Connection[Any], chance: random.Random, releases: int) -> None:
        self.history, self.chance = Unobserved(session), chance
        self.models: dict[str, dict[Any, Release]] = {}
        history, projects = self.history, max(3, releases // 500)
        for number in range(projects):
            history.open_in_a_project(f"{history.token}-{number}", "production", IN_FORCE[number % len(IN_FORCE)])
            self.one(lambda: history.go(3))  # cleared for production, and deployed nowhere
            for _ in range(1, releases // projects):
                self.one(*self.way())

    def one(self, *steps: Callable[[], None]) -> None:
        """One release, and how far it came: most of some steps, or all of a single one."""
        history, chance = self.history, self.chance
        history.open_one(f"release {next(history.numbers)}", "production", f"{chance.getrandbits(160):040x}")
        self.models.setdefault(history.project, {})[history.release_id] = history.model
        for step in steps:
            if len(steps) == 1 or chance.random() < 0.8:
                step()

    def way(self) -> list[Callable[[], None]]:
        history, chance = self.history, self.chance
        types = chance.choice([[], ["test_result"], ["test_result=a"], ["test_result=a", "uat_summary@2=b"]])
        testers = chance.choice([["qa-1"], ["qa-1", "qa-2"], ["dev-1"], ["rm-1"]])
        signed_in = chance.choice([None, *SIGN_INS])
        decision = chance.choice([*["approved"] * 5, "rejected", "request_changes"])
        statuses = dict.fromkeys(CHECK_NAMES, chance.choice(["pass", "pass", "pass", "fail"]))

        def approve(gate: str, person: str, evidence: list[str], decision: str = "approved") -> None:
            history.sign_off(gate, person, None, decision, evidence, None, True, signed_in)

        return [
            lambda: history.build("build", "pass", statuses if chance.random() < 0.5 else {}, [], None, None),
            *(lambda t=t: approve("G2", t, types) for t in testers),
            self.except_one,
            lambda: approve("G3", chance.choice(["rm-1", "rm-2", "dev-1"]), ["rollback_plan"], decision),
            *(lambda e=e: self.deploy(e) for e in ("staging", "production") if chance.random() < 0.5),
        ]

    def deploy(self, environment: str) -> None:
        """Deploy, and mostly look at it."""
        self.history.deploy(environment, "d1", "succeeded", None, None, False, 0)
        for name in self.chance.choice([[], ["http"], ["http"], ["http", "queue"]]):
            status = self.chance.choice(["pass", "pass", "pass", "fail"])
            self.history.check_health(environment, "d1", name, status, [], None, False)

    def except_one(self) -> None:
        """Sometimes open an exception for what is missing."""
        if self.chance.random() < 0.6:
            gates = set(self.chance.sample(GATES[:3], 2))
            type_ = self.chance.choice(["gate_bypass", "evidence_waiver"])
            self.history.allow_exception(type_, gates, 0, 600_000, self.chance.choice([None, *SIGN_INS]))

    def policy_with(self, model: Release, gate: str, rows: tuple[Requirement, ...]) -> Release:
        """A release as it would have been with other rows for a gate."""
        other = as_of_now(model)
        other.requirements = (*(r for r in model.requirements if r.gate != gate), *rows)
        return other

    def expected(self, project: str, gate: str, rows: tuple[Requirement, ...]) -> dict[Any, Outcome]:
        """Which releases would have come out otherwise by the model, and how."""
        moments = {
            r["release_id"]: r["recorded_until"]
            for r in self.history.ask(
                "select release_id, recorded_until from ops.releases where project = %s and status <> 'draft'", project)
        }  # fmt: skip
        found: dict[Any, Outcome] = {}
        for release_id, moment in moments.items():
            model = self.models[project][release_id]
            own, proposed = outcome(as_of_now(model), moment), outcome(self.policy_with(model, gate, rows), moment)
            if own != proposed:
                found[release_id] = (own[0], proposed[0], own[1], proposed[1], own[2], proposed[2])
        return found


def outcome(model: Release, at: datetime) -> tuple[list[str], bool, bool]:
    return (
        [model.verdict(g, at).status for g in GATES],
        model.is_eligible("staging", at),
        model.is_eligible("production", at),
    )


def impact(db: psycopg.Connection[Any], project: str, gate: str, rows: tuple[Requirement, ...]) -> dict[str, Any]:
    requirements = json.dumps([needed(r) for r in rows])
    query = "select to_jsonb(i) as impact from ops.policy_impact(%s, %s, %s, 10000) as i"
    [row] = db.execute(query, (gate, requirements, project)).fetchall()
    found: dict[str, Any] = row["impact"]
    return found


@pytest.fixture(scope="module")
def past(session: psycopg.Connection[Any]) -> Past:
    session.execute("set role service_role")
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    begun = time.monotonic()
    found = Past(session, random.Random(seed), RELEASES)
    print(f"{RELEASES} releases in {time.monotonic() - begun:.0f} s")
    return found


def test_the_impact_is_what_the_model_says_of_each_release(past: Past) -> None:
    differing = 0
    for number, project in enumerate(past.models):
        one_of_each = (STRICTER[number % len(STRICTER)], LOOSER[number % len(LOOSER)])
        for gate, rows in one_of_each if NIGHTLY else (*STRICTER, *LOOSER):
            answer = impact(past.history.db, project, gate, rows)
            found = {
                c["release_id"]: (
                    c["gate_statuses"], c["proposed_gate_statuses"], c["staging"], c["proposed_staging"],
                    c["production"], c["proposed_production"],
                )
                for c in answer["changed"]
            }  # fmt: skip
            expected = {str(i): outcome for i, outcome in past.expected(project, gate, rows).items()}
            assert found == expected, (project, gate, rows)
            differing += len(found)
        own = past.models[project]
        gate = past.chance.choice(GATES)
        rows = tuple(r for r in next(iter(own.values())).requirements if r.gate == gate)
        assert impact(past.history.db, project, gate, rows)["changed"] == [], "what is in force changes nothing"
    assert differing > RELEASES / 4


def test_without_rows_of_its_own_a_project_is_judged_by_the_defaults(past: Past) -> None:
    for project, releases in [*past.models.items()][:3]:
        model = next(iter(releases.values()))
        for gate in GATES:
            rows = tuple(r for r in DEFAULTS if r.gate == gate)
            expected = len(past.expected(project, gate, rows))
            assert len(impact(past.history.db, project, gate, ())["changed"]) == expected, (gate, model.requirements)


def test_nothing_waits_for_it_and_it_writes_nothing(past: Past) -> None:
    """All locks that it takes are held until its transaction ends, so others are tried before that."""
    history = past.history
    project = next(iter(past.models))
    # Nothing is on record of a draft, so it is not judged.
    known = "select count(*)::integer as known from ops.releases where project = %s and status <> 'draft'"
    judged = history.ask(known, project)[0]["known"]
    gate, rows = STRICTER[0]
    url = f"{history.db.info.dsn} password={history.db.info.password}"
    with psycopg.connect(url, options="-c role=service_role -c default_transaction_read_only=on") as reader:
        reader.row_factory = psycopg.rows.dict_row  # type: ignore[assignment]
        assert impact(reader, project, gate, rows)["releases"] == judged
        # Only the same caller waits for their own answer: many at once would take the time of everybody else.
        with (
            psycopg.connect(url, options="-c role=service_role") as again,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            impact(again, project, gate, rows)
        manager = history.become("rm-1", "release_manager")
        with history.caller("release_manager", manager):
            assert impact(history.db, project, gate, rows)["releases"] == judged
        history.ask("select set_config('lock_timeout', '200ms', false)")
        history.build("build", "pass", {}, [], None, None)
        history.evaluate("G1")
        history.ask(SET_POLICY, gate, json.dumps([needed(r) for r in rows]), project)
        history.open_one("a release under the new policy", "production", "0" * 40)
        history.ask("select set_config('lock_timeout', '0', false)")


def test_what_cannot_be_asked_is_refused_with_its_code(past: Past) -> None:
    def refused(gate: str, rows: str, project: str | None, last: int | None, code: str) -> None:
        with pytest.raises(psycopg.Error) as caught:
            past.history.ask("select ops.policy_impact(%s, %s, %s, %s)", gate, rows, project, last)
        assert caught.value.sqlstate == code

    project = next(iter(past.models))
    check = '[{"kind": "check", "subject": "build"}]'
    refused("G5", check, project, 1, "OPS10")
    refused("G1", '{"kind": "check"}', project, 1, "OPS10")
    refused("G1", '[{"kind": "chekc"}]', project, 1, "OPS10")
    refused("G3", '[{"kind": "approval", "subject": "sre", "approvers": ["nobody"]}]', project, 1, "OPS06")
    refused("G3", '[{"kind": "approval", "subject": "qa_tester", "approvers": ["dev-1"]}]', project, 1, "OPS06")
    # What a proposal would be refused for: by each rule of the table, and of the policy as a whole.
    for gate, row in (
        ("G1", '"kind": "approval", "subject": "qa_testr"'),
        ("G1", '"kind": "check"'),
        ("G1", '"kind": "check", "subject": "two words\\n"'),
        ("G1", '"kind": "check", "subject": "build", "min_count": 2'),
        ("G1", '"kind": "evidence", "subject": "build_log", "min_count": 0'),
        ("G1", '"kind": "check", "subject": "build", "require_hash": true'),
        ("G1", '"kind": "check", "subject": "build", "valid_for": 60'),
        ("G1", '"kind": "approval", "subject": "sre", "accept_sso": true'),
        ("G1", '"kind": "prior_gate", "subject": "G1"'),
        ("G1", '"kind": "environment_healthy"'),
        ("G1", '"kind": "release_closed"'),
        ("G1", '"kind": "check", "subject": "build", "enforcement": "advisory"'),
    ):
        refused(gate, f"[{{{row}}}]", project, 1, "OPS10")
        refused(gate, f"[{{{row}}}]", None, 1, "OPS10")
    refused("G1", "[]", None, 1, "OPS10")
    alike = '{"kind": "approval", "subject": "%s", "one_gate": %s}'
    refused("G2", f"[{alike % ('sre', 'true')}, {alike % ('qa_tester', 'false')}]", project, 1, "OPS10")
    refused("G1", check, "acme/there-is-none", 1, "OPS04")
    for last in (0, -1, 10_001, None):
        refused("G1", check, project, last, "22023")
    # Whoever sees some projects alone would learn whether somebody of another one is there.
    manager = past.history.become("rm-1", "release_manager")
    named = f'[{{"kind": "approval", "subject": "release_manager", "approvers": ["{manager}"]}}]'
    with past.history.caller("release_manager", manager):
        refused("G3", named, None, 1, "42501")
        refused("G3", named.replace(manager, "nobody"), None, 1, "42501")
    answer = past.history.ask("select (ops.policy_impact('G1', %s, %s, 1)).releases", check, project.upper())
    assert answer[0]["releases"] == 1


@at_night("measures 1,000 releases")
def test_a_thousand_releases_take_under_ten_seconds(past: Past) -> None:
    gate, rows = STRICTER[5]
    requirements = json.dumps([needed(r) for r in rows])
    # Those whose projects have no rows of their own for the gate are asked about.
    plain = [p for number, p in enumerate(past.models) if IN_FORCE[number % len(IN_FORCE)] is DEFAULTS]
    known = "select count(*)::integer as known from ops.releases where project = any (%s) and status <> 'draft'"
    assert past.history.ask(known, plain)[0]["known"] >= 1000, "there are too few to measure"
    begun = time.monotonic()
    query = "select i.releases, cardinality(i.changed) as changed from ops.policy_impact(%s, %s, null, 1000) as i"
    [answer] = past.history.ask(query, gate, requirements)
    took = time.monotonic() - begun
    print(f"1,000 releases in {took:.1f} s, {answer['changed']} would have come out otherwise")
    assert answer["releases"] == 1000
    assert answer["changed"] > 0
    assert took < 10
