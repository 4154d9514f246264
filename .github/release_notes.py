"""Print the section of CHANGELOG.md for a tag; exit 1 if tag, version and changelog do not agree."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def notes(tag: str, root: Path) -> str:
    """What CHANGELOG.md says about the version that the tag `v<version>` names; ValueError says what does not agree."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, and pyproject.toml has version {version}: tag v{version}")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |^\[[^\]]+\]: |\Z)"
    found = re.search(heading, changelog, re.MULTILINE | re.DOTALL)
    if not found or not found[1].strip():
        heading = f"## [{version}] - <date>"
        raise ValueError(f"CHANGELOG.md has no text under `{heading}`: move that of Unreleased there")
    return found[1].strip() + "\n"


if __name__ == "__main__":
    try:
        print(notes(sys.argv[1], Path(__file__).resolve().parents[1]), end="")
    except ValueError as error:
        sys.exit(str(error))
