"""An empty environment that the wheel is installed into, and commands run from there, in pipes."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops_gates.exit_codes import Code

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
UV = Path(sys.executable).with_name("uv")
# A pipe of Windows, with the locale that says least.
PIPE = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and what it needs, and a folder beside it to be in."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def packages(self) -> Path:
        return self.folder / "venv" / "lib" / PYTHON / "site-packages"

    @property
    def elsewhere(self) -> Path:
        return self.folder / "elsewhere"


def built(source: Path, kind: str, to: Path) -> Path:
    """The wheel or the source archive of a tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [file] = to.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return file


def closure(*names: str) -> list[importlib.metadata.Distribution]:
    """The packages of this environment that those need, themselves included."""
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = [(name, "") for name in names]
    seen: set[tuple[str, str]] = set()
    while wanted:
        name, extra = wanted.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found[name] = importlib.metadata.distribution(name)
        for need in map(Requirement, found[name].requires or []):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                wanted += [(canonicalize_name(need.name), of) for of in ("", *need.extras)]
    return list(found.values())


@contextlib.contextmanager
def environment_of(wheel: Path) -> Iterator[Installed]:
    """The wheel installed without a network: its dependencies are copied from the environment of the suite."""
    folder = Path(tempfile.mkdtemp(prefix="ops-wheel-"))
    try:
        folder.chmod(0o755)  # for another user
        place = Installed(folder)
        offline = {**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(folder / "cache"), "UV_NO_CONFIG": "1"}
        asked = [str(UV), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")]
        subprocess.run(asked, env=offline, check=True, capture_output=True)
        place.elsewhere.mkdir()
        for distribution in closure("httpx", "pyyaml", "rich", "supabase", "tomlkit", "typer"):
            for file in distribution.files or []:
                source, target = Path(str(file.locate())), place.packages / file
                if ".." not in file.parts and "__pycache__" not in file.parts and source.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _link(source, target)
        asked = [str(UV), "pip", "install", "--quiet", "--no-index", "--python", str(place.python), str(wheel)]
        subprocess.run(asked, env=offline, check=True, capture_output=True, cwd=place.elsewhere)
        shutil.rmtree(folder / "cache", ignore_errors=True)
        yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


# Runs each call of a plan as a process of its own, forked from one that has imported everything: imports take a second.
DRIVER = """
import contextlib, encodings.utf_16_be, encodings.utf_8_sig, io, json, os, sys, traceback
import ops_gates.cli
from ops_gates.producers import agent, github_actions

# Another user may not read the Python that is below a private home: first calls, to nobody, import what calls import.
os.environ |= {"OPS_RETRY_SECONDS": "0", "SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SECRET_KEY": "sb_secret_x"}
for first in (["why", "a/b"], ["install"]):
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        ops_gates.cli.app(first)

def call(given):
    os.environ.update(given["env"])
    if given["uid"] is not None:
        os.setgroups([]); os.setgid(given["uid"]); os.setuid(given["uid"])
    # As the system gives them.
    program, *arguments = sys.argv = [os.fsdecode(word.encode()) for word in given["argv"]]
    if program == "ops-gates":
        ops_gates.cli.app()
    sys.exit({"agent": agent.main, "steps": github_actions.main}[program](arguments))

plan = json.loads(sys.stdin.buffer.read())
opened = ""
for given in plan:
    given["argv"] = [opened if word == "OPENED" else word for word in given["argv"]]
    ends = [os.pipe() for _ in range(3)]
    child = os.fork()
    if child == 0:
        for at, (reader, writer) in enumerate(ends):
            os.dup2(reader if at == 0 else writer, at)
            os.close(reader); os.close(writer)
        code = 71
        try:
            call(given)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush(); sys.stderr.flush()
        os._exit(code)
    os.close(ends[0][0]); os.close(ends[1][1]); os.close(ends[2][1])
    os.write(ends[0][1], given["stdin"].encode()); os.close(ends[0][1])
    said = []
    for reader, _ in ends[1:]:
        with os.fdopen(reader, "rb") as stream:
            said.append(stream.read().decode("cp1252"))
    _, status = os.waitpid(child, 0)
    opened = said[0].strip() if given["argv"][1:3] == ["exception", "open"] else opened
    given["done"] = [os.waitstatus_to_exitcode(status), *said]
os.write(1, json.dumps([ops_gates.cli.__file__, [given["done"] for given in plan]]).encode())
"""


def run(place: Installed, uid: int | None, calls: list[Call]) -> list[Done]:
    """What becomes of each call, one after the other, in pipes."""
    plan = [{"argv": c.argv, "env": c.env, "stdin": c.stdin, "uid": uid} for c in calls]
    done = subprocess.run(
        [place.python, "-c", DRIVER],
        cwd=place.elsewhere,
        env={"PATH": os.environ["PATH"], "HOME": str(place.elsewhere), **PIPE},
        input=json.dumps(plan).encode(),
        capture_output=True,
        check=False,
        timeout=120,
        start_new_session=True,  # without a terminal
    )
    assert (done.returncode, done.stderr) == (0, b"")
    where, ended = json.loads(done.stdout)
    assert Path(where).is_relative_to(place.packages)
    return [Done(*each) for each in ended]


@dataclass(frozen=True)
class Call:
    """A command, how it is to end, and what is piped into it."""

    argv: list[str]
    code: Code = Code.DONE
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str
