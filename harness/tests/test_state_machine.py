"""The database against the model: random facts in random order, and after each both give the same answers.

By day it draws the same histories in every run. The run at night draws others. It is far longer, and has parts that can
run beside each other.

A test of the night alone counts how often the rules decided, and asks for at least `OFTEN` times of each: it tells
stories of those that decided seldom until each has, or until the time is over. The models without a rule take most of
the time, so a rule is counted no further.

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
from psycopg.rows import dict_row

from harness.prove.effort import at_night, times
from harness.tests.release_history import ROUND, ReleaseHistory, play, seeds
from harness.tests.release_history.decided import RULES, Decisions

PARTS = times(1, 2)
STEPS = times(100, 5_000) // PARTS
OFTEN = 10
AT_MOST = timedelta(minutes=45)
STORIES = settings(ROUND, stateful_step_count=5)


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection as `postgres` that commits every statement."""
    url = os.environ.get("OPS_MODEL_DB_URL") or request.getfixturevalue("stack").db_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened


@pytest.mark.parametrize("_part", range(PARTS))
def test_the_database_judges_as_the_model_does(connection: psycopg.Connection[dict[str, Any]], _part: int) -> None:
    steps, drawn_from = 0, seeds(0)

    class Connected(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(connection, None)

        def teardown(self) -> None:
            nonlocal steps
            steps += self.steps
            super().teardown()

    while steps < STEPS:
        play(Connected, drawn_from)


@at_night("tells stories until each rule has decided often")
@pytest.mark.parametrize("part", range(PARTS))
def test_every_rule_decides_often(
    connection: psycopg.Connection[dict[str, Any]], record_property: Callable[[str, object], None], part: int
) -> None:
    decisions, drawn_from = Decisions(RULES[part::PARTS], OFTEN), seeds(0)

    class Connected(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(connection, decisions)

    end = time.monotonic() + AT_MOST.total_seconds()
    try:
        while (seldom := decisions.seldom()) and time.monotonic() < end:
            Connected.wanted = seldom
            play(Connected, drawn_from, STORIES)
            print(f"{decisions.steps} steps; {len(seldom)} rules did not decide {OFTEN} times yet", flush=True)
    finally:
        record_property("decided", str(decisions))
    assert set(decisions.counts) <= set(RULES)
    seldom = decisions.seldom()
    assert not seldom, f"after {decisions.steps} steps: { {r: decisions.counts[r] for r in seldom} }"
