"""Tries mutants on a copy of the database: breaks one rule and runs the tests of access against it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import psycopg
import pytest

from harness.prove.access_rows import commit_rows
from harness.prove.access_scene import CannotAskError, Scene, scene_on
from harness.prove.mutants.catalogue import Mutant

# Seconds for the question whether callers feel what the catalogue has noticed: the most promising tests come first.
AT_MOST = 0.5


@dataclass(frozen=True)
class MutantResult:
    """The first test that failed for a mutant: among those of the catalogue, and among those that call as a role."""

    mutant: Mutant
    catalogue: str | None
    behaviour: str | None
    broken: str | None = None

    @property
    def survived(self) -> bool:
        """Whether nothing noticed."""
        return self.catalogue is None and self.behaviour is None


@dataclass(frozen=True)
class Case:
    """One test with its parameters, and the words by which it is found."""

    name: str
    run: Callable[..., None] = field(compare=False)
    words: frozenset[str] = field(compare=False)

    @property
    def test(self) -> str:
        """Its name without parameters."""
        return self.name.partition("[")[0]


def cases_of(module: Any) -> Iterator[Case]:
    """Every test of a module that asks for nothing but the scene, once for each set of parameters."""
    for name, test in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("test_") or test.__module__ != module.__name__:
            continue
        axes = [list(parameters(mark)) for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        wanted = {*inspect.signature(test).parameters}
        words = {*re.findall(r"\w+", inspect.getsource(test))}
        for combination in itertools.product(*axes):
            given: dict[str, Any] = {}
            for part in combination:
                given |= part
            if wanted - {*given} != {"scene"}:
                continue
            text = "-".join(str(value) for value in given.values())
            yield Case(
                f"{name}[{text}]" if text else name,
                functools.partial(test, **given),
                frozenset(words | {*re.findall(r"\w+", text)}) if not given else frozenset(re.findall(r"\w+", text)),
            )


def parameters(mark: Any) -> Iterator[dict[str, Any]]:
    """The sets of parameters of one `parametrize`."""
    names = mark.args[0] if isinstance(mark.args[0], (tuple, list)) else [n.strip() for n in mark.args[0].split(",")]
    for values in mark.args[1]:
        yield dict(zip(names, [values] if len(names) == 1 else values, strict=True))


def fails(case: Case, scene: Scene) -> bool:
    """Whether the test is red. What it did is undone."""
    try:
        with scene.undone():
            case.run(scene=scene)
    except (AssertionError, psycopg.Error, ValueError, KeyError, IndexError):
        return True
    except (CannotAskError, pytest.skip.Exception):
        return False
    return False


class MutantTrial:
    """A copy of the database with the scene on it, and the tests."""

    def __init__(
        self, url: str, catalogue: Sequence[ModuleType], behaviour: Sequence[ModuleType], admin_url: str | None = None
    ) -> None:
        facts = commit_rows(url)
        self._closing = contextlib.ExitStack()
        self.scene = self._closing.enter_context(scene_on(url, facts, admin_url))
        self.scene.db.execute("set statement_timeout = '30s'; set lock_timeout = '5s'; set client_min_messages = error")
        self.scene.db.commit()
        self.catalogue = [case for module in catalogue for case in cases_of(module)]
        self.behaviour = [case for module in behaviour for case in cases_of(module)]
        self._noticed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.red = [case.name for case in [*self.catalogue, *self.behaviour] if fails(case, self.scene)]
        self.catalogue = [case for case in self.catalogue if case.name not in self.red]
        self.behaviour = [case for case in self.behaviour if case.name not in self.red]

    def close(self) -> None:
        """Close the session."""
        self._closing.close()

    def try_out(self, mutant: Mutant) -> MutantResult:
        """Break the rule, run the tests, restore the rule."""
        scene = self.scene
        catalogue = behaviour = None
        with scene.undone():
            try:
                with scene.db.transaction():
                    scene.db.execute(mutant.statement.encode())
            except psycopg.Error as error:
                return MutantResult(mutant, None, None, broken=str(error).splitlines()[0])
            catalogue = self._first(mutant, self.catalogue)
            if mutant.felt or catalogue is None:
                # No test speaks of a private function by its name: then any may notice.
                about = [case for case in self.behaviour if mutant.about in case.words] or self.behaviour
                behaviour = self._first(mutant, about, math.inf if catalogue is None else AT_MOST)
                if catalogue is None and behaviour is None:
                    behaviour = self._first(mutant, self.behaviour)
        scene.db.rollback()
        return MutantResult(mutant, catalogue, behaviour)

    def _first(self, mutant: Mutant, cases: Sequence[Case], seconds: float = math.inf) -> str | None:
        """The first red test; none begins after so many seconds.

        Those come first that speak of the same things, then those that were red for such a mutant before.
        """
        began = time.monotonic()
        known = self._noticed[mutant.kind]
        words = {mutant.about, *re.findall(r"\w+", mutant.name)}
        if mutant.name.startswith(f"{mutant.about}_"):  # a policy: <table>_<command>_<role>
            words |= {*mutant.name.removeprefix(f"{mutant.about}_").split("_", 1)}

        def promise(case: Case) -> tuple[int, int, int]:
            return (-len(words & case.words), -known[case.test], len(case.words))

        for case in sorted(cases, key=promise):
            if time.monotonic() - began > seconds:
                break
            if fails(case, self.scene):
                known[case.test] += 1
                return case.name
        return None
