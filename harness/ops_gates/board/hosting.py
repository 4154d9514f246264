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
# Every name that any version of this command has written. A manifest that names another one is not ours.
_EVER = frozenset(
    {*page.COPIED, page.CONFIG, "_headers", "vercel.json", "staticwebapp.config.json", "headers.nginx.conf"}
)
# Each owner has one name there, and so one origin: each further site of theirs is a path of it.
_BY_OWNER = ("github.io", "gitlab.io", "bitbucket.io", "codeberg.page", "frama.io", "srht.site")
# Many sites share a host there, each with a path of it. All paths of such a host are refused.
_BY_PATH = (
    "storage.googleapis.com", "storage.cloud.google.com", "digitaloceanspaces.com", "blob.core.windows.net",
    "githubusercontent.com", "raw.githack.com", "cdn.jsdelivr.net", "ipfs.io", "sites.google.com",
)  # fmt: skip
# The same of buckets that are named in the path, in any region: s3.amazonaws.com, s3.eu-west-1.amazonaws.com.
_BUCKETS = re.compile(r"s3([.-][a-z0-9.-]+)?\.amazonaws\.com(\.cn)?")


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
    host, path = (parts.hostname or "").rstrip("."), parts.path.strip("/")
    if not path:
        return
    if any(host.endswith(f".{name}") for name in _BY_OWNER):
        raise UsageFault(
            "the page needs an origin of its own, and every site of that owner is published under this one: give this"
            " site a custom domain, or publish it at the root of the owner's address"
        )
    shared = any(host == name or host.endswith(f".{name}") for name in _BY_PATH) or _BUCKETS.fullmatch(host)
    if shared or path.startswith("~"):
        raise UsageFault(
            "the page needs an origin of its own, and others publish under other paths of this one: give it a domain,"
            " or a host that gives each site a name"
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
    return [*wanted, MANIFEST]


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
        if not said.keys() <= _EVER:
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
