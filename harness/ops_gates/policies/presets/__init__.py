"""The presets: complete policies, as YAML files, for as many people as each says."""

from __future__ import annotations

import importlib.resources
import json
import re
from typing import Literal, TypeAlias

Name: TypeAlias = Literal["solo", "team", "company", "bank"]
# So begins a name that is still to be filled in.
OPEN = "[<"


def text(name: Name, project: str | None = None) -> str:
    """The file of a preset, for one project or (None) for every other one."""
    content = importlib.resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    # A JSON text is a YAML one.
    said = "null" if project is None else json.dumps(project)
    return re.sub(r"^project: null$", lambda _: f"project: {said}", content, count=1, flags=re.MULTILINE)
