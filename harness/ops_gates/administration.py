"""Projects, people, and the policy of gates: what a release manager or the secret key changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops_gates.answers import unreadable
from ops_gates.core import Core, Rows
from ops_gates.named import naming
from ops_gates.rows import PolicyWarning, VPolicyChanges


class Administration(Core):
    """A project, as its release managers and the holder of its secret key see it."""

    def register_project(self, project: str, description: str | None = None, *, on_behalf_of: str, reason: str) -> str:
        """Register a project that releases and policies may name then; its spelling. For service_role alone.

        `on_behalf_of` is the member who wants it: Refused OPS06 if there is no such active member.
        """
        arguments = {"project": project, "description": description}
        with naming(None, wanted_by=on_behalf_of):
            return str(self._rpc("register_project", arguments | {"on_behalf_of": on_behalf_of, "reason": reason}))

    def grant_membership(
        self,
        subject: str,
        role: str,
        handle: str | None = None,
        *,
        project: str | None = None,
        on_behalf_of: str,
        reason: str,
    ) -> str:
        """Give a person or bot (by the `sub` of their tokens) a role, in a project or in every one; their member id.

        For service_role alone. `on_behalf_of` is the member who wants it: Refused OPS06 if there is no such active
        member, OPS04 for an unknown project, OPS16 if the membership stands already.
        """
        member = {"subject": subject, "role": role, "project": project, "handle": handle}
        with naming(None, wanted_by=on_behalf_of):
            return str(self._rpc("grant_membership", member | {"on_behalf_of": on_behalf_of, "reason": reason}))

    def revoke_membership(
        self, subject: str, role: str | None = None, *, project: str | None = None, on_behalf_of: str, reason: str
    ) -> dict[str, Any]:
        """End a membership, or all of a member without a role; {revoked, warnings}.

        `revoked` says what was ended, and if nobody else holds it; `warnings` what those who are left cannot satisfy
        of policy. `project` None is the membership in every project. Refused OPS06 if there is no such member, or
        `on_behalf_of` is no active member.
        """
        asked = {"subject": subject, "role": role, "project": project}
        with naming(subject, wanted_by=on_behalf_of):
            answer = self._rpc("revoke_membership", asked | {"on_behalf_of": on_behalf_of, "reason": reason})
        if not isinstance(answer, dict) or not {"revoked", "warnings"} <= answer.keys():
            raise unreadable("no revocation")
        return answer

    def replace_subject(self, handle: str, subject: str, *, on_behalf_of: str, reason: str) -> str:
        """Give a person another subject, after their user was deleted and created anew; their member id.

        For service_role alone. Refused OPS06 if nobody has the handle or `on_behalf_of` is no active member, OPS13 for
        a bot, OPS16 for a subject that is theirs already, OPS15 for the name of another member.
        """
        asked = {"handle": handle, "subject": subject}
        with naming(handle, wanted_by=on_behalf_of):
            return str(self._rpc("replace_subject", asked | {"on_behalf_of": on_behalf_of, "reason": reason}))

    def set_policy(
        self,
        gate_code: str,
        requirements: Sequence[Mapping[str, Any]],
        project: str | None = None,
        *,
        on_behalf_of: str,
        reason: str,
    ) -> Rows:
        """Replace what a gate needs, for releases opened from now on; open releases keep their policy.

        For service_role alone. `on_behalf_of` is the member who wants it; Refused OPS06 if there is no such active
        member of the project, OPS10 for a policy that cannot be.
        """
        arguments = {"gate_code": gate_code, "requirements": list(requirements), "project": project}
        columns = ("release_id", "release_project", "release_name")
        return self._listed(
            "set_gate_policy", arguments | {"on_behalf_of": on_behalf_of, "reason": reason}, None, columns
        )

    def propose_policy(
        self,
        gate_code: str,
        requirements: Sequence[Mapping[str, Any]],
        project: str | None = None,
        *,
        reason: str,
        drop: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:
        """Propose what a gate shall need, for another release manager to confirm; the proposal, its hash, and warnings.

        `drop` names each default blocking requirement that is left out or asks less, as {kind, subject}.
        Refused OPS10 for a policy that cannot be, OPS16 when it is in force already. The same again is
        the same open proposal.
        """
        arguments = {"project": project, "gate_code": gate_code, "requirements": list(requirements)}
        return _change(self._rpc("propose_gate_policy", arguments | {"reason": reason, "drop": list(drop)}))

    def confirm_policy(self, hashed: str) -> dict[str, Any]:
        """Put the proposal of another release manager in force, by its hash; the change, and warnings.

        NotFound for a hash that is none of yours; Refused OPS24 to its author, OPS17 to its author alone within 24 h,
        OPS18 if it is in force already, OPS19 if it lapsed, OPS21 if it was overtaken, OPS22 if its author was revoked.
        """
        reply = self._retry.call(lambda: self._transport.rpc("confirm_gate_policy", {"hash": hashed}))
        if reply.attempts > 1 and reply.code == "OPS18":
            # The first attempt may have confirmed it, and its answer was lost. The row says who did.
            for change in self.policy_changes(hash=hashed.lower(), state="confirmed"):
                return {**change, "warnings": self.policy_warnings(change["project"])}
        return _change(reply.checked())

    def policy_changes(self, **equal: Any) -> list[VPolicyChanges]:
        """What was proposed and set, and what became of it, oldest first."""
        return self.select("v_policy_changes", VPolicyChanges, order=("created_at", "change_id"), **equal)

    def policy_warnings(self, project: str | None = None) -> list[PolicyWarning]:
        """What the active members cannot satisfy of policy, of one project or of all of the caller."""
        return self._listed("policy_warnings", {"project": project}, PolicyWarning)

    def policy_impact(
        self, gate_code: str, requirements: Sequence[Mapping[str, Any]], project: str | None = None, last: int = 100
    ) -> dict[str, Any]:
        """What these requirements of a gate would have changed of the newest releases; it only reads."""
        arguments = {"gate_code": gate_code, "requirements": list(requirements), "project": project, "last": last}
        said = self._rpc("policy_impact", arguments)
        if not isinstance(said, dict) or not isinstance(said.get("changed"), list):
            raise unreadable("no impact")
        return said


def _change(said: Any) -> dict[str, Any]:
    """A change of policy that was answered."""
    if not isinstance(said, dict) or not isinstance(said.get("warnings"), list):
        raise unreadable("no change of policy")
    return said
