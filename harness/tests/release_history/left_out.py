"""The model of a release without one of its rules, for each rule: what a verdict would be without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from harness.prove.model import Release
from harness.prove.model_assurance import ANYTHING
from harness.prove.model_deployments import Deployments, latest_checks
from harness.prove.model_facts import Approval, Check, Deployment, Evidence, Finding, Report, Requirement
from harness.prove.model_terms import DECISIONS, GATES
from harness.tests.release_history.remembered import as_of_now


class _EarliestNamed(Release):
    def first_report(self, reports: Iterable[Report]) -> Report:
        return min(reports, key=lambda r: (r.deployed_at, r.deployed_by))


class _JudgedOnce(Release):
    def judgements(self, reports: Iterable[Report]) -> Iterable[datetime]:
        return [min(r.recorded_at for r in reports)]


class _FailuresJudged(Release):
    def judgements(self, reports: Iterable[Report]) -> Iterable[datetime]:
        known = [*reports]
        return {min(r.recorded_at for r in known), *super().judgements(known)}


class _ApprovalsForEver(Release):
    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        return isinstance(fact, Approval) or super().counts(need, fact, at)


class _EvidenceForEver(Release):
    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        return isinstance(fact, Evidence) or super().counts(need, fact, at)


class _EndedApproversMayApprove(Release):
    def approvers_below(self, gate: str, at: datetime) -> set[str]:
        lower = GATES[: GATES.index(gate)]
        needs = [r for r in self.requirements if r.kind == "approval"]
        given = [a for g in lower for a in self.current_decisions(g, at) if self.bars(a)]
        return {a.approver for a in given if all(n.counts(a, at) for n in needs if n.gate == a.gate)}


class _OnlyG2BarsFromG3(Release):
    def approvers_below(self, gate: str, at: datetime) -> set[str]:
        given = self.current_decisions("G2", at) if gate == "G3" else []
        return {a.approver for a in given if self.bars(a)}


class _NeverByTheInitiator(Release):
    def barred(self, need: Requirement, at: datetime) -> set[str]:
        return super().barred(replace(need, not_initiator=True), at)


class _AlwaysOneGate(Release):
    def barred(self, need: Requirement, at: datetime) -> set[str]:
        return super().barred(replace(need, one_gate=True), at)


class _StopsFromWhenSeen(Release):
    def counts_from(self, decision: Approval) -> datetime:
        return decision.observed_at


class _ApprovalsOfAnyBuild(Release):
    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        sure = isinstance(fact, Evidence) or (self.is_sure(fact) and self.is_named(need, fact.approver))
        return need.counts(fact, at) and sure


class _NamingsAreSure(Release):
    def needs_of(self, approval: Approval) -> list[Requirement]:
        return [replace(n, asked=replace(n.asked, own_token=False)) for n in super().needs_of(approval)]


class _NoSecondFactor(Release):
    def needs_of(self, approval: Approval) -> list[Requirement]:
        return [replace(n, asked=replace(n.asked, aal2=False)) for n in super().needs_of(approval)]


class _UnsureApprovalsReplace(Release):
    def current_decisions(self, scope: str | UUID | None, at: datetime) -> list[Approval]:
        there = [a for a in self.known_approvals(at) if a.scope == scope]
        latest: dict[tuple[str, str], Approval] = {}
        for a in sorted(there, key=lambda a: (self.counts_from(a), DECISIONS.index(a.decision))):
            latest[a.approver, a.persona] = a
        return [latest[key] for key in sorted(latest)]


class _UnsureApprovalsBar(Release):
    def bars(self, decision: Approval) -> bool:
        return decision.decision == "approved"


class _DismissedAloneBars(Release):
    def is_barred_from_exceptions(self, person: str, _approved_at: datetime, at: datetime) -> bool:
        return person == self.initiator or person in self.dismissers(at)


class _LapsedWithItsDuty(Release):
    def approvers_below(self, gate: str, at: datetime) -> set[str]:
        lower = GATES[: GATES.index(gate)]
        given = [a for g in lower for a in self.current_decisions(g, at) if self.bars(a)]
        return {a.approver for a in given if self.is_of_the_artifacts(a, at)}


class _IdentityByAddress(Release):
    def identity(self, evidence: Evidence) -> str:
        return evidence.url


class _EachRowCounts(Release):
    def newest_rows(self, rows: list[Evidence]) -> list[Evidence]:
        return rows

    def identity(self, evidence: Evidence) -> str:
        return str(id(evidence))


class _NewestTargetAlone(Release):
    def targets(self, environment: str, at: datetime) -> list[str]:
        targets = super().targets(environment, at)
        return [max(targets, key=lambda t: self.newest_first(environment, t, at)[0].age)] if targets else []


class _RollbacksToAnything(Release):
    def rollback_known(self, reports: list[Report]) -> bool | None:
        return None if reports[0].rollback_of is None else True


class _RollbacksWithinARelease(Release):
    def of_the_project(self) -> Sequence[Deployments]:
        return [self]


class _UndonePassesClearNothing(Release):
    def shown_by(self, deployment: Deployment, at: datetime) -> str:
        shown = super().shown_by(deployment, at)
        return "pending" if shown == "passed" and self.was_undone(deployment) else shown


class _PassesAfterARollback(Release):
    def counted(self, checks: Sequence[Check], *_: Any) -> list[Check]:
        return latest_checks(checks)


class _RevokedDecisionsGo(Release):
    def known_approvals(self, at: datetime) -> list[Approval]:
        return [a for a in super().known_approvals(at) if self.people.holds(a.approver, a.persona, self.project)]


class _RetiredNextDoor(Release):
    def retired_at(self, environment: str, target: str, at: datetime) -> datetime | None:
        there = [r for other in self.neighbours for r in other.retirements]
        copy = Release(**{name: value for name, value in vars(self).items() if name != "_known"})
        copy.retirements = [*self.retirements, *there]
        return copy.retired_at(environment, target, at)


class _ObjectedNextDoor(Release):
    def is_objected_elsewhere(self, at: datetime) -> bool:
        known = (*self.others, *self.neighbours)
        return any(other.stops(at) for other in known if other.source_ref == self.source_ref)


class _RollbacksNextDoor(Release):
    def of_the_project(self) -> Sequence[Deployments]:
        return (self, *self.others, *self.neighbours)


class _PolicyOfNextDoor(Release):
    def __init__(self, *known: Any, **facts: Any) -> None:
        super().__init__(*known, **facts)
        self.requirements = self.neighbours[0].requirements if self.neighbours else self.requirements


def _no_dismissal(why: str) -> type[Release]:
    """The model in which what was dismissed for one reason still counts."""

    def is_set_aside(self: Release, fact: Any, at: datetime) -> bool:
        others = [d for d in self.dismissals if d.why != why and fact.recorded_at <= d.recorded_at <= at]
        return any(self.covers(d, fact) for d in others)

    return type("is_set_aside", (Release,), {"is_set_aside": is_set_aside})


def _where(method: str, answer: Any = False) -> type[Release]:
    """The model in which a method has the same answer to everything."""

    def constant(*_: Any) -> Any:
        return answer

    constant.__name__ = method
    return type(method, (Release,), {method: constant})


def _bypass_stays(gates: set[str]) -> type[Release]:
    """The model in which a bypass of these gates covers nothing but their findings."""

    def bypass(self: Release, named: set[str], at: datetime) -> UUID | None:
        return None if named == gates else Release.bypass(self, named, at)

    return type("bypass", (Release,), {"bypass": bypass})


def _asks_no(kind: str) -> type[Release]:
    """The model in which policy asks no such thing about production."""

    def policy_on_production(self: Release, at: datetime) -> list[Finding]:
        return [f for f in Release.policy_on_production(self, at) if f.kind != kind]

    return type("policy_on_production", (Release,), {"policy_on_production": policy_on_production})


class _RefusalsMoveTheRelease(Release):
    def status(self, at: datetime) -> str:
        refused = any(r.recorded_at <= at for r in self.contested)
        return "in_progress" if refused and super().status(at) == "draft" else super().status(at)


class _RefusalsMakeUnhealthy(Release):
    def health(self, deployment: Deployment, at: datetime) -> str:
        standing = {r.stop.place for r in as_of_now(self).standing_reports(at)}
        return "failed" if deployment.place in standing else super().health(deployment, at)


WITHOUT: dict[str, type[Release]] = {
    "the first observed report says when a deployment was made": _EarliestNamed,
    "a deployment is judged when it succeeds": _JudgedOnce,
    "a deployment first reported failed is not judged": _FailuresJudged,
    "an approval ends": _ApprovalsForEver,
    "evidence ends": _EvidenceForEver,
    "an ended approval of G2 bars from G3": _EndedApproversMayApprove,
    "a person's stop counts from when it was recorded": _StopsFromWhenSeen,
    "a refused stop stands": _where("standing_reports", []),
    "the same content ends it": _where("ended_by_content"),
    "what cannot be read ends under the same key": _where("ended_by_key"),
    "a newer check ends it": _where("ended_by_check"),
    "a later decision ends it": _where("ended_by_decision"),
    "a success ends it": _where("ended_by_success"),
    "a newer healthy deployment ends it": _where("ended_by_newer_deployment"),
    "a refused failure in staging blocks production": _where("says_staging_failed"),
    "a refused objection to the release blocks it": _where("contested_objections_to_the_release", []),
    "a bypass of G4 covers a failed staging": _bypass_stays({"G4"}),
    "a bypass of G1, G2 and G3 covers an objection to the release": _bypass_stays({"G1", "G2", "G3"}),
    "a refused stop leaves a draft a draft": _RefusalsMoveTheRelease,
    "a refused stop changes no health": _RefusalsMakeUnhealthy,
    "an objection to the release as a whole blocks it": _where("objections_to_the_release", []),
    "an exception with an objection authorises nothing": _where("is_objected"),
    "an exception needs as many approvals as its gates ask for": _where("approvals_asked", 1),
    "who approved any lower gate does not approve a higher one": _OnlyG2BarsFromG3,
    "policy may ask that staging is healthy before production": _asks_no("environment_healthy"),
    "policy may ask that no other release of the commit is objected to": _asks_no("objected_elsewhere"),
    "policy may let the initiator approve": _NeverByTheInitiator,
    "policy may let one person approve several gates": _AlwaysOneGate,
    "an approval is of the artifacts on record": _ApprovalsOfAnyBuild,
    "a lapsed approval still bars from a higher gate": _LapsedWithItsDuty,
    "one artifact with two hashes fails G1": _where("conflicts", []),
    "a deployment of artifacts that are not on record is not eligible": _where("outside_the_set", frozenset()),
    "policy may ask that a deployment names its artifacts": _where("names_too_little"),
    "evidence counts once per artifact": _EachRowCounts,
    "evidence of one hash is one artifact": _IdentityByAddress,
    "policy may ask for a hash": _where("asks_for_a_hash"),
    "evidence counts while its sign-off stands": _where("is_signed_off", True),
    "a pass counts once its deployment succeeded": _where("has_succeeded", True),
    "a newest deployment of another commit has failed": _where("is_of_the_commit", True),
    "each target is looked at": _NewestTargetAlone,
    "a retired target is looked at no more": _where("is_retired"),
    "a rollback goes to something known": _RollbacksToAnything,
    "a rollback may go to another release of the project": _RollbacksWithinARelease,
    "a rollback leaves a passed deployment pending": _where("was_undone"),
    "a pass that was rolled back had cleared the failures before it": _UndonePassesClearNothing,
    "a pass after a rollback lifts no failure from before": _PassesAfterARollback,
    "a rollback undoes the newest deployment": _where("undoes_the_newest", True),
    "a refused report that was dismissed stands no more": _no_dismissal("a"),
    "an objection that was dismissed stands no more": _no_dismissal("b"),
    "a failure by hand that was dismissed stands no more": _no_dismissal("c"),
    "a failed check that was dismissed stands no more": _no_dismissal("d"),
    "who dismissed anything does not approve": _where("dismissers", frozenset()),
    "a closed release may go nowhere": _where("is_closed"),
    "a bypass of G3 covers what policy asks about production": _bypass_stays({"G3"}),
    "a revocation withdraws no decision": _RevokedDecisionsGo,
    "a target is retired in its project alone": _RetiredNextDoor,
    "what stops a release elsewhere is of its project": _ObjectedNextDoor,
    "a rollback goes to a deployment of its project": _RollbacksNextDoor,
    "a project has a policy of its own": _PolicyOfNextDoor,
    "policy may ask for the person's own token": _NamingsAreSure,
    "policy may ask for a second factor": _NoSecondFactor,
    "policy may name who approves": _where("is_named", True),
    "an approval that is not surely the person's changes nothing": _UnsureApprovalsReplace,
    "an approval that is not surely the person's bars them from nothing": _UnsureApprovalsBar,
    "an exception asks for the own tokens and people of what it covers": _where("needs_of_exception", []),
    "policy may let the only manager approve exceptions": _where("lets_alone"),
    "who dismissed alone keeps what they approved before": _DismissedAloneBars,
}
# What must be on record before a rule can decide. Asked first: a model that judges anew takes long.
ON_RECORD_FIRST: tuple[tuple[Callable[[Release], object], tuple[str, ...]], ...] = (
    (lambda m: m.contested, (
        "a refused stop stands", "the same content ends it", "what cannot be read ends under the same key",
        "a newer check ends it", "a later decision ends it", "a success ends it", "a newer healthy deployment ends it",
        "a refused failure in staging blocks production", "a refused objection to the release blocks it",
        "a refused stop leaves a draft a draft", "a refused stop changes no health",
    )),
    (lambda m: m.exceptions, (
        "a bypass of G4 covers a failed staging", "a bypass of G1, G2 and G3 covers an objection to the release",
        "a bypass of G3 covers what policy asks about production", "an exception with an objection authorises nothing",
        "an exception needs as many approvals as its gates ask for",
    )),
    (lambda m: m.dismissals, (
        "a refused report that was dismissed stands no more", "an objection that was dismissed stands no more",
        "a failure by hand that was dismissed stands no more", "a failed check that was dismissed stands no more",
        "who dismissed anything does not approve",
    )),
    (lambda m: any(b.artifacts for b in m.builds), (
        "an approval is of the artifacts on record", "a lapsed approval still bars from a higher gate",
        "one artifact with two hashes fails G1", "a deployment of artifacts that are not on record is not eligible",
        "policy may ask that a deployment names its artifacts",
    )),
    (lambda m: m.reports, (
        "the first observed report says when a deployment was made", "a deployment is judged when it succeeds",
        "a deployment first reported failed is not judged", "a pass counts once its deployment succeeded",
        "a newest deployment of another commit has failed", "each target is looked at",
    )),
    (lambda m: any(r.rollback_of for r in m.reports), (
        "a rollback goes to something known", "a rollback may go to another release of the project",
    )),
    (lambda m: any(r.rollback_of or r.status == "rolled_back" for r in m.reports), (
        "a rollback leaves a passed deployment pending",
        "a pass that was rolled back had cleared the failures before it",
    )),
    (lambda m: m.evidence, (
        "evidence counts once per artifact", "evidence of one hash is one artifact", "policy may ask for a hash",
        "evidence counts while its sign-off stands",
    )),
    (lambda m: any(r.valid_for for r in m.requirements), (
        "an approval ends", "evidence ends", "an ended approval of G2 bars from G3",
    )),
    (lambda m: not all(r.not_initiator for r in m.requirements), ("policy may let the initiator approve",)),
    (lambda m: not all(r.one_gate for r in m.requirements), ("policy may let one person approve several gates",)),
    (lambda m: any(a.decision != "approved" for a in m.approvals), (
        "a person's stop counts from when it was recorded", "an objection to the release as a whole blocks it",
    )),
    (lambda m: any(r.kind == "environment_healthy" for r in m.requirements), (
        "policy may ask that staging is healthy before production",
    )),
    (lambda m: any(r.kind == "objected_elsewhere" for r in m.requirements), (
        "policy may ask that no other release of the commit is objected to",
    )),
    (lambda m: any(r.asked != ANYTHING for r in m.requirements), (
        "policy may ask for the person's own token", "policy may ask for a second factor",
        "policy may name who approves", "an approval that is not surely the person's changes nothing",
        "an approval that is not surely the person's bars them from nothing",
    )),
    (lambda m: m.exceptions and any(r.asked != ANYTHING for r in m.requirements), (
        "an exception asks for the own tokens and people of what it covers",
    )),
    (lambda m: any(e.alone for e in m.exceptions), ("policy may let the only manager approve exceptions",)),
    (lambda m: any(d.alone for d in m.dismissals), ("who dismissed alone keeps what they approved before",)),
    (lambda m: m.retirements, ("a retired target is looked at no more",)),
    (lambda m: m.neighbours and m.neighbours[0].retirements, ("a target is retired in its project alone",)),
    (lambda m: any(o.contested or o.checks or o.approvals for o in m.neighbours), (
        "what stops a release elsewhere is of its project",
    )),
    (lambda m: any(r.rollback_of for r in m.reports) and m.neighbours, (
        "a rollback goes to a deployment of its project",
    )),
    (lambda m: m.neighbours, ("a project has a policy of its own",)),
    (lambda m: m.people.ended, ("a revocation withdraws no decision",)),
    (lambda m: m.closed_at, ("a closed release may go nowhere",)),
)  # fmt: skip
CAN_DECIDE = {rule: on_record for on_record, rules in ON_RECORD_FIRST for rule in rules}
assert CAN_DECIDE.keys() <= WITHOUT.keys()
