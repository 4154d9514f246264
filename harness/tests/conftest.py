"""Fixtures for all tests: the stack of the worker, a connection that rolls back, and fresh copies of the database."""

from __future__ import annotations

import contextlib
import functools
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import typer.main
import typer.testing

from harness.prove import browser as real_browser
from harness.prove import effort
from harness.prove.shared import worker_of
from harness.prove.world import World
from harness.stack import Stack, StackError
from harness.tests import order
from harness.tests.forked import Programs
from harness.tests.page_bundle import build_if_changed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Their asserts show both sides, as those of a test file do.
pytest.register_assert_rewrite(
    *(
        f"harness.tests.{name}"
        for name in ("board_browser", "chaos_samples", "imports", "release_history", "scene_writes", "signing")
    )
)

# A run that was started in the background ignores SIGINT, and its children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


class SlowTests:
    """Leaves the slow tests to `make slow`; before pytest selects by markers."""

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Reads no file of which this run has no test, unless it was named: collecting takes each worker seconds."""
        if not collection_path.is_file():
            return None
        if config.option.markexpr == "slow":
            left = not order.has_slow_tests(collection_path)
        else:
            left = not effort.SLOW and order.name_of_file(collection_path) in order.SLOW_FILES
        return left or None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Prints which files were not read, and why."""
        if effort.SLOW or all(Path(argument.partition("::")[0]).is_file() for argument in config.args):
            return
        terminalreporter.section("left to `make slow`")
        for why, names in order.SLOW.items():
            terminalreporter.write_line(f"{why}: {', '.join(names)}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if why := order.SLOW_FILES.get(order.name_of(item)):
                item.add_marker(effort.slow(why))
            if why := effort.left_out(item):
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_configure(config: pytest.Config) -> None:
    """The files that `make slow` has are named by `order.SLOW`."""
    config.pluginmanager.register(SlowTests())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long files, in each worker with some of them."""
    items[:] = order.dealt(items, int(getattr(config, "workerinput", {}).get("workercount", 1)))


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Tests run a thousand commands in one process, and each would build the command line and read all certificates."""
    command_line = functools.cache(typer.main.get_command)
    read = ssl.create_default_context
    # SSL_CERT_FILE may name others than the usual ones.
    trusted = functools.cache(lambda cafile, _changed: read(cafile=cafile))

    def context(*given: Any, **named: Any) -> ssl.SSLContext:
        file = named.get("cafile")
        if given or [*named] != ["cafile"] or not file or not Path(file).is_file():
            return read(*given, **named)
        return trusted(file, Path(file).stat().st_mtime_ns)

    with pytest.MonkeyPatch.context() as once:
        once.setattr(typer.testing, "_get_command", command_line)
        once.setattr(ssl, "create_default_context", context)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how often each rule decided in the random histories."""
    for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed")):
        for report in reports:
            for name, value in report.user_properties:
                if name == "decided":
                    terminalreporter.section(report.nodeid)
                    terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page of the board, from the sources as they are now."""
    build_if_changed()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    """The stack of this worker: its own database, PostgREST, function and gateway, which serves the board."""
    build_if_changed()
    return worker_of(pytestconfig).stack()


@pytest.fixture
def embedded_only(stack: Stack) -> None:
    """Skip what is about the embedded stack where another is asked for."""
    if stack.kind != "embedded":
        pytest.skip(f"is about the embedded stack, and this is OPS_STACK={stack.kind}")


@pytest.fixture
def db(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """A connection as `postgres` in a transaction that is rolled back."""
    connection = stack.connect()
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()


@pytest.fixture
def fresh_db(stack: Stack) -> Iterator[Callable[[], str]]:
    """A function that makes a database with the migrations alone. Each call returns the address of a new one."""
    if stack.cluster is None:
        pytest.skip(f"needs a database of its own, and OPS_STACK={stack.kind} has only one")
    with contextlib.ExitStack() as clones:
        yield lambda: clones.enter_context(stack.clone_database())


@pytest.fixture(scope="module")
def clones(stack: Stack) -> Iterator[Callable[[], str]]:
    """As `fresh_db`, but the databases last for all tests of a file."""
    if stack.cluster is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} has only one")
    with contextlib.ExitStack() as made:
        yield lambda: made.enter_context(stack.clone_database())


@pytest.fixture(scope="module")
def reference(clones: Callable[[], str]) -> str:
    """A database with the migrations alone, for all tests of a file. No test may change it."""
    return clones()


@pytest.fixture
def fresh_stack(stack: Stack) -> Iterator[Callable[[], Stack]]:
    """A function that starts a whole stack on a database with the migrations alone."""
    if stack.cluster is None:
        pytest.skip(f"needs a stack of its own, and OPS_STACK={stack.kind} has only one")
    with contextlib.ExitStack() as clones:
        yield lambda: clones.enter_context(stack.clone())


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    """Programs of ours as processes that are forked, so that none starts anew."""
    with contextlib.closing(Programs()) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this worker, which is started when the first test needs it."""
    if real_browser.is_left_out():
        pytest.skip("needs a browser, and OPS_BROWSER=none leaves it out")
    try:
        launched = contextlib.ExitStack()
        made = launched.enter_context(real_browser.launched())
    except StackError as error:
        pytest.fail(str(error), pytrace=False)
    with launched:
        yield made


@pytest.fixture
def world(stack: Stack) -> World:
    """An open release of this test's own, and people who act on it."""
    return World(stack)
