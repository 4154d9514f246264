"""Each preset takes one release to production, and stops another for the reason that its page promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import psycopg
import pytest

from harness.prove.model_assurance import Asked
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_terms import GATES
from harness.stack.parts import ROOT
from harness.tests.release_history import ReleaseHistory
from harness.tests.release_history.drawn import SIGN_INS
from ops_gates.policies import files, presets

pytest_plugins = ("harness.tests.told_fixtures",)

PAGE = (ROOT / "docs" / "presets.md").read_text()
FACTOR, PASSWORD = SIGN_INS[0], SIGN_INS[3]
Step = Callable[[ReleaseHistory], None]


def requirements(name: presets.Name) -> tuple[Requirement, ...]:
    """The needs of a preset, with the release managers of a history for the names that are to be filled in."""
    found = []
    for gate, policy in files.parsed(presets.text(name), name).gates.items():
        for row in map(files.whole, policy.require):
            named = frozenset(f"rm-{n}" for n, _ in enumerate(row["approvers"], 1)) if row["approvers"] else None
            found.append(
                Requirement(
                    gate, row["kind"], row["subject"], row["min_count"], row["enforcement"] == "blocking",
                    row["not_initiator"], row["one_gate"], row["valid_for"], row["require_hash"],
                    Asked(row["own_token"], row["aal2"], row["accept_sso"], named),
                )
            )  # fmt: skip
    return tuple(found)


def build(status: str = "pass") -> Step:
    return lambda h: h.build("build", status, {}, [], None, None)


def sign(gate: str, person: str, evidence: str, signed_in: Any = None) -> Step:
    return lambda h: h.sign_off(gate, person, None, "approved", [evidence], None, bool(signed_in), signed_in)


def staged(h: ReleaseHistory) -> None:
    h.deploy_healthy("staging", "s1")


@dataclass(frozen=True)
class Told:
    """What takes a release to production under a preset, what does not, and the requirement that stops it."""

    goes: tuple[Step, ...]
    stops: tuple[Step, ...]
    missing: str


TOLD: dict[presets.Name, Told] = {
    # The initiator's sign-offs bring the evidence. They count as no approval, and none is asked for.
    "solo": Told(
        (build(), sign("G2", "dev-1", "test_result"), sign("G3", "dev-1", "rollback_plan")),
        (build("fail"), sign("G2", "dev-1", "test_result"), sign("G3", "dev-1", "rollback_plan")),
        "check build passes",
    ),
    "team": Told(
        (build(), sign("G2", "rm-1", "test_result"), sign("G3", "rm-1", "rollback_plan")),
        (build(), sign("G2", "rm-1", "test_result"), sign("G3", "dev-1", "rollback_plan")),
        "approved by a release_manager",
    ),
    "company": Told(
        (build(), sign("G2", "qa-1", "test_result"), sign("G3", "rm-1", "rollback_plan")),
        (build(), sign("G2", "rm-1", "test_result"), sign("G3", "rm-1", "rollback_plan")),
        "approved by a release_manager",
    ),
    "bank": Told(
        (
            build(), sign("G2", "qa-1", "test_result=a", FACTOR), staged,
            sign("G3", "rm-1", "rollback_plan=b", FACTOR), sign("G3", "rm-2", "rollback_plan=b", FACTOR),
        ),
        (
            build(), sign("G2", "qa-1", "test_result=a", FACTOR), staged,
            sign("G3", "rm-1", "rollback_plan=b", FACTOR), sign("G3", "rm-2", "rollback_plan=b", PASSWORD),
        ),
        "approved by 2 people as release_manager",
    ),
}  # fmt: skip


def section(name: str) -> str:
    [found] = re.findall(rf"^## `{name}`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize("name", get_args(presets.Name))
def test_it_takes_one_release_to_production_and_stops_another(
    session: psycopg.Connection[Any], name: presets.Name
) -> None:
    session.execute("set role service_role")
    history, told = ReleaseHistory(session), TOLD[name]
    history.open_in_a_project(f"{name}-{history.token}", "production", requirements(name))

    def eligible() -> bool:
        [row] = history.ask("select ops.is_eligible_for_promotion(%s, 'production') as may", history.release_id)
        assert row["may"] == history.model.is_eligible("production", history.now()), "as the model says"
        return bool(row["may"])

    for step in told.goes:
        assert not eligible()
        step(history)
    assert eligible()
    history.deploy_healthy("production", "p1")
    query = "select status::text from ops.releases where release_id = %s"
    assert history.ask(query, history.release_id) == [{"status": "promoted"}]
    history.open_one("another", "production", "f" * 40)
    for step in told.stops:
        step(history)
    assert not eligible()
    query = "select requirement from ops.promotion_blockers(%s, 'production')"
    missing = [row["requirement"] for row in history.ask(query, history.release_id)]
    assert missing[0].startswith(told.missing), missing
    assert f"`{told.missing}`" in section(name)


@pytest.mark.parametrize("name", get_args(presets.Name))
def test_its_page_shows_the_file_and_says_how_many_people_it_needs(name: presets.Name) -> None:
    policy = files.parsed(presets.text(name, "acme/shop"), name)
    assert (policy.project, [*policy.gates]) == ("acme/shop", list(GATES))
    assert re.search(rf"^\| \[`{name}`\]\(#{name}\) \| {policy.people}\b", PAGE, re.MULTILINE)
    text = presets.text(name)
    usual = [row for row in DEFAULTS if row.blocking]
    for gate, one in policy.gates.items():
        defaults = [{"kind": r.kind, "subject": r.subject} for r in usual if r.gate == gate]
        assert files.dropped(one.require, defaults) == one.drop, "what it leaves out stands under drop"
    assert text.startswith(f"# {name}: ")


def test_company_is_the_default_as_it_stands() -> None:
    assert {(r.gate, r.kind, r.subject, r.blocking) for r in requirements("company")} == {
        (r.gate, r.kind, r.subject, r.blocking) for r in DEFAULTS
    }
    assert len(requirements("company")) == len(DEFAULTS)
    assert set(requirements("company")) == set(DEFAULTS)


def test_only_the_bank_is_to_be_filled_in() -> None:
    for name in get_args(presets.Name):
        content = presets.text(name)
        policy = files.parsed(content, name)
        open_ = [one for gate in policy.gates.values() for row in gate.require for one in files.placeholders(row)]
        assert (len(open_), presets.OPEN in content) == ((3, True) if name == "bank" else (0, False))
