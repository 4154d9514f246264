"""The order of tests: every worker begins with some of the long files, and ends with short tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

# What `make slow` runs: files whose tests make something whole, or one thing many times; each kind with what that is.
SLOW = {
    "installs, upgrades, dumps or restores a whole database": (
        *("linked", "upgrade", "dump", "restore_check", "install", "install_faults", "uninstall", "neutral_install"),
        *("preflight", "drift"),
    ),
    "starts one more stack, or its parts": (
        *("stack", "stack_up", "stack_processes", "stack_kinds", "stack_places", "stack_containers"),
        *("auth_stand_in", "chaos", "chaos_report", "bench", "client_retries", "refreshed_sessions"),
    ),
    "runs the blocks of a document, or a producer of the documents": (
        *("readme", "runbook", "docs", "dry_run", "api_page", "remedies", "legs", "keys", "bundles"),
        *("producer_actions", "producer_agent", "producer_failures", "producer_n8n", "policy_workflow"),
    ),
    "starts a process for each of many cases, or builds a package": (
        *("wheel", "cli_output", "lost_output", "secrets", "secrets_in_ps", "checkout_commands", "board_command"),
        *("schema_picture", "workflows", "import", "import_stopped", "board_written"),
    ),
    "asks every function, or every page of many releases": (
        *("hostile_temporaries", "private_functions", "words", "inbox_offers"),
        *("63_views_agree_test", "65_pages_agree_test", "68_timeline_test"),
    ),
    "compares random histories, orders or inputs with the model, or with each other": (
        *("told_histories", "told_projects", "told_rollbacks", "state_machine", "imported", "concurrency", "fuzz"),
        *("bounded_inputs", "artifacts", "notices", "plain_events", "event_shapes", "names", "53_any_order_test"),
        *("48_targets_and_commits_test", "49_undone_deployments_test", "55_lapses_test", "57_asked_of_production_test"),
    ),
    "tries each right in every project, or once more over HTTP": (
        *("access_http", "access_projects", "access_projects_http", "access_members", "access_scopes", "cli_rights"),
    ),
}
SLOW_FILES = {name: why for why, names in SLOW.items() for name in names}

# The files with the longest tests, the longest first: those of `make slow`, then those of `make test`.
LONG = (
    *("linked", "65_pages_agree_test", "readme", "dump", "dry_run", "runbook", "upgrade", "stack", "preflight"),
    *("63_views_agree_test", "stack_up", "legs", "hostile_temporaries", "keys", "wheel", "stack_processes"),
    *("restore_check", "words", "cli_output", "board_pages", "board_safety", "board", "48_targets_and_commits_test"),
    *("state_machine", "temporary_objects", "told_projects", "told_histories", "imported", "told_rollbacks", "revoked"),
    *("56_contested_reports_test", "import", "49_undone_deployments_test", "bounded_inputs", "event_shapes", "notices"),
    *("57_asked_of_production_test", "68_timeline_test", "49_decisions_beyond_gates_test", "55_lapses_test", "fuzz"),
    *("access_mutants", "48_artifacts_test", "57_dismissals_test", "private_functions", "access_scopes"),
    *("policy_impact", "import_stopped", "concurrency", "artifacts", "names", "row_types", "migrations", "secrets"),
    *("producer_failures", "producer_actions", "chaos", "drift", "inbox_offers", "api_page", "lost_output", "docs"),
    *("chaos_report", "producer_n8n", "remedies", "refreshed_sessions", "schema_picture", "bench", "53_any_order_test"),
    "plain_events",
)


class Placed(Protocol):
    """A test, which is in a file."""

    path: Path


def name_of_file(path: Path) -> str:
    """The name of a test file, without what all names have."""
    return path.stem.removeprefix("test_")


def name_of(test: Placed) -> str:
    """The name of a test's file."""
    return name_of_file(test.path)


def has_slow_tests(path: Path) -> bool:
    """Whether a file is one of those that `make slow` runs, or marks some of its tests as slow."""
    return name_of_file(path) in SLOW_FILES or "slow(" in path.read_text()


Test = TypeVar("Test", bound=Placed)


def dealt(tests: Sequence[Test], workers: int) -> list[Test]:
    """The tests in such an order that each of so many equal parts of the list begins with long files.

    pytest-xdist gives each worker a part. Another worker takes over what stands at its end.
    """
    long: dict[str, list[Test]] = {name: [] for name in LONG}
    short: list[Test] = []
    for test in tests:
        long.get(name_of(test), short).append(test)
    ordered: list[Test] = []
    for worker in range(workers):
        first = [test for name in LONG[worker::workers] for test in long[name]]
        filling = max(0, len(tests) // workers - len(first)) if worker < workers - 1 else len(short)
        ordered += first + short[:filling]
        del short[:filling]
    return ordered
