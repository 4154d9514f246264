"""What tests of `ops-gates install`, `upgrade` and `uninstall` share: the folder of an application, and releases."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import Result

from harness.tests.terminal import Terminal, failed
from ops_gates.exit_codes import Code
from ops_gates.installing.package import NAME, Package, Release, in_a_name, number

CONFIG = """\
# ours
project_id = "shop"

[api]
port = 54321 # the usual one
schemas = ["public", "graphql_public"]

[functions.hello]
verify_jwt = true
"""
ops_gates = Terminal({})
OWN = Package.own()
NAMED = f"{NAME}_{in_a_name(OWN.version)}"
"""The name of the migration that installs this version."""
INSTALLED = re.compile(rf"\d{{14}}_{NAMED}\.sql")


def write(repository: Path, name: str, text: str) -> Path:
    file = repository / "supabase" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, newline="")
    return file


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and every empty folder."""
    return {
        path.relative_to(folder).as_posix(): b"" if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() or (path.is_dir() and not any(path.iterdir()))
    }


def migrations(app: Path) -> list[str]:
    return sorted(path.name for path in (app / "supabase" / "migrations").iterdir())


def config(app: Path) -> dict[str, Any]:
    return tomllib.loads((app / "supabase" / "config.toml").read_text(encoding="utf-8-sig"))


def done(*arguments: str) -> str:
    """What a command that is to succeed prints."""
    result = ops_gates(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result, code: str) -> str:
    said = failed(result, Code.REFUSED)
    assert said.startswith(f"{code}: ")
    return said


def release(version: str, added: Mapping[str, str] | None = None) -> Package:
    """An artificial release; those before it are 0.9.0 and 0.10.0."""
    own = OWN
    last = list(own.migrations)[-1]
    names = {"0.9.0": last, "0.10.0": "20270101000000_more.sql", "0.11.0": "20270102000000_most.sql"}
    sqls = {"0.10.0": "create table ops.more ();\n", "0.11.0": "create table ops.most ();\n"}
    known = [each for each in names if number(each) <= number(version)]
    migrations = {**own.migrations, **{names[each]: sqls[each] for each in known if each in sqls}}
    function = {**own.function, **(added or {})}
    return Package(version, migrations, function, {each: Release(names[each], "") for each in known})
