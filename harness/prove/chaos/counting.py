"""A pytest plugin: puts into the junit file how often each test repeated itself, as the test itself decided."""

from __future__ import annotations

from typing import Any

import pytest

from harness.prove import effort

REPEATED, STEPS = "repeated", "steps"
_running: list[pytest.Item] = []
_times = effort.times


def _counted(usual: int, nightly: int) -> int:
    """Call `times`, and record its result for the test that runs."""
    often = _times(usual, nightly)
    for item in _running:
        item.user_properties.append((REPEATED, often))
    return often


# This must happen before any test module imports the function.
effort.times = _counted


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test runs."""
    _running[:] = [item]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Record the number of steps at the end of each random history."""
    modules = {item.module for item in session.items if isinstance(item, pytest.Function)}
    for module in modules:
        if module.__name__.endswith("test_state_machine"):
            _count_steps(module.ReleaseHistory)


def _count_steps(machine: Any) -> None:
    ended = machine.teardown

    def teardown(self: Any) -> None:
        for item in _running:
            item.user_properties.append((STEPS, self.steps))
        ended(self)

    machine.teardown = teardown
