"""The order of tests: every worker begins with some of the long files, and ends with short tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

# The files with the longest tests, the longest first.
LONG = (
    *("65_pages_agree_test", "linked", "upgrade", "temporary_objects", "57_asked_of_production_test"),
    *("chaos", "state_machine", "dump", "stack", "preflight", "drift", "63_views_agree_test", "words", "stack_up"),
    *("dry_run", "told_histories", "bench", "page_costs", "runbook", "readme"),
    *("48_targets_and_commits_test", "55_lapses_test"),
    *("board_pages", "board", "board_safety"),
    *("stack_processes", "wheel", "53_any_order_test", "fuzz"),
    *("lost_output", "cli_output", "producer_actions", "secrets", "names", "plain_events", "private_functions"),
    *("event_shapes", "refreshed_sessions", "inbox_offers", "48_artifacts_test", "49_undone_deployments_test"),
    *("49_decisions_beyond_gates_test", "hostile_temporaries"),
    *("concurrency", "bounded_inputs", "legs", "56_contested_reports_test", "stack_places", "api_page"),
)


class Placed(Protocol):
    """A test, which is in a file."""

    path: Path


Test = TypeVar("Test", bound=Placed)


def dealt(tests: Sequence[Test], workers: int) -> list[Test]:
    """The tests in such an order that each of so many equal parts of the list begins with long files.

    pytest-xdist gives each worker a part. Another worker takes over what stands at its end.
    """
    long: dict[str, list[Test]] = {name: [] for name in LONG}
    short: list[Test] = []
    for test in tests:
        long.get(test.path.stem.removeprefix("test_"), short).append(test)
    ordered: list[Test] = []
    for worker in range(workers):
        first = [test for name in LONG[worker::workers] for test in long[name]]
        filling = max(0, len(tests) // workers - len(first)) if worker < workers - 1 else len(short)
        ordered += first + short[:filling]
        del short[:filling]
    return ordered
