"""The database against the model: random facts in random order, and after each both give the same answers.

The run at night is far longer. It counts how often each rule decided, and asks for at least `OFTEN` times of each.
`OPS_MODEL_DB_URL` names another database to use.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from psycopg.rows import dict_row

from harness.prove.effort import NIGHTLY, times
from harness.tests.release_history import COMMON, ReleaseHistory
from harness.tests.release_history.decided import RULES, Decisions

STEPS = times(200, 5_000)
HISTORY = times(20, 40)
OFTEN = 50
HISTORIES = settings(COMMON, max_examples=-(-STEPS // HISTORY), stateful_step_count=HISTORY)


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection as `postgres` that commits every statement."""
    url = os.environ.get("OPS_MODEL_DB_URL") or request.getfixturevalue("stack").db_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened


def test_the_database_judges_as_the_model_does(
    connection: psycopg.Connection[dict[str, Any]], record_property: Callable[[str, object], None]
) -> None:
    decisions = Decisions()

    class Connected(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(connection, decisions)

    try:
        run_state_machine_as_test(Connected, settings=HISTORIES)
        while decisions.steps < STEPS:
            run_state_machine_as_test(Connected, settings=settings(HISTORIES, max_examples=5))
    finally:
        record_property("decided", str(decisions))
    seldom = {rule: decisions.counts[rule] for rule in RULES if decisions.counts[rule] < OFTEN}
    assert not (NIGHTLY and seldom), f"after {decisions.steps} steps: {seldom}"
