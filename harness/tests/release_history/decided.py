"""How often each rule decided: the model without the rule would have given another verdict.

A decision is counted when the verdicts begin to differ, and not again while they differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.prove.model import Release
from harness.prove.model_events import Submitted, facts_in
from harness.prove.model_facts import Evidence, observed
from harness.prove.model_people import Membership, People
from harness.prove.model_terms import ENVIRONMENTS, GATES
from harness.tests.release_history.left_out import CAN_DECIDE, WITHOUT
from harness.tests.release_history.remembered import as_of_now

MICROSECOND = timedelta(microseconds=1)
Answer = tuple[Any, ...]


def verdicts(model: Release, at: datetime) -> Answer:
    """What a model decides about a moment: the gates, where the release may go, what became of it."""
    return (
        tuple(model.verdict(gate, at) for gate in GATES),
        tuple(model.is_eligible(environment, at) for environment in ENVIRONMENTS),
        model.status(at),
        tuple(
            (place, model.was_eligible(d), model.health(d, at)) for place, d in sorted(model.deployments(at).items())
        ),
    )


ONE_MOMENT = "all facts of an event are recorded at one moment"
AGES = "only the age of an observation is believed"
NAMED_EARLY = "a deployment named long before it was observed is refused"
ON_RECORD = "no report arises where the newest fact is such a stop and newer"
STAYS = "what may not be dismissed stays"
BY_NOBODY_ELSE = "who opened the release or approved anything may not dismiss"
SEEN = "a decision on what is no longer so is refused"
CONTESTED = "no report arises where one stands for the same stop and key"
SUPERSEDED = "no report arises that is superseded at once"


# What a membership gives, without one of its rules.


class _InAnyProject(People):
    def is_in(self, *_: Any) -> bool:
        return True


class _InItsProjectAlone(People):
    def is_in(self, membership: Membership, project: str) -> bool:
        return membership.project == project


class _Revoked(People):
    def memberships(self) -> list[Membership]:
        return self.everyone()


class _AnyRole(People):
    def gives(self, *_: Any) -> bool:
        return True


class _AnybodyNamed(People):
    def may_be_named(self, subject: str, role: str, _project: str) -> bool:
        return self.is_member(subject, role)


class _AnyInitiator(People):
    def is_initiator(self, subject: str, _project: str) -> bool:
        return self.is_person_of(subject, None)


class _NothingChosen(People):
    def role_of(self, subject: str, _session: str) -> str:
        return super().role_of(subject, "")


class _WantedByAnybody(People):
    def is_person_of(self, subject: str, project: str | None) -> bool:
        return project is not None or super().is_person_of(subject, project)


class _BotsAsPeople(People):
    def why_not_granted(self, asked: Membership, wanted_by: str, *, renamed: bool = False) -> str | None:
        found = super().why_not_granted(asked, wanted_by, renamed=renamed)
        return None if found == "OPS13" else found


# By the rule: the people without it, and of which questions it is counted.
_MEMBERSHIPS: dict[str, type[People]] = {
    "a membership holds in its project alone": _InAnyProject,
    "a membership of every project holds in each": _InItsProjectAlone,
    "a membership that was revoked gives nothing": _Revoked,
}
OF_PEOPLE: dict[str, tuple[type[People], str]] = {
    **{
        f"{rule} ({surface})": (kind, surface)
        for rule, kind in _MEMBERSHIPS.items()
        for surface in ("event", "call", "rows", "inbox", "releases")
    },
    **{
        f"a role in a token gives nothing alone ({surface})": (_AnyRole, surface)
        for surface in ("event", "call", "rows")
    },
    "whoever a machine names as approver has that role in the project": (_AnybodyNamed, "event"),
    "whoever a machine names as initiator is of the project": (_AnyInitiator, "opening"),
    "a session acts in the role that was chosen while it is held": (_NothingChosen, "session"),
    "who wants a membership in a project is of that project": (_WantedByAnybody, "grant"),
    "a bot is no person": (_BotsAsPeople, "grant"),
    "a decision is written for a project of one's own": (_InAnyProject, "decision"),
}
ALL_ROLES = "an inbox is for all roles of the person"
RULES = (
    *WITHOUT,
    *OF_PEOPLE,
    ALL_ROLES,
    ONE_MOMENT,
    AGES,
    NAMED_EARLY,
    SEEN,
    STAYS,
    BY_NOBODY_ELSE,
    ON_RECORD,
    CONTESTED,
    SUPERSEDED,
)


class Decisions:
    """Counts, over many histories, how often each of some rules decided, up to `enough` times."""

    def __init__(self, rules: Sequence[str] = (), enough: float = float("inf")) -> None:
        self.counts: Counter[str] = Counter()
        self.steps = 0
        self.rules = rules or RULES
        self.enough = enough

    def __str__(self) -> str:
        return "\n".join([f"{self.steps} steps", *(f"{self.counts[rule]:6} {rule}" for rule in self.rules)])

    def seldom(self) -> tuple[str, ...]:
        """The rules that did not decide often enough yet."""
        return tuple(rule for rule in self.rules if self.counts[rule] < self.enough)


class Watch:
    """Watches the model of one history, and notes in `decisions` what decided."""

    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self._differs: set[str] = set()

    def begin(self) -> None:
        """Another release is watched from now on."""
        self._differs = set()

    def asked(self, people: People, surface: str, said: Any, answer: Callable[[Any], Any]) -> None:
        """Count the rules of memberships without which a question would have another answer."""
        for rule in self.decisions.seldom():
            kind, where = OF_PEOPLE.get(rule, (None, ""))
            if kind and where == surface and answer(kind(**vars(people))) != said:
                self.decisions.counts[rule] += 1

    def compared(self, model: Release, at: datetime) -> None:
        """Count the rules without which the verdicts about a moment begin to differ."""
        self.decisions.steps += 1
        differs = self._differing(model, at)
        self.decisions.counts.update(differs - self._differs)
        self._differs = differs

    def passed(self, model: Release, boundary: datetime) -> None:
        """Count the rules without which the verdicts begin to differ at a moment at which nothing was recorded."""
        self.decisions.counts.update(
            self._differing(model, boundary) - self._differing(model, boundary - MICROSECOND) - self._differs
        )

    def _differing(self, model: Release, at: datetime) -> set[str]:
        expected = verdicts(as_of_now(model), at)
        known = (model, *model.others)
        asked = WITHOUT.keys() & self.decisions.seldom()
        can = [rule for rule in asked if rule not in CAN_DECIDE or any(map(CAN_DECIDE[rule], known))]
        return {rule for rule in can if verdicts(as_of_now(model, WITHOUT[rule]), at) != expected}

    def accepted(self, model: Release, event: Submitted) -> None:
        """Count whether the moment and the age of the facts of an accepted event decided."""
        facts = facts_in(event)
        expected = verdicts(as_of_now(model), event.recorded_at)
        if len(facts) > 1:
            late = {id(f) for f in facts[1:]}
            later = [replace(f, recorded_at=f.recorded_at + MICROSECOND) if id(f) in late else f for f in facts]
            if verdicts(as_of_now(_with(model, facts, later)), event.recorded_at) != expected:
                self.decisions.counts[ONE_MOMENT] += 1
        if event.envelope.get("sent_at"):
            emitted = datetime.fromisoformat(event.envelope["emitted_at"])
            seen = observed(event.received_at, emitted)
            naive = [f if isinstance(f, Evidence) else replace(f, observed_at=seen) for f in facts]
            if verdicts(as_of_now(_with(model, facts, naive)), event.recorded_at) != expected:
                self.decisions.counts[AGES] += 1

    def refused(self, model: Release, event: Submitted, code: str) -> None:
        """Count which rule alone kept the stops of a refused event from being reported; before the model is told."""
        if code == "invalid_payload" and event.envelope["payload"].get("deployed_at"):
            self.decisions.counts[NAMED_EARLY] += 1
        if code == "changed_since_seen":
            self.decisions.counts[SEEN] += 1
        for report in event.reports:
            kept = {
                ON_RECORD: model.is_on_record(report),
                CONTESTED: model.is_contested(report),
                SUPERSEDED: model.is_superseded(report),
            }
            if sum(kept.values()) == 1:
                self.decisions.counts.update(rule for rule, holds in kept.items() if holds)


def _with(model: Release, facts: list[Any], others: list[Any]) -> Release:
    """A model that knows other facts in place of these, which are the last ones of their kinds."""
    copy = Release(**vars(model))
    for name in ("checks", "builds", "approvals", "evidence", "reports"):
        known = [*getattr(model, name)]
        for fact, other in zip(facts, others, strict=True):
            if fact in known:
                known.reverse()
                known[known.index(fact)] = other
                known.reverse()
        setattr(copy, name, known)
    return copy
