"""Builds the page of the board (`harness/board`) into `.cache/board/page`. Standard library only.

Set-up does it, and the build of the wheel where set-up has not. What was built from the same sources stays.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

BUILT = ("index.html", "style.css", "board.js", "licenses.txt")


class BundleError(Exception):
    """Why the page was not built: one sentence, then what Deno said."""


def sources(root: Path) -> list[Path]:
    """What the page is built from."""
    folder = root / "harness" / "board"
    found = (path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "tests")
    return sorted(path for path in found if not path.name.startswith(".") and path.suffix != ".md")


def place(root: Path) -> Path:
    """Where the built page is, in a checkout and in a source archive."""
    return root / ".cache" / "board"


def is_current(root: Path) -> bool:
    """Whether the page is there, and was built from these sources."""
    try:
        return (place(root) / "sources.sha256").read_text() == _digest(root)
    except OSError:
        return False


def build(root: Path, deno: str | Path, env: Mapping[str, str]) -> None:
    """Build the page in place of an older one; BundleError if that fails. `env` has DENO_DIR."""
    to = place(root)
    to.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix="board.") as name:
        made = Path(name) / "made"
        (made / "page").mkdir(parents=True)
        _bundle(root / "harness" / "board", made / "page", deno, env)
        (made / "sources.sha256").write_text(_digest(root))
        if to.exists():
            to.rename(Path(name) / "before")
        made.rename(to)


def _digest(root: Path) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sources(root):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _bundle(source: Path, to: Path, deno: str | Path, env: Mapping[str, str]) -> None:
    command = [deno, "bundle", "--quiet", "--platform", "browser", "--minify", "-o", to / "board.js", "main.ts"]
    done = subprocess.run(command, cwd=source, env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (to / "board.js").is_file():
        raise BundleError(f"deno bundle failed with {done.returncode}: {done.stderr.strip()}")
    shutil.copyfile(source / "index.html", to / "index.html")
    (to / "style.css").write_text(joined_style(source), encoding="utf-8")
    (to / "licenses.txt").write_text(_licenses(source, Path(env["DENO_DIR"])), encoding="utf-8")


def joined_style(source: Path) -> str:
    """The files that `style.css` imports, in its order; BundleError if one is not there, or is imported nowhere."""
    named = re.findall(r'^@import "\./(.+)";$', (source / "style.css").read_text(encoding="utf-8"), re.MULTILINE)
    there = sorted(path.relative_to(source).as_posix() for path in source.glob("*/*.css"))
    if sorted(named) != there:
        raise BundleError(f"style.css imports {sorted({*named} ^ {*there})} in vain, not at all, or twice")
    return "\n".join((source / name).read_text(encoding="utf-8") for name in named)


def _licenses(source: Path, cache: Path) -> str:
    """The notices of the libraries in the bundle, which their licences ask to be passed on."""
    texts = ["The page of ops-release-gates (Apache-2.0) contains these libraries."]
    for entry in sorted(json.loads((source / "deno.lock").read_text()).get("npm", {})):
        name, _, version = entry.partition("_")[0].rpartition("@")
        folders = [*cache.glob(f"npm/*/{name}/{version}")]
        if not folders:
            continue  # named in the lock, and not in the bundle for a browser
        notices = sorted(path for path in folders[0].iterdir() if path.name.lower().startswith("licen"))
        declared = json.loads((folders[0] / "package.json").read_text()).get("license", "no licence declared")
        said = "\n".join(path.read_text(encoding="utf-8", errors="replace").strip() for path in notices)
        texts.append(f"{name} {version} ({declared})\n\n{said}".strip())
    return f"\n\n{'-' * 80}\n\n".join(texts) + "\n"
