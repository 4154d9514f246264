"""The migrations that take the schema away."""

from __future__ import annotations

from pathlib import Path

_WITH_FACTS = "v_with_facts constant boolean := {}"


def sql(*, hook_alone: bool, with_facts: bool, keep_hook: bool) -> str:
    """What removes everything but perhaps the hook; where only the hook is left, what removes that."""
    if hook_alone:
        return _read("hook_removal.sql")
    text = _read("removal.sql")
    if with_facts:
        text = text.replace(_WITH_FACTS.format("false"), _WITH_FACTS.format("true"))
    return text + (_read("kept_hook.sql") if keep_hook else "")


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
