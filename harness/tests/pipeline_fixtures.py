"""A pipeline's job, and a project that fails when it is told to, as pytest fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stack import Stack
from harness.tests.flaky import Flaky, flaky
from harness.tests.pipeline import Job, caller


@pytest.fixture
def job(stack: Stack, tmp_path: Path) -> Job:
    """A job whose caller is a CI bot with a token."""
    return Job(tmp_path, environment=caller(stack, "ci token"))


@pytest.fixture
def front(stack: Stack) -> Iterator[Flaky]:
    """The stack behind a front that answers as a test says."""
    with flaky(stack) as front:
        yield front
