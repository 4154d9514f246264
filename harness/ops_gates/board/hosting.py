"""Writes the page into a folder for a static host, with the files by which common hosts are told of headers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ops_gates import files as regular
from ops_gates import settings
from ops_gates.board import page
from ops_gates.errors import Refused, Unwritable, UsageFault

# Says which files are ours, so that nothing else is ever replaced.
MANIFEST = ".ops-board.json"
_LARGEST = 1 << 20


def of_host(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as each host reads them: Netlify and Cloudflare, Vercel, Azure; nginx by hand."""
    lines = "".join(f"  {name}: {value}\n" for name, value in headers.items())
    listed = [{"key": name, "value": value} for name, value in headers.items()]
    nginx = "".join(f'add_header {name} "{value}" always;\n' for name, value in headers.items())
    return {
        "_headers": f"/*\n{lines}",
        "vercel.json": _json({"headers": [{"source": "/(.*)", "headers": listed}]}),
        "staticwebapp.config.json": _json({"globalHeaders": dict(headers)}),
        "headers.nginx.conf": f"# include this in the server block of nginx\n{nginx}",
    }


def require_own_origin(address: str) -> None:
    """Raise UsageFault for an address that other pages share, or that is not encrypted."""
    parts = urlsplit(settings.address(address, "--address", "https://board.example.com"))
    host = (parts.hostname or "").rstrip(".")
    if host.endswith(".github.io") and parts.path.strip("/"):
        raise UsageFault(
            "the page needs an origin of its own, and every repository of that owner publishes under this one: give the"
            " repository a custom domain (Settings, Pages), or publish from the repository that is named as the site"
        )


def write(project: page.Project, folder: Path) -> list[str]:
    """Write every file and return their names. Nothing is written if anything that is there is not ours."""
    wanted = {**page.files(project), **of_host(project.headers)}
    ours = _written_before(folder)
    _require_ours(folder, wanted, ours)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _record(folder, {**ours, **{name: _hash(content) for name, content in wanted.items()}})
        for name, content in wanted.items():
            regular.replace(folder / name, content)
        for name in ours.keys() - wanted.keys():
            (folder / name).unlink(missing_ok=True)
        _record(folder, {name: _hash(content) for name, content in wanted.items()})
    except OSError as error:
        raise Unwritable(f"{folder} could not be written: {error.strerror}") from None
    return [*wanted]


def _require_ours(folder: Path, wanted: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Raise Refused if a file that would be replaced or removed was not written by this command, or was edited."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageFault(f"{folder} is no folder: name one for --out")
    for name in sorted({*wanted, *ours}):
        there = folder / name
        if not there.is_symlink() and not there.exists():
            continue
        is_ours = there.is_file() and not there.is_symlink() and name in ours
        if not is_ours or _hash_of(there) not in (ours[name], _hash(wanted.get(name, ""))):
            raise Refused(
                "not_ours",
                f"{there} was not written by `ops-gates board`, or was edited since, and nothing was changed",
                hint="remove it, or name another folder",
            )


def _written_before(folder: Path) -> dict[str, str]:
    """The files of an earlier run, by the hash of their content."""
    manifest = folder / MANIFEST
    if not manifest.is_symlink() and not manifest.exists():
        return {}
    try:
        if manifest.is_symlink():
            raise ValueError(manifest)
        said = json.loads(regular.text(manifest, _LARGEST))["files"]
        if not all(re.fullmatch(r"[\w.-]+", name) and name not in (".", "..") for name in said):
            raise ValueError(said)
        return {str(name): str(value) for name, value in said.items()}
    except (ValueError, KeyError, TypeError, AttributeError, UsageFault):
        raise Refused(
            "not_ours", f"{manifest} is not as `ops-gates board` writes it, and nothing was changed",
            hint="name another folder",
        ) from None  # fmt: skip


def _record(folder: Path, written: Mapping[str, str]) -> None:
    regular.replace(folder / MANIFEST, _json({"files": dict(sorted(written.items()))}))


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _hash_of(path: Path) -> str:
    return hashlib.sha256(regular.read(path)).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
