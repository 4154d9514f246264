"""The stops that tests of the model refuse."""

from __future__ import annotations

from harness.prove.model_facts import DeploymentKey, Stop

BUILD = Stop("build_complete", "G1", check="build")
NAMELESS = Stop("build_complete", "G1")
OBJECTION = Stop("gate_signoff", "G2", person="qa-1", persona="qa_tester")
OBJECTION_TO_ALL = Stop("gate_signoff", None, person="qa-1", persona="qa_tester")
FAILED = Stop("deployment_event", "G4", environment="staging", ref="s1")
FAILED_SOMEWHERE = Stop("deployment_event", "G4", ref="s1")
UNHEALTHY = Stop("health_check", "G4", check="http", environment="staging", ref="s1")
NEWER = DeploymentKey("staging", "s2")
