"""The current state of both schemas as one file per object in `supabase/schemas/`, generated from the migrations.

`make schemas` writes it. With `--check` the exit code is 1 when it is out of step. Nobody edits it: it shows what the
migrations make, so that a review of a migration also shows the table, view or function as a whole.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from harness.check.drift import SCHEMAS, fresh
from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import FAILED, StackError
from harness.stack.parts import ROOT

PICTURE = ROOT / "supabase" / "schemas"
HEADER = "-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.\n\n"
README = """# What the migrations make

`make schemas` writes this folder, `make verify` fails when it is out of step. Do not edit it: a change is lost at the
next run, and nothing is made from these files. Write a migration, then run `make schemas`.

It is not the Supabase CLI's declarative source, although that has the same place and form:
`supabase/config.toml` names no `schema_paths`, and `supabase db push` applies `supabase/migrations` alone.

Each object of the schemas `ops` and `ops_private` has one file here, so that a review of a migration also shows the
whole table, view or function as it is afterwards.
"""


def generate(directory: Path, *, reference: str | None = None) -> None:
    """Write the picture of fresh migrations, or of `reference`, into an empty directory; StackError if it cannot be."""
    with contextlib.ExitStack() as stack:
        url = reference or stack.enter_context(fresh())
        SupabaseCli().run(
            "db", "schema", "declarative", "generate", f"--remote={url}", "--schema", ",".join(SCHEMAS),
            "--output-dir", str(directory), "--overwrite", "--yes", timeout=300,
        )  # fmt: skip


def contents(directory: Path) -> dict[str, str]:
    """The SQL files and the README below the directory, by name."""
    paths = sorted(path for path in directory.rglob("*") if path.suffix in (".sql", ".md"))
    return {str(path.relative_to(directory)): path.read_text() for path in paths}


def _wanted(reference: str | None) -> dict[str, str]:
    """The files that a picture must have. What an export says about other schemas is left out."""
    with tempfile.TemporaryDirectory() as made:
        generate(Path(made), reference=reference)
        exported = contents(Path(made))
    ours = {name: HEADER + text for name, text in exported.items() if Path(name).parts[0] in SCHEMAS}
    return {"README.md": README, **ours}


def differences(picture: Path, *, reference: str | None = None) -> list[str]:
    """One line per file that is missing, too much or different."""
    wanted, found = _wanted(reference), contents(picture)
    words = {(True, False): "missing", (False, True): "too much", (True, True): "different"}
    return [
        f"{words[name in wanted, name in found]}: {name}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def write(picture: Path = PICTURE, *, reference: str | None = None) -> int:
    """Replace the picture; the number of its files."""
    wanted = _wanted(reference)
    shutil.rmtree(picture, ignore_errors=True)
    for name, text in wanted.items():
        path = picture / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return len(wanted)


def main(arguments: list[str] | None = None) -> int:
    """0 written or in step, 1 stale or not possible, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m harness.check.schema_picture", description=generate.__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when supabase/schemas is stale")
    given = parser.parse_args(arguments)
    try:
        if not given.check:
            print(f"supabase/schemas: {write()} files")
            return 0
        stale = differences(PICTURE)
    except StackError as error:
        print(error, file=sys.stderr)
        return FAILED
    if stale:
        print(
            "supabase/schemas is not what the migrations make; run python -m harness.check.schema_picture\n  "
            + "\n  ".join(stale)
        )
        return 1
    print("supabase/schemas is what the migrations make")
    return 0


if __name__ == "__main__":
    sys.exit(main())
