"""Refreshes the lock files, or says (--check, offline) where one is out of step with its source."""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = ROOT / "pyproject.toml"
PYTHON_LOCK = ROOT / "requirements.lock"
PROGRAMS_LOCK = ROOT / "requirements-programs.lock"
# The root's is what every set-up installs, each other one a Postgres that is installed when it is asked for.
NPM_FOLDERS = (ROOT, *sorted((ROOT / "harness" / "setup" / "postgres").iterdir()))
DENO_FOLDERS = (ROOT / "supabase" / "functions", ROOT / "harness" / "board")
# Those that the environment of the checkout has.
EXTRAS = ("dev", "install")

ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


def python_problems() -> Iterator[str]:
    """Say where a lock of Python packages is not what pyproject.toml asks for, or is not fully pinned."""
    asked = tomllib.loads(PYPROJECT.read_text())
    project = asked["project"]
    extras = project["optional-dependencies"]
    packages = [*project["dependencies"], *(need for extra in EXTRAS for need in extras[extra])]
    yield from _pinning_problems(PYTHON_LOCK, packages, f"{project['name']} (pyproject.toml)")
    programs = asked["dependency-groups"]["programs"]
    yield from _pinning_problems(PROGRAMS_LOCK, programs, f"{project['name']} (pyproject.toml:programs)")


def _pinning_problems(path: Path, wants: list[str], source: str) -> Iterator[str]:
    """Say where one lock differs from the requirements that `source` in it stands for."""
    asked = [Requirement(text) for text in wants]
    lock = path.read_text()
    pinned = {canonicalize_name(name): (version, rest) for name, version, rest in ENTRY.findall(lock)}

    wanted = {canonicalize_name(requirement.name) for requirement in asked}
    locked_for_us = {name for name, (_, rest) in pinned.items() if source in rest}
    for name in sorted(wanted ^ locked_for_us):
        where = "pyproject.toml" if name in wanted else path.name
        yield f"{path.name}: {name} stands only in {where}"
    for requirement in asked:
        version, _ = pinned.get(canonicalize_name(requirement.name), ("", ""))
        if version and not requirement.specifier.contains(version, prereleases=True):
            yield f"{path.name}: it has {version}, pyproject.toml asks for {requirement}"
    for name, (_, rest) in pinned.items():
        if "--hash=" not in rest:
            yield f"{path.name}: {name} has no hash"
    if "://" in lock:
        yield f"{path.name}: it names an address; versions and hashes are enough"


def npm_problems() -> Iterator[str]:
    """Say where a package-lock.json is not what its package.json asks for, or what `npm ci` would refuse."""
    for folder in NPM_FOLDERS:
        lock = (folder / "package-lock.json").relative_to(ROOT)
        yield from (f"{lock}: {problem}" for problem in _npm_problems(folder))


def _npm_problems(folder: Path) -> Iterator[str]:
    package = json.loads((folder / "package.json").read_text())
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        if package.get(kind, {}) != packages[""].get(kind, {}):
            yield f"its {kind} are not those of package.json"
    for path, entry in packages.items():
        if path and not ("version" in entry and "integrity" in entry):
            yield f"{path} has no version or no integrity"
        if "resolved" in entry:
            yield f"{path} names an address; version and integrity are enough"
        for name in entry.get("optionalDependencies", {}):
            # npm ci refuses a lock that lacks any of these, even one for another platform.
            if not any(f"{place}node_modules/{name}" in packages for place in _lookup_places(path)):
                yield f"{name}, optional for {path or 'the project'}, is missing"


def _lookup_places(path: str) -> Iterator[str]:
    """Where npm looks for a package's dependencies, from the nearest folder outwards."""
    while path:
        yield f"{path}/"
        path = path.rpartition("node_modules/")[0].rstrip("/")
    yield ""


def deno_problems() -> Iterator[str]:
    """Say where a deno.lock lacks anything that the functions, the page or their tests import."""
    command = [str(ROOT / ".venv/bin/deno"), "check", "--quiet", "--frozen", "--cached-only", "."]
    for folder in DENO_FOLDERS:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield f"{(folder / 'deno.lock').relative_to(ROOT)}: {result.stderr.strip()}"


def refresh(upgrade: bool) -> None:
    """Write all lock files anew, keeping the versions that still fit unless told to upgrade."""
    for folder in NPM_FOLDERS:
        with tempfile.TemporaryDirectory() as name:
            # In an empty folder, because npm leaves other platforms' packages out when it sees node_modules.
            place, lock = Path(name), folder / "package-lock.json"
            for path in (folder / "package.json", ROOT / ".npmrc", *([] if upgrade else [lock])):
                shutil.copy(path, place)
            subprocess.run(["npm", "install", "--package-lock-only"], cwd=place, check=True)
            shutil.copy(place / lock.name, lock)

    compile_python = [
        *(str(ROOT / ".venv/bin/uv"), "pip", "compile", "--quiet", "--no-progress", "--universal"),
        *("--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock"),
        *(["--upgrade"] if upgrade else []),
    ]
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    packages = ["--python-version", "3.11", *extras, PYPROJECT.name, "--output-file", PYTHON_LOCK.name]
    # The oldest Python that the wheel of the programs names; none runs it.
    programs = ["--python-version", "3.12", "--group", "programs", "--output-file", PROGRAMS_LOCK.name]
    for chosen in (packages, programs):
        subprocess.run([*compile_python, *chosen], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    for folder in DENO_FOLDERS:
        if upgrade:
            (folder / "deno.lock").unlink(missing_ok=True)
        subprocess.run([str(ROOT / ".venv/bin/deno"), "install", "--frozen=false"], cwd=folder, check=True)


def main() -> int:
    """Refresh or check the lock files; 1 when the check found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--upgrade", action="store_true")
    options = parser.parse_args()
    if not options.check:
        try:
            refresh(upgrade=options.upgrade)
        except subprocess.CalledProcessError as error:
            print(f"lock: {Path(error.cmd[0]).name} failed; what it said stands above.", file=sys.stderr)
            return 1
    problems = [*python_problems(), *npm_problems(), *deno_problems()]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("refresh the lock files with 'make lock'.", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
