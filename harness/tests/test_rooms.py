"""The harness has five rooms, and imports point one way: ops_gates ← stack ← check ← prove ← tests. No circle."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from harness.stack.parts import ROOT
from ops_gates import rows

ROOMS = ("ops_gates", "stack", "check", "prove", "tests")
# A step of the set-up needs nothing that the set-up brings.
OUTSIDE = ("setup",)
# Proofs that run the suite, as programs of their own, name it.
STARTS = {
    ("harness.prove.chaos.figures", "harness.tests.mutants"): "a run at night counts the mutants too",
    ("harness.prove.mutants.run", "harness.tests.mutants"): "the help says how the program is started",
}


def module_of(path: Path, harness: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(harness).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts if parts[:1] == ("ops_gates",) else ("harness", *parts))


def room_of(module: str) -> str:
    """The room that a module is in."""
    return module.removeprefix("harness.").partition(".")[0]


def resolved(path: Path, module: str, level: int, named: str) -> str:
    """The full name of a relative import in a file of that module."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    start = ".".join(package[: max(0, len(package) - level + 1)]) if level else ""
    return ".".join(filter(None, (start, named)))


def called(function: ast.expr) -> str | None:
    """The last name of what is called."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


@functools.cache
def read(text: str) -> tuple[list[ast.AST], list[str]]:
    """What imports in a file's text, and the texts in it that are no sentence. Several tests read all files."""
    nodes = [*ast.walk(ast.parse(text))]
    sentences = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        node
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Call) and called(node.func) in ("import_module", "__import__"))
    ], [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in sentences
    ]


def imported(path: Path, module: str, known: Mapping[str, Path]) -> Iterator[str]:
    """Each module that a file imports, at once or when it is needed, by a statement or by a call with its name."""
    for node in read(path.read_text())[0]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolved(path, module, node.level, node.module or "")
            yield from (f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names)
        elif isinstance(node, ast.Call):
            match node.args:
                case [ast.Constant(value=str(name)), *_]:
                    named = name.lstrip(".")
                    yield resolved(path, module, len(name) - len(named), named)


def named_in_texts(path: Path) -> Iterator[str]:
    """Each module of the checkout that a text of a file names, such as a plugin or a program that is started."""
    for text in read(path.read_text())[1]:
        yield from re.findall(r"(?<![\w.])harness\.\w[\w.]*", text)


def loaded(name: str, module: str, known: Mapping[str, Path]) -> set[str]:
    """What an import runs: the module, and the packages it is in, unless the importing module is in them too."""
    parts = name.split(".")
    around = {".".join(parts[:end]) for end in range(1, len(parts))}
    return {one for one in {name} | {one for one in around if not f"{module}.".startswith(f"{one}.")} if one in known}


def rank(room: str) -> int:
    """How far right a room is; `harness` itself is left of all, since every import of a room runs it."""
    return 0 if room == "harness" else ROOMS.index(room) + 1


def faults(harness: Path) -> list[str]:
    """What is wrong with the imports below a folder, as sentences."""
    files = {
        module_of(path, harness): path
        for path in sorted(harness.rglob("*.py"))
        if path.relative_to(harness).parts[0] not in OUTSIDE
    }
    # An editable installation makes these names importable too.
    bare = {path.stem for path in harness.iterdir()} - {"ops_gates", "__init__"}
    said: list[str] = []
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        room = room_of(module)
        if room not in (*ROOMS, "harness"):
            said.append(f"{module} is in no room")
            continue
        for name in imported(path, module, files):
            first = name.split(".")[0]
            if first in bare:
                said.append(f"{module} imports {name}: the room is called harness.{first} everywhere")
            if first not in ("harness", "ops_gates"):
                continue
            if name.startswith("harness.ops_gates"):
                said.append(f"{module} imports {name}: the package is called ops_gates everywhere")
            elif room_of(name) not in ROOMS:
                said.append(f"{module} imports {name}, which is in no room")
            elif rank(room_of(name)) > rank(room):
                said.append(f"{module} imports {name}, which stands to its right")
            else:
                graph.setdefault(module, set()).update(loaded(name, module, files) - {module})
        said += [
            f"{module} names {name}, which stands to its right"
            for name in named_in_texts(path)
            if room_of(name) in ROOMS and rank(room_of(name)) > rank(room) and (module, name) not in STARTS
        ]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        said.append(f"a circle: {' → '.join(error.args[1])}")
    return said


def test_imports_point_one_way_and_in_no_circle() -> None:
    assert faults(ROOT / "harness") == []


@pytest.mark.parametrize(
    ("where", "line", "found"),
    [
        *(
            (left, f"from harness.{right} import x", "to its right")
            for left, right in itertools.combinations(ROOMS, 2)
            if right != "ops_gates"
        ),
        ("stack", "def f():\n    import harness.tests.x", "to its right"),
        ("check", "from ..prove import x", "to its right"),
        ("check", "import importlib\nimportlib.import_module('harness.tests.x')", "to its right"),
        ("check", "from importlib import import_module as f, import_module\nimport_module('..tests', 'x')", "right"),
        ("check", "__import__('harness.tests.x')", "to its right"),
        ("prove", "pytest_plugins = ('harness.tests.x',)", "to its right"),
        ("prove", "run(['python', '-m', 'harness.tests.x'])", "to its right"),
        ("prove", "run(f'python -m harness.tests.{name}')", "to its right"),
        ("tests", "from harness.ops_gates import client", "everywhere"),
        ("stack", "from prove import world", "everywhere"),
        ("stack", "import stack.other", "everywhere"),
        ("ops_gates", "import stack.stack", "everywhere"),
        ("ops_gates", "from ..prove import y", "everywhere"),
        ("tests", "import harness.attic", "no room"),
        ("attic", "import json", "no room"),
        ("prove", "from harness.prove import other", "circle"),
        ("prove", "def f():\n    from harness.prove import other", "circle"),
        ("prove", "if not TYPE_CHECKING:\n    from harness.prove import other", "circle"),
        ("prove", "if TYPE_CHECKING:\n    pass\nelse:\n    from harness.prove import other", "circle"),
        ("ops_gates", "from . import other", "circle"),
    ],
)
def test_a_back_arrow_and_a_circle_are_found(tmp_path: Path, where: str, line: str, found: str) -> None:
    for room in {*ROOMS, where}:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    package = "ops_gates" if where == "ops_gates" else f"harness.{where}"
    (tmp_path / where / "other.py").write_text(f"import {package}.x\n")
    assert faults(tmp_path) == ([] if where in ROOMS else faults(tmp_path))
    (tmp_path / where / "x.py").write_text(f"{line}\n")
    assert any(found in sentence for sentence in faults(tmp_path))


def test_a_circle_through_the_package_of_a_module_is_found(tmp_path: Path) -> None:
    for folder in ("check/one", "check/two"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "check/one/__init__.py").write_text("import harness.check.two.part\n")
    (tmp_path / "check/one/part.py").touch()
    (tmp_path / "check/two/__init__.py").touch()
    (tmp_path / "check/two/part.py").write_text("import json\n")
    assert faults(tmp_path) == []
    (tmp_path / "check/two/part.py").write_text("import harness.check.one.part\n")
    assert any("circle" in sentence for sentence in faults(tmp_path))


@pytest.mark.parametrize("room", ROOMS[1:])
def test_the_package_of_all_rooms_imports_none(tmp_path: Path, room: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "__init__.py").touch()
    (tmp_path / "__init__.py").write_text(f"import harness.{room}\n")
    assert any("to its right" in sentence for sentence in faults(tmp_path))


def test_the_wheel_imports_nothing_of_the_checkout() -> None:
    files = [*(ROOT / "harness" / "ops_gates").rglob("*.py")]
    assert files
    for path in files:
        assert "harness" not in {name.split(".")[0] for name in imported(path, module_of(path, ROOT / "harness"), {})}


def test_a_closed_set_of_the_schema_is_not_written_out_by_hand() -> None:
    sets = {frozenset(get_args(value)): name for name, value in vars(rows).items() if get_origin(value) is Literal}
    assert len(sets) > 10
    found = []
    for path in (ROOT / "harness" / "ops_gates").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Tuple | ast.List | ast.Set) and path.name != "rows.py":
                values = frozenset(one.value for one in node.elts if isinstance(one, ast.Constant))
                if len(values) == len(node.elts) and values in sets:
                    found.append(f"{path.name}:{node.lineno}: get_args({sets[values]})")
    assert found == []


# The test of the mutants runs the tests of access as modules.
IMPORTS_TESTS = {"harness.tests.test_access_mutants": "test_access_"}


def test_what_tests_share_stands_in_a_helper_and_not_in_a_test_file() -> None:
    harness = ROOT / "harness"
    for path in harness.rglob("*.py"):
        module = module_of(path, harness)
        for name in imported(path, module, {}):
            file = name.removeprefix("harness.tests.")
            if name.startswith("harness.tests.test_"):
                assert file.startswith(IMPORTS_TESTS.get(module, "nothing")), f"{module} imports {name}"
