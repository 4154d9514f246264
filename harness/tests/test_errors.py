"""docs/errors.md lists every code that there is, and no other."""

from __future__ import annotations

import dataclasses
import re

import pytest

from harness.stack.parts import ROOT
from ops_gates.answers import Answer, unreadable
from ops_gates.errors import NOT_INSTALLED, Unreachable, refusal
from ops_gates.exit_codes import Code, code_of

SQL = "\n".join(path.read_text() for path in sorted((ROOT / "supabase" / "migrations").glob("*.sql")))
ANSWERS = (ROOT / "supabase" / "functions" / "ops-event-ingest" / "answers.ts").read_text()
PAGE = (ROOT / "docs" / "errors.md").read_text()
EXIT_CODES = PAGE.partition("## Exit codes\n")[2].partition("\n## ")[0]
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
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", EXIT_CODES, re.MULTILINE)] == sorted(Code)


# The codes of other parts, and how a command ends by each.
OF_OTHERS = {
    code: int(exit_code)
    for codes, exit_code in re.findall(r"^\| (.*`.*) \| (\d) \|", EXIT_CODES, re.MULTILINE)
    for code in re.findall(r"`(\w+)", codes)
}


def test_every_code_that_means_not_installed_is_on_the_page() -> None:
    assert {*NOT_INSTALLED, "unreachable", "unreadable_answer", "PGRST301", "http_401", "http_"} <= {*OF_OTHERS}


@pytest.mark.parametrize("code", OF_OTHERS)
def test_a_code_of_another_part_ends_a_command_as_the_page_says(code: str) -> None:
    status = int(code[5:] or 502) if code.startswith("http_") else 401 if code.startswith("PGRST3") else 404
    made = {"unreachable": Unreachable(code, "no answer"), "unreadable_answer": unreadable("no JSON")}
    error = made.get(code) or refusal(status, {} if code.startswith("http_") else {"code": code, "message": "x"})
    assert error.code.startswith(code)
    assert code_of(error) == OF_OTHERS[code]


def test_the_page_of_the_client_names_each_field_of_an_answer_and_no_other() -> None:
    page = (ROOT / "harness" / "ops_gates" / "README.md").read_text()
    named = [name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(field.name for field in dataclasses.fields(Answer))
