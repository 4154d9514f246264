"""What `supabase/config.toml` needs, beside what stands there: comments, order and line ends stay.

Each edit is checked: the file, read again, must say what it said before and the addition, and nothing else.
"""

from __future__ import annotations

import contextlib
import copy
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from tomlkit.items import InlineTable

from ops_gates.core import FUNCTION, SENDER
from ops_gates.errors import Refused
from ops_gates.installing import hooks
from ops_gates.platform_calls import HOOK

SCHEMA = "ops"
# What the CLI exposes where the key is not set.
DEFAULT_SCHEMAS = ("public", "graphql_public")
FILE = "supabase/config.toml"

# Each function, and what `Edited.changed` calls its table and its setting.
_FUNCTIONS = {FUNCTION: ("function", "verify_jwt"), SENDER: ("sender", "sender_verify_jwt")}
_FUNCTION_VALUE = {"verify_jwt": False}
_FUNCTION_FILES = {"entrypoint": "index.ts", "import_map": "deno.json"}
_HOOK_VALUE = {"enabled": True, "uri": HOOK}
_FUNCTION_BLOCK = """
[functions.{}]
# The function authenticates every caller itself (release gates).
verify_jwt = false
"""
_HOOK_BLOCK = f"""
[auth.hook.custom_access_token]
# Gives a member's token their role (release gates).
enabled = true
uri = "{HOOK}"
"""
_LISTED = ", ".join(f'"{name}"' for name in (*DEFAULT_SCHEMAS, SCHEMA))
_SCHEMAS_LINE = f"schemas = [{_LISTED}] # the CLI's default, and the release gates\n"
_API_BLOCK = f"\n[api]\n{_SCHEMAS_LINE}"

Data = dict[str, Any]
Edit = Callable[[str], str]


@dataclass(frozen=True)
class Edited:
    """The file after it was edited, what was added or removed, and what somebody has to do by hand."""

    content: bytes = field(repr=False)
    changed: tuple[str, ...] = ()
    """Of: `schema` (in the list), `schemas` (the list), `hook`, and of each function its names in `_FUNCTIONS`."""
    left: tuple[str, ...] = ()
    exposed: tuple[str, ...] | None = None
    """The schemas that the API exposes then; None where the file does not say it: a variable, or another list of a
    remote project."""
    hook: bool | None = False
    """Whether the access-token hook of each project is ours then; None where it is in one, and not in another."""


@dataclass
class _Text:
    """The text while it is edited, without the mark and the line ends that Windows has."""

    text: str
    data: Data
    mark: str
    windows: bool
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes) -> _Text:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("unreadable_config", f"{FILE} is not UTF-8", hint="write it in UTF-8") from None
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix(mark)
        windows = "\r\n" in text and not re.search(r"(?<!\r)\n", text)
        text = text.replace("\r\n", "\n") if windows else text
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Refused("unreadable_config", f"{FILE} is not valid TOML: {error}", hint="mend it first") from None
        for path in (("api",), ("functions",), *map(_path, _FUNCTIONS), ("auth",), ("auth", "hook"), hooks.PATH):
            if not isinstance(_at(data, path, {}), dict):
                raise Refused("unreadable_config", f"{'.'.join(path)} is no table in {FILE}", hint="mend it first")
        schemas = _at(data, ("api", "schemas"), [])
        if not _is_a_variable(schemas) and not (
            isinstance(schemas, list) and all(isinstance(name, str) for name in schemas)
        ):
            raise Refused(
                "unreadable_config", f"[api] schemas of {FILE} is {schemas!r}, and no list of names",
                hint='write it as one, such as schemas = ["public", "graphql_public"]',
            )  # fmt: skip
        return cls(text, data, mark, windows)

    def done(self) -> Edited:
        text = self.text.replace("\n", "\r\n") if self.windows else self.text
        exposed, hook = _exposed(self.data), _hook(self.data)
        return Edited((self.mark + text).encode(), tuple(self.changed), tuple(self.left), exposed, hook)

    def edit(self, name: str, wanted: Data, *edits: Edit) -> None:
        """Take the first edit after which the file says what is wanted; Refused if none does."""
        for edit in edits:
            with contextlib.suppress(tomllib.TOMLDecodeError, tomlkit.exceptions.TOMLKitError, ValueError, KeyError,
                                     TypeError, IndexError, AttributeError):  # fmt: skip
                made = edit(self.text)
                if tomllib.loads(made) == wanted:
                    self.text, self.data = made, wanted
                    self.changed.append(name)
                    return
        raise Refused(
            "config_not_edited",
            f"{FILE} is laid out so that no edit keeps what it says",
            hint="write [api], [functions] and [auth.hook] as tables of their own, or add by hand what "
            "docs/install.md lists",
        )


def add(content: bytes) -> Edited:
    """The file with the schema exposed, the functions' settings, and the hook where there is none."""
    file = _Text.of(content)
    _add_schema(file)
    for name in _FUNCTIONS:
        _add_function(file, name)
    _add_hook(file)
    file.left += _in_remotes(file.data)
    return file.done()


def remove(content: bytes, added: tuple[str, ...], *, hook: bool) -> Edited:
    """The file without what `add` added, where it still stands as it was added; the hook only if asked for."""
    file = _Text.of(content)
    schemas = _at(file.data, ("api", "schemas"), None)
    if "schemas" in added and schemas == [*DEFAULT_SCHEMAS, SCHEMA]:
        _take(file, "schemas", ("api", "schemas"), _API_BLOCK, _SCHEMAS_LINE)
    elif {"schemas", "schema"} & {*added} and isinstance(schemas, list) and SCHEMA in schemas:
        wanted = _with(file.data, ("api", "schemas"), [name for name in schemas if name != SCHEMA])
        file.edit("schema", wanted, _unlist)
    for name in _FUNCTIONS:
        _remove_function(file, name, added)
    if hook and "hook" in added and _at(file.data, hooks.PATH, None) == _HOOK_VALUE:
        _take(file, "hook", hooks.PATH, _HOOK_BLOCK)
    places = {"": file.data, **{f"remotes.{name}.": remote for name, remote in _remotes(file.data).items()}}
    if hook and any(_at(place, (*hooks.PATH, "uri"), HOOK) != HOOK for place in places.values()):
        file.left.append("before the push, take the call of ops.with_member_role out of your access-token hook")
    for table, place in places.items():
        file.left += _still_there(table, place, hook=hook)
    return file.done()


def _still_there(table: str, place: Data, *, hook: bool) -> Iterator[str]:
    """What still names something that is removed; `table` is where `place` stands."""
    schemas = _at(place, ("api", "schemas"), None)
    if isinstance(schemas, list) and SCHEMA in schemas:
        yield f"take {SCHEMA} out of schemas in [{table}api] of {FILE}: it is not as it was added here"
    for name in _FUNCTIONS:
        if _at(place, _path(name), None) is not None:
            yield f"remove [{table}functions.{name}] from {FILE}: it is not as it was added here"
    if hook and _at(place, (*hooks.PATH, "uri"), None) == HOOK and _at(place, (*hooks.PATH, "enabled"), True) is True:
        yield f"switch [{table}{hooks.TABLE}] of {FILE} off: it is not as it was added here"


def _remotes(data: Data) -> dict[str, Data]:
    """The settings of single remote projects, by name."""
    remotes = data.get("remotes", {})
    named = remotes.items() if isinstance(remotes, dict) else ()
    return {name: remote for name, remote in named if isinstance(remote, dict)}


def _hook(data: Data) -> bool | None:
    given = [_at(remote, hooks.PATH, {}) for remote in _remotes(data).values()]
    return hooks.everywhere(_at(data, hooks.PATH, {}), [each for each in given if isinstance(each, dict)])


def _is_a_variable(value: Any) -> bool:
    return isinstance(value, str) and "env(" in value


def _exposed(data: Data) -> tuple[str, ...] | None:
    """The schemas that the API exposes; None where the file does not say it of every project."""
    schemas = _at(data, ("api", "schemas"), DEFAULT_SCHEMAS)
    lists = [_at(each, ("api", "schemas"), schemas) for each in _remotes(data).values()]
    known = isinstance(schemas, list | tuple) and not any(map(_is_a_variable, schemas))
    return tuple(schemas) if known and all(each == schemas for each in lists) else None


# What is added


def _add_schema(file: _Text) -> None:
    schemas = _at(file.data, ("api", "schemas"), None)
    if schemas is None:
        listed = tomlkit.item([*DEFAULT_SCHEMAS, SCHEMA])
        wanted = _with(file.data, ("api", "schemas"), [*DEFAULT_SCHEMAS, SCHEMA])
        in_table: Edit = lambda text: re.sub(  # noqa: E731 - one of several edits
            r"^(\[api\][^\n]*\n)", rf"\g<1>{_SCHEMAS_LINE}", text, count=1, flags=re.MULTILINE
        )
        file.edit("schemas", wanted, in_table, _appending(_API_BLOCK), _setting(("api", "schemas"), listed))
    elif not isinstance(schemas, list):
        file.left.append(f"[api] schemas of {FILE} is {schemas!r}: add {SCHEMA} to the list that it stands for")
    elif SCHEMA not in schemas:
        file.edit("schema", _with(file.data, ("api", "schemas"), [*schemas, SCHEMA]), _list)


def _path(name: str) -> tuple[str, str]:
    return ("functions", name)


def _add_function(file: _Text, name: str) -> None:
    path, (table, setting) = _path(name), _FUNCTIONS[name]
    settings = _at(file.data, path, None)
    if settings is None:
        edits = (_appending(_FUNCTION_BLOCK.format(name)), _setting(path, _FUNCTION_VALUE))
        file.edit(table, _with(file.data, path, _FUNCTION_VALUE), *edits)
    elif "verify_jwt" not in settings:
        file.edit(setting, _with(file.data, (*path, "verify_jwt"), False), _setting((*path, "verify_jwt"), False))
    file.left += _of_the_function(settings or {}, name, f"functions.{name}")


def _remove_function(file: _Text, name: str, added: tuple[str, ...]) -> None:
    path, (table, setting) = _path(name), _FUNCTIONS[name]
    settings = _at(file.data, path, None)
    if table in added and settings == _FUNCTION_VALUE:
        _take(file, table, path, _FUNCTION_BLOCK.format(name))
    elif setting in added and settings is not None and settings.get("verify_jwt") is False:
        _take(file, setting, (*path, "verify_jwt"))


def _of_the_function(settings: Data, function: str, where: str) -> Iterator[str]:
    """What somebody set for the function so that it would not answer, or another would."""
    if settings.get("verify_jwt", False) is not False:
        yield f"set verify_jwt = false in [{where}] of {FILE}: the function authenticates each caller itself"
    if settings.get("enabled", True) is not True:
        yield f"set enabled = true in [{where}] of {FILE}: the function is not deployed otherwise"
    for key, name in _FUNCTION_FILES.items():
        if key in settings and posixpath.normpath(str(settings[key])) != f"functions/{function}/{name}":
            yield f"remove {key} from [{where}] of {FILE}: it names another file than the one that is written here"


def _add_hook(file: _Text) -> None:
    hook = _at(file.data, hooks.PATH, None)
    if hook is None:
        edits = (_appending(_HOOK_BLOCK), _setting(hooks.PATH, _HOOK_VALUE))
        file.edit("hook", _with(file.data, hooks.PATH, _HOOK_VALUE), *edits)
    elif hook.get("uri") != HOOK:
        file.left.append(f"[{hooks.TABLE}] of {FILE} has another hook, and a project has one: {hooks.into(hook)}")
    elif hook.get("enabled") is not True:
        file.left.append(f"set enabled = true in [{hooks.TABLE}] of {FILE}")


def _in_remotes(data: Data) -> Iterator[str]:
    """What the settings of one remote project would take away again."""
    for name, remote in _remotes(data).items():
        schemas = _at(remote, ("api", "schemas"), None)
        if isinstance(schemas, list) and SCHEMA not in schemas:
            yield f"add {SCHEMA} to schemas in [remotes.{name}.api] of {FILE}"
        for each in _FUNCTIONS:
            function = _at(remote, _path(each), None)
            if isinstance(function, dict):
                yield from _of_the_function(function, each, f"remotes.{name}.functions.{each}")
        hook = _at(remote, hooks.PATH, None)
        if isinstance(hook, dict) and hook.get("uri", HOOK) != HOOK:
            yield f"[remotes.{name}.{hooks.TABLE}] of {FILE} has another hook: {hooks.into(hook)}"
        elif isinstance(hook, dict) and hook.get("enabled", True) is not True:
            yield f"set enabled = true in [remotes.{name}.{hooks.TABLE}] of {FILE}"


# Edits of the text


def _appending(block: str) -> Edit:
    return lambda text: f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{block}"


def _setting(path: tuple[str, ...], value: Any) -> Edit:
    """Set a value in the tables that there are, in the form that they have."""

    def edit(text: str) -> str:
        document = tomlkit.parse(text)
        node: Any = document
        for key in path[:-1]:
            if key not in node:
                node[key] = _table(inline=isinstance(node, InlineTable))
            node = node[key]
        if isinstance(value, Mapping):
            made = _table(inline=isinstance(node, InlineTable))
            made.update(value)
            node[path[-1]] = made
        else:
            node[path[-1]] = value
        return tomlkit.dumps(document)

    return edit


def _table(*, inline: bool) -> Any:
    return tomlkit.inline_table() if inline else tomlkit.table()


def _list(text: str) -> str:
    document = tomlkit.parse(text)
    schemas: Any = document["api"]["schemas"]
    schemas.append(SCHEMA)
    return tomlkit.dumps(document)


def _unlist(text: str) -> str:
    document = tomlkit.parse(text)
    schemas: Any = document["api"]["schemas"]
    schemas.remove(SCHEMA)
    return tomlkit.dumps(document)


def _take(file: _Text, name: str, path: tuple[str, ...], *blocks: str) -> None:
    """Remove what stands at a path: the very text that was added, or else the value and the tables that it leaves."""
    removed = _without(file.data, path)
    bare = _without_empty(removed, path[:-1])
    texts: list[Edit] = [lambda text, block=block: text.replace(block, "", 1) for block in blocks]  # type: ignore[misc]
    ways = [*((wanted, edit) for edit in texts for wanted in (bare, removed)), (bare, _deleting(path, bare)),
            (removed, _deleting(path, removed))]  # fmt: skip
    for wanted, edit in ways:
        with contextlib.suppress(Refused):
            file.edit(name, wanted, edit)
            return


def _deleting(path: tuple[str, ...], wanted: Data) -> Edit:
    def edit(text: str) -> str:
        document = tomlkit.parse(text)
        for end in range(len(path), 0, -1):
            if _at(wanted, path[:end], _ABSENT) is _ABSENT:
                node: Any = document
                for key in path[: end - 1]:
                    node = node[key]
                node.pop(path[end - 1])
        return tomlkit.dumps(document)

    return edit


# Values by path

_ABSENT = object()


def _at(data: Any, path: tuple[str, ...], default: Any) -> Any:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return default
        data = data[key]
    return data


def _with(data: Data, path: tuple[str, ...], value: Any) -> Data:
    made = copy.deepcopy(data)
    node = made
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node[path[-1]] = copy.deepcopy(value)
    return made


def _without(data: Data, path: tuple[str, ...]) -> Data:
    made = copy.deepcopy(data)
    del _at(made, path[:-1], None)[path[-1]]
    return made


def _without_empty(data: Data, path: tuple[str, ...]) -> Data:
    """The same without the tables on the way that have nothing left."""
    made = copy.deepcopy(data)
    for end in range(len(path), 0, -1):
        if _at(made, path[:end], None) == {}:
            del _at(made, path[: end - 1], None)[path[end - 1]]
    return made
