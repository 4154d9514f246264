"""One cluster per test run, for all workers: the run starts it when the first test needs it, and ends it.

The process that runs pytest owns the cluster. Workers of pytest-xdist ask it for the address and clone a stack
of their own.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.stack.errors import StackError
from harness.stack.parts import ROOT
from harness.stack.postgres_trees import chosen, source
from harness.stack.stack import Cluster, Stack, external_stack, run_cluster, stack_kind


class Owner:
    """Starts the cluster at the first question, and answers every question with its description."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._closing = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._answer: dict[str, Any] | None = None
        self._listener: Listener | None = None
        self._authkey = secrets.token_bytes(16)

    def answer(self) -> dict[str, Any]:
        """The cluster's description, or `{"failed": …}`; starts it at the first call."""
        with self._lock:
            if self._answer is None:
                try:
                    self._answer = self._start()
                except StackError as error:
                    self._answer = {"failed": str(error)}
                except Exception:  # otherwise this thread ends, and the workers wait for ever
                    self._answer = {"failed": traceback.format_exc()}
            return self._answer

    def _start(self) -> dict[str, Any]:
        if stack_kind() == "external":
            stack = external_stack(ROOT)
            stack.migrate()
            stack.close()
            return {"kind": "external"}
        return self._closing.enter_context(run_cluster()).as_dict()

    def invitation(self) -> tuple[str, int, str]:
        """The address where workers ask, and the secret that they need."""
        if self._listener is None:
            self._listener = Listener(("127.0.0.1", 0), authkey=self._authkey)
            threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()
        host, port = self._listener.address
        return str(host), int(port), self._authkey.hex()

    def _serve(self, listener: Listener) -> None:
        while True:
            try:
                asking = listener.accept()
            except OSError:
                return  # closed
            with asking:
                asking.send(self.answer())

    def close(self) -> None:
        """End the cluster."""
        if self._listener:
            self._listener.close()
        self._closing.close()


def ask(host: str, port: int, authkey: str) -> dict[str, Any]:
    """The owner's answer, from another process."""
    with Client((host, port), authkey=bytes.fromhex(authkey)) as asking:
        return dict(asking.recv())


class Worker:
    """The clones that one pytest process uses: a stack, and a database for each file of SQL tests."""

    def __init__(self, ask: Callable[[], dict[str, Any]]) -> None:
        """Clone nothing yet."""
        self._ask = ask
        self._closing = contextlib.ExitStack()
        self._stack: Stack | None = None
        self._with_pgtap: str | None = None

    def _cluster(self) -> Cluster | None:
        answer = self._ask()
        if "failed" in answer:
            raise StackError(answer["failed"])
        return None if answer["kind"] == "external" else Cluster.from_dict(answer)

    def stack(self) -> Stack:
        """This process's stack; StackError if it cannot be started."""
        if self._stack is None:
            cluster = self._cluster()
            if cluster:
                self._stack = self._closing.enter_context(cluster.clone())
            else:
                self._stack = external_stack(ROOT)
                self._closing.callback(self._stack.close)
        return self._stack

    @contextlib.contextmanager
    def sql_database(self) -> Iterator[str]:
        """The address of a database for a file of SQL tests.

        They install pgTAP, which other tests must not find. What a file undoes stays in its tables as dead rows,
        which slow down the next file, and more so once the server has counted them.
        """
        if cluster := self._cluster():
            with cluster.database(self._template(cluster)) as name:
                yield cluster.server.url("postgres", name)
        else:
            yield self.stack().db_url

    def _template(self, cluster: Cluster) -> str:
        """A database with pgTAP, which each file's is a copy of: to install a thousand functions takes longer."""
        if self._with_pgtap is None:
            name = self._closing.enter_context(cluster.database())
            with psycopg.connect(cluster.server.url("postgres", name)) as connection:
                connection.execute("create extension pgtap with schema extensions")
            self._with_pgtap = name
        return self._with_pgtap

    def close(self) -> None:
        """Drop the clones."""
        self._closing.close()


_owner = pytest.StashKey[Owner]()
_worker = pytest.StashKey[Worker]()


def worker_of(config: pytest.Config) -> Worker:
    """The stack of this pytest process."""
    return config.stash[_worker]


def pytest_configure(config: pytest.Config) -> None:
    """Stop at once if the chosen kind of stack, or the chosen Postgres, is not possible here."""
    invitation = getattr(config, "workerinput", {}).get("stack")
    if invitation:
        config.stash[_worker] = Worker(functools.partial(ask, *invitation))
        return
    try:
        if stack_kind() == "external":
            external_stack(Path(os.devnull)).close()
        elif stack_kind() == "containers":
            from harness.stack.containers import require_engine

            require_engine()
        else:
            source(chosen())
    except StackError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_owner] = Owner()
    config.stash[_worker] = Worker(config.stash[_owner].answer)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker where to ask for the cluster."""
    node.workerinput["stack"] = node.config.stash[_owner].invitation()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:  # noqa: ARG001 - the hook's signature
    """One worker more than processors: many tests wait. An external project has one database, so one can use it."""
    if stack_kind() == "external":
        return 1
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


def pytest_report_header(config: pytest.Config) -> str:  # noqa: ARG001 - the hook's signature
    """Name the kind of stack in the run's header, and the Postgres that we start for it."""
    return f"stack: {stack_kind()}" + (f", Postgres {chosen()}" if stack_kind() == "embedded" else "")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End and remove what this process started."""
    if _worker in config.stash:
        config.stash[_worker].close()
    if _owner in config.stash:
        config.stash[_owner].close()
