"""Drawn histories: hypothesis draws the steps of one release, and the database must judge each as the model does."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from harness.prove.effort import NIGHTLY, times
from harness.tests.release_history import (
    alone_stories,
    decided,
    decision_stories,
    deployment_stories,
    evidence_stories,
    project_stories,
    refusal_stories,
)
from harness.tests.release_history.stories import STORIES, Stories

# Each of these modules tells its stories when it is read.
TOLD_IN = (alone_stories, decision_stories, deployment_stories, evidence_stories, project_stories, refusal_stories)
assert STORIES.keys() >= project_stories.TOLD
assert STORIES.keys() == {*decided.RULES}, {*decided.RULES} ^ STORIES.keys()

# One round of histories. The first of a round is always the simplest there is. A history is not made shorter when both
# sides differ: that takes minutes, and steps depend on the clock.
ROUND = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=times(6, 10),
    stateful_step_count=25,
)


class ReleaseHistory(Stories):
    """One release, in the database and in the model, with every kind of step and every story."""


def seeds(first: int) -> Iterator[int]:
    """A seed for each round of histories: by day from the first on, the same in every run; at night others.

    So a change is refused for what it broke, and not for what chance has found. What failed here before comes first.
    """
    return itertools.count(secrets.randbelow(2**32) if NIGHTLY else first)


def play(history: type[ReleaseHistory], drawn_from: Iterator[int], length: settings = ROUND) -> None:
    """Play one round of histories, drawn from the next seed."""
    run_state_machine_as_test(seed(next(drawn_from))(history), settings=length)
