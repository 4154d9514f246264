"""What this package carries of a version: the migrations in order, the edge function, and the releases so far."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ops_gates
from ops_gates import versions
from ops_gates.core import FUNCTION, SENDER
from ops_gates.errors import Refused

NAME = "ops_release_gates"
# Versions before this one have no upgrade.
FIRST_UPGRADED = (0, 9, 0)
HEADING = """\
-- ops-release-gates {what}, written by `ops-gates {command}`.
-- Do not edit it: `ops-gates upgrade` adds to it, and `ops-gates uninstall` writes the migration that takes it away.

"""


def number(version: str) -> tuple[int, ...]:
    """A version to compare by; what is not a number in it counts as 0."""
    return tuple(int(found[0]) if (found := re.match(r"\d+", part)) else 0 for part in version.split("."))


def in_a_name(version: str) -> str:
    """A version as the name of a migration has it: 0_9_0."""
    return re.sub(r"[^0-9A-Za-z]", "_", version)


@dataclass(frozen=True)
class Step:
    """What leads from one released version to the next."""

    name: str
    sql: str
    to: str


@dataclass(frozen=True)
class Release:
    """A released version. Its migrations are never changed again."""

    last: str
    """The name of its last migration."""
    sha256: str
    """Of the text of all its migrations, in order."""


@dataclass(frozen=True)
class Package:
    """One version of the schema and the functions."""

    version: str
    migrations: Mapping[str, str] = field(repr=False)
    """File name and SQL, in order."""
    function: Mapping[str, str] = field(repr=False)
    """Path below the function's folder, and text."""
    released: Mapping[str, Release] = field(default_factory=dict)
    """Each released version. Until it is among them, a package's own version has all of its migrations."""
    sender: Mapping[str, str] = field(default_factory=dict, repr=False)
    """As `function`, of the sender of notices; none in 0.9.0."""

    @property
    def functions(self) -> dict[str, Mapping[str, str]]:
        """The files of each function, by its name."""
        return {FUNCTION: self.function, SENDER: self.sender}

    @classmethod
    def read(cls, data: Path, version: str, released: Mapping[str, Release]) -> Package:
        """The package whose data is in a folder that is laid out as `supabase/` of the checkout."""
        return cls(
            version,
            {path.name: _text(path) for path in sorted((data / "migrations").glob("*.sql"))},
            _texts(data / "functions" / FUNCTION),
            released,
            _texts(data / "functions" / SENDER),
        )

    @classmethod
    def own(cls) -> Package:
        """What this installation carries: in the wheel beside the modules, in a checkout where it is written."""
        here = Path(ops_gates.__file__).resolve().parent
        carried = here / "supabase"
        data = carried if carried.is_dir() else here.parents[1] / "supabase"
        known = json.loads((here / "installing" / "released.json").read_text(encoding="utf-8"))
        released = {version: Release(**release) for version, release in known.items()}
        return cls.read(data, versions.of_this(), released)

    @property
    def last(self) -> Mapping[str, str]:
        """The last migration of each version that this package knows: the released ones, and its own."""
        return {self.version: [*self.migrations][-1], **{version: r.last for version, r in self.released.items()}}

    def until(self, version: str) -> dict[str, str]:
        """The migrations of a version that this package knows."""
        names = list(self.migrations)
        return {name: self.migrations[name] for name in names[: names.index(self.last[version]) + 1]}

    def sha256(self, version: str) -> str:
        """Of the text of all migrations of a version, as they are now."""
        return hashlib.sha256(_joined(self.until(version)).encode()).hexdigest()

    def whole(self) -> Step:
        """The one migration that installs this version."""
        heading = HEADING.format(what=self.version, command="install")
        guard = _text(Path(__file__).with_name("guard.sql"))
        return Step(f"{NAME}_{in_a_name(self.version)}", heading + guard + _joined(self.migrations), self.version)

    def steps(self, installed: str) -> list[Step]:
        """What leads from an installed version to this one, release by release; Refused where there is no way."""
        if number(installed) < FIRST_UPGRADED or number(self.version) < FIRST_UPGRADED:
            first = ".".join(map(str, FIRST_UPGRADED))
            raise Refused(
                "no_upgrade", f"{installed} is installed, and there is no upgrade of versions before {first}",
                hint="`ops-gates uninstall`, then `ops-gates install` of another version: what is on record is lost",
            )  # fmt: skip
        way = [version for version in sorted(self.last, key=number) if number(version) >= number(installed)]
        way = [version for version in way if number(version) <= number(self.version)]
        if not way or (way[0], way[-1]) != (installed, self.version):
            raise Refused(
                "no_upgrade", f"this package knows no way from {installed} to {self.version}",
                hint="install a released version of ops-release-gates that is newer than the one in supabase/",
            )  # fmt: skip
        steps = []
        for before, after in itertools.pairwise(way):
            heading = HEADING.format(what=f"{before} to {after}", command="upgrade")
            there = self.until(before)
            added = {name: sql for name, sql in self.until(after).items() if name not in there}
            name = f"{NAME}_{in_a_name(before)}_to_{in_a_name(after)}"
            steps.append(Step(name, heading + _joined(added), after))
        return steps


def _texts(function: Path) -> dict[str, str]:
    """The files of a function, by their path in its folder."""
    files = sorted(path for path in function.rglob("*") if path.is_file() and path.name != ".DS_Store")
    return {path.relative_to(function).as_posix(): _text(path) for path in files}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _joined(migrations: Mapping[str, str]) -> str:
    return "\n".join(f"-- {name}\n\n{sql.rstrip()}\n" for name, sql in migrations.items())
