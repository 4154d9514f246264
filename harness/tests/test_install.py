"""`ops-gates install` in the folder of an application: what it writes, keeps and notices."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.stack.parts import ROOT
from harness.tests.installing import (
    CONFIG,
    INSTALLED,
    NAMED,
    config,
    done,
    files,
    migrations,
    ops_gates,
    refused,
    write,
)
from harness.tests.terminal import failed
from ops_gates.core import FUNCTION, SENDER
from ops_gates.exit_codes import Code
from ops_gates.installing.folder import RECORD, Folder
from ops_gates.platform_calls import HOOK

pytest_plugins = ("harness.tests.installing_fixtures",)


def test_install_writes_one_migration_the_function_and_the_settings_and_touches_nothing_else(app: Path) -> None:
    before = files(app)
    done("install")
    after = files(app)
    [migration] = [name for name in migrations(app) if INSTALLED.fullmatch(name)]
    text = (app / "supabase" / "migrations" / migration).read_text()
    for source in sorted((ROOT / "supabase" / "migrations").glob("*.sql")):
        found = text.index(source.read_text().rstrip())  # in order
        text = text[found:]
    functions = {f"supabase/functions/{name}": ROOT / "supabase" / "functions" / name for name in (FUNCTION, SENDER)}
    for below, function in functions.items():
        assert files(app / below) == files(function)
    assert set(after) - set(before) == {
        f"supabase/migrations/{migration}", f"supabase/{RECORD}",
        *(f"{below}/{name}" for below, function in functions.items() for name in files(function)),
    }  # fmt: skip
    assert [name for name in before if before[name] != after[name]] == ["supabase/config.toml"]
    own = tomllib.loads((ROOT / "supabase" / "config.toml").read_text())
    assert config(app)["api"]["schemas"] == ["public", "graphql_public", "ops"]
    assert config(app)["functions"] == {"hello": {"verify_jwt": True}, **own["functions"]}
    assert config(app)["auth"]["hook"] == own["auth"]["hook"]
    assert all(line in after["supabase/config.toml"].decode() for line in CONFIG.splitlines() if "schemas" not in line)


def test_what_is_left_to_do_is_commands_for_the_linked_project_each_in_one_line(app: Path) -> None:
    write(app, ".temp/project-ref", "abcdefghijklmnopqrst")
    said = ops_gates("install", COLUMNS="40").stdout.split("left to do:\n")[1]
    push, deploy, expose, hook, notices, check = [line.strip() for line in said.splitlines()]
    assert (push, deploy) == ("npx supabase db push --remote", f"npx supabase functions deploy {FUNCTION}")
    assert notices.startswith(f"npx supabase functions deploy {SENDER}   # ")
    assert check.startswith("ops-gates preflight   # ")
    for line, settings in (
        (expose, {"db_schema": "public, graphql_public, ops"}),
        (hook, {"hook_custom_access_token_enabled": True, "hook_custom_access_token_uri": HOOK}),
    ):
        sent = re.search(r"--json '(.*)' https://api\.supabase\.com/v1/projects/abcdefghijklmnopqrst/", line)
        assert sent
        assert json.loads(sent[1]) == settings
        assert subprocess.run(["bash", "-nc", line], check=False).returncode == 0


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["writes", "shows"])
def test_output_that_is_lost_is_a_sentence_that_speaks_of_no_project(app: Path, options: tuple[str, ...]) -> None:
    before = migrations(app)
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "ops_gates", "install", *options]
        ended = subprocess.run(command, cwd=app, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (Code.UNEXPECTED, 1), ended.stderr
    assert "project" not in ended.stderr
    assert (migrations(app) == before) == bool(options)


def test_a_name_in_the_settings_is_no_word_of_the_shell(app: Path) -> None:
    hostile = "a'; touch written; echo '"
    write(app, "config.toml", CONFIG.replace('"graphql_public"', f'"{hostile}"'))
    [line] = [line for line in ops_gates("install").stdout.splitlines() if "db_schema" in line]
    sent = subprocess.run(
        ["bash", "-c", f'curl() {{ while [ "$1" != --json ]; do shift; done; printf %s "$2"; }}; {line}'],
        cwd=app,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(sent) == {"db_schema": f"public, {hostile}, ops"}
    assert not (app / "written").exists()


@pytest.mark.parametrize("below", [".", "supabase", "supabase/functions/hello"])
def test_it_finds_the_folder_from_below(app: Path, below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app / below)
    done("install")
    assert INSTALLED.fullmatch(migrations(app)[-1])


def test_workdir_names_the_folder_and_none_is_looked_for_then(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app.parent)
    failed(ops_gates("install"), Code.USAGE)
    assert f"names the one above, {app}\n" in failed(
        ops_gates("install", "--workdir", str(app / "supabase")), Code.USAGE
    )
    for nowhere in ("app/supabase/config.toml", "absent"):
        assert f"{nowhere} is no folder" in failed(ops_gates("install", "--workdir", nowhere), Code.USAGE)
    done("install", "--workdir", "app")
    assert INSTALLED.fullmatch(migrations(app)[-1])


def test_without_the_extra_it_says_how_to_get_it(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for command in ("install", "upgrade", "uninstall"):
        assert "'.[install]'" in failed(ops_gates(command), Code.USAGE)
    assert migrations(app) == ["20260101000000_orders.sql"]


@pytest.mark.parametrize(
    ("newest", "wanted"),
    [
        ("20990101000000_later.sql", "20990101000001"),
        ("20991231235959_later.sql", "21000101000000"),
        ("20261127235959_today.sql", "20261128000000"),
        ("20261127000000_before.sql", "20261127120000"),
        ("001_init.sql", "20261127120000"),
        ("notes.md", "20261127120000"),
    ],
)
def test_its_migration_comes_after_the_newest_of_the_application(app: Path, newest: str, wanted: str) -> None:
    write(app, f"migrations/{newest}", "")
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert Folder.find(None).next_names(["x"], now) == [f"{wanted}_x.sql"]


@pytest.mark.parametrize("name", ["99_last", "2099010101_short", "20990101_day", "20999999999999_no_date"])
def test_a_migration_that_sorts_after_every_date_is_in_the_way(app: Path, name: str) -> None:
    write(app, f"migrations/{name}.sql", "")
    refused(ops_gates("install"), "migration_order")


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_dry_run_shows_the_whole_change_as_a_diff_and_writes_nothing(app: Path, command: str) -> None:
    write(app, "migrations/20990101000000_later.sql", "")  # so that no clock is asked
    if command == "uninstall":
        done("install")
    before = files(app)
    shown = ops_gates(command, "--dry-run")
    assert (shown.exit_code, files(app)) == (0, before)
    would = re.findall(r"^would (write|remove) (supabase/\S+)", shown.stderr, re.MULTILINE)
    did = re.findall(r"^(wrote|removed) (supabase/\S+)", done(command), re.MULTILINE)
    assert [({"write": "wrote"}.get(what, "removed"), name) for what, name in would] == did
    assert len(did) >= 5
    wanted = files(app)
    for name in {*before, *wanted}:
        (app / name).unlink(missing_ok=True)
    for name, content in before.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_bytes(content)
    subprocess.run(["git", "apply", "-"], input=shown.stdout.encode(), cwd=app, check=True)
    assert files(app) == wanted


def test_a_second_run_changes_nothing_and_says_so(app: Path) -> None:
    done("install")
    before = files(app)
    assert done("install") == "nothing to do: release gates are installed\n"
    assert done("install", "--dry-run") == "nothing to do: release gates are installed\n"
    assert files(app) == before


def test_what_version_control_does_to_line_ends_and_dates_is_no_edit(app: Path) -> None:
    done("install")
    for path in (app / "supabase" / "functions" / FUNCTION).rglob("*.ts"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    [migration] = (app / "supabase" / "migrations").glob(f"*_{NAMED}.sql")
    migration.write_bytes(migration.read_bytes().replace(b"\n", b"\r\n"))
    migration.rename(migration.with_name(f"20990101000000_{NAMED}.sql"))
    before = files(app)
    done("install")
    assert {name for name, content in files(app).items() if before.get(name) != content} <= {f"supabase/{RECORD}"}


def test_what_is_missing_is_written_again(app: Path) -> None:
    done("install")
    wanted = files(app)
    (app / "supabase" / "functions" / FUNCTION / "index.ts").unlink()
    said = done("install")
    assert f"supabase/functions/{FUNCTION}/ (1 file)\n" in said
    assert "left to do, where it is not done yet:\n" in said
    write(app, "config.toml", CONFIG)
    done("install")
    assert files(app) == wanted


def test_a_run_that_was_killed_half_way_is_finished_by_the_next(app: Path) -> None:
    done("install")
    wanted = files(app)
    (app / "supabase" / RECORD).unlink()
    (app / "supabase" / "functions" / FUNCTION / "index.ts").unlink()
    done("install")
    assert {name: wanted[name] for name in wanted if RECORD not in name}.items() <= files(app).items()


# What somebody edited


EDITED = {
    "the migration": (f"migrations/*_{NAMED}.sql", "edited"),
    "the function": (f"functions/{FUNCTION}/index.ts", "edited"),
    "a file below": (f"functions/{FUNCTION}/events/route.ts", "edited"),
}


@pytest.mark.parametrize("what", EDITED)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "without the record"])
def test_an_edit_is_noticed_and_not_overwritten(app: Path, what: str, recorded: bool) -> None:
    done("install")
    pattern, _ = EDITED[what]
    [file] = (app / "supabase").glob(pattern)
    file.write_text(file.read_text() + "\n-- mine")
    if not recorded:
        (app / "supabase" / RECORD).unlink()
    before = files(app)
    said = failed(ops_gates("install"), Code.REFUSED)
    assert file.name in said
    assert said.startswith(("edited: ", "not_ours: "))
    assert files(app) == before


def test_a_file_of_that_name_which_is_somebody_else_s_is_in_the_way(app: Path) -> None:
    write(app, f"functions/{FUNCTION}/index.ts", "// another one")
    refused(ops_gates("install"), "not_ours")
    assert len(migrations(app)) == 1


def test_a_file_that_somebody_added_stays(app: Path) -> None:
    done("install")
    write(app, f"functions/{FUNCTION}/.npmrc", "x")
    done("install")
    said = ops_gates("uninstall", "--hook-is-off")
    assert (said.exit_code, ".npmrc is yours" in said.stderr) == (0, True)
    assert (app / "supabase" / "functions" / FUNCTION / "index.ts").exists()


@pytest.mark.parametrize("command", ["install", "upgrade", "uninstall"])
def test_a_migration_that_is_gone_is_not_written_a_second_time(app: Path, command: str) -> None:
    done("install")
    [migration] = (app / "supabase" / "migrations").glob(f"*_{NAMED}.sql")
    migration.unlink()
    assert migration.name in refused(ops_gates(command), "migration_gone")


@pytest.mark.parametrize("command", ["install", "upgrade", "uninstall"])
@pytest.mark.parametrize("written_by", ["install", "uninstall"])
def test_a_migration_that_was_renamed_is_not_written_a_second_time(app: Path, command: str, written_by: str) -> None:
    done("install")
    if written_by == "uninstall":
        done("uninstall", "--hook-is-off")
    migration = sorted((app / "supabase" / "migrations").iterdir())[-1]
    migration.rename(migration.with_name("20990101000000_gates.sql"))
    (app / "supabase" / RECORD).unlink(missing_ok=True)
    before = files(app)
    assert "20990101000000_gates.sql" in refused(ops_gates(command), "migration_gone")
    assert files(app) == before


# As the CLI squashes the migrations: a dump of the schema in the file of the newest one.
SQUASHED = 'SET statement_timeout = 0;\n\nCREATE SCHEMA IF NOT EXISTS "ops_private";\n'


@pytest.mark.parametrize("command", ["install", "upgrade", "uninstall"])
@pytest.mark.parametrize("into", ["ours", "theirs", "theirs, and the record was removed"])
def test_a_squash_that_took_our_migration_in_is_named(app: Path, command: str, into: str) -> None:
    done("install")
    [migration] = (app / "supabase" / "migrations").glob(f"*_{NAMED}.sql")
    squashed = migration.name if into == "ours" else "20990101000000_theirs.sql"
    migration.unlink()
    write(app, f"migrations/{squashed}", SQUASHED)
    if "record" in into:
        (app / "supabase" / RECORD).unlink()
    before = files(app)
    assert squashed in refused(ops_gates(command), "squashed")
    assert files(app) == before


def test_a_second_copy_of_another_branch_is_named_and_removing_it_mends_that(app: Path) -> None:
    done("install")
    [first] = (app / "supabase" / "migrations").glob(f"*_{NAMED}.sql")
    second = write(app, f"migrations/20990101000000_{NAMED}.sql", first.read_text())
    (app / "supabase" / RECORD).unlink()  # as whoever merges two of them may do
    for command in ("install", "upgrade", "uninstall"):
        said = refused(ops_gates(command), "migration_twice")
        assert (first.name in said, second.name in said) == (True, True)
    first.unlink()
    done("install")
    assert list(json.loads((app / "supabase" / RECORD).read_text())["migrations"]) == [second.name]


def test_a_damaged_record_is_a_sentence(app: Path) -> None:
    done("install")
    for text in ("{", "[]", '{"migrations": 1}', '{"migrations": {}, "function": {}, "config": 1}'):
        write(app, RECORD, text)
        refused(ops_gates("install"), "damaged_record")


def test_the_checkout_itself_and_a_copy_of_its_migrations_are_left_alone(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(app, "migrations/20261126100000_schemas_and_enums.sql", "create schema ops;")
    refused(ops_gates("install"), "not_ours")
    monkeypatch.chdir(ROOT)
    refused(ops_gates("install"), "not_ours")


def test_the_function_names_each_package_in_the_exact_version_that_is_locked_here(app: Path) -> None:
    done("install")
    folder = app / "supabase" / "functions" / FUNCTION
    (folder / "deno.lock").write_text("{}")
    done("install")
    assert (folder / "deno.lock").read_text() == "{}", "a lock that `deno install` made stays"
    assert ops_gates("uninstall").stderr == ""
    assert not folder.exists(), "and goes with the function that it is for"
    locked = json.loads((ROOT / "supabase" / "functions" / "deno.lock").read_text())["specifiers"]
    named = json.loads((ROOT / "supabase" / "functions" / FUNCTION / "deno.json").read_text())["imports"].values()
    found = {re.match(r"npm:(?:@[^/@]+/)?[^/@]+@[^/]+", name) for name in named}
    assert None not in found
    exact = {one[0] for one in found if one}
    assert exact <= locked.keys()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", name.rpartition("@")[2]) for name in exact)
