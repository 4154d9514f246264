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
from harness.prove.model_facts import DECISIONS, DEFAULTS, PERSONAS, Requirement
from harness.tests.release_history import decided
from harness.tests.release_history.drawn import (
    ASSURED,
    HASHED,
    OTHER_REF,
    SIGN_INS,
    SOURCE_REF,
    STRICT,
    TWO_PIECES,
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
        self, kind: str, payload: dict[str, Any], seen: datetime | None = None, gate: str | None = None, **other: Any
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


@told("the first observed report says when a deployment was made")
def _named_late(m: Stories, v: Drawn) -> Iterator[None]:
    start, (first, second) = m.now() - timedelta(seconds=4), (m.ref(), m.ref())
    reports = [(first, 0, None), (second, 1, None), (second, 2, timedelta(minutes=-7))]
    for ref, second_, named in reversed(reports) if v.flag else reports:
        seen = start + timedelta(seconds=second_)
        m.deploy(v.environment, ref, "succeeded", seen, named, False, 0, "", v.region)
        yield
    m.probes((v.environment, v.region, first), "pass")
    m.probes((v.environment, v.region, second), "fail")
    yield


@told("a deployment is judged when it succeeds", "a deployment first reported failed is not judged")
def _judged_twice(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    place = ("production", v.region, m.ref())
    m.deploys_one(place, "in_progress")
    yield
    m.sign_off("G3", "rm-1", None, v.objection, [], None, False)
    m.deploys_one(place, "succeeded")
    yield
    m.deploys_one((v.environment, v.region, m.ref()), "failed")
    yield


@told("an approval ends", policy=APPROVALS_END)
def _approval_ends(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2)
    if v.flag:
        yield
    m.wait_for_exception()
    yield


@told("evidence ends", policy=living(1, ["evidence"], ["G2"]))
def _evidence_ends(m: Stories, v: Drawn) -> Iterator[None]:
    return _approval_ends(m, v)


@told("an ended approval of G2 bars from G3", policy=tuple(r for r in APPROVALS_END if r.kind != "prior_gate"))
def _ended_bars(m: Stories, v: Drawn) -> Iterator[None]:
    m.approve_both(["rm-1", "qa-1"][v.flag])
    yield
    m.wait_for_exception()
    yield


@told("a person's stop counts from when it was recorded")
def _late_objection(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result")
    yield
    m.sign_off("G2", "qa-1", None, v.objection, [], m.now() - timedelta(seconds=5) - v.age, False)
    yield


@told(decided.AGES)
def _wrong_clock(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(seen=m.now() - timedelta(seconds=20))
    yield
    clock = timedelta(hours=-24) if v.flag else timedelta(minutes=5)
    m.build("build", "fail", {}, [], m.now() - timedelta(seconds=[40, 0][v.flag]), None, clock)
    yield


@told(decided.NAMED_EARLY)
def _named_too_early(m: Stories, v: Drawn) -> Iterator[None]:
    named = timedelta(minutes=-60, microseconds=-1)
    m.deploy(v.environment, m.ref(), "failed" if v.flag else "succeeded", None, named, False, 0, "", v.region)
    yield


@told(decided.ONE_MOMENT)
def _one_moment(m: Stories, _v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result")
    yield


# How surely somebody approved, and who


@told("policy may ask for the person's own token", policy=ASSURED)
def _own_token(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    for own in (v.flag, not v.flag):
        m.sign_off("G2", "qa-1", None, "approved", ["test_result"], None, own, PASSWORD)
        yield


@told("policy may ask for a second factor", policy=ASSURED)
def _second_factor(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.sign_off("G2", "qa-1", None, "approved", ["test_result"], None, True, PASSWORD)
    for signed_in in SIGN_INS[:: 1 if v.flag else -1]:
        m.sign_off("G3", "rm-1", None, "approved", ["rollback_plan"], None, True, signed_in)
        yield


@told("policy may name who approves", policy=ASSURED)
def _named_people(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.sign_off("G2", "sre-1" if v.fresh else "rm-1", None, "approved", ["test_result"], None, True, PASSWORD)
    m.sign_off("G3", "qa-1", None, "approved", ["rollback_plan"], None, True, SIGN_INS[0])
    yield
    if v.flag:
        m.sign_off("G3", "qa-1", None, v.objection, [], None, False)
        yield
    m.sign_off("G3", "rm-1", None, "approved", [], None, True, SIGN_INS[2])
    yield


@told("an approval that is not surely the person's changes nothing", policy=ASSURED)
def _unsure_approval(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.sign_off("G2", "qa-1", None, v.objection if v.flag else "approved", ["test_result"], None, True, PASSWORD)
    yield
    m.sign_off("G2", "qa-1", None, "approved", [], None, False)
    yield


@told("an approval that is not surely the person's bars them from nothing", policy=ASSURED)
def _unsure_approval_below(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.sign_off("G2", "qa-1", None, "approved", ["test_result"], None, True, PASSWORD)
    m.sign_off("G2", "rm-1", None, "approved", [], None, False)
    yield
    m.sign_off("G3", "rm-1", None, "approved", ["rollback_plan"], None, True, SIGN_INS[0 if v.flag else 2])
    yield


@told("an exception asks for the own tokens and people of what it covers", policy=ASSURED)
def _assured_exception(m: Stories, v: Drawn) -> Iterator[None]:
    m.allow_exception("gate_bypass", {"G1"}, 0, None, None if v.flag else PASSWORD)
    yield
    m.decide_on_exception(0, "rm-2", "release_manager", "approved", PASSWORD if v.flag else None)
    yield
    m.allow_exception("gate_bypass", {"G3"}, 0, None, SIGN_INS[2] if v.flag else PASSWORD)
    yield


# Refused stops


@told("a refused stop leaves a draft a draft", "a refused stop stands", decided.CONTESTED)
def _refused_early(m: Stories, v: Drawn) -> Iterator[None]:
    mended = m.refuses(BUILD, {"status": "fail", "check_name": v.check})
    yield
    m.send(mended | {"schema_version": "v9.9"})
    yield


@told("the same content ends it")
def _same_content(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    place, seen = (v.environment, v.region, m.ref()), m.now() - timedelta(seconds=20)
    if v.flag:
        m.deploy(v.environment, place[2], "succeeded", m.now() - timedelta(minutes=5), None, False, 0, "", v.region)
    payload = m.unhealthy(place) if v.flag else {"status": "fail", "check_name": v.check}
    kind = HEALTH if v.flag else BUILD
    mended = m.refuses(kind, payload, seen)
    yield
    earlier = {"idempotency_key": m.key(kind), "emitted_at": (seen - timedelta(seconds=40)).isoformat()}
    m.send_well_formed(mended | earlier)
    yield
    healed = seen - timedelta(seconds=20)
    m.probes(place, "pass", healed) if v.flag else m.passes(v.check, seen=healed)
    yield


@told("what cannot be read ends under the same key")
def _same_key(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    mended = m.refuses(BUILD, {"status": "fail", "check_name": "x" * 9000})
    yield
    corrected = m.envelope(BUILD, {"status": "pass", "check_name": v.check}, m.now())
    m.send_well_formed(corrected | {"idempotency_key": mended["idempotency_key"] + ("/~2" if v.flag else "")})
    yield


@told("a newer check ends it")
def _newer_check(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.refuses(BUILD, {"status": "fail", "check_name": v.check}, m.now() - v.age)
    yield
    m.passes(v.check)
    yield


@told("a later decision ends it")
def _later_decision(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2)
    m.refuses(SIGN_OFF, m.decision("G2", "qa-1", "qa_tester", v.objection), gate="G2")
    yield
    m.approves("G2", "qa-1", "test_result")
    yield


@told("a success ends it")
def _success(m: Stories, v: Drawn) -> Iterator[None]:
    place = (v.environment, v.region, m.ref())
    m.refuses(DEPLOYMENT, m.fails(place), m.now() - v.age)
    yield
    m.deploys_one(place, "succeeded")
    yield


@told("a newer healthy deployment ends it", "a refused failure in staging blocks production")
def _newer_deployment(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    place = ("staging", v.region, m.ref())
    m.refuses(DEPLOYMENT, m.fails(place)) if v.flag else m.refuses(HEALTH, m.unhealthy(place))
    yield
    m.deploy_healthy("staging", m.ref(), v.region)
    yield


@told("a refused objection to the release blocks it")
def _refused_objection(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.refuses(SIGN_OFF, m.decision("G2", "qa-1", "qa_tester", v.objection), gate="G2", gate_code="G9")
    yield


@told("a refused stop changes no health")
def _health_stays(m: Stories, v: Drawn) -> Iterator[None]:
    place = (v.environment, v.region, m.ref())
    m.deploy_healthy(v.environment, place[2], v.region)
    m.refuses(HEALTH, m.unhealthy(place))
    yield


@told(decided.ON_RECORD)
def _on_record(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(v.check, status="fail")
    yield
    m.refuses(BUILD, {"status": "fail", "check_name": v.check}, m.now() - timedelta(seconds=5) - v.age)
    yield


@told(decided.SUPERSEDED)
def _superseded(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(v.check)
    yield
    m.refuses(BUILD, {"status": "fail", "check_name": v.check}, m.now() - timedelta(seconds=61) - v.age)
    yield


# Decisions and exceptions


@told("an objection to the release as a whole blocks it")
@told("a bypass of G1, G2 and G3 covers an objection to the release")
def _objection(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.insert_approval(None, "sre-1", v.persona, v.objection)
    yield
    m.allow_exception("gate_bypass", {"G1", "G2", "G3"}, 0, None)
    yield


@told("a bypass of G4 covers a failed staging")
def _failed_staging(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.deploys_one(("staging", v.region, m.ref()), "failed")
    yield
    m.allow_exception("gate_bypass", {"G4"}, 0, None)
    yield


@told("an exception with an objection authorises nothing")
def _objected_exception(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(status="fail")
    m.allow_exception("gate_bypass", {"G1"}, 0, None)
    yield
    m.decide_on_exception(0, "sre-1", v.persona, v.objection)
    yield


@told("an exception needs as many approvals as its gates ask for", policy=STRICT)
def _two_approvals(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(status="fail", files="app=a" if v.flag else "")
    m.allow_exception("gate_bypass", {"G1"}, 0, None)
    yield
    m.decide_on_exception(0, "rm-2", "release_manager", "approved")
    yield
    m.passes("lint", files="lib=b")
    yield


@told("who approved any lower gate does not approve a higher one")
def _lower_gate(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2)
    m.approves("G1", "rm-1", persona=v.persona)
    m.approves("G3", "rm-1", "rollback_plan")
    yield


@told(decided.SEEN)
def _seen(m: Stories, v: Drawn) -> Iterator[None]:
    m.decide_on_what_was_seen("G2", v.objection, "files" if v.flag else "check")
    yield


# What policy asks of production, and artifacts


@told("policy may ask that staging is healthy before production", policy=STRICT)
@told("a bypass of G3 covers what policy asks about production", policy=STRICT)
def _before_production(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    if v.flag:
        m.deploys_one(("staging", v.region, m.ref()), "succeeded")
    yield
    m.allow_exception("gate_bypass", {"G3"}, 0, None)
    yield


@told("policy may ask that no other release of the commit is objected to", policy=STRICT)
def _elsewhere(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(4)
    yield
    m.act_elsewhere(["rejected" if v.flag else "fail"], SOURCE_REF)
    yield


@told("an approval is of the artifacts on record")
def _lapsed(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.insert_evidence("G2", "uat_summary", 0)
    m.approves("G2", "qa-1")
    yield
    m.passes(files="app=b")
    yield
    m.passes(files="app=a" if v.flag else "app=a lib=a")
    yield


@told("evidence counts while its sign-off stands")
def _rebuilt(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.approves("G2", "qa-1", "test_result")
    yield
    m.passes(files="app=b")
    yield
    m.approves("G2", "qa-1" if v.flag else "dev-2")
    yield


@told("a lapsed approval still bars from a higher gate", policy=WITHOUT_PRIOR)
def _lapsed_bars(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.approves("G2", "rm-1", "test_result")
    m.passes(files="app=b", name="build" if v.flag else v.check)
    m.approves("G3", "rm-1", "rollback_plan")
    yield


@told("one artifact with two hashes fails G1")
def _conflict(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.passes(v.check, files="app=b")
    yield


@told("a deployment of artifacts that are not on record is not eligible")
def _outside(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.deploys_one(("dev", v.region, m.ref()), "succeeded", files="app=b" if v.flag else "app=a lib=a")
    yield


@told(
    "policy may ask that a deployment names its artifacts",
    policy=tuple(r for r in STRICT if r.kind not in ("environment_healthy", "prior_gate")),
)
def _unnamed(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(files="app=a")
    m.approves("G2", "qa-1", "test_result")
    m.approves("G3", "rm-1", "rollback_plan")
    m.deploys_one(("production", v.region, m.ref()), "succeeded")
    yield
    if v.flag:
        m.allow_exception("gate_bypass", {"G3"}, 0, None)
        m.deploys_one(("production", v.region, m.ref()), "succeeded")
        yield


@told("evidence counts once per artifact", policy=TWO_PIECES)
def _same_address(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result", "test_result=a" if v.flag else "test_result")
    yield


@told("evidence of one hash is one artifact", policy=TWO_PIECES)
def _same_hash(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result=a", "test_result@2=a" if v.flag else "uat_summary=a")
    yield


@told("policy may ask for a hash", policy=HASHED)
def _without_hash(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "qa-1", "test_result", "uat_summary=b" if v.flag else "uat_summary")
    yield


# Deployments


@told("a pass counts once its deployment succeeded")
def _early_pass(m: Stories, v: Drawn) -> Iterator[None]:
    place = (v.environment, v.region, m.ref())
    m.deploys_one(place, "in_progress")
    m.probes(place, "pass")
    yield
    m.deploys_one(place, "succeeded" if v.flag else "failed")
    yield


@told("a newest deployment of another commit has failed")
def _other_commit(m: Stories, v: Drawn) -> Iterator[None]:
    place = (v.environment, v.region, m.ref())
    m.deploys_one(place, "succeeded", other=True)
    yield
    m.probes(place, "pass")
    yield
    if v.flag:
        m.deploys_one((v.environment, v.region, m.ref()), "in_progress")
        yield


@told("each target is looked at", "a retired target is looked at no more")
def _targets(m: Stories, v: Drawn) -> Iterator[None]:
    m.deploys_one((v.environment, "ap", m.ref()), "failed" if v.flag else "in_progress")
    m.deploy_healthy(v.environment, m.ref(), v.region)
    yield
    m.retire_target(0)
    yield
    if v.flag:
        m.deploys_one((v.environment, "ap", m.ref()), "in_progress")
        yield


@told("a rollback goes to something known")
def _to_unknown(m: Stories, v: Drawn) -> Iterator[None]:
    m.roll_back(v.environment, v.region, ["failed"] if v.flag else [], "pass", OTHER_REF, None)
    yield


@told("a rollback may go to another release of the project")
def _to_another_release(m: Stories, v: Drawn) -> Iterator[None]:
    with m.elsewhere(OTHER_REF):
        m.deploys_one(("dev", v.region, m.ref()), "succeeded" if v.flag else "in_progress")
        m.deploys_one(("dev", v.region, m.ref()), "succeeded")
    m.roll_back("dev", v.region, [], "pass", OTHER_REF, None)
    yield


@told("a rollback leaves a passed deployment pending")
def _rolled_back(m: Stories, v: Drawn) -> Iterator[None]:
    m.roll_back("dev", v.region, ["healthy", "other" if v.flag else "healthy"], "pass", SOURCE_REF, None)
    yield


@told("a pass that was rolled back had cleared the failures before it")
def _rolled_back_after_a_failure(m: Stories, v: Drawn) -> Iterator[None]:
    m.roll_back("dev", v.region, ["healthy", "failed"], "pass", SOURCE_REF, "in_progress" if v.flag else None)
    yield


@told("a pass after a rollback lifts no failure from before")
def _passed_after_a_rollback(m: Stories, v: Drawn) -> Iterator[None]:
    m.roll_back("dev", v.region, ["healthy"], "fail", SOURCE_REF, "in_progress" if v.flag else None, late="pass")
    yield


@told("a rollback undoes the newest deployment")
def _rolled_back_an_older_one(m: Stories, v: Drawn) -> Iterator[None]:
    before = ["healthy", "healthy"] if v.flag else ["failed", "healthy"]
    m.roll_back("dev", v.region, before, "pass", SOURCE_REF, None, newest=False)
    yield


# Ways out


@told("a refused report that was dismissed stands no more", decided.BY_NOBODY_ELSE)
@told("who dismissed anything does not approve")
def _dismissed_report(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2)
    m.refuses(BUILD, {"status": "fail", "check_name": v.check})
    fact = m.model.contested[-1]
    yield
    m.dismiss_one(fact, "dev-1" if v.flag else "qa-1")
    m.dismiss_one(fact, "rm-3")
    yield
    m.approves("G3", "rm-3", "rollback_plan")
    yield


@told("an objection that was dismissed stands no more")
def _dismissed_objection(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.objector_leaves("G2" if v.flag else None, v.flag, "gone", "rm-3", None)
    yield


@told("a failure by hand that was dismissed stands no more", decided.STAYS)
def _dismissed_by_hand(m: Stories, v: Drawn) -> Iterator[None]:
    m.fail_probe(v.environment, "d1", False, v.flag, False, "rm-3")
    yield
    m.leave("sre-1", "rm-2")
    m.dismiss_one(m.model.checks[-1], "rm-4")
    yield


@told("a failed check that was dismissed stands no more")
def _renamed(m: Stories, v: Drawn) -> Iterator[None]:
    m.rename_check("lint" if v.flag else "unit_tests", "renamed", "rm-3", "lib=b" if v.flag else "")
    yield


@told("a closed release may go nowhere")
def _closed(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3 if v.flag else 2)
    yield
    m.close()
    yield
