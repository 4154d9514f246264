"""The kinds of stack that cannot run here: each says why in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.stack import Stack, StackError, parts, postgres_trees, run_stack
from harness.stack.external import REQUIRED
from harness.stack.parts import postgrest_binary
from harness.stack.postgres_trees import DEFAULT, OTHERS
from harness.tests.running import answers

pytestmark = pytest.mark.usefixtures("embedded_only")


def test_a_missing_part_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGREST_BIN", "/nowhere/postgrest")
    with pytest.raises(StackError, match="PostgREST is missing\nchecked: POSTGREST_BIN=/nowhere/postgrest\ndo: "):
        postgrest_binary()


def test_an_unknown_kind_of_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_STACK", "cloud")
    with pytest.raises(StackError, match="OPS_STACK=cloud is not known"), run_stack():
        pass


@pytest.mark.parametrize("named", ["14", "seventeen", "17.10", "/nowhere/15", "/usr/lib", "lib/postgresql/15"])
def test_a_postgres_that_cannot_be_had_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_POSTGRES", named)
    with pytest.raises(StackError, match=f"OPS_POSTGRES={named} names no Postgres") as refused, run_stack():
        pass
    assert "15, 16, 17, 18" in refused.value.mend


def test_a_postgres_that_set_up_has_not_installed_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "CACHE", tmp_path)
    monkeypatch.setenv("OPS_POSTGRES", "18")
    with pytest.raises(StackError, match=r"Postgres 18 is missing\n.*\ndo: OPS_POSTGRES=18 make setup"), run_stack():
        pass


def test_each_postgres_that_can_be_asked_for_has_a_lock_of_that_version() -> None:
    folders = {path.name: path for path in (parts.ROOT / "harness" / "setup" / "postgres").iterdir()}
    assert {*folders} == {*OTHERS}
    for major, folder in folders.items():
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        assert {entry["version"].partition(".")[0] for path, entry in packages.items() if path} == {major}


@pytest.mark.parametrize("major", OTHERS)
def test_without_its_package_a_version_is_that_of_debian_where_the_machine_has_it(
    major: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "CACHE", tmp_path)
    monkeypatch.setattr(postgres_trees, "DEBIAN", tmp_path)
    assert postgres_trees.of_major(int(major)) == major
    program = tmp_path / major / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.touch()
    assert postgres_trees.of_major(int(major)) == str(tmp_path / major)
    assert postgres_trees.of_major(99) == DEFAULT


def test_an_external_project_without_its_variables_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REQUIRED:
        monkeypatch.delenv(name, raising=False)
    with (
        pytest.raises(StackError, match=f"OPS_STACK=external needs {', '.join(REQUIRED)}"),
        run_stack(kind="external"),
    ):
        pass


def test_an_external_project_passes_as_a_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", stack.url)
    monkeypatch.setenv("SUPABASE_DB_URL", stack.db_url)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", stack.secret_key)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", stack.publishable_key)
    with run_stack(kind="external") as external:
        assert answers(external)
        with pytest.raises(StackError, match="no token can be signed"):
            external.token("sre")
        with pytest.raises(StackError, match="cannot be cloned"), external.clone():
            pass
    monkeypatch.setenv("SUPABASE_JWT_PRIVATE_KEY", json.dumps(stack.keys.signing_key))
    with run_stack(kind="external") as external:
        assert external.token("audit_reader")
        external.client().table("releases").select("release_id").limit(1).execute()
