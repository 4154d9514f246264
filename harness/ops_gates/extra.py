"""What only the extra `install` of the package brings."""

from __future__ import annotations

import importlib.util

from ops_gates.errors import UsageFault


def needed(module: str) -> None:
    """Raise UsageFault, which says how to get it, unless this module is there."""
    if importlib.util.find_spec(module) is None:
        raise UsageFault(
            "this needs the extra `install` (ops-release-gates[install]): type `pipx install --force '.[install]'` in a"
            " clone of ops-release-gates; docs/install.md has the line for a tag"
        )
