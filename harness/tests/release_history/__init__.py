"""Drawn histories: hypothesis draws the steps of one release, and the database must judge each as the model does."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

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

# A history is not made shorter when both sides differ: that takes minutes, and steps depend on the clock.
COMMON = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


class ReleaseHistory(Stories):
    """One release, in the database and in the model, with every kind of step and every story."""
