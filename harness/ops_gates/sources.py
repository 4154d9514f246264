"""Who speaks: which source system an event names by default. Standard library only.

The database says which role may name which source (`ops_private.may_send_source`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

HAND = "manual"
OTHER_PIPELINE = "ci"
MACHINES = frozenset({"ci_service_role", "service_role"})
# By pipeline: a variable that only it sets, and those that name the workflow and the job.
PIPELINES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "github_actions": (("GITHUB_ACTIONS", "GITHUB_RUN_ID"), "GITHUB_WORKFLOW", "GITHUB_JOB"),
    "gitlab_ci": (("GITLAB_CI",), "CI_PROJECT_PATH", "CI_JOB_NAME"),
    "jenkins": (("JENKINS_URL",), "JOB_NAME", "STAGE_NAME"),
    "azure_pipelines": (("TF_BUILD",), "BUILD_DEFINITIONNAME", "SYSTEM_JOBDISPLAYNAME"),
}


def pipeline(environment: Mapping[str, str]) -> str:
    """The pipeline that this runs in, by the variables that it sets; `ci` if it is none of those that are known."""
    for source, (marks, _, _) in PIPELINES.items():
        if any(environment.get(mark, "").strip() for mark in marks):
            return source
    return OTHER_PIPELINE


def job_names(environment: Mapping[str, str]) -> list[str]:
    """The names of the workflow and of the job that this runs in, as far as they are known."""
    _, *variables = PIPELINES.get(pipeline(environment), ((), "GITHUB_WORKFLOW", "GITHUB_JOB"))
    return [name for variable in variables if (name := environment.get(str(variable), "").strip())]


def person_of(token: str | None) -> str | None:
    """The subject of a person's token; None for a machine's, for a secret key and for what cannot be read.

    The signature is not checked: this only chooses a default, and the database decides who the sender is.
    """
    claims = _claims(token or "")
    subject = claims.get("sub")
    if role_of(token or "") in MACHINES or not isinstance(subject, str):
        return None
    return subject.strip() or None


def subject_of(token: str) -> str | None:
    """The subject of a token, whoever's it is; None for what cannot be read."""
    subject = _claims(token).get("sub")
    return subject if isinstance(subject, str) and subject.strip() else None


def role_of(token: str) -> str | None:
    """The role that a token acts in; None for what cannot be read."""
    role = _claims(token).get("role")
    return role if isinstance(role, str) else None


def ends_at(token: str) -> datetime | None:
    """When a token ends; None if it does not say."""
    end = _claims(token).get("exp")
    try:
        return datetime.fromtimestamp(end, UTC) if isinstance(end, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None


def _claims(token: str) -> Mapping[str, Any]:
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
