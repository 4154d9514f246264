"""The `supabase/` folder of an application: where it is, what of it is ours, and whether somebody edited that."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops_gates.errors import Refused, UsageFault
from ops_gates.installing.ours import MIGRATION, Ours, has_a_copy, is_renamed

CONFIGS = ("config.toml", "config.json", "config.jsonc")
RECORD = "ops-release-gates.json"
ABOUT = "Written by `ops-gates install`. Keep it in version control: it says what may be changed and removed."
_REF = re.compile(r"[a-z]{20}")


@dataclass(frozen=True)
class Record:
    """What was written: a hash for each file, and what was added to config.toml."""

    migrations: Mapping[str, str] = field(default_factory=dict)
    function: Mapping[str, str] = field(default_factory=dict)
    config: tuple[str, ...] = ()
    sender: Mapping[str, str] = field(default_factory=dict)
    """Of the sender of notices, which 0.9.0 did not have."""

    @classmethod
    def read(cls, text: str) -> Record:
        """The record in a text; Refused if it is none."""
        try:
            given = json.loads(text)
            migrations, function, sender = (
                {str(name): str(value) for name, value in each.items()}
                for each in (given["migrations"], given["function"], given.get("sender", {}))
            )
            return cls(migrations, function, tuple(str(each) for each in given["config"]), sender)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            raise Refused(
                "damaged_record", f"supabase/{RECORD} cannot be read", hint="bring it back from version control"
            ) from None

    def text(self) -> str:
        """The record as it is written."""
        said: dict[str, Any] = {"about": ABOUT, "migrations": dict(self.migrations), "function": dict(self.function)}
        return json.dumps({**said, "sender": dict(self.sender), "config": list(self.config)}, indent=2) + "\n"


def digest(text: str) -> str:
    """The hash of a text, whatever its line ends: version control may change these."""
    return f"sha256:{hashlib.sha256(text.replace(chr(13) + chr(10), chr(10)).encode()).hexdigest()}"


def _not_there(workdir: Path | None) -> str:
    """Where nothing was found, and what to name or to type instead."""
    if workdir is not None and not workdir.is_dir():
        return f"{workdir} is no folder: --workdir names the one that has supabase/"
    if workdir is not None and any((workdir / name).exists() for name in CONFIGS):
        return f"{workdir} is a folder supabase/ itself: --workdir names the one above, {workdir.resolve().parent}"
    where = "here or above" if workdir is None else f"in {workdir}"
    return (
        f"there is no supabase/config.toml {where}: `npx supabase init` makes one, and --workdir names the folder that "
        "has supabase/"
    )


@dataclass(frozen=True)
class Folder:
    """The folder of an application."""

    path: Path
    """`supabase/` itself, without links."""

    @classmethod
    def find(cls, workdir: Path | None) -> Folder:
        """The folder below `workdir`, or the nearest at or above the current one; UsageFault if there is none."""
        here = Path.cwd()
        for place in [workdir] if workdir is not None else [here, *here.parents]:
            folder = place / "supabase"
            if any((folder / name).exists() for name in CONFIGS):
                return cls(folder.resolve())
        raise UsageFault(_not_there(workdir))

    def at(self, *parts: str) -> Path:
        """A path in the folder, without links; Refused if a link leads out of it."""
        path = self.path.joinpath(*parts)
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            real = Path("/")
        if not real.is_relative_to(self.path):
            name = "/".join(("supabase", *parts))
            raise Refused(
                "link_outside", f"{name} is a link that leads out of supabase/", hint="put the file itself there"
            )
        return real

    def text(self, *parts: str) -> str | None:
        """The text of a file; None if there is none. What is not UTF-8 is edited, as no file of ours is."""
        content = self.content(*parts)
        return None if content is None else content.decode("utf-8", "replace")

    def content(self, *parts: str) -> bytes | None:
        """The bytes of a file; None if there is none. Refused for what is no file: a pipe could be read for ever."""
        path = self.at(*parts)
        if path.is_file():
            return path.read_bytes()
        if path.exists():
            raise Refused(
                "not_a_file", f"{'/'.join(('supabase', *parts))} is a folder, a pipe or a device, and no file",
                hint="rename it",
            )  # fmt: skip
        return None

    def record(self) -> Record | None:
        """What was written here; None if nothing is recorded."""
        text = self.text(RECORD)
        return None if text is None else Record.read(text)

    def migrations(self) -> list[str]:
        """The names of all migrations, in the order in which the CLI applies them."""
        folder = self.at("migrations")
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(name for name in names if MIGRATION.fullmatch(name))

    def ours(self) -> Ours:
        """What the migrations make of the schema; Refused where they do not follow each other."""
        return Ours.of(self.migrations())

    def copies(self) -> list[str]:
        """The migrations that have a copy of the schema."""
        return [name for name, text in self._texts() if has_a_copy(text)]

    def renamed(self) -> list[str]:
        """The migrations of ours that have another name now."""
        return [name for name, text in self._texts() if is_renamed(name, text)]

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Name and text of each migration. A link out of the folder is not ours, and is not read."""
        for name in self.migrations():
            path = (self.path / "migrations" / name).resolve()
            if path.is_relative_to(self.path) and path.is_file():
                yield name, path.read_bytes().decode("utf-8", "replace")

    def next_names(self, names: list[str], now: datetime | None = None) -> list[str]:
        """File names for new migrations: of now, and after all that are there."""
        moment = (now or datetime.now(UTC)).replace(microsecond=0)
        there = self.migrations()
        if there and there[-1] >= f"{moment:%Y%m%d%H%M%S}":
            last = there[-1].partition("_")[0]
            try:
                if len(last) != len("20260101000000"):
                    raise ValueError
                moment = datetime.strptime(last, "%Y%m%d%H%M%S").replace(tzinfo=UTC) + timedelta(seconds=1)
            except (ValueError, OverflowError):
                raise Refused(
                    "migration_order", f"no date sorts after supabase/migrations/{there[-1]}",
                    hint="rename it to <date and time>_<name>.sql, as `npx supabase migration new` does",
                ) from None  # fmt: skip
        return [f"{moment + timedelta(seconds=at):%Y%m%d%H%M%S}_{name}.sql" for at, name in enumerate(names)]

    def function(self, function: str) -> dict[str, bytes]:
        """The files in the folder of a function, by their path in it."""
        top = self.at("functions", function)
        if not top.exists():
            return {}
        if not top.is_dir():
            raise Refused("not_ours", f"supabase/functions/{function} is no folder", hint="rename it")
        names = sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if not path.is_dir())
        found = {name: self.content("functions", function, *name.split("/")) for name in names}
        return {name: content for name, content in found.items() if content is not None}

    def ref(self) -> str | None:
        """The project that the CLI is linked to."""
        text = (self.text(".temp", "project-ref") or "").strip()
        return text if _REF.fullmatch(text) else None
