"""A fault, a link or another run while `ops-gates install` writes: everything is as it was."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.prove.effort import NIGHTLY
from harness.tests.installing import (
    INSTALLED,
    OWN,
    done,
    files,
    migrations,
    ops_gates,
    refused,
    write,
)
from harness.tests.terminal import failed
from ops_gates.core import FUNCTION
from ops_gates.errors import Refused
from ops_gates.exit_codes import Code
from ops_gates.installing import changes
from ops_gates.installing.folder import RECORD, Folder
from ops_gates.installing.plans import Planner

pytest_plugins = ("harness.tests.installing_fixtures",)


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


def test_a_run_that_ends_while_another_one_plans_is_not_repeated(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next_names = Folder.next_names

    def after_another_run(self: Folder, names: list[str]) -> list[str]:
        monkeypatch.undo()
        monkeypatch.chdir(app)
        changes.apply(self.path, Planner(self, OWN).install().changes)
        return next_names(self, names)

    monkeypatch.setattr(Folder, "next_names", after_another_run)
    refused(ops_gates("install"), "changed_meanwhile")
    assert len(migrations(app)) == 2
    assert "nothing to do" in done("install")


def test_a_file_that_changes_meanwhile_is_not_overwritten(app: Path) -> None:
    file = write(app, "config.toml", "now")
    made = [changes.Change(name, app / name, None, b"x") for name in ("a", "b/c")]
    with pytest.raises(Refused) as told:
        changes.apply(app, [*made, changes.Change("config.toml", file, b"before", b"after")])
    assert told.value.code == "changed_meanwhile"
    assert file.read_text() == "now"
    assert sorted(path.name for path in app.iterdir()) == ["supabase"]


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(os.path.relpath(path)),
}


@pytest.fixture
def soon() -> Iterator[None]:
    """Whoever reads from a pipe that nobody writes to waits for ever: end that."""

    def end(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("soon")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize(
    ("what", "place"),
    [
        *itertools.product(NO_FILES, (RECORD, "config.toml", "migrations")),
        ("a pipe", f"functions/{FUNCTION}/index.ts"),  # a folder there is somebody's own
    ],
)
def test_what_is_no_file_is_a_sentence_and_is_not_read(app: Path, what: str, place: str) -> None:
    if place == "migrations":
        done("install")
        place = f"migrations/{migrations(app)[-1]}"
    path = app / "supabase" / place
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    NO_FILES[what](path)
    there = [*(app / "supabase").rglob("*")]
    assert path.name in refused(ops_gates("install"), "not_a_file")
    assert [*(app / "supabase").rglob("*")] == there


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
