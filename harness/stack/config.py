"""The API's settings in `supabase/config.toml`: the local parts and the platform use the same ones."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Api:
    """The `[api]` section: exposed schemas, search path and row limit."""

    schemas: tuple[str, ...]
    extra_search_path: tuple[str, ...]
    max_rows: int


def read_api(workdir: Path) -> Api:
    """The section of `<workdir>/supabase/config.toml`; the CLI's defaults for what it does not set."""
    path = workdir / "supabase" / "config.toml"
    api = tomllib.loads(path.read_text()).get("api", {}) if path.exists() else {}
    return Api(
        schemas=tuple(dict.fromkeys(["ops", *api.get("schemas", [])])),
        extra_search_path=tuple(api.get("extra_search_path", ["public", "extensions"])),
        max_rows=int(api.get("max_rows", 1000)),
    )
