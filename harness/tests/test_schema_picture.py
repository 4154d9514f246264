"""The generated picture of both schemas: out of step is noticed, and it says what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.check import drift, schema_picture
from harness.stack.parts import ROOT


@pytest.fixture(scope="module")
def picture(reference: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture as it is written; nothing here changes it."""
    folder = tmp_path_factory.mktemp("picture")
    assert schema_picture.write(folder, reference=reference) > 100
    return folder


def test_a_stale_picture_is_noticed_file_by_file(picture: Path, reference: str, tmp_path: Path) -> None:
    shutil.copytree(picture, tmp_path, dirs_exist_ok=True)
    (tmp_path / "README.md").unlink()
    (tmp_path / "ops" / "schema.sql").write_text("")
    (tmp_path / "ops" / "tables" / "releases.sql").unlink()
    (tmp_path / "ops_private" / "functions" / "trim_name.sql").unlink()
    (tmp_path / "ops_private" / "tables").mkdir(exist_ok=True)
    (tmp_path / "ops_private" / "tables" / "stray.sql").write_text("")
    assert schema_picture.differences(tmp_path, reference=reference) == [
        "missing: README.md",
        "different: ops/schema.sql",
        "missing: ops/tables/releases.sql",
        "missing: ops_private/functions/trim_name.sql",
        "too much: ops_private/tables/stray.sql",
    ]


def test_the_picture_says_that_it_is_generated_and_that_nothing_is_made_from_it(picture: Path) -> None:
    files = [path for path in picture.rglob("*.sql") if not path.read_text().startswith(schema_picture.HEADER)]
    assert files == []
    assert {path.name for path in picture.iterdir()} == {"README.md", *drift.SCHEMAS}
    assert "schema_paths" not in (ROOT / "supabase" / "config.toml").read_text()
