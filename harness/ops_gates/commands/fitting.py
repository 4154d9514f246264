"""Whether this client and the schema of the project fit; said once in a process, on standard error."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from ops_gates.commands import show

if TYPE_CHECKING:
    from ops_gates.core import Core

_said: list[str] = []


def misfit(client: str, schema: str | None) -> str | None:
    """What to say of two versions that do not fit; None where they do, which is when they differ in the patch alone."""
    if schema is None:
        return f"this client is {client}, and the schema is older than every release: install it anew"
    if client.split(".")[:2] == schema.split(".")[:2]:
        return None
    return (
        f"this client is {client}, and the schema is {schema}: bring the schema to the client (`ops-gates upgrade`), "
        f"or the client to the schema (`pipx install --force` of v{schema}, as in docs/install.md)"
    )


def warn(gates: Core) -> None:
    """Say so if they do not fit. What cannot be known is not said."""
    if _said:
        return
    known, schema = gates.schema_version()
    client = metadata.version("ops-release-gates")
    _said.append(client)
    if known and (said := misfit(client, schema)):
        show.aside(f"version_misfit: {said}")
