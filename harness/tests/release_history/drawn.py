"""What a drawn history of a release is made of: people, names, and the values that hypothesis draws from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from harness.prove.model_assurance import Asked
from harness.prove.model_facts import DEFAULTS, Requirement
from harness.prove.model_terms import ALONE, CHECK_STATUSES, ENVIRONMENTS, GATES

SOURCE_REF = "4f1c2d9b6a7e803d5c11f0e9ab42d7c3586e9f01"
OTHER_REF = "0ddba11c0ffee000f1ea5ba11ab1e5eed00d1e5e5"
PEOPLE = ("dev-1", "qa-1", "rm-1", "sre-1")  # the first one opens the release
CHECK_NAMES = ("build", "unit_tests", "lint")
HEALTH_NAMES = ("http", "queue")
FORWARD_REFS = ("d1", "d2", "d3")
ROLLBACK_REFS = ("r1", "r2")
ARTIFACTS = ("build_log", "test_result", "uat_summary", "rollback_plan", "release_notes", "health_check")
EXCEPTION_TYPES = ("gate_bypass", "evidence_waiver", "timing_override")
USUAL = {"G1": "developer", "G2": "qa_tester", "G3": "release_manager", "G4": "sre"}

checks = st.sampled_from(CHECK_STATUSES)
environments = st.sampled_from(ENVIRONMENTS)
targets = st.sampled_from(["default", "default", "default", "eu"])
gates = st.sampled_from(GATES)
# When something was seen: at one of a few moments around the opening, so that ties are common, or now (None).
ticks = st.sampled_from([None, None, 0, 1, 1, 3, 4])
late_ticks = st.sampled_from([None, None, None, 3])
# An artifact as evidence: its type, perhaps another address, perhaps a hash.
EVIDENCE = (*ARTIFACTS, *ARTIFACTS, *("test_result@2", "test_result=a", "test_result@2=a", "uat_summary@2=b"))
artifact_types = st.lists(st.sampled_from(EVIDENCE), max_size=2)
# What a build made, or what was deployed: files, each with a hash.
FILES = ("app=a", "app=b", "app=a lib=a", "lib=b")
built = st.sampled_from(["", "", "", *FILES])
deployed_files = st.sampled_from([*[""] * 6, *FILES])
# When an exception begins, in milliseconds from now.
starts = st.sampled_from([0, 0, 0, 40, 300, 3_600_000])
# How long it lasts, in milliseconds. None ends it two hours after the opening, so that several end at once.
lengths = st.sampled_from([30, 300, 1200, None, None, None, 72 * 3_600_000])
# How far the clock of a sender is ahead, if the event says when it is sent.
clocks = st.sampled_from([None, None, timedelta(0), timedelta(hours=-24), timedelta(minutes=5)])
wrong_clocks = st.sampled_from([timedelta(hours=-24), timedelta(hours=-24), timedelta(minutes=5)])
# When a deployment was made, by its report: before or after it was observed, too long before, or not named.
named = st.sampled_from([
    None, None, *(timedelta(minutes=m) for m in (-7, -2, 0, 2, -60)), timedelta(minutes=-60, microseconds=-1),
])  # fmt: skip


def living(seconds: int, kinds: Iterable[str], gates: Iterable[str]) -> tuple[Requirement, ...]:
    """The defaults, with approvals or evidence on some gates that count for some seconds."""
    lives = {(gate, kind) for gate in gates for kind in kinds}
    return tuple(replace(r, valid_for=seconds) if (r.gate, r.kind) in lives else r for r in DEFAULTS)


STRICT = (
    *DEFAULTS,
    Requirement("G3", "environment_healthy"),
    Requirement("G3", "objected_elsewhere"),
    Requirement("G3", "deployed_artifacts"),
    Requirement("G1", "exception_approvals", min_count=2),
)
HASHED = tuple(replace(r, require_hash=True, min_count=2) if (r.gate, r.kind) == ("G2", "evidence") else r
               for r in DEFAULTS)  # fmt: skip
TWO_PIECES = tuple(replace(r, require_hash=False) for r in HASHED)
# Who approves, how surely. People are told by the beginning of their subjects.
_ASKED = {
    "G2": Asked(own_token=True),
    "G3": Asked(aal2=True, accept_sso=True, approvers=frozenset(["rm-1", "rm-2", "sre-1"])),
}
ASSURED = (
    *(replace(r, asked=_ASKED[r.gate]) if r.kind == "approval" else r for r in DEFAULTS),
    Requirement("G1", "exception_approvals", asked=Asked(own_token=True, approvers=frozenset(["rm-1", "rm-2"]))),
)

# What lets the only release manager act alone: on each gate, or on some.
SOLO = (*DEFAULTS, *(Requirement(gate, ALONE) for gate in GATES))
PARTLY_SOLO = (*DEFAULTS, *(Requirement(gate, ALONE) for gate in ("G1", "G3")))


def switched(switches: Sequence[tuple[bool, bool]]) -> tuple[Requirement, ...]:
    """The defaults, and another persona on G3, with the two switches of each approval: not_initiator, one_gate.

    Policy says `one_gate` alike for all approvals of a gate: as for the first of them.
    """
    needs = (*DEFAULTS, Requirement("G3", "approval", "qa_tester"))
    approvals = [r for r in needs if r.kind == "approval"]
    drawn = [replace(r, not_initiator=one, one_gate=other) for r, (one, other) in zip(approvals, switches, strict=True)]
    alike = {r.gate: r.one_gate for r in reversed(drawn)}
    drawn = [replace(r, one_gate=alike[r.gate]) for r in drawn]
    return (*(r for r in needs if r.kind != "approval"), *drawn)


# How somebody signed in: the level of the token, and the methods with the seconds since.
SignedIn = tuple[str, tuple[tuple[str, int], ...]]
SIGN_INS: tuple[SignedIn, ...] = (
    ("aal2", (("password", 60), ("totp", 30))),
    ("aal2", (("password", 60), ("totp", 30))),
    ("aal1", (("sso/saml", 30),)),
    ("aal1", (("password", 30),)),
    ("aal2", (("totp", 46_800),)),
    ("aal2", (("mfa/phone", -3_600), ("sso/saml", 46_800))),
)
sign_ins = st.sampled_from([*SIGN_INS, None, None, None])  # None: an agent names the person
# What gates need. None is what every project needs that has no policy of its own.
_fixed_policies = st.sampled_from([
    *[None] * 6,
    living(1, ["approval", "evidence"], GATES),
    living(1, ["approval", "evidence"], GATES),
    living(1, ["approval"], ["G2"]),
    tuple(r for r in living(1, ["approval"], ["G2"]) if r.kind != "prior_gate"),
    living(3600, ["approval", "evidence"], GATES),
    tuple(r for r in DEFAULTS if r.kind not in ("no_failed_checks", "prior_gate")),
    STRICT,
    STRICT,
    HASHED,
    TWO_PIECES,
    ASSURED,
    ASSURED,
    SOLO,
    PARTLY_SOLO,
    tuple(r for r in STRICT if r.kind not in ("environment_healthy", "prior_gate")),
])  # fmt: skip
_switched = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=3, max_size=3).map(switched)
policies = st.integers(0, 7).flatmap(lambda number: _switched if number == 0 else _fixed_policies)
# What is refused before anything was recorded: a type and a fault.
early_refusals = st.sampled_from([
    None, None, ("build_complete", "version"), ("gate_signoff", "gate"), ("health_check", "environment"),
    ("deployment_event", "field"),
])  # fmt: skip
