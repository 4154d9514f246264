"""The kinds of stack that cannot run here: each says why in one sentence."""

from __future__ import annotations

import json

import pytest

from harness.stack import Stack, StackError, run_stack
from harness.stack.external import REQUIRED
from harness.stack.parts import postgrest_binary
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
