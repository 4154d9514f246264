"""Stories of stops in refused events: which of them stand, and what ends each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from harness.tests.release_history import decided
from harness.tests.release_history.stories import (
    BUILD,
    DEPLOYMENT,
    HEALTH,
    SIGN_OFF,
    Drawn,
    Stories,
    told,
)


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
    unnamed = {"status": "fail", "check_name": "x" * 9000, "note": next(m.numbers)}
    mended = m.refuses(BUILD, unnamed | {"check_name": v.check}, schema_version="v9.9", payload=unnamed)
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
