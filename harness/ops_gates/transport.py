"""What carries requests to a project: supabase-py or urllib. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ops_gates.answers import Reply
from ops_gates.query import Query


class Transport(Protocol):
    """Sends one request and gives the reply; raises `ops_gates.retry.Lost` when none came. Follows no redirect."""

    def invoke(self, function: str, body: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Reply:
        """Call an edge function."""

    def rpc(self, function: str, arguments: Mapping[str, Any]) -> Reply:
        """Call a function of schema `ops`."""

    def rows(self, query: Query) -> Reply:
        """Read from schema `ops`."""
