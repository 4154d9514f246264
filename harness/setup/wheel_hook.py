"""Puts the page of the board into the wheel and the source archive; a hook of hatchling.

A fresh clone has no built page. The build then asks for Deno, which is a package on every platform but musl. Where the
page cannot be built, the wheel comes without it and `ops-gates board` says so, unless OPS_BOARD=required.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import bundle

PLACES = {"wheel": "ops_gates/board/page", "sdist": ".cache/board"}


class BoardHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        has_deno = not (sys.platform == "linux" and platform.libc_ver()[0] != "glibc")
        return ["deno>=2.9.8,<3"] if has_deno and not bundle.is_current(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if need be, and add it."""
        if version == "editable":  # reads it where it was built
            return
        root = Path(self.root)
        try:
            if not bundle.is_current(root):
                self._build(root)
        except (ImportError, OSError, bundle.BundleError) as error:
            if os.environ.get("OPS_BOARD") == "required":
                raise
            self.app.display_warning(f"the page of the board is left out, because it could not be built: {error}")
            return
        built = bundle.place(root)
        build_data["force_include"][str(built / "page" if self.target_name == "wheel" else built)] = PLACES[
            self.target_name
        ]

    def _build(self, root: Path) -> None:
        from deno import find_deno_bin

        kept = root / ".cache" / "deno"
        with tempfile.TemporaryDirectory() as scratch:
            quiet = {"DENO_NO_UPDATE_CHECK": "1", "DENO_NO_PACKAGE_JSON": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
            cache = os.environ.get("DENO_DIR") or str(kept if kept.is_dir() else scratch)
            bundle.build(root, os.fsdecode(find_deno_bin()), {**os.environ, **quiet, "DENO_DIR": cache})
