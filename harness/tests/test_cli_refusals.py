"""Every refused command is one sentence of our own: no constraint's dump, no row, no secret."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest

from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.tests.terminal import RISK, Terminal, failed, named, service, somebody
from ops_gates.client import Gates
from ops_gates.errors import EventRefused
from ops_gates.exit_codes import Code

WANTED = ("--on-behalf-of", "rm-1", "--reason", "a test")

# What only Postgres says.
RAW = re.compile(r"Failing row|violates|relation|duplicate key|null value|invalid input|out of range|escape sequence")


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack, which is the one that Postgres shows whole rows."""
    return service(stack)


def refused(done: Any, code: str) -> str:
    """The sentence of a command that a rule refused."""
    said = failed(done, Code.REFUSED)
    assert said.startswith(f"{code}: ")
    assert not RAW.search(said), said
    assert "; " in said  # what to do
    return said


SECRET = "sb_secret_pasted_by_mistake"


SHOP = ("--source-ref", "c", "--initiator", "dev-1")


OPEN = ("exception", "open", "RELEASE", "--gate", "G2")


WHO = ("--approver", "rm-1")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*OPEN, *RISK, "--until", "31d"], "23514"),
        ([*OPEN, *RISK, "--until", "0m"], "23514"),
        ([*OPEN, *RISK, "--until", "9999w"], "23514"),
        ([*OPEN, *RISK, "--until", "2020-01-01T00:00:00Z"], "23514"),
        ([*OPEN, *RISK, "--until", "1h", "--from", "2h"], "23514"),
        ([*OPEN, *RISK, "--until", "1h", "--from", "2020-01-01T00:00:00Z"], "OPS07"),
        ([*OPEN, "--reason", "\u2800", "--risk", SECRET, *WHO, "--until", "1h"], "23514"),
        ([*OPEN, "--reason", SECRET, "--risk", "\u2800", *WHO, "--until", "1h"], "23514"),
        ([*OPEN, "--reason", SECRET, "--risk", "r" * 8193, *WHO, "--until", "1h"], "23514"),
        ([*OPEN, "--reason", SECRET, "--risk", "r\0", *WHO, "--until", "1h"], "22P05"),
        ([*OPEN, *["--gate", "G3"] * 4, "--reason", SECRET, "--risk", "r", *WHO, "--until", "1h"], "23514"),
        ([*OPEN, *RISK, "--until", "1h", "--controls", json.dumps({"a": "b" * 270_000})], "23514"),
        ([*OPEN, *RISK, "--until", "1h", "--controls", '{"a": 9007199254740993}'], "23514"),
        ([*OPEN, *RISK[:4], "--approver", "nobody", "--until", "1h"], "OPS06"),
        (["roles", "grant", "\u2800", "sre"], "23514"),
        (["roles", "grant", "service_role", "sre"], "23514"),
        (["roles", "grant", "s" * 256, "sre"], "23514"),
        (["roles", "grant", "x-9", "sre", "--handle", "\u2800"], "23514"),
        (["roles", "grant", "x-9", "sre", "--handle", "rm-1"], "OPS15"),
        (["roles", "grant", "new-2", "sre", "--handle", "RM-1"], "OPS15"),
        (["roles", "grant", "x\0", "sre"], "22P05"),
        (["roles", "revoke", "nobody"], "OPS06"),
        (["open", "acme/shop", "v" * 256, "--source-ref", "c", "--initiator", "dev-1"], "23514"),
        (["open", "acme/shop", "v1", "--source-ref", "c", "--initiator", "nobody"], "OPS06"),
        (["open", "acme/shop", "v1", *SHOP, "--scope", '{"a": 1e300}'], "23514"),
        (
            ["open", "acme/shop", "v1", *SHOP, "--scope", '{"a": "\\u0000"}'],
            "22P05",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else " ".join(value)[:60].replace("\0", "NUL"),
)
def test_a_refused_command_is_a_sentence_without_the_row(
    stack: Stack, gates: Terminal, arguments: list[str], code: str
) -> None:
    world = World(stack)
    why = ["--on-behalf-of", "rm-1", "--reason", "a test"] if arguments[0] == "roles" else []
    said = refused(gates(*(named(world) if given == "RELEASE" else given for given in arguments), *why), code)
    assert SECRET not in said


@pytest.mark.parametrize(
    ("gate", "project", "requirement", "code"),
    [
        ("G1", "acme/shop", {"kind": "check"}, "OPS10"),
        ("G1", "acme/shop", {"subject": "build"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "vibes"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "enforcement": "perhaps"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "min_count": 3}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "min_count": "three"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "min_count": 99999999999}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "one_gate": False}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x", "colour": "red"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "check", "subject": "x\0"}, "22P05"),
        ("G1", "acme/shop", {"kind": "approval", "subject": "king"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "prior_gate", "subject": "G2"}, "OPS10"),
        ("G1", "acme/shop", {"kind": "deployment_health"}, "OPS10"),
        ("G4", "acme/shop", {"kind": "no_failed_checks"}, "OPS10"),
    ],
    ids=str,
)
def test_a_refused_policy_is_a_sentence_that_names_the_rule(
    stack: Stack, gates: Terminal, gate: str, project: str, requirement: dict[str, Any], code: str
) -> None:
    World(stack)  # registers the project
    refused(gates("policy", "set", *WANTED, gate, "-", "--project", project, stdin=json.dumps([requirement])), code)


UNREGISTERED = ("\u2800", "nobody/s", "acme/shop ", " acme/shop", "acme/sh\u00f6p", "p" * 300, "%", "null")


NEED = '[{"kind": "check", "subject": "x"}]'


@pytest.mark.parametrize(("project", "requirements"), [*((name, NEED) for name in UNREGISTERED), ("nobody/s", "[]")])
def test_a_policy_for_a_project_that_is_not_registered_is_a_sentence(
    stack: Stack, gates: Terminal, project: str, requirements: str
) -> None:
    World(stack)  # registers acme/shop
    said = failed(gates("policy", "set", *WANTED, "G1", "-", "--project", project, stdin=requirements), Code.NOT_FOUND)
    assert said.startswith("OPS04: ")
    assert "projects register" in said


def test_the_policy_of_a_project_is_shown_in_any_case_and_of_no_unknown_one(stack: Stack, gates: Terminal) -> None:
    World(stack)  # registers acme/shop
    own = json.dumps([{"kind": "check", "subject": uuid.uuid4().hex}])
    assert gates("policy", "set", *WANTED, "G1", "-", "--project", "ACME/Shop", stdin=own).exit_code == 0
    shown = [gates("policy", "show", "G1", "--json", "--project", project) for project in ("acme/shop", "ACME/SHOP")]
    assert gates("policy", "set", *WANTED, "G1", "-", "--project", "acme/shop", stdin="[]").exit_code == 0
    assert [[row["project"] for row in json.loads(done.stdout)] for done in shown] == [["acme/shop"]] * 2
    for unknown in ("nobody/s", "\u2800", "acme/shop "):
        said = failed(gates("policy", "show", "--project", unknown), Code.NOT_FOUND)
        assert said.startswith("unknown_project: ")


def test_a_name_that_left_several_closed_releases_is_ambiguous_and_names_their_ids(
    stack: Stack, gates: Terminal
) -> None:
    World(stack)  # registers acme/shop
    name = uuid.uuid4().hex
    opening = ("open", "acme/shop", name, "--source-ref", "main", "--initiator", "dev-1")
    ids = []
    for _ in range(2):
        ids.append(gates(*opening).stdout.strip())
        assert gates("close", f"acme/shop/{name}", "--reason", "cancelled").exit_code == 0
    said = refused(gates("status", f"acme/shop/{name}"), "ambiguous_release")
    assert said.endswith(f"{ids[1]}, {ids[0]}\n")
    # The one that holds the name now is meant, as soon as there is one.
    ids.append(gates(*opening).stdout.strip())
    assert ids[2] in gates("status", f"acme/shop/{name}").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["close", "RELEASE", "--reason", "cancelled"], "OPS12"),
        (["open", "acme/shop", "NAME", "--source-ref", COMMIT, "--initiator", "dev-1"], "OPS09"),
        (["exception", "open", "RELEASE", "--gate", "G2", *RISK, "--until", "1h"], "OPS12"),
        (["emit", "build_complete", "RELEASE", "--run", "closed-1", "--status", "pass"], "release_closed"),
    ],
)
def test_what_a_closed_release_refuses_is_a_sentence_without_json(
    stack: Stack, gates: Terminal, arguments: list[str], code: str
) -> None:
    world = World(stack)
    world.emit(world.build("fail"))
    assert somebody(stack, "release_manager", "rm-1")("close", named(world), "--reason", "superseded").exit_code == 0
    given = {"RELEASE": named(world), "NAME": world.name}
    said = refused(gates(*(given.get(word, word) for word in arguments)), code)
    assert "{" not in said
    assert "superseded" in said


@pytest.mark.parametrize(
    ("arguments", "role", "expected"),
    [
        ([], "release_manager", Code.USAGE),
        (["x", "--reason", "r"], "release_manager", Code.USAGE),
        ([str(uuid.UUID(int=7))], "release_manager", Code.USAGE),
        ([str(uuid.UUID(int=7)), "--reason", ""], "release_manager", Code.USAGE),
        ([str(uuid.UUID(int=7)), "--reason", " "], "release_manager", Code.USAGE),
        ([str(uuid.UUID(int=7)), "--reason", "\u2800"], "release_manager", Code.REFUSED),
        ([str(uuid.UUID(int=7)), "--reason", "r"], "release_manager", Code.NOT_FOUND),
        ([str(uuid.UUID(int=7)), "--reason", "r"], "qa_tester", Code.NOT_ALLOWED),
    ],
)
def test_a_dismissal_of_nothing_is_a_sentence(stack: Stack, arguments: list[str], role: str, expected: Code) -> None:
    World(stack)  # registers the people
    person = {"release_manager": "rm-1", "qa_tester": "qa-1"}[role]
    failed(somebody(stack, role, person)("dismiss", *arguments), expected)


@pytest.mark.parametrize("name", ["v1 ", " v1", "v\u200b1", "v\t1", "e\u0301", ""], ids=ascii)
def test_a_name_that_is_none_is_refused_in_words(stack: Stack, gates: Terminal, name: str) -> None:
    World(stack)  # registers acme/shop
    done = gates("open", "acme/shop", name, "--source-ref", "main", "--initiator", "dev-1")
    if name:
        assert "visible characters" in refused(done, "23514")
    else:
        failed(done, Code.USAGE)


def test_a_need_that_is_there_twice_is_a_sentence(stack: Stack, gates: Terminal) -> None:
    World(stack)  # registers the project
    twice = json.dumps(
        [{"kind": "check", "subject": "x"}, {"kind": "check", "subject": "x", "enforcement": "advisory"}]
    )
    refused(gates("policy", "set", *WANTED, "G1", "-", "--project", "acme/shop", stdin=twice), "OPS10")


@pytest.mark.parametrize(
    ("arguments", "code", "named_there"),
    [
        ("build_complete RELEASE --run refused-1 --status pass --source-ref another", "source_ref_mismatch", COMMIT),
        (
            "build_complete RELEASE --run refused-1 --status pass --check lint=perhaps",
            "invalid_payload",
            "payload.checks[0].status",
        ),
        (
            "build_complete RELEASE --run refused-1 --status pass --at 2099-01-01T00:00:00Z",
            "invalid_envelope",
            "emitted_at",
        ),
        (
            "health_check RELEASE --environment dev --ref none --status pass --report https://h.example --run 1",
            "unknown_deployment",
            "dev",
        ),
    ],
)
def test_a_refused_event_is_a_sentence_that_says_what_was_expected(
    stack: Stack, gates: Terminal, arguments: str, code: str, named_there: str
) -> None:
    said = refused(gates("emit", *arguments.replace("RELEASE", named(World(stack))).split()), code)
    assert named_there in said


@pytest.mark.parametrize(("status", "counts"), [("fail", True), ("pass", False)])
def test_a_refused_failure_says_on_which_gate_it_still_counts(stack: Stack, status: str, counts: bool) -> None:
    world = World(stack)
    with pytest.raises(EventRefused) as answered:
        Gates(stack.client()).send(world.build(status, artifact_ref=7))
    assert answered.value.code == "invalid_payload"
    assert ("G1" in str(answered.value.hint)) is counts
    assert bool(answered.value.answered.get("contested")) is counts


def test_a_key_that_was_used_for_another_event_names_the_difference(stack: Stack, gates: Terminal) -> None:
    build = ("emit", "build_complete", named(World(stack)), "--run", uuid.uuid4().hex, "--status")
    assert gates(*build, "pass").exit_code == 0
    said = refused(gates(*build, "fail"), "idempotency_key_reused")
    assert "payload.status" in said
    assert "--run" in said


@pytest.mark.parametrize(
    ("command", "named_there"),
    [
        ("roles grant x-1 sre --on-behalf-of stranger-7 --reason r", ["stranger-7"]),
        ("roles revoke stranger-6 --on-behalf-of rm-1 --reason r", ["stranger-6"]),
        ("roles revoke qa-1 --on-behalf-of stranger-7 --reason r", ["stranger-7"]),
        ("projects register a/b --on-behalf-of stranger-7 --reason r", ["stranger-7"]),
        ("decide RELEASE --decision rejected --reason r --approver stranger-7", ["stranger-7"]),
    ],
)
def test_a_person_who_is_no_member_is_named_with_the_commands_that_show_and_register_people(
    stack: Stack, gates: Terminal, command: str, named_there: list[str]
) -> None:
    said = refused(gates(*command.replace("RELEASE", named(World(stack))).split()), "OPS06")
    # Of a subject that is none, a grant is no remedy: it may be misspelt.
    grants = [] if "stranger-6" in command else ["`ops-gates roles grant SUBJECT ROLE "]
    for word in (*map(repr, named_there), "`ops-gates roles list`", *grants):
        assert word in said


@pytest.mark.parametrize(
    ("project", "code"),
    [("acme/shop/v1.0.0", "unknown_project"), ("acme/nobody", "unknown_project"), ("ACME/shop", "OPS04")],
)
def test_a_target_that_is_not_there_says_whether_the_project_is(stack: Stack, project: str, code: str) -> None:
    World(stack)  # registers acme/shop
    retire = ("retire", project, "--environment", "production", "--target", uuid.uuid4().hex, "--reason", "gone")
    said = failed(somebody(stack, "release_manager", "rm-1")(*retire), Code.NOT_FOUND)
    assert said.startswith(f"{code}: ")
    assert "`ops-gates " in said


def test_a_project_that_is_known_keeps_its_description_and_says_so(stack: Stack, gates: Terminal) -> None:
    World(stack)  # registers the people
    project = f"acme/{uuid.uuid4().hex}"
    register = ("projects", "register", project, "--on-behalf-of", "rm-1", "--reason")
    for _ in range(2):
        done = gates(*register, "first", "--description", "a shop")
        assert (done.exit_code, done.stderr) == (0, "")
    for again in (("second", "--description", "a shop"), ("first", "--description", "a bank"), ("second",)):
        done = gates(*register, *again)
        assert (done.exit_code, done.stderr.count("\n")) == (0, 1)
        assert "first" in done.stderr
        assert "a shop" in done.stderr
    [row] = [row for row in gates.json("projects", "list") if row["project"] == project]
    assert (row["description"], row["reason"]) == ("a shop", "first")


def test_a_person_is_refused_in_the_same_words(stack: Stack) -> None:
    world = World(stack)
    manager = somebody(stack, "release_manager", "rm-1")
    refused(manager("exception", "open", named(world), "--gate", "G2", *RISK, "--until", "31d"), "23514")
