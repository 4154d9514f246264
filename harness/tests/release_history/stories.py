"""Short stories within a drawn history: in each, one rule decides that random steps alone seldom reach.

A story is a generator. After each of its steps both sides are compared, and it may end early. Mostly it is told of a
release that is opened for it, under the policy that it needs; the random steps after it go on with that release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from harness.prove.model_events import Sender
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_terms import DECISIONS, PERSONAS
from harness.tests.release_history import decided
from harness.tests.release_history.drawn import (
    SIGN_INS,
    SOURCE_REF,
    early_refusals,
    environments,
    living,
    policies,
    targets,
)
from harness.tests.release_history.list_rules import ListRules
from harness.tests.release_history.refused_rules import Refused

BUILD, SIGN_OFF, DEPLOYMENT, HEALTH = "build_complete", "gate_signoff", "deployment_event", "health_check"
Policy = tuple[Requirement, ...]
WITHOUT_PRIOR: Policy = tuple(r for r in DEFAULTS if r.kind != "prior_gate")
PASSWORD = SIGN_INS[3]
APPROVALS_END = living(1, ["approval"], ["G2"])


@dataclass(frozen=True)
class Drawn:
    """What is drawn for a story: places, names, order and time, and after how many steps it ends early."""

    environment: str
    region: str
    check: str
    objection: str
    persona: str
    age: timedelta
    flag: bool
    fresh: bool
    until: int | None


drawn = st.builds(
    Drawn,
    environment=environments,
    region=targets,
    check=st.sampled_from(["unit_tests", "lint", "scan"]),
    objection=st.sampled_from(DECISIONS[1:]),
    persona=st.sampled_from(PERSONAS),
    age=st.sampled_from([timedelta(seconds=s) for s in (0, 1, 30, 90, 240)]),
    flag=st.booleans(),
    fresh=st.sampled_from([True, True, True, True, False]),
    until=st.sampled_from([None] * 8 + [1, 2, 3]),
)


@dataclass(frozen=True)
class Story:
    """A story, and the policy under which it is told."""

    play: Callable[[Stories, Drawn], Iterator[None]]
    policy: Policy


STORIES: dict[str, Story] = {}  # by the rule that decides in it


def told(
    *rules: str, policy: Policy = DEFAULTS
) -> Callable[[Callable[[Stories, Drawn], Iterator[None]]], Callable[[Stories, Drawn], Iterator[None]]]:
    """Put a story into the table, for each of the rules that decide in it."""

    def put(play: Callable[[Stories, Drawn], Iterator[None]]) -> Callable[[Stories, Drawn], Iterator[None]]:
        STORIES.update(dict.fromkeys(rules, Story(play, policy)))
        return play

    return put


def a_story(machine: Stories) -> st.SearchStrategy[tuple[str, Drawn]]:
    """The story of a rule, of a wanted one if there are any."""
    return st.tuples(st.sampled_from(machine.wanted or tuple(STORIES)), drawn)


class Stories(ListRules):
    """Tells stories."""

    wanted: tuple[str, ...] = ()  # the rules of whose stories several are told at once; none for all, now and then

    @initialize(
        destination=environments,
        done=st.integers(0, 6),
        policy=policies,
        early=early_refusals,
        first=st.runner().flatmap(
            lambda self: st.lists(a_story(self), min_size=8, max_size=12) if self.wanted else st.just([])
        ),
    )
    def open_release(
        self,
        destination: str,
        done: int,
        policy: Policy | None = None,
        early: tuple[str, str] | None = None,
        first: Sequence[tuple[str, Drawn]] = (),
    ) -> None:
        """Open a release, and tell the stories that are wanted."""
        super().open_release(destination, done, policy, early)
        for name, values in first:
            self.tell_one(name, values)

    @rule(story=st.runner().flatmap(lambda self: a_story(self)))
    def tell(self, story: tuple[str, Drawn]) -> None:
        """Tell the story of a rule."""
        self.tell_one(*story)

    def tell_one(self, name: str, values: Drawn) -> None:
        story = STORIES[name]
        if values.fresh:
            self.open_anew(story.policy)
        for number, _ in enumerate(story.play(self, values), 1):
            self.agree()
            if number == values.until:
                return

    # What stories are made of

    def ref(self) -> str:
        """The reference of a new deployment."""
        return f"e{next(self.numbers)}"

    def passes(self, name: str = "build", files: str = "", seen: datetime | None = None, status: str = "pass") -> None:
        self.build(name, status, {}, [], seen, None, None, files)

    def approves(self, gate: str, person: str, *types: str, persona: str | None = None) -> None:
        self.sign_off(gate, person, persona, "approved", [*types], None, False)

    def deploys_one(self, place: tuple[str, str, str], status: str, other: bool = False, files: str = "") -> None:
        environment, region, ref = place
        self.deploy(environment, ref, status, None, None, other, 0, files, region)

    def probes(self, place: tuple[str, str, str], status: str, seen: datetime | None = None) -> None:
        environment, region, ref = place
        self.check_health(environment, ref, "http", status, [], seen, False, region)

    def refuses(
        self, kind: str, payload: dict[str, Any], /, seen: datetime | None = None, gate: str | None = None, **other: Any
    ) -> dict[str, Any]:
        """Send a stop that is refused for its version, or for what differs in the envelope; the same without that."""
        mended = self.envelope(kind, {**payload, "note": next(self.numbers)}, seen or self.now(), gate)
        spoiled = mended | (other or {"schema_version": "v9.9"})
        if kind == SIGN_OFF:
            self.become("qa-1", "qa_tester")
        assert self.send(spoiled) in ("unsupported_schema_version", "invalid_envelope")
        self.refused.append(Refused(spoiled, mended, Sender()))
        return mended

    def fails(self, place: tuple[str, str, str]) -> dict[str, str]:
        """The payload of a failed deployment."""
        environment, region, ref = place
        named = {"environment": environment, "target": region, "deployment_ref": ref}
        return {**named, "status": "failed", "source_ref": SOURCE_REF}

    def unhealthy(self, place: tuple[str, str, str]) -> dict[str, str]:
        """The payload of a failed check of health."""
        named = {name: value for name, value in self.fails(place).items() if name not in ("status", "source_ref")}
        return {**named, "check_name": "http", "status": "fail", "artifact_ref": "https://monitoring.example/report"}


# Time


@told(decided.AGES)
def _wrong_clock(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(seen=m.now() - timedelta(seconds=20))
    yield
    clock = timedelta(hours=-24) if v.flag else timedelta(minutes=5)
    m.build("build", "fail", {}, [], m.now() - timedelta(seconds=[40, 0][v.flag]), None, clock)
    yield


@told(decided.ONE_MOMENT)
def _one_moment(m: Stories, _v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result")
    yield


# How surely somebody approved, and who
