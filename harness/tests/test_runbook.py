"""Every section of the runbook is run by its role: signed in as themselves, with what that role may do and no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.stack import Stack, members
from harness.stack.parts import ROOT
from harness.tests.runbook import KEY, SEVERAL, Block, Terminals, blocks_of, faults_of
from ops_gates.exit_codes import Code

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SECTIONS = {
    "Secret key": "service_role",
    "Pipeline": "ci_service_role",
    "Developer": "developer",
    "QA tester": "qa_tester",
    "Agent": "service_role",
    "Release manager": "release_manager",
    "SRE": "sre",
    "Auditor": "audit_reader",
}
ASK = {"whoami", "why", "guard"}
SEE = {*ASK, "login", "inbox", "releases", "show", "status"}
LOOK_UP = {
    *SEE, "history", "exception list", "roles list", "policy show", "policy proposals", "projects list", "waiting",
    "live", "metrics",
}  # fmt: skip
# What each section shows, at least: what its role may do from a terminal.
SHOWN = {
    "Secret key": {"whoami", "projects register", "roles grant", "roles list", "policy set", "open"},
    "Pipeline": {*ASK, "open", "close", "emit build_complete", "emit deployment_event", "emit environment_event"},
    "Developer": SEE,
    "QA tester": {*SEE, "emit gate_signoff"},
    "Agent": {"emit gate_signoff"},
    "Release manager": {
        *LOOK_UP, "emit gate_signoff", "decide", "close", "exception open", "exception revoke", "exception review",
        "dismiss",
    },
    "SRE": {*SEE, "act-as", "live", "emit deployment_event", "emit health_check", "emit environment_event"},
    "Auditor": LOOK_UP,
    SEVERAL: {
        "retire", "roles revoke", "policy propose", "policy proposals", "policy confirm", "policy diff",
        "policy impact", "policy preset",
    },
}  # fmt: skip
OPTIONS = {
    "Secret key": {"--project", "--changes", "--handle"},
    "Developer": {"--mine", "--project"},
    "QA tester": {"--waiting"},
    "Release manager": {"--changes", "--project", "--seen"},
    "SRE": {"--project"},
    "Auditor": {"--changes", "--project", "--as-of"},
}


@pytest.fixture
def people(stack: Stack) -> None:
    """Skip what needs a stand-in for Supabase Auth where the project has a sign-in of its own."""
    if stack.people is None:
        pytest.skip(f"adds people, and those of OPS_STACK={stack.kind} sign in at the project itself")


def test_the_program_that_records_a_check_ends_with_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    [program] = re.findall(r"^```python\n(.*?gate_checks.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
    for address in ("", "http://127.0.0.1:9"):
        surroundings = {"SUPABASE_URL": address, "SUPABASE_SECRET_KEY": "sb_secret_x", "OPS_RETRY_SECONDS": "0"}
        done = subprocess.run(
            [sys.executable, "-"], input=program, env=surroundings, cwd=tmp_path, text=True, capture_output=True
        )
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def typed(blocks: list[Block]) -> str:
    """All lines of shell in some blocks."""
    return "".join(block.code for block in blocks if block.language == "sh")


def test_every_block_of_the_runbook_does_what_the_page_says_for_whom_it_names(
    fresh_stack: Callable[[], Stack], tmp_path: Path
) -> None:
    own = fresh_stack()
    terminals = Terminals(own, tmp_path)
    assert terminals.run(RUNBOOK) > 120
    with terminals.editor as editor:
        written = editor.execute(
            "select d.executed_by, d.created_role, e.created_by"
            " from ops.recovery_drills as d, ops.evidence_artifacts as e where e.artifact_type = 'restore_drill'"
        ).fetchall()
        [release] = editor.execute("select status::text from ops.releases where release_name = 'v1.4.0'").fetchall()
        by_hand = editor.execute(
            "select created_by, created_role, status::text from ops.gate_checks where check_name = 'licences'"
        ).fetchall()
        named = editor.execute(
            "select distinct approver_id from ops.approvals where created_by is distinct from approver_id"
        ).fetchall()
    assert written == [("sre-1", "sre", "sre-1")]
    assert release == ("promoted",)
    assert by_hand == [("dev-1", "developer", "pass")]
    # Everybody else decided with a token of their own.
    assert named == [("qa-2",)]


def test_the_runbook_has_a_section_for_each_role_and_each_begins_with_its_sign_in() -> None:
    first: dict[str, Block] = {}
    for block in blocks_of(RUNBOOK):
        if block.caller:
            first.setdefault(block.section, block)
    assert {section: block.caller and block.caller.role for section, block in first.items()} == SECTIONS | {
        SEVERAL: "ci_service_role"
    }
    for section, block in first.items():
        if block.caller and block.caller.is_person:
            assert block.lines[0] == "ops-gates login", section
            assert f"make -s person ARGS={block.caller.name} | ops-gates login" in RUNBOOK
    assert "OPS_BOT_PASSWORD" in first["Pipeline"].code


def test_somebody_can_sign_in_before_the_runbook_signs_them_in() -> None:
    """On the local stack nobody has an e-mail before `make person`."""
    assert 0 < RUNBOOK.index("```bash\nmake -s person ") < RUNBOOK.index("\nops-gates login\n")


def test_the_runbook_registers_each_project_before_a_membership_names_it() -> None:
    code = typed(list(blocks_of(RUNBOOK)))
    for project in re.findall(r"roles grant .* --project (\S+)", code):
        assert code.index(f"projects register {project} ") < code.index(f"--project {project} "), project


@pytest.mark.parametrize("section", SHOWN)
def test_a_section_shows_what_its_role_may_do(section: str) -> None:
    code = typed([block for block in blocks_of(RUNBOOK) if block.section == section])
    assert {command for command in SHOWN[section] if f"ops-gates {command}" not in code} == set()
    assert {option for option in OPTIONS.get(section, ()) if f" {option}" not in code} == set()


def test_no_section_uses_the_key_or_does_what_another_role_does() -> None:
    assert faults_of(RUNBOOK) == []
    assert {block.caller.role for block in blocks_of(RUNBOOK) if block.caller and "--approver" in block.code} == {KEY}


SIGNED_IN = "## QA tester\nAs `qa-1`, a `qa_tester`.\n```sh\nops-gates login\n"
PLANTED = {
    "of the key": [
        SIGNED_IN + "ops-gates emit gate_signoff a/b/c --approver qa-1\n```\n",
        SIGNED_IN + "ops-gates emit gate_signoff a/b/c --persona qa_tester\n```\n",
        SIGNED_IN + "SUPABASE_SECRET_KEY=x ops-gates status a/b/c\n```\n",
        SIGNED_IN + "OPS_TOKEN=$(make -s token ARGS='qa_tester qa-1') ops-gates status a/b/c\n```\n",
        SIGNED_IN + "```\n```python\nkey = os.environ['SUPABASE_SECRET_KEY']\n```\n",
        SIGNED_IN + "```\n```sql\nset local role qa_tester;\n```\n",
        "## Pipeline\nAs `ci-bot`, a `ci_service_role`.\n```sh\nops-gates decide a/b/c --approver rm-1\n```\n",
    ],
    "token": [SIGNED_IN + "```\n```bash\nexport OPS_TOKEN=$(make -s token ARGS='qa_tester qa-1')\n```\n"],
    "another role": [
        SIGNED_IN + "```\nAs `service_role`:\n```sh\nops-gates roles list\n```\n",
        SIGNED_IN + "```\nAs `rm-1`, a `release_manager`:\n```sh\nops-gates login\n```\n",
    ],
    "not signed in": ["## QA tester\nAs `qa-1`, a `qa_tester`.\n```sh\nops-gates inbox\n```\n"],
    "nobody": ["## QA tester\n```sh\nops-gates login\n```\n", SIGNED_IN + "```\n## SRE\n```python\nx\n```\n"],
    "not allowed": [SIGNED_IN + "ops-gates history a/b/c    # exit code 4: not for you\n```\n"],
}


@pytest.mark.parametrize(("rule", "page"), [(rule, page) for rule, pages in PLANTED.items() for page in pages])
def test_a_block_that_breaks_a_rule_of_the_page_is_found(rule: str, page: str) -> None:
    assert {broken for broken, _ in faults_of(page)} == {rule}


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("qa_tester", "ops-gates history acme/shop/v1"),
        ("qa_tester", "ops-gates roles list"),
        ("developer", "ops-gates emit environment_event --environment dev --kind x --project acme/shop"),
        ("sre", "ops-gates exception list"),
        ("audit_reader", "ops-gates retire acme/shop --environment dev --target a-1 --reason gone"),
        ("release_manager", "ops-gates projects register acme/shop --on-behalf-of rm-1 --reason x"),
        ("ci_service_role", "ops-gates inbox"),
        ("sre", "ops-gates whoami    # exit code 1: this ends with 0"),
    ],
)
@pytest.mark.usefixtures("people")
def test_a_block_that_its_role_may_not_run_or_that_ends_otherwise_is_caught(
    role: str, line: str, stack: Stack, tmp_path: Path
) -> None:
    name, terminals = f"planted-{uuid.uuid4().hex[:8]}", Terminals(stack, tmp_path)
    members.grant(stack.client(), name, role)
    begin = "ops-gates login\n" if role != "ci_service_role" else ""
    good = f"## Planted\nAs `{name}`, a `{role}`.\n```sh\n{begin}ops-gates whoami\n"
    assert terminals.run(good + "```\n") == good.count("ops-gates ")
    with pytest.raises(AssertionError, match=re.escape(line)):
        terminals.run(f"{good}{line}\n```\n")


@pytest.mark.usefixtures("people")
def test_a_block_under_another_role_than_the_page_names_is_caught(stack: Stack, tmp_path: Path) -> None:
    name, terminals = f"planted-{uuid.uuid4().hex[:8]}", Terminals(stack, tmp_path)
    for role in ("sre", "developer"):
        members.grant(stack.client(), name, role)
    page = f"## Planted\nAs `{name}`, an `sre`.\n```sh\nops-gates login\n%sops-gates inbox\n```\n"
    with pytest.raises(AssertionError, match="ops-gates inbox"):
        terminals.run(page % "")
    assert terminals.run(page % "ops-gates act-as sre\n") == 3


@pytest.mark.usefixtures("people")
def test_the_lines_that_sign_in_make_the_reader_themselves_and_a_wrong_password_nobody(
    stack: Stack, tmp_path: Path
) -> None:
    login = stack.person(f"{uuid.uuid4().hex}@local.invalid")
    members.grant(stack.client(), login.subject, "audit_reader")
    [code] = [
        block.code for block in blocks_of(RUNBOOK) if (block.section, block.code[:15]) == ("Sign in", "ops-gates login")
    ]
    project = {"SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def said(password: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-ec", code], env={"PATH": path, "XDG_CONFIG_HOME": str(tmp_path), **project},
            input=f"{login.email}\n{password}\n", text=True, timeout=60, capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    assert said('wrong"password') == (Code.NOT_ALLOWED, "")
    code_, shown = said(login.password)
    assert code_ == 0
    assert shown.count(login.subject) == 2
    assert shown.count("audit_reader") >= 2


# `make -s person` prints an e-mail and a password, a line each.
PERSON = """make() {
  case "$*" in
    "-s person ARGS=$SUBJECT") printf '%s\\n' "$EMAIL" "$PASSWORD" ;;
    *) return 2 ;;
  esac
}
"""


@pytest.mark.parametrize(
    ("section", "subject", "role", "by"),
    [("Sign in", "qa-1", "qa_tester", "session"), ("Pipeline", "ci-bot", "ci_service_role", "bot")],
)
@pytest.mark.usefixtures("people")
def test_what_a_reader_types_to_sign_in_at_the_local_stack_makes_them_who_the_page_says(
    section: str, subject: str, role: str, by: str, stack: Stack, tmp_path: Path
) -> None:
    login = stack.person(f"{subject}@local.invalid", subject=subject)
    members.grant(stack.client(), subject, role)
    [code] = [block.code for block in blocks_of(RUNBOOK) if block.section == section and "make " in block.code]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{PERSON}{code}\nops-gates whoami --json"],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(tmp_path),
            "SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
            "SUBJECT": subject, "EMAIL": login.email, "PASSWORD": login.password,
        },
        text=True, timeout=60, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for shown in (subject, role, by):
        assert f'"{shown}"' in done.stdout
