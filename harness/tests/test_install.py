"""`ops-gates install`, `upgrade` and `uninstall` in the folder of an application: what they write and leave."""

from __future__ import annotations

import dataclasses
import errno
import importlib.util
import json
import os
import re
import signal
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import Result

from harness.prove.effort import NIGHTLY
from harness.stack.members import GRANT
from harness.stack.parts import ROOT
from harness.tests.terminal import Terminal, failed
from ops_gates.core import FUNCTION
from ops_gates.errors import Refused
from ops_gates.exit_codes import Code
from ops_gates.installing import changes, config_file, removal
from ops_gates.installing.folder import RECORD, Folder
from ops_gates.installing.package import NAME, Package, Release, number
from ops_gates.platform_calls import HOOK

CONFIG = """\
# ours
project_id = "shop"

[api]
port = 54321 # the usual one
schemas = ["public", "graphql_public"]

[functions.hello]
verify_jwt = true
"""
INSTALLED = re.compile(rf"\d{{14}}_{NAME}_0_1_0\.sql")
ops_gates = Terminal({})
OWN = Package.own()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of an application with a migration and a function of its own; commands run in it."""
    repository = tmp_path / "app"
    write(repository, "config.toml", CONFIG)
    write(repository, "migrations/20260101000000_orders.sql", "create table public.orders ();\n")
    write(repository, "functions/hello/index.ts", "export {};\n")
    monkeypatch.chdir(repository)
    return repository


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


# Installing


def test_install_writes_one_migration_the_function_and_the_settings_and_touches_nothing_else(app: Path) -> None:
    before = files(app)
    done("install")
    after = files(app)
    [migration] = [name for name in migrations(app) if INSTALLED.fullmatch(name)]
    text = (app / "supabase" / "migrations" / migration).read_text()
    for source in sorted((ROOT / "supabase" / "migrations").glob("*.sql")):
        found = text.index(source.read_text().rstrip())  # in order
        text = text[found:]
    function = ROOT / "supabase" / "functions" / FUNCTION
    assert files(app / "supabase" / "functions" / FUNCTION) == files(function)
    assert set(after) - set(before) == {
        f"supabase/migrations/{migration}", f"supabase/{RECORD}",
        *(f"supabase/functions/{FUNCTION}/{name}" for name in files(function)),
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
    push, deploy, expose, hook = [line.strip() for line in said.splitlines()]
    assert (push, deploy) == ("npx supabase db push --remote", f"npx supabase functions deploy {FUNCTION}")
    for line, settings in (
        (expose, {"db_schema": "public, graphql_public, ops"}),
        (hook, {"hook_custom_access_token_enabled": True, "hook_custom_access_token_uri": HOOK}),
    ):
        sent = re.search(r"--json '(.*)' https://api\.supabase\.com/v1/projects/abcdefghijklmnopqrst/", line)
        assert sent
        assert json.loads(sent[1]) == settings
        assert subprocess.run(["bash", "-nc", line], check=False).returncode == 0


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
    failed(ops_gates("install", "--workdir", str(app / "supabase")), Code.USAGE)
    done("install", "--workdir", "app")
    assert INSTALLED.fullmatch(migrations(app)[-1])


def test_without_the_extra_it_says_how_to_get_it(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for command in ("install", "upgrade", "uninstall"):
        assert "ops-release-gates[install]" in failed(ops_gates(command), Code.USAGE)
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
    done(command)
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
    [migration] = (app / "supabase" / "migrations").glob("*_0_1_0.sql")
    migration.write_bytes(migration.read_bytes().replace(b"\n", b"\r\n"))
    migration.rename(migration.with_name(f"20990101000000_{NAME}_0_1_0.sql"))
    before = files(app)
    done("install")
    assert {name for name, content in files(app).items() if before.get(name) != content} <= {f"supabase/{RECORD}"}


def test_what_is_missing_is_written_again(app: Path) -> None:
    done("install")
    wanted = files(app)
    (app / "supabase" / "functions" / FUNCTION / "index.ts").unlink()
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
    "the migration": ("migrations/*_0_1_0.sql", "edited"),
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
    assert (said.exit_code, ".npmrc" in said.stderr) == (0, True)
    assert (app / "supabase" / "functions" / FUNCTION / "index.ts").exists()


def test_a_migration_that_is_gone_is_not_written_a_second_time(app: Path) -> None:
    done("install")
    [migration] = (app / "supabase" / "migrations").glob("*_0_1_0.sql")
    migration.unlink()
    refused(ops_gates("install"), "migration_gone")


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


# Faults


@pytest.mark.parametrize("command", [("install",), ("uninstall",)])
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_fault_at_any_move_leaves_everything_as_it_was(
    app: Path, command: tuple[str, ...], fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    if command == ("uninstall",):
        done("install")
    before = files(app)
    move, unlink = Path.replace, Path.unlink
    calls = 0

    def failing(do: Callable[..., Any]) -> Callable[..., Any]:
        def moved(self: Path, *given: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise fault
            return do(self, *given, **named)

        return moved

    at, steps = 1, 0
    while True:
        calls = 0
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", failing(move))
            patched.setattr(Path, "unlink", failing(unlink))
            ended = ops_gates(*command)
        if ended.exit_code == 0:
            break
        failed(ended, Code.INTERRUPTED if isinstance(fault, KeyboardInterrupt) else Code.UNEXPECTED)
        assert files(app) == before
        at, steps = at + (1 if NIGHTLY else 6), steps + 1
    assert (at > 20, steps > 2) == (True, True)


def test_ctrl_c_between_two_moves_undoes_the_first(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(app)
    move = Path.replace

    def pressed(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return move(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", pressed)
        failed(ops_gates("install"), Code.INTERRUPTED)
    assert files(app) == before
    done("install")


def test_two_runs_at_once_do_not_mix(app: Path) -> None:
    (app / "supabase" / changes.STAGE).mkdir()
    refused(ops_gates("install"), "at_work")
    assert len(migrations(app)) == 1


def test_a_file_that_changes_meanwhile_is_not_overwritten(app: Path) -> None:
    file = write(app, "config.toml", "now")
    made = [changes.Change(name, app / name, None, b"x") for name in ("a", "b/c")]
    with pytest.raises(Refused) as told:
        changes.apply(app, [*made, changes.Change("config.toml", file, b"before", b"after")])
    assert told.value.code == "changed_meanwhile"
    assert file.read_text() == "now"
    assert sorted(path.name for path in app.iterdir()) == ["supabase"]


@pytest.mark.parametrize("place", ["migrations", "functions", f"functions/{FUNCTION}", "config.toml", RECORD])
def test_no_link_is_followed_out_of_the_folder(app: Path, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    link = app / "supabase" / place
    if link.exists():
        link.rename(outside)
    elif place == RECORD:
        outside.write_text("{}")
    else:
        outside.mkdir()
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    before = files(tmp_path)
    refused(ops_gates("install"), "link_outside")
    assert files(tmp_path) == before


def test_a_link_that_stays_in_the_folder_is_followed(app: Path) -> None:
    folder = app / "supabase"
    (folder / "migrations").rename(folder / "sql")
    (folder / "migrations").symlink_to("sql")
    done("install")
    assert (folder / "migrations").is_symlink()
    assert INSTALLED.fullmatch(migrations(app)[-1])


# config.toml

DEFAULT = ["public", "graphql_public", "ops"]
# What stands there, and which schemas are exposed then.
LAYOUTS: dict[str, tuple[str, list[str]]] = {
    "an empty file": ("", DEFAULT),
    "no [api]": ('project_id = "x"\n', DEFAULT),
    "no line end": ('project_id = "x"', DEFAULT),
    "[api] without schemas": ("[api] # hi\nport = 1\n\n[api.tls]\nenabled = false\n", DEFAULT),
    "a table below [api] alone": ("[api.tls]\nenabled = false\n", DEFAULT),
    "quoted keys": ('["api"]\nport = 1\n', DEFAULT),
    "dotted keys": (
        "api.enabled = true\nfunctions.a.verify_jwt = true\nauth.site_url = 'x'\n\n[db]\nport = 1\n",
        DEFAULT,
    ),
    "dotted keys in tables": ("[auth]\nhook.send_sms.enabled = false\n[functions]\na.verify_jwt = true\n", DEFAULT),
    "a dotted list": ('api.schemas = ["public"] # c\n[db]\nport = 1\n', ["public", "ops"]),
    "inline tables": (
        "api = { enabled = true }\nfunctions = { a = { verify_jwt = true } }\n"
        "auth = { hook = { send_sms = { enabled = false } } }\n",
        DEFAULT,
    ),
    "a list of many lines": (
        '[api]\nschemas = [\n  "public", # a\n  "app"   # b\n]\nport = 1\n\n[db]\nport = 1\n',
        ["public", "app", "ops"],
    ),
    "an empty list": ("[api]\nschemas = []\n", ["ops"]),
    "a variable in the list": ('[api]\nschemas = ["env(SCHEMA)"]\n', ["env(SCHEMA)", "ops"]),
    "tables out of order": ("[functions.a]\nx = 1\n[db]\nport = 1\n[functions.b]\nx = 1\n[api]\nport = 1\n", DEFAULT),
    "Windows": ('[api]\r\nschemas = ["public"]\r\n\r\n[db]\r\nport = 1\r\n', ["public", "ops"]),
    "a byte order mark": ('\ufeff[api]\nschemas = ["public"]\n', ["public", "ops"]),
    "other characters": ('project_id = "漢"\n[api]\nschemas = ["public"] # é\n', ["public", "ops"]),
    "the function's table": (f"[functions.{FUNCTION}]\nenabled = true\n[db]\nport = 1\n", DEFAULT),
    "it is exposed already": ('[api]\nschemas = ["ops"]\n', ["ops"]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_settings_are_added_to_any_layout_and_taken_back(layout: str) -> None:
    text, schemas = LAYOUTS[layout]
    before = text.encode()
    added = config_file.add(before)
    data = tomllib.loads(added.content.decode("utf-8-sig"))
    assert data["api"]["schemas"] == schemas
    assert data["functions"][FUNCTION]["verify_jwt"] is False
    assert data["auth"]["hook"]["custom_access_token"] == {"enabled": True, "uri": HOOK}
    assert added.left == ()
    comments = re.findall(r"# \w+", text)
    assert all(comment in added.content.decode() for comment in comments)
    assert (b"\r\n" in before) == (b"\r\n" in added.content)
    assert not re.search(rb"(?<!\r)\n", added.content) or b"\r\n" not in before
    assert config_file.add(added.content).changed == ()
    removed = config_file.remove(added.content, added.changed, hook=True)
    assert tomllib.loads(removed.content.decode("utf-8-sig")) == tomllib.loads(before.decode("utf-8-sig"))
    if layout not in ("no line end", "a list of many lines"):
        assert removed.content == before


OWN_HOOK = '[auth.hook.custom_access_token]\nenabled = {}\nuri = "pg-functions://postgres/public/mine"\n'
LEFT: dict[str, tuple[str, str]] = {
    "the list is a variable": ('[api]\nschemas = "env(SCHEMAS)"\n', "env(SCHEMAS)"),
    "another hook": (OWN_HOOK.format("true"), config_file.LINE_OF_A_HOOK),
    "another hook that is off": (OWN_HOOK.format("false"), config_file.LINE_OF_A_HOOK),
    "our hook is off": (
        f'[auth.hook.custom_access_token]\nenabled = false\nuri = "{HOOK}"\n', "enabled = true"
    ),
    "the platform checks tokens": (f"[functions.{FUNCTION}]\nverify_jwt = true\n", "verify_jwt = false"),
    "a remote has its own list": (
        '[remotes.live]\nproject_id = "x"\n[remotes.live.api]\nschemas = ["public"]\n', "remotes.live"
    ),
    "a remote has its own hook": (OWN_HOOK.format("true").replace("[auth", "[remotes.live.auth"), "remotes.live"),
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT)
def test_what_somebody_set_otherwise_stays_and_is_said_each_time(app: Path, what: str) -> None:
    text, sentence = LEFT[what]
    write(app, "config.toml", text)
    first, second = ops_gates("install"), ops_gates("install")
    assert (first.exit_code, second.exit_code, second.stdout.startswith("nothing to do")) == (0, 0, True)
    for result in (first, second):
        assert result.stderr.count("\n") == 1
        assert sentence in result.stderr
    assert (app / "supabase" / "config.toml").read_text().startswith(text)


UNKNOWN_LISTS = {
    "a variable": '[api]\nschemas = "env(SCHEMAS)"\n',
    "a variable in the list": '[api]\nschemas = ["public", "env(SCHEMA)"]\n',
    "another list of a remote": '[remotes.live]\nproject_id = "x"\n[remotes.live.api]\nschemas = ["app", "ops"]\n',
}


@pytest.mark.parametrize("what", UNKNOWN_LISTS)
def test_no_command_replaces_a_list_of_schemas_that_is_not_known(app: Path, what: str) -> None:
    write(app, "config.toml", UNKNOWN_LISTS[what])
    for command in (("install",), ("uninstall", "--hook-is-off")):
        said = done(*command)
        assert "db_schema" not in said
        assert re.search(r"^ *# .*\bops\b.*exposed", said, re.MULTILINE)


UNREADABLE = {
    "no TOML": b"[api\n",
    "a key twice": b"a = 1\na = 2\n",
    "not UTF-8": b'project_id = "\xff"\n',
    "UTF-16": 'project_id = "x"\n'.encode("utf-16"),
    "api is no table": b"api = 1\n",
    "functions is a list": b"[[functions]]\nx = 1\n",
    "the hook is no table": b"[auth.hook]\ncustom_access_token = true\n",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_settings_that_cannot_be_read_are_a_sentence_and_nothing_is_written(app: Path, what: str) -> None:
    (app / "supabase" / "config.toml").write_bytes(UNREADABLE[what])
    before = files(app)
    refused(ops_gates("install"), "unreadable_config")
    assert files(app) == before


@pytest.mark.parametrize("name", ["config.json", "config.jsonc"])
def test_settings_in_another_format_are_a_sentence(app: Path, name: str) -> None:
    write(app, name, "{}")
    refused(ops_gates("install"), "unreadable_config")


BREAKING: dict[str, Callable[[str], str]] = {
    "another table takes a value": lambda text: text.replace("[api]", "[functions.hello.api]"),
    "a comment is all that is added": lambda text: text + "# ops\n",
    "no TOML comes of it": lambda text: text + "[",
    "a value is lost": lambda text: text.replace("port = 54321", "") + config_file._FUNCTION_BLOCK,
}


@pytest.mark.parametrize("how", BREAKING)
def test_an_edit_that_would_change_anything_else_is_not_made(
    app: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_file, "_appending", lambda _: BREAKING[how])
    monkeypatch.setattr(config_file, "_setting", lambda *_: BREAKING[how])
    before = files(app)
    refused(ops_gates("install"), "config_not_edited")
    assert files(app) == before


def test_every_code_has_its_row_on_the_page_of_errors() -> None:
    sources = (ROOT / "harness" / "ops_gates" / "installing").glob("*.py")
    codes = {code for source in sources for code in re.findall(r'Refused\(\s*"(\w+)"', source.read_text())}
    section = (ROOT / "docs" / "errors.md").read_text().split("## Installing\n")[1].split("\n## ")[0]
    assert codes | {"not_ours", "edited"} == {*re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)}


# Upgrading


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


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Package], None]:
    """Have the commands carry another package."""
    return lambda package: monkeypatch.setattr(Package, "own", lambda: package)


def test_before_0_9_0_there_is_no_upgrade(app: Path, packaged: Callable[[Package], None]) -> None:
    refused(ops_gates("upgrade"), "not_installed")
    done("install")
    before = files(app)
    assert done("upgrade") == done("upgrade", "--dry-run") == "nothing to do: this version is installed\n"
    packaged(release("0.10.0"))
    assert "0.9.0" in refused(ops_gates("upgrade"), "no_upgrade")
    refused(ops_gates("install"), "other_version")
    packaged(dataclasses.replace(release("0.10.0"), version="0.1.0"))
    refused(ops_gates("install"), "other_version")  # another build of the same version
    assert files(app) == before


def test_upgrade_writes_a_step_for_each_release_and_the_new_function(
    app: Path, packaged: Callable[[Package], None]
) -> None:
    packaged(release("0.9.0", {"old.ts": "// old\n"}))
    done("install")
    first = migrations(app)
    assert done("upgrade") == "nothing to do: this version is installed\n"
    packaged(release("0.11.0", {"index.ts": "// new\n"}))
    refused(ops_gates("install"), "other_version")
    done("upgrade")
    steps = migrations(app)[len(first) :]
    assert [name.partition("_")[2] for name in steps] == [
        f"{NAME}_0_9_0_to_0_10_0.sql",
        f"{NAME}_0_10_0_to_0_11_0.sql",
    ]
    texts = [(app / "supabase" / "migrations" / name).read_text() for name in steps]
    assert [re.findall(r"create table ops\.\w+", text) for text in texts] == [
        ["create table ops.more"],
        ["create table ops.most"],
    ]
    function = app / "supabase" / "functions" / FUNCTION
    assert ((function / "index.ts").read_text(), (function / "old.ts").exists()) == ("// new\n", False)
    assert done("upgrade") == "nothing to do: this version is installed\n"
    assert done("install") == "nothing to do: release gates are installed\n"
    packaged(release("0.10.0"))
    refused(ops_gates("upgrade"), "no_upgrade")


def test_upgrade_keeps_what_somebody_edited(app: Path, packaged: Callable[[Package], None]) -> None:
    packaged(release("0.9.0"))
    done("install")
    packaged(release("0.10.0", {"index.ts": "// new\n"}))
    for pattern in ("migrations/*_0_9_0.sql", f"functions/{FUNCTION}/index.ts"):
        [file] = (app / "supabase").glob(pattern)
        kept = file.read_bytes()
        file.write_bytes(kept + b"\n-- mine")
        before = files(app)
        refused(ops_gates("upgrade"), "edited")
        assert files(app) == before
        file.write_bytes(kept)
    done("upgrade")


@pytest.mark.usefixtures("app")
def test_a_package_that_does_not_know_the_way_says_so(packaged: Callable[[Package], None]) -> None:
    packaged(release("0.9.0"))
    done("install")
    packaged(dataclasses.replace(release("0.10.0"), released={"0.10.0": Release("20270101000000_more.sql", "")}))
    refused(ops_gates("upgrade"), "no_upgrade")
    packaged(dataclasses.replace(release("0.10.0"), released={"0.9.0": Release("x", "")}))
    refused(ops_gates("upgrade"), "no_upgrade")


def test_every_released_version_names_a_migration_and_from_0_9_0_on_this_one_too() -> None:
    own = Package.own()
    assert {release.last for release in own.released.values()} <= {*own.migrations}
    assert number(own.version) < (0, 9, 0) or own.released[own.version].last == list(own.migrations)[-1]


# Uninstalling


def test_uninstall_takes_back_what_install_added_and_install_begins_anew(app: Path) -> None:
    before = files(app)
    done("install")
    installed = migrations(app)
    done("uninstall", "--hook-is-off")
    [gone] = [name for name in migrations(app) if name not in installed]
    assert gone > installed[-1]
    after = files(app)
    assert {name: content for name, content in after.items() if f"_{NAME}_" not in name} == before
    refused(ops_gates("uninstall", "--hook-is-off"), "not_installed")
    done("install")
    assert INSTALLED.fullmatch(migrations(app)[-1])
    assert migrations(app)[-1] > gone


def test_without_the_word_that_the_hook_is_off_the_hook_and_its_setting_stay(app: Path) -> None:
    before = files(app)
    done("install")
    done("uninstall")
    assert list(config(app)["auth"]["hook"]) == ["custom_access_token"]
    assert "ops" not in config(app)["api"]["schemas"]
    refused(ops_gates("install"), "hook_stays")
    refused(ops_gates("upgrade"), "not_installed")
    refused(ops_gates("uninstall"), "not_installed")
    done("uninstall", "--hook-is-off")
    assert {name: content for name, content in files(app).items() if f"_{NAME}_" not in name} == before


def test_uninstall_leaves_settings_and_a_function_that_were_edited_and_says_so(app: Path) -> None:
    done("install")
    file = app / "supabase" / "functions" / FUNCTION / "index.ts"
    file.write_text("// mine")
    settings = app / "supabase" / "config.toml"
    settings.write_text(settings.read_text().replace("verify_jwt = false", "verify_jwt = false\nenabled = false"))
    said = ops_gates("uninstall", "--hook-is-off")
    assert (said.exit_code, "index.ts" in said.stderr) == (0, True)
    assert file.read_text() == "// mine"
    assert config(app)["functions"][FUNCTION] == {"verify_jwt": False, "enabled": False}


def test_a_schema_that_was_exposed_before_stays_exposed(app: Path) -> None:
    write(app, "config.toml", '[api]\nschemas = ["ops"]\n')
    done("install")
    done("uninstall", "--hook-is-off")
    assert config(app) == {"api": {"schemas": ["ops"]}}


def uninstall(db: psycopg.Connection[Any], *, with_facts: bool = False) -> psycopg.Error:
    """Why the migration stops in a database whose roles other databases of the server use too."""
    with pytest.raises(psycopg.errors.DependentObjectsStillExist) as stopped, db.transaction():
        db.execute(sql.SQL(removal.sql(hook_alone=False, with_facts=with_facts, keep_hook=False)))
    return stopped.value


FACTS = {
    "a member": GRANT,
    "a project": "select ops.register_project('acme/x', null, 'rm-1', 'r')",
    "a policy": 'select ops.set_gate_policy(\'G1\', \'[{"kind": "check", "subject": "build"}]\')',
    "an addition to the policy": "select ops.set_gate_policy('G1', (select jsonb_agg(jsonb_build_object("
    "'kind', r.kind, 'subject', r.subject, 'enforcement', r.enforcement)) || "
    '\'[{"kind": "check", "subject": "scan"}]\' from ops.gate_requirements r where r.gate_code = \'G1\'))',
    "a refusal": 'select ops.record_refusal(\'{"error": "internal_error"}\')',
}


@pytest.mark.parametrize("fact", FACTS)
def test_the_migration_stops_while_anything_is_on_record(fresh_db: Callable[[], str], fact: str) -> None:
    with psycopg.connect(fresh_db()) as db:
        assert "database" in str(uninstall(db).diag.message_detail)  # nothing is on record: only the roles stay
        db.execute("set local role service_role")
        db.execute(FACTS[fact], ["rm-1", "release_manager", None] if fact == "a member" else None)
        db.execute("reset role")
        assert re.search(r"\d in \w+", str(uninstall(db).diag.message_detail))
        assert "database" in str(uninstall(db, with_facts=True).diag.message_detail)
