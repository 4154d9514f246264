"""The database against the model: random facts in random order, and after each both give the same answers.

The run at night is far longer. It counts how often each rule decided, and asks for at least `OFTEN` times of each: it
tells stories of those that decided seldom until each has, or until the time is over.
`OPS_MODEL_DB_URL` names another database to use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg.rows import dict_row

from harness.prove.effort import NIGHTLY, times
from harness.tests.release_history import COMMON, ReleaseHistory
from harness.tests.release_history.decided import RULES, Decisions

STEPS = times(250, 5_000)
OFTEN = 50
AT_MOST = timedelta(minutes=45)
# One round of histories. Each begins from another seed.
ROUND = settings(COMMON, max_examples=times(2, 10), stateful_step_count=times(12, 25))
STORIES = settings(ROUND, stateful_step_count=5)


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection as `postgres` that commits every statement."""
    url = os.environ.get("OPS_MODEL_DB_URL") or request.getfixturevalue("stack").db_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened


def test_the_database_judges_as_the_model_does(
    connection: psycopg.Connection[dict[str, Any]], record_property: Callable[[str, object], None]
) -> None:
    decisions = Decisions(enough=OFTEN if NIGHTLY else float("inf"))  # the models without a rule take most of the time

    class Connected(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(connection, decisions)

    end = time.monotonic() + AT_MOST.total_seconds()
    try:
        while decisions.steps < STEPS:
            run_state_machine_as_test(Connected, settings=ROUND)
        while NIGHTLY and (seldom := decisions.seldom(OFTEN)) and time.monotonic() < end:
            Connected.wanted = seldom
            run_state_machine_as_test(Connected, settings=STORIES)
    finally:
        record_property("decided", str(decisions))
    assert set(decisions.counts) <= set(RULES)
    seldom = decisions.seldom(OFTEN)
    assert not (NIGHTLY and seldom), f"after {decisions.steps} steps: { {r: decisions.counts[r] for r in seldom} }"
