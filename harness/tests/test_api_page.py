"""`docs/api.md` agrees with the database on each function of `ops`, and its examples print what it shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from harness.check.access import ACCESS
from harness.stack import Stack, members
from harness.stack.members import GRANT
from harness.stack.parts import ROOT
from harness.stack.pg_tools import run, why_unusable
from harness.stack.projects import REGISTER
from harness.tests.provoked import OPEN, REFUSED

PAGE = (ROOT / "docs" / "api.md").read_text()
CODES_PAGE = (ROOT / "docs" / "errors.md").read_text()
CODE = re.compile(r"`(OPS\d\d|\d[\dA-Z]{4}|[a-z]+(?:_[a-z]+)+)`")
SQLSTATE = re.compile(r"\b(?:OPS\d\d|[02-9][\dA-Z]\d{3})\b")
MASKS = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "<uuid>",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+\d\d(:\d\d)?|Z)?": "<time>",
}


@dataclass(frozen=True)
class Example:
    """Who calls, in which language, what, and what they see."""

    caller: str
    role: str
    language: str
    code: str
    result: str


@dataclass(frozen=True)
class Section:
    """What the page says of one function."""

    name: str
    text: str

    @property
    def signature(self) -> str:
        """Its name, arguments and result, on one line."""
        [written] = re.findall(r"^```sql\n(ops\..*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return " ".join(written.split()).replace("( ", "(").replace(" )", ")")

    @property
    def arguments(self) -> set[str]:
        """The arguments that are explained here."""
        listed = re.findall(r"^- (`.*?):", self.text, re.MULTILINE)
        return {name for names in listed for name in re.findall(r"`(\w+)`", names)}

    @property
    def callers(self) -> set[str]:
        """The roles that may call it."""
        [said] = re.findall(r"^- \*\*Callers\*\*: (.*?)[.;]", self.text, re.MULTILINE)
        return set(re.findall(r"`(\w+)`", said)) | (set(ACCESS.roles) if "the six roles" in said else set())

    @property
    def errors(self) -> set[str]:
        """The codes that it is refused with, beside those of every function."""
        said = re.findall(r"^- \*\*Errors\*\*: (.*)$", self.text, re.MULTILINE)
        return {code for line in said for code in CODE.findall(line)} - {"source_ref"}

    @property
    def examples(self) -> list[Example]:
        """What is run."""
        found = re.findall(
            r"^As `([\w-]+)`(?:, an? `(\w+)`)?:\n```(sql|python|sh)\n(.*?)^```\n```text\n(.*?)^```$",
            self.text,
            re.MULTILINE | re.DOTALL,
        )
        return [Example(caller, role or caller, *rest) for caller, role, *rest in found]


SECTIONS = {
    name: Section(name, text) for name, text in re.findall(r"^## ([a-z_]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}
PRELUDE = re.findall(r"^```python\n(from supabase.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
EVERYWHERE = PAGE[: PAGE.index("\n## What a finding says")]


def catalogue(connection: psycopg.Connection[Any]) -> dict[str, tuple[str, str, list[str]]]:
    """By function of `ops`: its signature as the page would write it, its comment, the names of its arguments."""
    found = connection.execute(
        "select proname, pg_get_function_arguments(oid), pg_get_function_result(oid), obj_description(oid, 'pg_proc'),"
        " proargnames[1:pronargs] from pg_proc where pronamespace = 'ops'::regnamespace"
    )
    return {
        name: (f"ops.{name}({plain(arguments)}) returns {plain(result)}", comment, names)
        for name, arguments, result, comment, names in found
    }


def plain(text: str) -> str:
    """As it is typed: without the casts of defaults, in short names and lower case."""
    text = re.sub(r"::\w+(\[\])?", "", text.replace("timestamp with time zone", "timestamptz"))
    return re.sub(r"\b(DEFAULT|NULL|SETOF|TABLE)\b", lambda word: word[0].lower(), text).replace("table(", "table (")


def test_every_function_has_its_section_and_every_section_its_function(db: psycopg.Connection[Any]) -> None:
    assert sorted(re.findall(r"^## ([a-z_]+)$", PAGE, re.MULTILINE)) == sorted(catalogue(db))


@pytest.mark.parametrize("section", SECTIONS.values(), ids=list(SECTIONS))
def test_a_section_has_the_arguments_the_result_and_the_errors_of_its_function(
    section: Section, db: psycopg.Connection[Any]
) -> None:
    signature, comment, names = catalogue(db)[section.name]
    assert section.signature == signature
    recurring = set(re.findall(r"`(\w+)`", EVERYWHERE.split("Arguments that recur: ")[1]))
    assert section.arguments <= set(names or ()) <= section.arguments | recurring
    # What the database's own manual names is named here too.
    assert set(SQLSTATE.findall(comment)) <= section.errors | set(CODE.findall(EVERYWHERE))
    assert section.examples


@pytest.mark.parametrize("section", SECTIONS.values(), ids=list(SECTIONS))
def test_a_section_names_the_callers_that_the_access_page_and_the_database_name(
    section: Section, db: psycopg.Connection[Any]
) -> None:
    others = {role for role, other in ACCESS.others.items() if section.name in other.functions}
    assert section.callers == set(ACCESS.functions.get(section.name, ())) | others
    asked = (*ACCESS.roles, *ACCESS.platform_roles, *ACCESS.others)
    query = (
        "select rolname from pg_roles join pg_proc as p on p.proname = %s and p.pronamespace = 'ops'::regnamespace"
        " where rolname = any (%s) and has_function_privilege(rolname, p.oid, 'execute')"
    )
    allowed = db.execute(query, [section.name, list(asked)]).fetchall()
    assert section.callers == {role for (role,) in allowed}


def test_every_code_that_the_page_names_is_on_the_page_of_errors() -> None:
    codes = set(CODE.findall(CODES_PAGE)) | {"40001"}
    named = {code for section in SECTIONS.values() for code in section.errors}
    assert len(named) > 15
    assert named <= codes
    assert set(SQLSTATE.findall(EVERYWHERE)) <= codes


def test_every_sqlstate_of_a_section_is_what_the_function_really_refuses_with(clones: Callable[[], str]) -> None:
    named = {(name, code) for name, section in SECTIONS.items() for code in section.errors if SQLSTATE.fullmatch(code)}
    assert named == REFUSED.keys()
    with psycopg.connect(clones()) as connection:
        connection.execute("set role service_role")
        for person, role in (("bot-1", "ci_service_role"), ("dev-1", "developer"), ("rm-1", "release_manager")):
            connection.execute(GRANT, [person, role, f"{person[:-2]}-login"])
        connection.execute(REGISTER, ["acme/shop"])
        connection.execute(OPEN.format("'c', initiating_actor => 'dev-1'").encode())
        for (_, code), calls in REFUSED.items():
            for call in calls:
                with pytest.raises(psycopg.Error) as refused, connection.transaction():
                    connection.execute(call.encode())
                assert refused.value.sqlstate == code, call
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for call in ("select ops.ingest_event('{}')", "select ops.evaluate_gate(gate_id) from ops.release_gates"):
            with pytest.raises(psycopg.Error) as refused, connection.transaction():
                connection.execute(call.encode())
            assert refused.value.sqlstate == "OPS03", call


def test_the_table_of_findings_has_the_columns_of_the_type(db: psycopg.Connection[Any]) -> None:
    table = PAGE.split("\n## What a finding says\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    columns = db.execute(
        "select attname from pg_attribute where attrelid = 'ops.gate_finding'::regclass and attnum > 0 order by attnum"
    )
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == [name for (name,) in columns]


def shown(text: str) -> str:
    """A result without what differs from run to run."""
    for pattern, mask in MASKS.items():
        text = re.sub(pattern, mask, text)
    # A masked cell is as wide as its mask, not as its value.
    return "\n".join(re.sub(r"[ -]{2,}", "  ", line).strip() for line in text.strip().splitlines())


def seen(example: Example, stack: Stack, folder: Path) -> str:
    """What the caller of an example really sees."""
    person = example.caller != example.role
    token = stack.token(example.role, example.caller) if person else ""
    if example.language == "python":
        key = stack.publishable_key if person else stack.secret_key
        given = f"url, key, token = {stack.url!r}, {key!r}, {token!r}\n"
        # A program of the reader's own: supabase-py leaves its connection open.
        done = subprocess.run(
            [sys.executable, "-"], input=given + PRELUDE + example.code, text=True, timeout=60, capture_output=True
        )
        return str(done.stdout or done.stderr)
    if example.language == "sh":
        with stack.connect() as connection:
            release_id = str(connection.execute("select release_id from ops.releases").fetchall()[0][0])
        variables = {"SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_TOKEN": token, "RELEASE_ID": release_id}
        return run(example.code, folder, SUPABASE_URL=stack.url, **variables)
    (folder / "example.sql").write_text(example.code)
    tables = run(
        'psql --no-psqlrc --quiet --pset=footer=off --variable=ON_ERROR_STOP=1 --file=example.sql "$TARGET"',
        folder,
        TARGET=login(example.role, stack),
        PGOPTIONS=f"-c role={example.role}" + (f" -c request.jwt.claims={claims(example)}" if person else ""),
    )
    return tables.strip("\n").rpartition("\n\n")[2]  # that of the last statement


def claims(example: Example) -> str:
    """The claims of a person's token, as a server's option: without blanks."""
    return json.dumps({"sub": example.caller, "role": example.role, "session_id": "s-1"}, separators=(",", ":"))


def login(role: str, stack: Stack) -> str:
    """Who becomes the role: `postgres`, but for a role that logs in by itself."""
    assert stack.cluster
    name = str(conninfo_to_dict(stack.db_url)["dbname"])
    return stack.cluster.server.url(role if role in ACCESS.others else "postgres", name)


def test_every_example_shows_what_its_caller_sees(fresh_stack: Callable[[], Stack], tmp_path: Path) -> None:
    if unusable := why_unusable() or (None if shutil.which("curl") else "curl is missing"):
        pytest.skip(unusable)
    own = fresh_stack()
    differing = {}
    for section in SECTIONS.values():
        for example in section.examples:
            assert example.role in section.callers
            if example.caller != example.role:
                members.grant(own.client(), example.caller, example.role)
            found = seen(example, own, tmp_path)
            if shown(found) != shown(example.result):
                differing[section.name] = found
    assert not differing, "\n".join(f"{name} shows\n{found}" for name, found in differing.items())


def test_the_owner_can_try_the_hook_as_the_page_says(fresh_db: Callable[[], str]) -> None:
    [example] = SECTIONS["custom_access_token_hook"].examples
    with psycopg.connect(fresh_db()) as owner:
        owner.execute("set role service_role")
        owner.execute(GRANT, ["dev-1", "developer", None])
        owner.execute("reset role")
        [[answer]] = owner.execute(example.code.encode()).fetchall()
        assert answer["claims"]["role"] == "developer"
        owner.execute("set role service_role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(example.code.encode())
