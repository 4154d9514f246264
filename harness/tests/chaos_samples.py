"""Two events of a chaos run, one kept and one refused, and which questions of a comparison were answered wrong."""

from __future__ import annotations

from harness.prove.chaos.compare import Compared
from harness.prove.chaos.journal import Meant

SENT, REFUSED, NEVER = (f"2026-11-25T10:00:0{second}+00:00" for second in (0, 1, 2))
KEPT = Meant("ci/1/build_complete", SENT, "build_complete", {"gate_checks": 2, "evidence_artifacts": 1})
NOT_KEPT = Meant("sre/2/health_check", REFUSED, "health_check", {}, "unknown_deployment")
DETAIL = {"gate": {"status_after": "passed"}}
QUESTION = "stored verdict = pure verdict"


def wrong(compared: list[Compared]) -> set[str]:
    """The questions to which a comparison found a wrong answer."""
    return {question.question for question in compared if question.wrong}
