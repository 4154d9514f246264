"""Stories of deployments, targets and rollbacks: when they are judged, and what they say of production."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from harness.tests.release_history import decided
from harness.tests.release_history.drawn import (
    OTHER_REF,
    SOURCE_REF,
    STRICT,
)
from harness.tests.release_history.stories import (
    Drawn,
    Stories,
    told,
)


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


@told(decided.NAMED_EARLY)
def _named_too_early(m: Stories, v: Drawn) -> Iterator[None]:
    named = timedelta(minutes=-60, microseconds=-1)
    m.deploy(v.environment, m.ref(), "failed" if v.flag else "succeeded", None, named, False, 0, "", v.region)
    yield


@told("a bypass of G4 covers a failed staging")
def _failed_staging(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.deploys_one(("staging", v.region, m.ref()), "failed")
    yield
    m.allow_exception("gate_bypass", {"G4"}, 0, None)
    yield


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
