"""CHANGELOG.md is in the form of Keep a Changelog, and the notes of a release are taken from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stack.parts import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
NOTES = ROOT / ".github" / "release_notes.py"
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def notes_of(tag: str, folder: Path, version: str, changelog: str) -> subprocess.CompletedProcess[str]:
    """Ask for the notes of a tag in a checkout that has this version and this changelog."""
    (folder / ".github").mkdir()
    (folder / ".github" / NOTES.name).write_text(NOTES.read_text())
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    command = [sys.executable, str(folder / ".github" / NOTES.name), tag]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_section_is_unreleased_or_a_version_with_its_date() -> None:
    sections = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert [text for text in sections[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", text)] == []


def test_every_part_of_a_section_has_a_known_name_once_and_in_order() -> None:
    for section in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        parts = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert parts == [kind for kind in KINDS if kind in parts]


def test_the_notes_of_a_release_are_its_section_alone(tmp_path: Path) -> None:
    newer, wanted, older = "## [Unreleased]\n\n- x\n\n", "### Added\n\n- y\n", "\n## [1.1.0] - 2026-11-01\n\n- z\n"
    done = notes_of("v1.2.0", tmp_path, "1.2.0", f"{newer}## [1.2.0] - 2026-12-01\n\n{wanted}{older}")
    assert (done.returncode, done.stdout) == (0, wanted)


@pytest.mark.parametrize(
    ("tag", "changelog"),
    [
        ("v1.3.0", "## [1.2.0] - 2026-12-01\n\n- y\n"),
        ("v1.2.0", "## [Unreleased]\n\n- y\n"),
        ("v1.2.0", "## [1.2.0] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n\n- z\n"),
        ("v1.2.0", "## [1.2.0]\n\n- y\n"),
    ],
    ids=["another version", "still unreleased", "no text", "no date"],
)
def test_no_notes_are_given_where_tag_version_and_changelog_do_not_agree(
    tmp_path: Path, tag: str, changelog: str
) -> None:
    done = notes_of(tag, tmp_path, "1.2.0", changelog)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
