"""What a page of the documentation names is there, and its blocks are shell as they stand."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import psycopg
import pytest

from harness.prove.dry_run import TITLES
from harness.stack.cli_tool import SupabaseCli
from harness.stack.parts import ROOT
from ops_gates.rows import OpsNoticeFormat, OpsNoticeKind

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
README = (ROOT / "README.md").read_text()
INSTALL = (ROOT / "docs" / "install.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "spec").rglob("*.md")),
    *sorted((ROOT / "supabase" / "functions").rglob("README.md")),
]
# A report is about the checkout that it was made from, whatever has been renamed since.
REPORTS = ROOT / "docs" / "reports"
# What looks like a name of ours and is a reader's own file.
FILES_OF_A_READER = {"ops.dump", "supabase/seed.sql", "supabase/ops-release-gates.json", "supabase/.ops-gates"}


def blocks_of(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_every_block_of_a_page_is_shell_as_it_stands() -> None:
    """A placeholder such as `<id>` would be a redirection."""
    for path in (ROOT / "docs" / "runbook.md", ROOT / "docs" / "quickstart.md"):
        for language in ("sh", "bash"):
            for code in blocks_of(path.read_text(), language):
                assert subprocess.run(["bash", "-n"], input=code, text=True, check=False).returncode == 0, code
                assert not re.search(r"(?<!@)<\w", code), code


INSTALLS = re.compile(r"""pipx? install (?:--force )?['"]?([^'"`#\n]+)""")
# In a clone as it stands; or what a reader fills in, since no registry has the package.
INSTALLED_FROM = {".", ".[install]", *(
    f"{name}git+https://github.com/OWNER/ops-release-gates@TAG"
    for name in ("", "ops-release-gates @ ", "ops-release-gates[install] @ ")
)}  # fmt: skip


def test_every_line_that_installs_works_in_a_clone_or_has_placeholders_that_nobody_takes_for_a_repository() -> None:
    pages = [*PAGES, ROOT / "harness" / "ops_gates" / "README.md"]
    found = {path: INSTALLS.findall(path.read_text()) for path in pages if path.parent != REPORTS}
    assert len(found[ROOT / "README.md"]) == 5
    others = {name.strip() for names in found.values() for name in names} - INSTALLED_FROM
    assert others == {"pre-commit && pre-commit install", "--user pipx"}
    [first, *_] = found[ROOT / "README.md"]
    assert first == ".[install]", "what stands first works as it stands"


@pytest.mark.parametrize("page", [README, INSTALL], ids=["README", "install"])
def test_a_page_that_uses_the_id_of_a_project_says_where_it_is_and_links_before_it_pushes(page: str) -> None:
    assert re.search(r"`REF`(?:\*\*)? is [^.]*the last part of its dashboard's address", page)
    [block] = [code for code in blocks_of(page, "sh") if "supabase link" in code]
    steps = ["supabase login", "supabase link", r"ops-gates install\b(?! --)", "db push --remote", "functions deploy"]
    at = [re.search(step, block) for step in steps]
    assert None not in at
    assert [one.start() for one in at if one] == sorted(one.start() for one in at if one)


@functools.cache
def helped(command: str) -> str:
    """What a command of the Supabase CLI says about itself."""
    return SupabaseCli().run(*command.split(), "--help")


@pytest.mark.parametrize("page", [README, RUNBOOK, INSTALL], ids=["README", "runbook", "install"])
def test_every_command_of_the_supabase_cli_that_a_page_names_is_one(page: str) -> None:
    named = re.findall(r"npx supabase ([a-z]+(?: (?:push|set|deploy|delete))?)((?: --[a-z-]+)?)", page)
    assert "db push" in {command for command, _ in named}
    for command, flag in named:
        said = helped(command)
        assert re.search(rf"USAGE\s+supabase {command}\b", said), command
        assert flag.strip() in said, (command, flag)


@pytest.mark.parametrize("page", [README, RUNBOOK], ids=["README", "runbook"])
def test_every_make_target_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for line in re.findall(r"`make ([a-z ]+)`|^make ([a-z]+)", page, re.MULTILINE)
        for word in " ".join(line).split()
    }
    assert named
    assert named <= targets


def test_what_the_readme_prints_is_a_part_of_what_the_demo_says() -> None:
    """Step titles only: ids and times differ from run to run."""
    printed = re.findall(rf"^(\d+)/{len(TITLES)} (.*?)$", README, re.MULTILINE)
    assert printed
    assert [title for number, title in printed if TITLES[int(number) - 1] != title] == []


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(path: Path) -> list[str]:
    """The links of a page to a file, folder or heading of the checkout that is not there."""
    dead = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text()):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_a_link_to_a_missing_file_or_heading_is_dead(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One `word`, two\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#one-word-two) [c](gone.md) [d](there.md#gone) [e](#gone)\n# Here\n[f](#here)\n"
    )
    assert dead_links(page) == ["gone.md", "there.md#gone", "#gone"]


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()


def test_every_decision_has_a_number_of_its_own_and_a_date() -> None:
    page = (ROOT / "docs" / "decisions.md").read_text().partition("## What was chosen from outside")[0]
    entries = re.findall(r"^- .*$", page, re.MULTILINE)
    numbers = [re.match(r"- \*\*(\d+)\*\* \(20\d\d-\d\d-\d\d\)\. \*\*", entry) for entry in entries]
    assert [entry for entry, number in zip(entries, numbers, strict=True) if number is None] == []
    assert sorted(int(number[1]) for number in numbers if number) == list(range(1, len(entries) + 1))


def test_the_glossary_is_short_and_says_each_word_in_one_sentence() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| (.*) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    terms = [row for row in rows if row[0] != "word"]
    assert len(terms) <= 33  # what a page holds: a list that nobody reads to its end explains nothing
    assert len({word for word, _ in terms}) == len(terms)
    assert [word for word, meaning in terms if not meaning.endswith(".") or ". " in meaning] == []


def named_in_schemas(page: str) -> set[str]:
    """Every `ops.name` and `ops_private.name` of a page; `ops_private.tg_<what>` is a pattern, and no name."""
    return set(re.findall(r"(?<![\w./-])((?:ops|ops_private)\.\w+)\b(?!<)", page)) - FILES_OF_A_READER


def files_named(page: str) -> set[str]:
    """Every file or folder of the checkout that a page names in code; one with `<` or `*` in it is a pattern."""
    named = re.findall(r"`((?:harness|supabase|docs|spec|\.github|\.ci)/[^`\s:]+)(?:::\w+)?`", page)
    return {name for name in named if not set(name) & set("<*…")} - FILES_OF_A_READER


@pytest.mark.parametrize(
    "path", [page for page in PAGES if page.parent != REPORTS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_what_a_page_names_is_in_the_database_and_in_the_checkout(path: Path, reference: str) -> None:
    page = path.read_text()
    with psycopg.connect(reference) as connection:
        there = connection.execute(
            "select n.nspname || '.' || o.name from pg_namespace n join ("
            " select relnamespace, relname from pg_class union select pronamespace, proname from pg_proc"
            " union select typnamespace, typname from pg_type) as o (namespace, name) on o.namespace = n.oid"
            " where n.nspname in ('ops', 'ops_private')"
            # The settings that a function asks for look like names of the schema.
            r" union select m[1] from pg_proc as p, regexp_matches(p.prosrc, $$'(ops\.\w+)=$$, 'g') as m"
            " where p.pronamespace = 'ops_private'::regnamespace"
        ).fetchall()
    assert named_in_schemas(page) - {str(row[0]) for row in there} == set()
    assert {name for name in files_named(page) if not (ROOT / name).exists()} == set()


def test_the_security_page_names_each_refusal_and_each_finding_that_no_policy_asks_for(reference: str) -> None:
    """Codes of events that conflict with what is on record, codes of the schema, and kinds beyond the plain ones."""
    errors = (ROOT / "docs" / "errors.md").read_text()
    conflicts = re.findall(r"^\| (?:409|422) \| `(\w+)`", errors, re.MULTILINE)
    codes = re.findall(r"^\| `(OPS\d\d)`", errors, re.MULTILINE)
    with psycopg.connect(reference) as connection:
        kinds = connection.execute("select unnest(enum_range('environment_healthy'::ops.ops_requirement_kind, null))")
        beyond = [str(kind) for (kind,) in kinds.fetchall()]
    assert len(conflicts) > 8
    assert len(codes) > 12
    assert len(beyond) > 10
    wanted = {*conflicts, *codes, *beyond, "secret_in_payload"}
    page = (ROOT / "docs" / "security.md").read_text()
    # What a caller never sees, and what is no rule about releases.
    assert {code for code in wanted if f"`{code}`" not in page} == {"OPS20", "OPS23", "unsupported_schema_version"}


def rows_under(heading: str, page: str) -> list[str]:
    """The first code in each row of the last table below a heading."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\|[^|`]*`([^`]+)`", section, re.MULTILINE)


def test_the_page_of_notices_lists_every_kind_code_and_format(reference: str) -> None:
    page = (ROOT / "docs" / "notices.md").read_text()
    with psycopg.connect(reference) as connection:
        [(codes,)] = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'error_is_of_the_list'"
            " and conrelid = 'ops.notice_deliveries'::regclass"
        ).fetchall()
    lists: dict[str, Sequence[str]] = {
        "What is told, and to whom": get_args(OpsNoticeKind),
        "When a delivery fails": re.findall(r"'(\w+)'", codes),
        "Connect a receiver": get_args(OpsNoticeFormat),
    }
    for heading, known in lists.items():
        named = rows_under(heading, page)
        assert sorted(named) == sorted(known), heading
        assert len(named) > 3


def test_the_architecture_lists_every_migration_in_order() -> None:
    migrations = sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
    assert rows_under("Where things are", ARCHITECTURE) == [path.stem.partition("_")[2] for path in migrations]


def test_the_architecture_names_the_six_steps_in_the_order_in_which_they_are_called(reference: str) -> None:
    with psycopg.connect(reference) as connection:
        [[body]] = connection.execute("select prosrc from pg_proc where oid = 'ops.ingest_event'::regproc").fetchall()
    steps = re.findall(r"^\| \d \| `(ops_private\.\w+)`", ARCHITECTURE, re.MULTILINE)
    assert len(steps) == 6
    assert [name for name in re.findall(r"ops_private\.\w+(?=\()", body) if name in steps] == steps


def test_the_architecture_lists_every_index_of_the_log(reference: str) -> None:
    with psycopg.connect(reference) as connection:
        there = connection.execute(
            "select case when i.indisprimary then a.attname else i.indexrelid::regclass::name end from pg_index i"
            " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
            " where i.indrelid = 'ops.event_ingest_log'::regclass"
        ).fetchall()
    listed = [name.removeprefix("ops.") for name in rows_under("The indexes of the log", ARCHITECTURE)]
    assert sorted(listed) == sorted(str(row[0]).removeprefix("ops.") for row in there)


def test_the_architecture_names_every_caller_of_the_one_walker(reference: str) -> None:
    with psycopg.connect(reference) as connection:
        there = connection.execute(
            "select distinct n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('ops', 'ops_private') and p.prosrc like '%ops\\_private.judge(%'"
        ).fetchall()
    section = ARCHITECTURE.partition("\n## One walker\n")[2].partition("\n## ")[0]
    callers = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
        for name in re.findall(r"`((?:ops|ops_private)\.\w+)`", row)
    }
    assert callers == {str(row[0]) for row in there}
