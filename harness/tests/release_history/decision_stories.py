"""Stories of approvals, objections, exceptions and dismissals: whose decision counts, how long, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from harness.tests.release_history import decided
from harness.tests.release_history.drawn import (
    ASSURED,
    SIGN_INS,
    STRICT,
    living,
    switched,
)
from harness.tests.release_history.stories import (
    APPROVALS_END,
    BUILD,
    PASSWORD,
    Drawn,
    Stories,
    told,
)


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


@told("an objection to the release as a whole blocks it")
@told("a bypass of G1, G2 and G3 covers an objection to the release")
def _objection(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    m.insert_approval(None, "sre-1", v.persona, v.objection)
    yield
    m.allow_exception("gate_bypass", {"G1", "G2", "G3"}, 0, None)
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


@told("policy may let the initiator approve", policy=switched([(False, True)] * 3))
def _by_the_initiator(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "dev-1", "test_result", persona="qa_tester")
    yield
    if v.flag:
        m.approves("G1", "dev-1", persona=v.persona)
        yield


@told("policy may let one person approve several gates", policy=switched([(True, False)] * 3))
def _several_gates(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.approves("G2", "dev-1" if v.flag else "rm-1", "test_result", persona="qa_tester")
    m.approves("G3", "rm-1", "rollback_plan", persona="qa_tester")
    yield
    m.approves("G3", "rm-1", persona="release_manager")
    m.approves("G1" if v.flag else "G2", "rm-1", persona="qa_tester")
    yield


@told(decided.SEEN)
def _seen(m: Stories, v: Drawn) -> Iterator[None]:
    m.decide_on_what_was_seen("G2", v.objection, "files" if v.flag else "check")
    yield


# What policy asks of production, and artifacts


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
