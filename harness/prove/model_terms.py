"""The terms of the model: gates, environments, states, and their order."""

from __future__ import annotations

GATES = ("G1", "G2", "G3", "G4")
ENVIRONMENTS = ("dev", "staging", "production")  # nearest first
DEFAULT_TARGET = "default"  # of a deployment that names none
PERSONAS = ("developer", "qa_tester", "release_manager", "sre")
CHECK_STATUSES = ("pass", "skipped", "warning", "fail")  # the worse, the later: a tie goes to the last
DECISIONS = ("approved", "request_changes", "rejected")  # likewise
DEPLOYMENT_STATUSES = ("in_progress", "succeeded", "failed", "rolled_back")

# A deployment only moves forward. Within a rank the later report counts, in a tie the failure.
RANK = {"in_progress": 0, "succeeded": 1, "failed": 1, "rolled_back": 2}
OPEN = ("passed", "bypassed")  # a gate in one of these lets the release through
# What must be open before a release may enter an environment.
WAY = {"dev": (), "staging": ("G1", "G2"), "production": ("G1", "G2", "G3")}
# Needs that ask about production: they are no findings on G3, but keep a release out of production.
ABOUT_PRODUCTION = ("environment_healthy", "objected_elsewhere")
# A need of G3: it asks about what is deployed to production, each time that G3 is judged.
DEPLOYED_ARTIFACTS = "deployed_artifacts"
# A need that says how many must approve an exception to its gate. It is no finding.
EXCEPTION_APPROVALS = "exception_approvals"
# A need that lets the only release manager do alone, about its gate, what otherwise takes two. It is no finding.
ALONE = "alone"
