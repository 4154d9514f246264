"""The rules on artifacts: which are on record, and which decisions are of these."""

from __future__ import annotations

import hashlib
from datetime import datetime

from harness.prove.model_dismissals import SetAside
from harness.prove.model_facts import Approval, Artifacts, Build, Finding


class Artifacted(SetAside):
    """A release, by what was built of it."""

    def artifacts(self, at: datetime) -> Artifacts:
        """The set on record: of each name of a check what the latest trusted report names that names any.

        In a tie it is the report that was recorded last. A name that was dismissed leaves it.
        """
        latest: dict[str, Build] = {}
        for build in sorted(self.known_builds(at), key=lambda b: (b.observed_at, b.recorded_at)):
            if build.trusted and build.artifacts:
                latest[build.check] = build
        return frozenset(a for build in latest.values() for a in build.artifacts)

    def digest(self, at: datetime) -> str | None:
        """What names the set on record: the SHA-256 of its sorted lines; None of an empty set."""
        lines = [f"{name}\t{sha256}\n" for name, sha256 in sorted(self.artifacts(at), key=_bytes)]
        return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else None

    def is_of_the_artifacts(self, decision: Approval, at: datetime) -> bool:
        """Whether the set on record is the one that was there when a decision was recorded."""
        return self.digest(decision.recorded_at) == self.digest(at)

    def conflicts(self, at: datetime) -> list[Finding]:
        """One finding for each name that has several hashes."""
        names = [name for name, _ in self.artifacts(at)]
        return [Finding("artifact_conflict", n, True, "failed") for n in sorted({*names}) if names.count(n) > 1]

    def outside_the_set(self, deployed: Artifacts, at: datetime) -> Artifacts:
        """The deployed artifacts that are not in the set on record; none where no set is."""
        on_record = self.artifacts(at)
        return deployed - on_record if on_record else frozenset()


def _bytes(artifact: tuple[str, str]) -> tuple[bytes, bytes]:
    return artifact[0].encode(), artifact[1].encode()
