"""The fixture of tests in which somebody signs in from a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.stack import Stack, members
from harness.tests.signing import Person


@pytest.fixture
def person(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A function that makes somebody who can sign in, in a home of the test."""
    made: list[Person] = []

    def make(role: str | None = "release_manager", handle: str | None = None) -> Person:
        made.append(Person(stack, tmp_path, role, handle))
        return made[-1]

    yield make
    for one in made:
        if one.role is not None:
            members.revoke(stack.client(), one.subject)
