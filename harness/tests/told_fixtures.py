"""Fixtures for histories that are told: a release in the database and in the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from harness.stack import Stack
from harness.tests.release_history import ReleaseHistory


@pytest.fixture
def opened(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], ReleaseHistory]]:
    """A function that opens a release in the database and in the model."""
    # These histories are not drawn by hypothesis, which would refuse to count their events.
    for module in ("compared", "refused_rules", "row_rules"):
        monkeypatch.setattr(f"harness.tests.release_history.{module}.event", lambda _value: None)
    with psycopg.connect(stack.db_url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as connection:

        def open_one() -> ReleaseHistory:
            history = ReleaseHistory(connection)
            history.open_release("production", 0)
            return history

        yield open_one


@pytest.fixture
def history(opened: Callable[[], ReleaseHistory]) -> ReleaseHistory:
    return opened()
