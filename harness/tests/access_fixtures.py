"""The scene as pytest fixtures. Test files load them by `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.prove.access_facts import Facts
from harness.prove.access_rows import commit_rows
from harness.prove.access_scene import Scene, scene_on
from harness.stack import Stack


@pytest.fixture(scope="session")
def scene_facts(stack: Stack) -> Facts:
    """The rows of the scene, on this worker's stack."""
    return commit_rows(stack.db_url)


@pytest.fixture(scope="session")
def _session(stack: Stack, scene_facts: Facts) -> Iterator[Scene]:
    with scene_on(stack.db_url, scene_facts, stack.admin_db_url) as scene:
        yield scene


@pytest.fixture
def scene(_session: Scene) -> Iterator[Scene]:
    """A session on the scene; what a test did is undone."""
    with _session.undone():
        yield _session
    _session.db.rollback()
