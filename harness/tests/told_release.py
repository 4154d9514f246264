"""A release for tests of the model, whose facts are told in minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from harness.prove.model import Release
from harness.prove.model_assurance import SignIn
from harness.prove.model_facts import (
    DEFAULTS,
    Accepted,
    Approval,
    Build,
    BuildParts,
    Check,
    ContestedReport,
    DeploymentKey,
    Evidence,
    GateException,
    Report,
    Requirement,
    Retirement,
    Stop,
)
from harness.prove.model_terms import GATES

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
REF = "4f1c2d9b6a7e803d5c11f0e9ab42d7c3586e9f01"
STAGING = DeploymentKey("staging", "s1")
PRODUCTION = DeploymentKey("production", "p1")


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


class ToldRelease(Release):
    """A release whose times are minutes. A fact is recorded when it is seen, unless a test says otherwise."""

    def __init__(self, target: str = "production", requirements: tuple[Requirement, ...] = DEFAULTS) -> None:
        super().__init__(initiator="dev-1", target=target, source_ref=REF, requirements=requirements)

    def check(
        self,
        status: str,
        seen: float = 0,
        *,
        name: str = "build",
        trusted: bool = True,
        on: str | DeploymentKey = "G1",
        recorded: float | None = None,
        by: str = "sre-1",
    ) -> Check:
        place = on if isinstance(on, DeploymentKey) else None
        moment = minute(seen if recorded is None else recorded)
        gate = "G4" if place else str(on)
        self.checks.append(Check(gate, name, status, trusted, minute(seen), moment, place, by, "sre"))
        return self.checks[-1]

    def decide(
        self,
        gate: str | None,
        who: str,
        persona: str,
        decision: str = "approved",
        seen: float = 0,
        *,
        recorded: float | None = None,
        on: GateException | None = None,
        sign_in: SignIn | None = None,
    ) -> Approval:
        moment = minute(seen if recorded is None else recorded)
        exception = on.id if on else None
        self.approvals.append(Approval(gate, who, persona, decision, minute(seen), moment, exception, sign_in))
        return self.approvals[-1]

    def show(
        self,
        gate: str | None,
        type_: str,
        place: DeploymentKey | None = None,
        seen: float = 0,
        *,
        url: str | None = None,
        sha256: str | None = None,
        signed: bool = False,
        recorded: float | None = None,
    ) -> None:
        """Show an artifact; `signed` says that it came with the latest decision."""
        moment = minute(seen if recorded is None else recorded)
        with_ = self.approvals[-1] if signed else None
        self.evidence.append(Evidence(gate, type_, moment, place, url or type_, sha256, minute(seen), with_))

    def build(
        self,
        *artifacts: str,
        seen: float = 0,
        name: str = "build",
        recorded: float | None = None,
        trusted: bool = True,
        failed: str = "",
        passed: str = "",
        part: str | None = None,
        by: str = "ci-bot",
        where: str | None = None,
    ) -> None:
        """Report a build under a name, with artifacts that are told as `name=hash`, and with other checks by name."""
        moment = minute(seen if recorded is None else recorded)
        named = frozenset((a.partition("=")[0], a.partition("=")[2]) for a in artifacts)
        names = frozenset([name, *failed.split(), *passed.split()])
        for each in failed.split():
            self.check("fail", seen, name=each, recorded=recorded)
        self.builds.append(Build(name, named, trusted, minute(seen), moment, names, not failed, part, by, where))

    def allow(
        self,
        number: int,
        gates: str,
        type_: str = "gate_bypass",
        start: float = 0,
        end: float = 600,
        *,
        by: str = "rm-9",
        sign_in: SignIn | None = None,
    ) -> GateException:
        named = frozenset(gates.split())
        exception = GateException(
            UUID(int=number), type_, named, minute(start), minute(start), minute(end), approver=by, sign_in=sign_in
        )
        self.exceptions.append(exception)
        return exception

    def deploy(
        self,
        place: DeploymentKey,
        status: str = "succeeded",
        seen: float = 0,
        *,
        rollback_of: str | None = None,
        source_ref: str = REF,
        recorded: float | None = None,
        deployed: float | None = None,
        by: str = "ci-bot",
        artifacts: str = "",
    ) -> None:
        moment = minute(seen if recorded is None else recorded)
        named = None if deployed is None else minute(deployed)
        files = frozenset((a.partition("=")[0], a.partition("=")[2]) for a in artifacts.split())
        self.reports.append(Report(place, status, source_ref, minute(seen), moment, named, by, rollback_of, files))

    def retire(self, environment: str, target: str, recorded: float = 0) -> None:
        """Retire a target of the project."""
        self.retirements = [*self.retirements, Retirement(environment, target, minute(recorded))]

    def refuse(
        self,
        stop: Stop,
        seen: float = 0,
        *,
        recorded: float | None = None,
        key: str | None = "k",
        content: str = "?",
        sender: str = "service_role",
        timed: bool = True,
        role: str = "service_role",
        build: BuildParts = (None, None),
    ) -> bool:
        """Refuse an event with a stop. Says whether a contested report arises."""
        moment = minute(seen if recorded is None else recorded)
        report = ContestedReport(stop, key, content, minute(seen), moment, sender, timed, role, build)
        arises = self.arises(report)
        self.contested += [report] if arises else []
        return arises

    def accept(
        self,
        type_: str,
        recorded: float = 0,
        *,
        seen: float | None = None,
        key: str = "k",
        content: str = "!",
        sender: str = "service_role",
        about: Stop | None = None,
        build: BuildParts = (None, None),
        approval: Approval | None = None,
    ) -> None:
        """Note that an event was accepted; its facts are told apart. By default it is about what was refused last.

        Of a build say also its own check and its part, and of a decision the approval.
        """
        last = next((r.stop for r in reversed(self.contested) if r.stop.event_type == type_), Stop(type_))
        times = minute(recorded if seen is None else seen), minute(recorded)
        self.accepted.append(Accepted(type_, key, content, *times, sender, about or last, build, approval))

    def contests(self, at: float = 60) -> int:
        """How many contested reports stand at a minute."""
        return len(self.standing_reports(minute(at)))

    def pass_gates(self, *gates: str) -> None:
        if "G1" in gates:
            self.check("pass")
        if "G2" in gates:
            self.decide("G2", "qa-1", "qa_tester")
            self.show("G2", "test_result")
        if "G3" in gates:
            self.decide("G3", "rm-1", "release_manager")
            self.show("G3", "rollback_plan")

    def statuses(self, at: datetime = END) -> list[str]:
        return [self.verdict(gate, at).status for gate in GATES]

    def state(self, gate: str, kind: str, subject: str | None = None, at: datetime = END) -> str:
        [finding] = [f for f in self.findings(gate, at) if (f.kind, f.subject) == (kind, subject)]
        return finding.state

    def one(self, place: DeploymentKey, at: datetime = END) -> tuple[str, datetime]:
        deployment = self.deployments(at)[place]
        return deployment.status, deployment.status_observed_at
