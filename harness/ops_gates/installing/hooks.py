"""The access-token hook of a project: whether it is ours, and what a hook of somebody's own needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops_gates.platform_calls import HOOK

PATH = ("auth", "hook", "custom_access_token")
TABLE = ".".join(PATH)
LINE = "event := ops.with_member_role(event);"
CALL = "select ops.with_member_role($1)"
_INTO_A_FUNCTION = f"put this line into it, before it returns the event: {LINE}"
_INTO_A_SERVER = (
    f"before it answers, have it send the event to the database as the user postgres ({CALL}), and answer with what "
    "that returns (docs/install.md)"
)


def is_ours(hook: Mapping[str, Any]) -> bool:
    """Whether settings switch our hook on."""
    return hook.get("uri") == HOOK and hook.get("enabled") is True


def everywhere(base: Mapping[str, Any], remotes: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether the hook of each project is ours; None where that of one is and that of another is not."""
    said = {is_ours(base), *(is_ours({**base, **remote}) for remote in remotes)}
    return said.pop() if len(said) == 1 else None


def into(hook: Mapping[str, Any]) -> str:
    """What to put into a hook that is somebody's own, by how Supabase Auth calls it."""
    uri = str(hook.get("uri", ""))
    if uri.startswith(("https://", "http://")):
        return _INTO_A_SERVER
    if uri.startswith("pg-functions://"):
        return _INTO_A_FUNCTION
    return f"where it is a function of Postgres, {_INTO_A_FUNCTION}; where it is called over HTTPS, {_INTO_A_SERVER}"
