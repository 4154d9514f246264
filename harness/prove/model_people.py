"""Who may do what where: what each member holds in which project, and how their calls and events are answered.

Written from the specification alone, as the rest of the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.prove.model_events import DECIDES_ON, MACHINE, PIPELINE, SENDERS, Sender

PEOPLE = ("audit_reader", "developer", "qa_tester", "sre", "release_manager")  # roles of people, the least first
ROLES = (*PEOPLE, PIPELINE)
MANAGER = "release_manager"

# Who may read which table.
_MANAGED = frozenset({MANAGER, "audit_reader"})
READERS = {
    "releases": frozenset(ROLES),
    "release_gates": _MANAGED | {PIPELINE},
    "approvals": _MANAGED,
    "exceptions": _MANAGED,
    "evidence_artifacts": _MANAGED | {"qa_tester"},
    "build_artifacts": _MANAGED | {"qa_tester"},
    "deployments": _MANAGED | {"sre"},
    "deployment_reports": _MANAGED | {"sre"},
    "contested_reports": _MANAGED,
    "dismissals": _MANAGED,
    "event_ingest_log": _MANAGED,
    "v_release_gate_summary": _MANAGED,
    "v_promotion_eligibility": _MANAGED,
    "v_deployment_history": _MANAGED | {"sre"},
    "v_live": _MANAGED | {"sre"},
    "v_waiting": _MANAGED,
}
# Who may call which function that is about one release.
_ALL = frozenset({*ROLES, MACHINE})
CALLERS = {
    "is_eligible_for_promotion": _ALL,
    "was_eligible_for_promotion": _ALL,
    "promotion_blockers": _ALL,
    "promotion_advice": _ALL,
    "gate_findings": _ALL,
    "gate_status_at": _ALL,
    "evaluate_gate": frozenset({MACHINE, PIPELINE, MANAGER}),
    "release_overview": frozenset({*PEOPLE, MACHINE}),
    "timeline": frozenset({*PEOPLE, MACHINE}),
    "close_release": frozenset({MACHINE, PIPELINE, MANAGER}),
    "dismiss": frozenset({MANAGER}),
    "retire_target": frozenset({MANAGER}),
    "open_release": frozenset({MACHINE, PIPELINE, MANAGER}),
}
# How one of them answers about what is not there, or is of a project of others.
UNKNOWN = dict.fromkeys(CALLERS, "OPS04") | {"open_release": "42501"}


@dataclass(frozen=True)
class Membership:
    """A role that somebody holds in a project; None for every project, also a later one."""

    subject: str
    role: str
    project: str | None


@dataclass(frozen=True)
class Ended:
    """A membership that was ended, and who wanted that."""

    membership: Membership
    wanted_by: str


@dataclass
class People:
    """What everybody holds and held."""

    projects: set[str] = field(default_factory=set)
    standing: list[Membership] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # subjects by each of their names, in lower case
    bots: set[str] = field(default_factory=set)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)  # the role of a session of somebody
    waited: bool = False  # whether 24 hours went by since a membership of a release manager was ended

    # What stands

    def memberships(self) -> list[Membership]:
        """Those that count."""
        return self.standing

    def is_in(self, membership: Membership, project: str) -> bool:
        """Whether a membership holds in a project."""
        return membership.project in (None, project)

    def gives(self, membership: Membership, role: str) -> bool:
        """Whether a membership gives a role."""
        return membership.role == role

    def held(self, subject: str) -> list[Membership]:
        """What somebody holds."""
        return [m for m in self.memberships() if m.subject == subject]

    def is_member(self, subject: str, role: str) -> bool:
        """Whether somebody holds a role anywhere."""
        return any(self.gives(m, role) for m in self.held(subject))

    def holds(self, subject: str, role: str, project: str) -> bool:
        """Whether somebody holds a role in a project."""
        return any(self.gives(m, role) and self.is_in(m, project) for m in self.held(subject))

    def is_person_of(self, subject: str, project: str | None) -> bool:
        """Whether somebody is an active person; with a project, of that one."""
        own = [] if subject in self.bots else self.held(subject)
        return any(project is None or self.is_in(m, project) for m in own)

    def acts(self, who: Sender, project: str) -> bool:
        """Whether a caller may act for a project in their role."""
        return who.role == MACHINE or self.holds(who.subject, who.role, project)

    def is_known(self, who: Sender) -> bool:
        """Whether a caller is a member in their role anywhere, or the secret key."""
        return who.role == MACHINE or self.is_member(who.subject, who.role)

    def projects_of(self, who: Sender, among: Iterable[str]) -> list[str]:
        """The projects that a caller sees in their role."""
        return [p for p in among if self.acts(who, p)]

    def roles_in(self, subject: str, project: str) -> set[str]:
        """All roles that somebody holds in a project."""
        return {role for role in ROLES if self.holds(subject, role, project)}

    def may_be_named(self, subject: str, role: str, project: str) -> bool:
        """Whether a machine may name somebody in a persona."""
        return self.holds(subject, role, project)

    def is_alone(self, subject: str, project: str) -> bool:
        """Whether somebody is the only release manager of a project, and nobody else was one in the last 24 hours."""
        others = [m for m in self.memberships() if m.role == MANAGER and m.subject != subject]
        return (
            self.waited
            and self.holds(subject, MANAGER, project)
            and not any(self.is_in(other, project) for other in others)
        )

    def was_ended_by(self, subject: str, role: str, project: str, person: str) -> bool:
        """Whether somebody's membership in a role was ever ended on behalf of a person."""
        own = [e.membership for e in self.ended if e.wanted_by == person and e.membership.subject == subject]
        return any(m.role == role and m.project in (None, project) for m in own)

    # What changes it

    def why_not_granted(self, asked: Membership, wanted_by: str, *, renamed: bool = False) -> str | None:
        """The code with which a grant is refused. A new handle makes a grant of what stands a new one."""
        if asked.role not in ROLES:
            return "23514"
        if asked.subject in self.bots | {e.subject for e in self.everyone()} and (
            (asked.subject in self.bots) != (asked.role == PIPELINE)
        ):
            return "OPS13"
        if asked.project is not None and asked.project not in self.projects:
            return "OPS04"
        if not self.is_person_of(wanted_by, asked.project):
            return "OPS06"
        return "OPS16" if asked in self.standing and not renamed else None

    def grant(self, asked: Membership, *names: str) -> None:
        """Grant a membership, to a member with these names."""
        self.standing.append(asked) if asked not in self.standing else None
        self.names |= {name.lower(): asked.subject for name in (asked.subject, *names)}
        if asked.role == PIPELINE:
            self.bots.add(asked.subject)

    def why_not_revoked(self, subject: str, wanted_by: str) -> str | None:
        """The code with which a revocation is refused: never for what does not stand."""
        known = any(m.subject == subject for m in self.everyone())
        return None if known and self.is_person_of(wanted_by, None) else "OPS06"

    def revoke(self, subject: str, role: str | None, project: str | None, wanted_by: str) -> list[Membership]:
        """End one membership, or all of somebody's without a role."""
        over = [m for m in self.held(subject) if role is None or (m.role, m.project) == (role, project)]
        self.standing = [m for m in self.standing if m not in over]
        self.ended += [Ended(m, wanted_by) for m in over]
        return over

    def everyone(self) -> list[Membership]:
        """What anybody holds or held."""
        return [*self.standing, *(e.membership for e in self.ended)]

    # The role of a session

    def why_not_chosen(self, who: Sender, role: str) -> str | None:
        """The code with which the choice of a role is refused."""
        if who.role not in PEOPLE or not self.held(who.subject):
            return "42501"  # who lost the role that they act in chooses another
        return None if self.is_member(who.subject, role) else "OPS13"

    def role_of(self, subject: str, session: str) -> str:
        """The role that the next token of a session has."""
        chosen = self.chosen.get((subject, session))
        if chosen and self.is_member(subject, chosen):
            return chosen
        return next((role for role in ROLES if self.is_member(subject, role)), "authenticated")

    # How a call is answered

    def answer_to_reading(self, who: Sender, table: str) -> str | None:
        """The code with which a table is not read. Whoever may read it sees the rows of their projects.

        A view whose rows come from a function refuses who is no active member, once its plan asks the function; the
        others show them no row.
        """
        reads = who.role == MACHINE or who.role in READERS[table]
        return None if reads and (table != "v_live" or self.is_known(who)) else "42501"

    def answer_to_call(self, who: Sender, function: str, project: str | None) -> str | None:
        """The code with which a function refuses to answer about a release of a project; None: of none."""
        if who.role not in CALLERS[function] or not self.is_known(who):
            return "42501"
        if project is None or not self.acts(who, project):
            return "OPS04" if who.role == MACHINE and function == "open_release" else UNKNOWN[function]
        return None

    def answer_to_opening(self, who: Sender, project: str, initiator: str) -> str | None:
        """The code with which a release is not opened for an initiator."""
        refusal = self.answer_to_call(who, "open_release", project if project in self.projects else None)
        if refusal:
            return refusal
        if who.role == MANAGER:
            return None if initiator == who.subject else "42501"
        return None if self.is_initiator(initiator, project) else "OPS06"

    def is_initiator(self, subject: str, project: str) -> bool:
        """Whether a machine may name somebody as the initiator of a release."""
        return self.is_person_of(subject, project)

    def answer_to_event(self, who: Sender, kind: str, project: str | None, decided: Decided | None) -> str | None:
        """The code with which an event without a fault is refused, whatever is on record."""
        if who.role not in (MACHINE, *(role for roles in SENDERS.values() for role in roles)):
            return "42501"
        if not self.is_known(who) or not self._may_send(who, kind, decided):
            return "forbidden_event"
        if project is None or not self.acts(who, project):
            return "unknown_release"
        if decided and who.role == MACHINE and not self.may_be_named(decided.person, decided.persona, project):
            return "forbidden_event"
        return None

    def _may_send(self, who: Sender, kind: str, decided: Decided | None) -> bool:
        if who.role == MACHINE:
            return True
        if who.role not in SENDERS[kind]:
            return False
        own = who.subject, DECIDES_ON.get(who.role), who.role
        return decided is None or (decided.person, decided.gate, decided.persona) == own

    def answer_to_decision(self, who: Sender, project: str | None, decided: Decided) -> str | None:
        """The code with which a decision is not written to its table by a person."""
        may = project is not None and self.acts(who, project) and self._may_send(who, "gate_signoff", decided)
        return None if may else "42501"


@dataclass(frozen=True)
class Decided:
    """Who decides, on which gate, in which persona."""

    person: str
    gate: str
    persona: str
