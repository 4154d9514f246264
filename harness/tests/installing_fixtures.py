"""The folder of an application, and a package to install, as fixtures. Test files load them by `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.tests.installing import (
    CONFIG,
    write,
)
from ops_gates.installing.package import Package


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of an application with a migration and a function of its own; commands run in it."""
    repository = tmp_path / "app"
    write(repository, "config.toml", CONFIG)
    write(repository, "migrations/20260101000000_orders.sql", "create table public.orders ();\n")
    write(repository, "functions/hello/index.ts", "export {};\n")
    monkeypatch.chdir(repository)
    return repository


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Package], None]:
    """Have the commands carry another package."""
    return lambda package: monkeypatch.setattr(Package, "own", lambda: package)
