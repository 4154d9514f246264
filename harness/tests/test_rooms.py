"""The harness has five rooms, and imports point one way: ops_gates ← stack ← check ← prove ← tests. No circle."""

from __future__ import annotations

import ast
import itertools
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


def module_of(path: Path, harness: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(harness).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts if parts[:1] == ("ops_gates",) else ("harness", *parts))


def room_of(module: str) -> str:
    """The room that a module is in."""
    return module.removeprefix("harness.").partition(".")[0]


def imported(path: Path, module: str, known: Mapping[str, Path]) -> Iterator[tuple[str, bool]]:
    """Each module of ours that a file imports, and whether it does so at once, rather than when it is needed."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    in_functions = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, (start, node.module or "")))
            names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        at_once = id(node) not in typing_only and id(node) not in in_functions
        yield from ((name, at_once) for name in names if name.split(".")[0] in ("harness", "ops_gates"))


def faults(harness: Path) -> list[str]:
    """What is wrong with the imports below a folder, as sentences."""
    files = {
        module_of(path, harness): path
        for path in sorted(harness.rglob("*.py"))
        if path.relative_to(harness).parts[0] not in OUTSIDE
    }
    said: list[str] = []
    at_once: dict[str, set[str]] = {}
    for module, path in files.items():
        if room_of(module) not in (*ROOMS, "harness"):
            said.append(f"{module} is in no room")
            continue
        for name, now in imported(path, module, files):
            if name.startswith("harness.ops_gates"):
                said.append(f"{module} imports {name}: the package is called ops_gates everywhere")
            elif room_of(name) not in ROOMS:
                said.append(f"{module} imports {name}, which is in no room")
            elif ROOMS.index(room_of(name)) > ROOMS.index(room_of(module)):
                said.append(f"{module} imports {name}, which stands to its right")
            elif now and name != module:
                at_once.setdefault(module, set()).add(name)
    try:
        TopologicalSorter(at_once).prepare()
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
        ("tests", "from harness.ops_gates import client", "everywhere"),
        ("tests", "import harness.attic", "no room"),
        ("attic", "import json", "no room"),
        ("prove", "from harness.prove import other", "circle"),
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


def test_the_wheel_imports_nothing_of_the_checkout() -> None:
    files = [*(ROOT / "harness" / "ops_gates").rglob("*.py")]
    assert files
    for path in files:
        assert "harness" not in {
            name.split(".")[0] for name, _ in imported(path, module_of(path, ROOT / "harness"), {})
        }


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
        for name, _ in imported(path, module, {}):
            file = name.removeprefix("harness.tests.")
            if name.startswith("harness.tests.test_"):
                assert file.startswith(IMPORTS_TESTS.get(module, "nothing")), f"{module} imports {name}"
