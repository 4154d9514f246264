"""What the Supabase CLI makes of the schema for clients: types of what PostgREST exposes, and of nothing else."""

from __future__ import annotations

import re

import pytest

from harness.stack import Stack
from harness.stack.cli_tool import SupabaseCli
from harness.stack.config import read_api


@pytest.fixture(scope="module")
def typescript(stack: Stack) -> str:
    """The types that a project generates for TypeScript: of the schemas that the API exposes."""
    exposed = ",".join(read_api(stack.workdir).schemas)
    return SupabaseCli(stack.workdir).run("gen", "types", f"--remote={stack.db_url}", "--schema", exposed)


def test_the_types_hold_the_exposed_schema_alone(typescript: str) -> None:
    assert {*re.findall(r'^  "(\w+)": \{', typescript, re.MULTILINE)} == {"ops"}
    assert "ops_private" not in typescript


def test_every_type_of_a_column_argument_or_result_is_known(typescript: str) -> None:
    assert "unknown" not in typescript
    assert '"gate_code": Database["ops"][\'Enums\']["ops_gate_code"]' in typescript
