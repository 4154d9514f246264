"""The rules on evidence: which rows are one artifact, and which of them count."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from harness.prove.model_decisions import Decisions, is_asked_for
from harness.prove.model_facts import DeploymentKey, Evidence, Requirement
from harness.prove.model_record import known


class Evidenced(Decisions):
    """A release, by what was shown of it."""

    def pieces(self, need: Requirement, at: datetime, place: DeploymentKey | None = None) -> int:
        """How many artifacts count for a need; with a place, of those that name this deployment.

        Of the rows of one address that count now, the newest is the artifact. Rows of one hash are one artifact.
        """
        rows = [e for e in known(self.evidence, at) if is_asked_for(need, e) and place in (None, e.deployment)]
        counting = [e for e in rows if self.counts(need, e, at) and self.is_signed_off(e, at)]
        artifacts = [e for e in self.newest_rows(counting) if e.sha256 or not self.asks_for_a_hash(need)]
        return len({self.identity(e) for e in artifacts})

    def newest_rows(self, rows: list[Evidence]) -> list[Evidence]:
        """Of each address the row that was observed last, in a tie recorded last."""
        newest = {self.address(e): e for e in sorted(rows, key=lambda e: (e.observed_at, e.recorded_at))}
        return [*newest.values()]

    def identity(self, evidence: Evidence) -> str:
        """What makes two rows one artifact: their hash, else their address."""
        return evidence.sha256 or self.address(evidence)

    def address(self, evidence: Evidence) -> str:
        """An address without what says nothing: capitals of the host, its usual port, a fragment, slashes around."""
        parts = urlsplit(evidence.url)
        host = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme, "none"))
        return f"{parts.scheme}://{host}/" + f"{parts.path}?{parts.query}".strip("/?")

    def asks_for_a_hash(self, need: Requirement) -> bool:
        """Whether a need takes no evidence without a hash."""
        return need.require_hash

    def is_signed_off(self, evidence: Evidence, at: datetime) -> bool:
        """Whether the sign-off that evidence came with is of the artifacts on record and its author still approves.

        Whether that approval counts is no matter. Evidence that came with none is as good.
        """
        given = evidence.approval
        if given is None:
            return True
        approves = any(
            a.decision == "approved" and (a.approver, a.persona) == (given.approver, given.persona)
            for a in self.current_decisions(given.scope, at)
        )
        return approves and self.is_of_the_artifacts(given, at)
