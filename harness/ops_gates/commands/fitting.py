"""Whether this client and the schema of the project fit; said once in a process, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops_gates import versions
from ops_gates.commands import show

if TYPE_CHECKING:
    from ops_gates.core import Core

_said: list[str] = []


def warn(gates: Core) -> None:
    """Say so if they do not fit. What cannot be known is not said."""
    if _said:
        return
    known, schema = gates.schema_version()
    client = versions.of_this()
    _said.append(client)
    if known and (said := versions.misfit(client, schema)):
        show.aside(f"version_misfit: {said}: {versions.way_out(schema)}")
