"""docs/errors.md lists every code that there is, and no other."""

from __future__ import annotations

import re

from harness.stack.parts import ROOT
from ops_gates.exit_codes import Code

SQL = "\n".join(path.read_text() for path in sorted((ROOT / "supabase" / "migrations").glob("*.sql")))
ANSWERS = (ROOT / "supabase" / "functions" / "ops-event-ingest" / "answers.ts").read_text()
PAGE = (ROOT / "docs" / "errors.md").read_text()
IN_TABLES = set(re.findall(r"^\|.*$", PAGE, re.MULTILINE))


def documented(pattern: str) -> set[str]:
    return {code for row in IN_TABLES for code in re.findall(pattern, row)}


def test_every_answer_of_the_function_is_documented_with_its_http_status() -> None:
    [table] = re.findall(r"STATUS_OF = \{(.*?)\}", ANSWERS, re.DOTALL)
    in_code = {(status, code) for code, status in re.findall(r"(\w+): (\d+)", table)}
    assert len(in_code) > 10
    assert set(re.findall(r"^\| (\d{3}) \| `(\w+)`", PAGE, re.MULTILINE)) == in_code


def test_every_refusal_that_sql_makes_is_an_answer_of_the_function() -> None:
    made = set(re.findall(r"(?:refuse_event\(|\berror := |\brow\()'(\w+)'", SQL))
    assert {"unknown_release", "forbidden_event", "internal_error", "invalid_json", "idempotency_key_reused"} <= made
    assert made <= {code for _, code in re.findall(r"^\| (\d{3}) \| `(\w+)`", PAGE, re.MULTILINE)}


def test_every_sqlstate_of_the_schema_is_documented_and_none_is_made_up() -> None:
    raised = set(re.findall(r"errcode = '(\w{5})'", SQL))
    assert raised - documented(r"`(\w{5})`") == set()
    assert documented(r"`(OPS\d\d)`") == {code for code in raised if code.startswith("OPS")}


def test_every_exit_code_is_documented() -> None:
    section = PAGE.partition("## Exit codes\n")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted(Code)
