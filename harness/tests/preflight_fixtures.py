"""What the tests of the bundles and of preflight share: a copy of the compared files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.stack.parts import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that preflight compares, to be changed."""
    for name in ("spec", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "harness" / "check").mkdir(parents=True)
    shutil.copy(ROOT / "harness" / "check" / "access.yaml", tmp_path / "harness" / "check")
    return tmp_path
