"""Fixtures for histories that are told: a release in the database and in the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from harness.stack import Stack
from harness.tests.release_history import ReleaseHistory


@pytest.fixture(scope="module")
def session(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """The session of all histories of a file: a new one would plan every query of every function again."""
    with psycopg.connect(stack.db_url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as connection:
        yield connection


@pytest.fixture
def opened(session: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], ReleaseHistory]]:
    """A function that opens a release in the database and in the model.

    At the end both are asked again about each moment at which they were compared, and at which a fact was recorded.
    """
    told: list[ReleaseHistory] = []
    # These histories are not drawn by hypothesis, which would refuse to count their events.
    for module in ("compared", "refused_rules", "row_rules"):
        monkeypatch.setattr(f"harness.tests.release_history.{module}.event", lambda _value: None)
    session.execute("reset role")
    session.execute("reset all")

    def open_one() -> ReleaseHistory:
        history = ReleaseHistory(session)
        history.open_release("production", 0)
        told.append(history)
        return history

    yield open_one
    for history in told:
        if not history.void:
            history.look_back(history.memory)


@pytest.fixture
def history(opened: Callable[[], ReleaseHistory]) -> ReleaseHistory:
    return opened()
