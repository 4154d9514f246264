"""The steps of a drawn history in which people look at what waits for them, and at the releases of their projects."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from harness.prove.effort import times
from harness.prove.model import Release
from harness.prove.model_events import MACHINE, PIPELINE, Sender
from harness.prove.model_facts import Check, ContestedReport
from harness.prove.model_inbox import Asking, Inbox, Item, waits_at
from harness.prove.model_people import ROLES, People
from harness.prove.model_terms import GATES
from harness.tests.release_history.decided import ALL_ROLES
from harness.tests.release_history.people_rules import CAST, PeopleRules
from harness.tests.release_history.projects import Kept
from harness.tests.release_history.remembered import as_of_now

LOOKS = times(3, 1)  # after how many steps somebody looks
# An item: of which release, why, in which role, at which gate, and the moment and name of what it is about.
Shown = tuple[UUID, str, str, str | None, tuple[datetime, str | None] | None]
FACTS = """
    select contested_id as id, created_at, check_name from ops.contested_reports where release_id = any(%(all)s)
    union all select approval_id, created_at, null from ops.approvals where release_id = any(%(all)s)
    union all select check_id, created_at, check_name from ops.gate_checks where release_id = any(%(all)s)
    union all select exception_id, created_at, null from ops.exceptions where release_id = any(%(all)s)
"""


class ListRules(PeopleRules):
    """Compares inboxes and lists of releases."""

    @invariant()
    def somebody_looks(self) -> None:
        """After each step whoever acted looks at everything, or else each of the cast in turn; by day now and then."""
        if not self.void and self.steps % LOOKS == 0:
            person, self.actor = self.actor or CAST[self.steps % len(CAST)], None
            self.look_as(person, self.steps)
            self.read_as(person, None)

    @rule(person=st.sampled_from([*CAST, "lead", MACHINE]), which=st.integers(0, 5))
    def look_as(self, person: str, which: int) -> None:
        """Look at the inbox and at the list of releases, in one of the roles that somebody holds."""
        self.become("dev-1", "developer")
        who = Sender()
        if person != MACHINE:
            own = sorted({m.role for m in self.people.held(self.subject(person))} - {PIPELINE})
            if not own:
                return
            who = Sender(own[which % len(own)], self.subject(person))
        now = self.calm_down()
        known = {k.release_id: (k, as_of_now(k.model)) for k in self.kept()}
        _, _, [inbox] = self.attempt(who, "select ops.inbox() as said")
        _, _, waiting = self.attempt(
            who, """select release_id as id from ops.my_releases('{"waiting": true}', null, 200)"""
        )
        pages = {k.project: self.page_of(who, k.project) for k, _ in known.values()}
        everything = self.page_of(who, None)
        until = self.now()
        if any(now < turn <= until for k, _ in known.values() for turn in k.model.boundaries()):
            return
        self.compare_inbox(who, inbox["said"], {r["id"] for r in waiting}, known, now)
        self.compare_pages(who, pages, everything, known, now)

    def page_of(self, who: Sender, project: str | None) -> dict[UUID, dict[str, Any]]:
        """The newest releases of a project that somebody sees; of all without one."""
        query = """select release_id as id, to_jsonb(m) as said
          from ops.my_releases(jsonb_build_object('project', %s::text), null, 200) as m"""
        return {r["id"]: r["said"] for r in self.attempt(who, query, project)[2]}

    # The inbox

    def compare_inbox(
        self,
        who: Sender,
        said: dict[str, Any],
        waiting: set[UUID],
        known: dict[UUID, tuple[Kept, Release]],
        now: datetime,
    ) -> None:
        expected = self.asked("inbox", lambda people: self.expected_items(people, who, known, now))
        roles = None if who.role == MACHINE else {who.role}
        if self.watch and roles and self.expected_items(self.people, who, known, now, roles) != expected:
            self.watch.decisions.counts[ALL_ROLES] += 1
        facts = {r["id"]: (r["created_at"], r["check_name"]) for r in self.db.execute(FACTS, {"all": [*known]})}
        shown: set[Shown] = set()
        for item in said["items"]:
            release = UUID(item["release_id"])
            if release in known and not self.is_elsewhere(item, known[release][1], now):
                about = facts[UUID(item["fact"])] if item["fact"] else None
                shown.add((release, item["kind"], item["role"], item["gate_code"], about))
        if said["cut"] or said["not_looked_at"]:
            assert shown <= expected, (who, shown - expected)
        else:
            assert shown == expected, (who, shown ^ expected)
            named = {UUID(item["release_id"]) for item in said["items"]}
            assert waiting & known.keys() == named & known.keys(), who

    def expected_items(
        self,
        people: People,
        who: Sender,
        known: dict[UUID, tuple[Kept, Release]],
        now: datetime,
        roles: set[str] | None = None,
    ) -> set[Shown]:
        """What waits for somebody on the releases on record, in all their roles, or in some."""
        found: set[Shown] = set()
        for id_, (kept, model) in known.items():
            person, held = None, {*ROLES, MACHINE}
            if who.role != MACHINE:
                person, held = who.subject, people.roles_in(who.subject, kept.project) & (roles or {*ROLES})
            items = Inbox(model, Asking(person, frozenset(held), people, kept.project), now).items()
            found |= {(id_, i.kind, i.role, i.gate, self.about(i)) for i in items}
        return found

    @staticmethod
    def about(item: Item) -> tuple[datetime, str | None] | None:
        """The moment and name of what an item is about."""
        fact = item.about
        if fact is None:
            return None
        name = fact.name if isinstance(fact, Check) else fact.stop.check if isinstance(fact, ContestedReport) else None
        return fact.recorded_at, name

    @staticmethod
    def is_elsewhere(item: dict[str, Any], model: Release, now: datetime) -> bool:
        """Whether an item may be about what stops another release: who can end that the model does not say."""
        asked = [f.kind for f in model.policy_on_production(now) if f.blocking]
        at_g3 = (item["kind"], item["gate_code"], item["fact"]) == ("failed", "G3", None)
        cleared = all(model.verdict(g, now).status in ("passed", "bypassed") for g in GATES[:3])
        return at_g3 and cleared and "objected_elsewhere" in asked and "environment_healthy" not in asked

    # The list of releases

    def compare_pages(
        self,
        who: Sender,
        pages: dict[str, dict[UUID, dict[str, Any]]],
        everything: dict[UUID, dict[str, Any]],
        known: dict[UUID, tuple[Kept, Release]],
        now: datetime,
    ) -> None:
        mine = self.asked("releases", lambda people: self.seen_by(people, who, known))
        for id_, (kept, model) in known.items():
            page = pages[kept.project]
            assert (id_ in page) == (id_ in mine), (who, kept.project)
            assert id_ in mine or not page, "a project of others has no page"
            if id_ in mine:
                self.compare_row(page[id_], model, now)
        assert {*everything} & known.keys() <= mine, who

    @staticmethod
    def seen_by(people: People, who: Sender, known: dict[UUID, tuple[Kept, Release]]) -> set[UUID]:
        """The releases on record that somebody is shown: of each project where they hold any role."""
        return {
            id_ for id_, (kept, _) in known.items() if who.role == MACHINE or people.roles_in(who.subject, kept.project)
        }

    @staticmethod
    def compare_row(row: dict[str, Any], model: Release, now: datetime) -> None:
        statuses = {g["gate_code"]: g["status"] for g in row["gates"]}
        assert statuses == {g: model.verdict(g, now).status for g in GATES}
        assert row["status"] == model.status(now)
        eligible = row["eligible_for_staging"], row["eligible_for_production"]
        assert eligible == (model.is_eligible("staging", now), model.is_eligible("production", now))
        assert row["waits_at"] in waits_at(model, now)
