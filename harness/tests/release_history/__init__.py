"""Drawn histories: hypothesis draws the steps of one release, and the database must judge each as the model does."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from harness.tests.release_history.opened import OpenedRelease

COMMON = settings(
    deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class ReleaseHistory(OpenedRelease):
    """One release, in the database and in the model, with every kind of step."""
