"""What the migrations of release gates in `supabase/migrations/` make of the schema, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from ops_gates.errors import Refused
from ops_gates.installing.package import NAME

State = Literal["absent", "installed", "hook alone"]
MIGRATION = re.compile(r"(\d+)_(.*)\.sql")
_OURS = re.compile(
    rf"{NAME}_(?:(?P<gone>uninstall)|(?P<hook>uninstall_but_the_hook)"
    r"|(?:(?P<since>\d\w*)_to_)?(?P<version>\d[0-9A-Za-z]*(?:_\d[0-9A-Za-z]*)*))"
)
# A copy of the schema, in the words of pg_dump or by hand; what we write begins with a line of ours.
_COPY = re.compile(r'^\s*create\s+schema\s+(?:if\s+not\s+exists\s+)?"?ops_private"?\b', re.IGNORECASE | re.MULTILINE)
_HEADING = "-- ops-release-gates "
# What the migrations that install, upgrade and uninstall begin with.
_HEADINGS = (_HEADING, "-- Removes release gates:", "-- Removes what was left of release gates:")
_WHICH = "`npx supabase migration list --remote` says which of them the linked project has"


def read(name: str) -> re.Match[str] | None:
    """What the name of a migration says of ours; None for any other."""
    found = MIGRATION.fullmatch(name)
    return _OURS.fullmatch(found[2]) if found else None


def undated(name: str) -> str:
    """What a migration is for, whatever its date: two branches may date the same one differently."""
    return name.partition("_")[2]


def is_renamed(name: str, text: str) -> bool:
    """Whether one of our commands wrote a migration, and it has another name now."""
    return read(name) is None and text.removeprefix("\ufeff").startswith(_HEADINGS)


def has_a_copy(text: str) -> bool:
    """Whether a migration makes the schema, and `install` did not write it."""
    return not text.removeprefix("\ufeff").startswith(_HEADING) and _COPY.search(text) is not None


@dataclass
class Ours:
    """The state after some migrations: the version, and those of ours since the schema was last absent."""

    state: State = "absent"
    version: str = ""
    names: list[str] = field(default_factory=list)
    removed_by: str | None = None
    """The newest of ours, if it is one that removes the schema."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Ours:
        """The state after all migrations, in order; Refused where two do the same, or one lacks the one before it."""
        after = cls()
        for name in names:
            if found := read(name):
                after._add(name, found)
        return after

    def _add(self, name: str, found: re.Match[str]) -> None:
        since = found["since"] and found["since"].replace("_", ".")
        if not found["version"]:
            if self.removed_by and (found["hook"] or self.state == "absent"):
                _twice(self.removed_by, name)
            if self.state == "absent":
                raise Refused(
                    "migration_gone", f"supabase/migrations/{name} removes what no migration before it adds",
                    hint=f"bring back the one before it, or remove this one if no project has it ({_WHICH})",
                )  # fmt: skip
        elif since is None and self.state == "installed":
            _twice(self.names[0], name)
        elif since != (self.version or None) or self.state == "hook alone":
            for other in self.names:
                if undated(other) == undated(name):
                    _twice(other, name)
            there = self.version or ("none" if self.state == "absent" else "only the hook that a removal left")
            raise Refused(
                "migration_gone",
                f"supabase/migrations/{name} needs {since or 'no version'} before it, and there is {there}",
                hint=f"bring back the one between, or remove this one if no project has it ({_WHICH})",
            )  # fmt: skip
        self.names = [*([] if self.state == "absent" else self.names), name]
        self.removed_by = None if found["version"] else name
        if found["gone"]:
            self.state, self.version, self.names = "absent", "", []
        elif found["hook"]:
            self.state, self.version = "hook alone", ""
        else:
            self.state, self.version = "installed", found["version"].replace("_", ".")


def _twice(first: str, second: str) -> NoReturn:
    raise Refused(
        "migration_twice", f"supabase/migrations/{first} and {second} do the same, so a push of both fails",
        hint=f"remove the one that no project has, the newer one if none has either ({_WHICH})",
    )  # fmt: skip
