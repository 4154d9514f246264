"""What `ops-gates install` adds to config.toml, and what it leaves to a person."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.stack.parts import ROOT
from harness.tests.installing import (
    done,
    files,
    ops_gates,
    refused,
    write,
)
from ops_gates.core import FUNCTION, SENDER
from ops_gates.installing import config_file, hooks
from ops_gates.platform_calls import HOOK

pytest_plugins = ("harness.tests.installing_fixtures",)

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
    "the function's own files": (
        f'[functions.{FUNCTION}]\nentrypoint = "./functions/{FUNCTION}/index.ts"\n[db]\nport = 1\n',
        DEFAULT,
    ),
    "it is exposed already": ('[api]\nschemas = ["ops"]\n', ["ops"]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_settings_are_added_to_any_layout_and_taken_back(layout: str) -> None:
    text, schemas = LAYOUTS[layout]
    before = text.encode()
    added = config_file.add(before)
    data = tomllib.loads(added.content.decode("utf-8-sig"))
    assert data["api"]["schemas"] == schemas
    assert all(data["functions"][name]["verify_jwt"] is False for name in (FUNCTION, SENDER))
    assert data["auth"]["hook"]["custom_access_token"] == {"enabled": True, "uri": HOOK}
    assert added.left == ()
    comments = re.findall(r"# \w+", text)
    assert all(comment in added.content.decode() for comment in comments)
    assert (b"\r\n" in before) == (b"\r\n" in added.content)
    assert not re.search(rb"(?<!\r)\n", added.content) or b"\r\n" not in before
    assert config_file.add(added.content).changed == ()
    removed = config_file.remove(added.content, added.changed, hook=True)
    assert tomllib.loads(removed.content.decode("utf-8-sig")) == tomllib.loads(before.decode("utf-8-sig"))
    if layout not in ("no line end", "a list of many lines", "inline tables"):
        assert removed.content == before


OWN_HOOK = '[auth.hook.custom_access_token]\nenabled = {}\nuri = "pg-functions://postgres/public/mine"\n'
LEFT: dict[str, tuple[str, str]] = {
    "the list is a variable": ('[api]\nschemas = "env(SCHEMAS)"\n', "env(SCHEMAS)"),
    "another hook": (OWN_HOOK.format("true"), hooks.LINE),
    "another hook that is off": (OWN_HOOK.format("false"), hooks.LINE),
    "a hook over HTTPS": (
        '[auth.hook.custom_access_token]\nenabled = true\nuri = "https://example.com/hook"\n', f"({hooks.CALL})"
    ),
    "a hook that is a variable": (
        '[auth.hook.custom_access_token]\nenabled = true\nuri = "env(HOOK)"\n', f"({hooks.CALL})"
    ),
    "our hook is off": (
        f'[auth.hook.custom_access_token]\nenabled = false\nuri = "{HOOK}"\n', "enabled = true"
    ),
    "the platform checks tokens": (f"[functions.{FUNCTION}]\nverify_jwt = true\n", "verify_jwt = false"),
    "the function is off": (f"[functions.{FUNCTION}]\nenabled = false\n", "enabled = true"),
    "another entry point": (f'[functions.{FUNCTION}]\nentrypoint = "./functions/mine/index.ts"\n', "entrypoint"),
    "another import map": (f'[functions.{FUNCTION}]\nimport_map = "./deno.json"\n', "import_map"),
    "a remote checks tokens": (
        f"[remotes.live.functions.{FUNCTION}]\nverify_jwt = true\n", f"remotes.live.functions.{FUNCTION}"
    ),
    "a remote does not deploy the function": (
        f"[remotes.live.functions.{FUNCTION}]\nenabled = false\n", f"remotes.live.functions.{FUNCTION}"
    ),
    "a remote has switched the hook off": (
        "[remotes.live.auth.hook.custom_access_token]\nenabled = false\n", "remotes.live.auth.hook"
    ),
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
        assert "HTTPS" not in what or hooks.LINE not in result.stderr, "a server has no such line"
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


BY_HAND = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs" / "install.md").read_text(), re.MULTILINE | re.DOTALL)[0]
ON, OFF = '"hook_custom_access_token_enabled": true', '"hook_custom_access_token_enabled": false'
REMOTE = '[remotes.live]\nproject_id = "x"\n' + OWN_HOOK.format("true").replace("[auth", "[remotes.live.auth")
# What stands in the file, and whether the calls that switch our hook on and off are printed.
HOOKS = {
    "added by install": ("", True),
    "added by hand": (BY_HAND, True),
    "another hook": (OWN_HOOK.format("true"), False),
    "a remote has another, which the call would replace": (REMOTE, False),
    "ours in a remote alone": (f"{OWN_HOOK.format('true')}{REMOTE.replace('public/mine', HOOK[24:])}", False),
}


@pytest.mark.parametrize("what", HOOKS)
def test_the_calls_for_the_hook_are_printed_wherever_it_is_ours_and_no_other_one(app: Path, what: str) -> None:
    text, ours = HOOKS[what]
    write(app, "config.toml", text)
    installed = done("install")
    if what == "added by install":
        (app / "supabase" / "ops-release-gates.json").unlink()
        assert ON in done("install")
    removed = done("uninstall")
    assert (ON in installed, OFF in removed) == (ours, ours)
    if "remote" in what:
        assert all(re.search(rf"^ +# switch the hook {turn} ", said, re.MULTILINE)
                   for turn, said in (("on", installed), ("off", removed)))  # fmt: skip


def test_settings_that_were_not_added_here_are_named_when_the_rest_is_removed(app: Path) -> None:
    write(app, "config.toml", BY_HAND)
    done("install")
    said = ops_gates("uninstall", "--hook-is-off").stderr
    for place in ("[api]", f"[functions.{FUNCTION}]", f"[functions.{SENDER}]", f"[{hooks.TABLE}]"):
        assert len([line for line in said.splitlines() if f"{place} " in line]) == 1, place
    assert (app / "supabase" / "config.toml").read_text() == BY_HAND


UNREADABLE = {
    "a text in place of a list": b'[api]\nschemas = "ops"\n',
    "a list of other things": b"[api]\nschemas = [1]\n",
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
    (app / "supabase" / "config.toml").unlink()
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
