"""What the dry run releases: the checkout that it runs in, by its commit, its remote and its version."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.prove.dry_run.subject import checkout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder that could be a checkout of this project."""
    (tmp_path / "copy" / "docs" / "reports").mkdir(parents=True)
    (tmp_path / "copy" / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1.2.3"\n')
    return tmp_path / "copy"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=dev-1", "-c", "user.email=dev-1@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


def test_a_tarball_has_no_commit_and_takes_none_of_what_surrounds_it(copy: Path) -> None:
    bare = checkout(copy)
    assert (bare.project, bare.version, bare.source_ref, bare.local_changes) == ("shop", "1.2.3", "unversioned", False)
    committed(copy.parent)
    assert checkout(copy) == bare


def test_local_changes_stand_beside_the_commit_but_for_the_page_itself(copy: Path) -> None:
    commit = committed(copy)
    (copy / "docs" / "reports" / "dry-run.md").write_text("another run\n")
    assert (checkout(copy).commit, checkout(copy).before) == (commit, None)
    (copy / "new.sql").write_text("select 1;\n")
    assert checkout(copy).local_changes
    assert checkout(copy).commit.startswith(f"{commit} ")


@pytest.mark.parametrize(
    ("remote", "project"),
    [
        ("https://user:secret@git.example/acme/shop.git", "acme/shop"),
        ("https://git.example/acme/shop/", "acme/shop"),
        ("git@git.example:acme/shop.git", "acme/shop"),
        ("ssh://git@git.example:22/group/acme/shop.git", "acme/shop"),
        ("/srv/somewhere/shop.git", "shop"),
        ("../shop", "shop"),
        ("file:///srv/somewhere/else.git", "shop"),
    ],
)
def test_the_project_is_named_by_its_remote_and_never_by_a_folder(copy: Path, remote: str, project: str) -> None:
    committed(copy)
    git(copy, "remote", "add", "origin", remote)
    assert checkout(copy).project == project
