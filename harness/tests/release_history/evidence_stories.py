"""Stories of artifacts and evidence: what is on record, what counts once, and what an approval is of."""

from __future__ import annotations

from collections.abc import Iterator

from harness.tests.release_history.drawn import (
    HASHED,
    STRICT,
    TWO_PIECES,
)
from harness.tests.release_history.stories import (
    WITHOUT_PRIOR,
    Drawn,
    Stories,
    told,
)


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
