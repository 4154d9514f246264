"""Idempotency keys: who may send an event under one, and which other keys are of the same event or a later attempt."""

from __future__ import annotations

import re

from harness.prove.model_events import MACHINE, PIPELINE
from harness.prove.model_terms import PERSONAS
from harness.prove.model_values import attempt_in

# Who may name which source, besides service_role.
SOURCES = {
    **dict.fromkeys(("github_actions", "gitlab_ci", "jenkins", "azure_pipelines", "ci"), (PIPELINE,)),
    "monitoring": (PIPELINE, "sre"),
    "manual": PERSONAS,
    "agent": (),
}

_PART = re.compile("[!-.0-~]+")  # of a key, between its slashes
_LONGER = re.compile("/~i[0-9a-f]{12}$")  # what a client puts behind a key that another fact has taken


def may_be_a_key(key: str | None, event_type: str, role: str) -> bool:
    """Whether somebody in a role may send an event of this type under this key, by its form."""
    parts = (key or "").split("/")
    fits = len(parts) >= 3 and parts[2] == event_type and all(_PART.fullmatch(part) for part in parts)
    return fits and ((role == MACHINE and parts[0] in SOURCES) or role in SOURCES.get(parts[0], ()))


def is_same_key(key: str | None, other: str) -> bool:
    """Whether two keys are the same, but for what a client puts behind one that another fact has taken."""
    return key is not None and _plain(key) == _plain(other)


def is_sent_again(key: str | None, later: str) -> bool:
    """Whether an event has the key of another one, or that key with a later attempt at its end.

    A client may have made one of both longer. Two that were made longer in two ways are of two events.
    """
    if key is None or len({*_LONGER.findall(key), *_LONGER.findall(later)}) > 1:
        return False
    first, number = attempt_in(_plain(key))
    again, later_number = attempt_in(_plain(later))
    return is_same_key(key, later) or (first == again and number < later_number)


def _plain(key: str) -> str:
    return _LONGER.sub("", key)
