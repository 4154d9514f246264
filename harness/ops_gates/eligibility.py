"""Whether a release may go somewhere, as guards see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ops_gates.rows import GateFinding, Releases


@dataclass(frozen=True)
class Eligibility:
    """Whether a release may go to an environment, and why not."""

    release: Releases
    target: str
    eligible: bool
    blockers: list[GateFinding] = field(default_factory=list)
    other_source: str | None = None
    """The commit that was asked about, where the release is of another; its blockers were not asked for then."""

    @property
    def name(self) -> str:
        """The release as commands name it."""
        return f"{self.release['project']}/{self.release['release_name']}"

    @property
    def mismatch(self) -> str | None:
        """The sentence for a release of another commit."""
        if self.other_source is None:
            return None
        return (
            f"{self.name} is of {self.release['source_ref']}, and {self.other_source} would be deployed:"
            " deploy that commit, or ask for the release of this one"
        )
