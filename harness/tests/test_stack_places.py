"""The directories of the stack: who may write to them, and whether the database user can reach them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stack import StackError, parts, places
from harness.stack.parts import database_user
from harness.stack.places import own_directory, reachable, temporary_directory
from harness.stack.postgres import run_postgres, scratch_directory
from harness.stack.postgres_trees import postgres_tree
from harness.stack.process import User

STRANGER = User(65_533, 65_533)
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


def refusal(path: Path) -> StackError:
    """What is said about a directory that is not fit."""
    with pytest.raises(StackError) as refused:
        own_directory(path)
    assert "\n" not in refused.value.failed
    return refused.value


def test_a_new_directory_is_ours_alone(tmp_path: Path) -> None:
    made = own_directory(tmp_path / "new")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert own_directory(made) == made


@pytest.mark.parametrize("to", ["a directory of ours", "nothing"])
def test_a_symbolic_link_is_refused(tmp_path: Path, to: str) -> None:
    link = tmp_path / "link"
    if to != "nothing":
        (tmp_path / to).mkdir()
    link.symlink_to(tmp_path / to)
    said = refusal(link)
    assert said.failed == f"{link} is a symbolic link, but it must be a directory of user {os.getuid()} that " + (
        "nobody else can write to"
    )
    assert said.mend == f"remove {link}"


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert " is a file, " in refusal(tmp_path / "file").failed


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    said = refusal(tmp_path / "open")
    assert f" is a directory of mode {mode:04o}, " in said.failed
    assert said.mend == f"chmod go-w {tmp_path / 'open'}"


@as_root
@pytest.mark.parametrize("kind", ["directory", "file", "symbolic link"])
def test_what_belongs_to_somebody_else_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "theirs"
    if kind == "directory":
        path.mkdir(mode=0o700)
    elif kind == "file":
        path.touch()
    else:
        path.symlink_to(tmp_path)
    os.chown(path, STRANGER.uid, STRANGER.gid, follow_symlinks=False)
    assert f" is a {kind} of user {STRANGER.uid}, " in refusal(path).failed


def test_a_directory_that_disappears_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Path.lstat
    removed: list[Path] = []

    def lstat(path: Path) -> os.stat_result:
        if not removed:
            path.rmdir()
            removed.append(path)
        return look(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    assert own_directory(tmp_path / "new").is_dir()
    assert removed


def test_a_directory_that_disappears_every_time_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lstat(path: Path) -> os.stat_result:
        path.rmdir()
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    assert "disappears" in refusal(tmp_path / "new").failed


@pytest.mark.parametrize("parent", ["missing", "file"])
def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").touch()
    said = refusal(tmp_path / parent / "new")
    assert said.failed.startswith(f"the directory {tmp_path / parent / 'new'} cannot be made: ")
    assert str(tmp_path / parent) in said.mend


def test_a_link_from_an_open_folder_into_a_private_one_does_not_make_it_reachable() -> None:
    with scratch_directory() as directory:
        directory.chmod(0o755)
        private, link = directory / "private", directory / "link"
        private.mkdir(mode=0o700)
        (private / "cache").mkdir()
        link.symlink_to(private / "cache")
        assert reachable(private / "x", None)
        assert not reachable(link / "x", STRANGER)
        private.chmod(0o711)
        assert reachable(link / "x", STRANGER)


def set_tmpdir(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Give this process another TMPDIR."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    if value is None:
        monkeypatch.delenv("TMPDIR", raising=False)
    else:
        monkeypatch.setenv("TMPDIR", value)


@pytest.mark.parametrize("value", [None, "", "/nowhere", "/dev/null", "/proc"])
def test_without_a_tmpdir_of_use_the_stack_takes_the_systems(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    set_tmpdir(monkeypatch, value)
    assert temporary_directory(None) in {Path("/tmp").resolve(), Path("/var/tmp").resolve()}


@pytest.mark.parametrize("mode", [0o777, 0o700])
def test_a_tmpdir_that_is_not_safe_or_is_closed_to_the_database_user_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int
) -> None:
    tmp_path.chmod(mode)
    set_tmpdir(monkeypatch, str(tmp_path))
    assert temporary_directory(STRANGER) != tmp_path


def test_when_no_temporary_directory_is_of_use_each_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "may_execute", lambda _: False)
    with pytest.raises(StackError) as refused:
        temporary_directory(None, programs=True)
    assert "/var/tmp is mounted with noexec" in refused.value.checked
    assert "TMPDIR" in refused.value.mend


def test_a_long_tmpdir_with_spaces_and_quotes_holds_a_scratch_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_directory() as directory:
        directory.chmod(0o755)
        long = directory / ("it's a long name " * 12) / ("x" * 100)
        long.mkdir(parents=True)
        set_tmpdir(monkeypatch, str(long))
        with scratch_directory() as inner:
            assert inner.parent == long.resolve()


@as_root
def test_a_scratch_directory_of_somebody_else_or_a_link_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_directory() as directory:
        directory.chmod(0o755)
        set_tmpdir(monkeypatch, str(directory))
        theirs, link, ours = (directory / f"ops-gates-{name}" for name in ("theirs", "link", "ours"))
        for path in (theirs, ours):
            path.mkdir()
            (path / "lock").touch()
        link.symlink_to(theirs)
        os.chown(theirs, STRANGER.uid, STRANGER.gid)
        with scratch_directory():
            assert (theirs / "lock").exists()
            assert link.is_symlink()
            assert not ours.exists()


def version(tree: Path) -> str:
    """What the tree's initdb says, run as the user who runs Postgres."""
    user = database_user()
    ids = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    done = subprocess.run([tree / "bin" / "initdb", "--version"], capture_output=True, text=True, cwd="/", **ids)  # type: ignore[call-overload]
    return str(done.stdout)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory of this test's own that the database user can reach, used for all that is unpacked."""
    with scratch_directory() as directory:
        directory.chmod(0o755)
        set_tmpdir(monkeypatch, str(directory))
        yield directory


def test_programs_are_unpacked_elsewhere_when_the_cache_is_of_no_use(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "CACHE", tmp_path / "file" / "cache")
    (tmp_path / "file").touch()
    tree = postgres_tree("17", database_user())
    assert tree.parent == elsewhere / f"ops-gates.parts-{os.getuid()}"
    assert re.search(r" 17\.", version(tree))
    lost = tree / "share" / "postgresql" / "postgresql.conf.sample"
    lost.unlink()
    assert postgres_tree("17", database_user()) == tree
    assert lost.exists(), "a tree that lost a file is unpacked again"
    assert [path.name for path in tree.parent.iterdir()] == [tree.name]
    shutil.rmtree(tree)
    assert version(postgres_tree("17", database_user())), "a tree that was removed is unpacked again"
    tree.parent.chmod(0o777)
    with pytest.raises(StackError, match="is a directory of mode 0777, but it must be "):
        postgres_tree("17", database_user())


@as_root
def test_a_cache_behind_a_link_into_a_private_folder_is_not_given_to_the_database_user(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = elsewhere / "home"
    private.mkdir(mode=0o700)
    (private / "cache").mkdir()
    (elsewhere / "cache").symlink_to(private / "cache")
    monkeypatch.setattr(parts, "CACHE", elsewhere / "cache")
    assert re.search(r" 17\.", version(postgres_tree("17", database_user())))


def test_a_user_without_a_name_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    with (
        pytest.raises(StackError, match=r"^user \d+ has no name on this machine"),
        run_postgres(data=tmp_path / "data"),
    ):
        pass
    assert not (tmp_path / "data").exists()
