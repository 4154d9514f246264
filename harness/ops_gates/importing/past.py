"""Releases of the past, by what the lines of a file call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ops_gates.errors import GatesError, NotFound, Refused
from ops_gates.importing.lines import Opening, Refusal
from ops_gates.rows import Projects, Releases

if TYPE_CHECKING:
    from ops_gates.core import Core

_NO_ID = "00000000-0000-0000-0000-000000000000"


_OPEN_IT = 'open it on a line before: {"release": {"release_name": …, "source_ref": …}}'
_HINTS = {"idempotency_key_reused": "give each fact a key of its own", "unknown_release": _OPEN_IT}
"""What to do with a line, where a sender of the present would do something else."""


def refusal_of(error: GatesError) -> Refusal:
    """Why a line was refused, as the project says."""
    said = error.message if error.detail is None else f"{error.message} ({error.detail})"
    return Refusal(error.code, said, _HINTS.get(error.code) or error.hint or "docs/errors.md explains the code")


class Past:
    """The releases of the past of a project; without a project (`gates`) only those that the file opens."""

    def __init__(self, gates: Core | None, project: str | None) -> None:
        self._gates = gates
        self.project = project
        """Of lines that name none."""
        self._ids: dict[tuple[str, str], str | None] = {}
        """By project in lower case and name; None where the project has none."""
        self._projects: dict[str, str] | None = None
        self._is_past: dict[str, bool] = {}

    def open(self, opening: Opening) -> Refusal | None:
        """Record a release; why not, if it is refused."""
        given = opening.given
        project, name = given.get("project") or self.project, given["release_name"]
        if project is None:
            return Refusal("invalid_release", "the line names no project", "name it, or say --project")
        release_id = _NO_ID
        if self._gates is not None:
            try:
                release_id = str(self._gates.import_release(
                    project, name, given.get("environment_target") or "production", given["source_ref"],
                    scope_metadata=given.get("scope_metadata"), initiating_actor=given.get("initiating_actor"),
                ))  # fmt: skip
            except (Refused, NotFound) as error:
                return refusal_of(error)
        self._ids[project.lower(), name] = release_id
        self._is_past[release_id] = True
        return None

    def event(self, line: Mapping[str, Any]) -> dict[str, Any] | Refusal:
        """The event of a line, which may name its release by `release` in place of `release_id`; or why it is none."""
        event = {name: value for name, value in line.items() if name != "release"}
        if "release" not in line:
            return self._about_the_past(event)
        if "release_id" in line or not isinstance(line["release"], str):
            hint = "name one, as project/release_name or by its id"
            return Refusal("invalid_envelope", "release is no name, or release_id stands beside it", hint)
        release_id = self._named(line["release"])
        if release_id is None:
            return Refusal("unknown_release", f"no release of the past is called {line['release']!r}"[:500], _OPEN_IT)
        return {**event, "release_id": release_id}

    def _named(self, called: str) -> str | None:
        """The id of the release that is called project/release_name, or by its name alone in the project given."""
        parts = called.split("/")
        names = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(1, len(parts))]
        names += [(self.project, called)] if self.project is not None else []
        for project, name in names:
            key = project.lower(), name
            if key not in self._ids and self._gates is not None:
                self._ids[key] = self._on_record(self._gates, project, name)
            if (release_id := self._ids.get(key)) is not None:
                return release_id
        return None

    def _on_record(self, gates: Core, project: str, name: str) -> str | None:
        """The id of the release of the past of that name in a project, which may be written in any case."""
        if self._projects is None:
            known = gates.select("projects", Projects, columns=("project",), order=("project",))
            self._projects = {row["project"].lower(): row["project"] for row in known}
        spelling = self._projects.get(project.lower())
        columns = ("release_id", "imported_at")
        if spelling is None:
            return None
        for row in gates.select("releases", Releases, columns=columns, project=spelling, release_name=name):
            if row["imported_at"] is not None:
                self._is_past[row["release_id"]] = True
                return row["release_id"]
        return None

    def _about_the_past(self, event: dict[str, Any]) -> dict[str, Any] | Refusal:
        """The event, unless its release is known and not of the past.

        The project would refuse it too, but keep a failure in it as a contested report of that release.
        """
        try:
            release_id = str(UUID(event["release_id"]))
        except (KeyError, ValueError, TypeError, AttributeError):
            return event
        if release_id not in self._is_past and self._gates is not None:
            columns = ("release_id", "imported_at")
            rows = self._gates.select("releases", Releases, columns=columns, release_id=release_id)
            self._is_past[release_id] = not rows or rows[0]["imported_at"] is not None
        if self._is_past.get(release_id, True):
            return event
        hint = "open a release of the past on a line before, and name it"
        return Refusal("release_not_imported", "the release is not of the past", hint)
