"""The database against the model: random facts in random order, and after each both give the same answers.

`HYPOTHESIS_PROFILE=nightly` runs far more of it; `OPS_MODEL_DB_URL` names another database to use.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from psycopg.rows import dict_row

from harness.tests.release_history import COMMON, ReleaseHistory

settings.register_profile("gates-default", COMMON, max_examples=10, stateful_step_count=20)
settings.register_profile("gates-nightly", COMMON, max_examples=60, stateful_step_count=40)


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection as `postgres` that commits every statement."""
    url = os.environ.get("OPS_MODEL_DB_URL") or request.getfixturevalue("stack").db_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as opened:
        yield opened


def test_the_database_judges_as_the_model_does(connection: psycopg.Connection[dict[str, Any]]) -> None:
    profile = os.environ.get("HYPOTHESIS_PROFILE", "default")

    class Connected(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(connection)

    run_state_machine_as_test(Connected, settings=settings.get_profile(f"gates-{profile}"))
