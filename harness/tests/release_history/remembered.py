"""Models of a release to which nothing is added any more: each question is answered once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from harness.prove.model import Release

QUESTIONS = (
    "known_checks", "known_approvals", "artifacts", "current_decisions", "approvers_below", "authorises", "deployments",
    "ordinary", "health", "shown_by", "standing_health", "standing_reports", "findings", "verdict", "blockers",
    "blockers_at_deploy", "stops",
)  # fmt: skip


def as_of_now(model: Release, kind: type[Release] = Release) -> Release:
    """The facts of a model, for a model of some kind that remembers its answers; so do the others of its project."""
    remembering: type[Release] = _remembering(kind)  # type: ignore[arg-type]
    known = [model]
    for one in known:  # it grows: others may know releases that this one does not
        known += [other for other in (*one.others, *one.neighbours) if all(other is not there for there in known)]
    alike = {id(one): remembering(**_facts(one)) for one in known}
    for copy in alike.values():
        copy.others = [alike[id(other)] for other in copy.others]
        copy.neighbours = [alike[id(other)] for other in copy.neighbours]
    return alike[id(model)]


def _facts(model: Release) -> dict[str, Any]:
    return {f.name: getattr(model, f.name) for f in fields(Release)}


@functools.cache
def _remembering(kind: Any) -> type[Release]:
    answers = {name: _once(getattr(kind, name)) for name in QUESTIONS}
    return type(f"{kind.__name__}Remembered", (kind,), {**answers, "while_recorded": _one_for_all(kind.while_recorded)})


def _one_for_all(asked: Callable[[Release, datetime], Release]) -> Callable[[Release, datetime], Release]:
    """The release as it was, the same for all who ask: each remembers answers, and asks for earlier ones again."""

    def answer(self: Release, at: datetime) -> Release:
        then = asked(self, at)
        if then is self:
            return self
        present: Release = vars(self).get("_present", self)
        same: Release = vars(present).setdefault("_past", {}).setdefault(len(then.accepted), then)
        vars(same)["_present"] = present
        return same

    return answer


def _once(asked: Callable[..., Any]) -> Callable[..., Any]:
    def answer(self: Release, *about: Any) -> Any:
        known = vars(self).setdefault("_known", {})
        question = (asked.__name__, about)
        if question not in known:
            known[question] = asked(self, *about)
        return known[question]

    return answer
