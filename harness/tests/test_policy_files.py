"""A policy file is read with one sentence for what is wrong, compared, written, and told to a pull request."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from markdown_it import MarkdownIt

from harness.tests.special_files import KINDS, special
from ops_gates.errors import UsageFault
from ops_gates.policies import compared, files, markdown, plain, presets

CHECK = {"kind": "check", "subject": "build"}


def one_gate(row: str) -> str:
    return f"gates: {{G1: {{require: [{row}]}}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: {G1: {require: [", "f.yaml, line 1 is not YAML"),
        ("gates: {G1: {require: []}, G1: {require: []}}", "f.yaml, line 1: G1 occurs twice"),
        ("gates: !!python/object/apply:os.system ['true']", "f.yaml, line 1: a policy has no anchors"),
        ("gates: !!bool x", "f.yaml, line 1: a policy has no anchors, aliases and tags"),
        ("gates:\n  G1: &a {require: []}", "f.yaml, line 2: a policy has no anchors, aliases and tags"),
        ("gates:\n  <<: {G1: {require: []}}", "f.yaml, line 2: a policy has no merge keys"),
        *((one_gate(f"{{kind: check, subject: a, min_count: {odd}}}"), f"f.yaml, line 1: {odd} is no plain number")
          for odd in ("7:00:00", "010", "0x10", "1_000", "0b1", "+1", "1:30.5", "1" + ":1" * 300 + ".0")),
        (one_gate("{kind: check, subject: 0123}"), "f.yaml, line 1: 0123 is no plain number"),
        (one_gate(f"{{kind: check, min_count: {'9' * 5000}}}"), "f.yaml is not YAML of"),
        ("gates: \x00", "f.yaml is not YAML"),
        ("? [a, b]\n: c\n", "f.yaml"),
        ("[" * 100_000, "f.yaml"),
        ("- 1", "f.yaml has no gates"),
        ("gates: {}", "f.yaml has no gates"),
        ("gate: {}", "f.yaml has no gates"),
        ("gates: {G5: {require: []}}", "f.yaml: there is no gate G5"),
        ("gates: {G1: {}}", "f.yaml, G1: require must be a list"),
        ("gates: {G1: {require: [], allow: []}}", "f.yaml, G1: there is no field allow"),
        ("projects: x\n" + one_gate("{kind: alone}"), "f.yaml: there is no field projects"),
        ("project: 5\n" + one_gate("{kind: alone}"), "f.yaml: project must be a text"),
        ("people: true\n" + one_gate("{kind: alone}"), "f.yaml: people must be a whole number"),
        (one_gate("check"), "f.yaml, G1, row 1: a requirement must have a kind"),
        (one_gate("{kind: luck}"), "f.yaml, G1, row 1: there is no kind luck"),
        (one_gate("{kind: contested_report}"), "f.yaml, G1, row 1: there is no kind contested_report"),
        (one_gate("{kind: check, subjects: a}"), "f.yaml, G1, row 1: there is no field subjects"),
        (one_gate("{kind: check, subject: no}"), "f.yaml, G1, row 1: subject must be a text"),
        (one_gate("{kind: check, subject: a, min_count: '2'}"), "f.yaml, G1, row 1: min_count must be a whole number"),
        (one_gate("{kind: check, subject: a, min_count: true}"), "f.yaml, G1, row 1: min_count must be a whole number"),
        (one_gate("{kind: check, subject: a, aal2: 1}"), "f.yaml, G1, row 1: aal2 must be true or false"),
        (one_gate("{kind: approval, approvers: rm-1}"), "f.yaml, G1, row 1: approvers must be a list of texts"),
        (one_gate("{kind: approval, approvers: [1]}"), "f.yaml, G1, row 1: approvers must be a list of texts"),
        (one_gate("{kind: check, enforcement: loud}"), "f.yaml, G1, row 1: enforcement must be"),
        (one_gate("{kind: alone}, {kind: alone}"), "f.yaml, G1, row 2: alone is required twice"),
        ("gates: {G1: {require: [], drop: {kind: check}}}", "f.yaml, G1: drop must be a list"),
        ("gates: {G1: {require: [], drop: [{kind: check, aal2: true}]}}", "f.yaml, G1, drop, row 1: name its kind"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_that_names_file_gate_and_row(text: str, said: str) -> None:
    with pytest.raises(UsageFault) as caught:
        files.parsed(text, "f.yaml")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [3, 9, 50, 2000])
@pytest.mark.parametrize("shape", ["[*a{0}, *a{0}]", "{{<<: [*a{0}, *a{0}], k{1}: 1}}"])
def test_what_stands_for_more_than_it_says_is_refused_where_it_begins(depth: int, shape: str) -> None:
    lines = ["a0: &a0 {k: 1}", *(f"a{n}: &a{n} {shape.format(n - 1, n)}" for n in range(1, depth))]
    with pytest.raises(UsageFault, match=r"^f\.yaml, line 1: a policy has no anchors"):
        files.parsed("\n".join(lines), "f.yaml")


def test_names_are_compared_as_often_as_there_are_names() -> None:
    compared_ = []

    class Name:
        def __init__(self, number: int) -> None:
            self.number = number

        def __hash__(self) -> int:
            return hash(self.number)

        def __eq__(self, other: object) -> bool:
            compared_.append(other)
            return isinstance(other, Name) and self.number == other.number

    names = [Name(number % 999) for number in range(1000)]
    assert plain.repeated(names) == names[:1]
    assert len(compared_) < 20


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_bytes(b"#" * (files.LARGEST + 1))
    for name, said in (
        ("none", "No such file"),
        ("odd", "not UTF-8"),
        ("long", "more than 256 KiB"),
        (".", "folder"),
    ):
        with pytest.raises(UsageFault, match=said):
            files.text_of(str(tmp_path / name))


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_read_from_a_regular_file_alone(tmp_path: Path, kind: str) -> None:
    with special(kind, tmp_path, "gates: {G1: {require: []}}") as path, pytest.raises(UsageFault):
        files.text_of(str(path))


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageFault, match=r"ops-release-gates\[install\]"):
        files.parsed("gates: {}", "f.yaml")
    assert presets.text("bank"), "a preset is printed without it"


def test_names_that_are_to_be_filled_in_are_refused_where_they_would_be_proposed() -> None:
    policy = files.parsed(presets.text("bank"), "bank.yaml")
    with pytest.raises(UsageFault, match=r"^bank.yaml, G3, row 2: approvers names nobody yet \(<release manager 1>"):
        policy.require_names("bank.yaml")


@pytest.mark.parametrize("name", get_args(presets.Name))
def test_what_is_written_is_read_as_the_same(name: presets.Name) -> None:
    policy = files.parsed(presets.text(name, 'a/"b: c'), name)
    again = files.parsed(files.written(policy), name)
    assert (again.project, again.people) == ('a/"b: c', policy.people)
    for gate, one in policy.gates.items():
        assert compared.changes(gate, one.require, again.gates[gate].require) == []
        assert again.gates[gate].drop == one.drop


def test_what_differs_is_told_row_by_row() -> None:
    before: list[dict[str, Any]] = [
        CHECK,
        {"kind": "approval", "subject": "qa_tester", "approvers": ["b", "a"]},
        {"kind": "alone"},
    ]
    after: list[dict[str, Any]] = [
        {"kind": "approval", "subject": "qa_tester", "min_count": 2, "approvers": ["a", "b"], "aal2": True},
        {"kind": "alone", "enforcement": "blocking"},
        {"kind": "check", "subject": "lint", "enforcement": "advisory"},
    ]
    found = compared.changes("G2", before, after)
    assert [(c["change"], compared.what(c), compared.how(c)) for c in found] == [
        ("dropped", "check build", ""),
        ("changed", "approval qa_tester", "min_count 1 -> 2, aal2 false -> true"),
        ("added", "check lint", "enforcement advisory"),
    ]
    assert compared.changes("G2", after, after) == []


# The comment

HOSTILE = (
    "`code` | **bold** <script>alert(1)</script> <!-- -->", "@acme/owners #1 acme/shop#2 GH-3", "![x](https://e.example/x)",
    "www.example.com https://example.com a@b.example", "a\nb\r\n\n# head\n- item", "</code></table>", "\\| \\` \\\\",
    "&lt;b&gt; &#60;i>", "```\nfence", "\u202egnp.exe \x1b[31m", ":tada: ~~gone~~ $x$ ", "| --- |", "é漢",
)  # fmt: skip

DRAWN = ["".join(random.Random(n).choices("`|<>@#&;*_[]()!\\/: \n\ta1.~", k=60)) for n in range(40)]


def told(name: str) -> str:
    row = {
        "project": "acme/shop", "release_name": name, "gate_statuses": ["passed"] * 4,
        "proposed_gate_statuses": ["passed", "failed", "passed", "passed"], "staging": True, "proposed_staging": False,
        "production": True, "proposed_production": True, "missing": name,
    }  # fmt: skip
    change = compared.changes("G2", [], [{"kind": "check", "subject": name}])
    return markdown.comment(name, change, [{"gate": "G2", "releases": 9, "changed": [row]}]).partition("\n")[2]


@pytest.mark.parametrize("name", [*HOSTILE, *DRAWN])
def test_no_name_becomes_anything_but_a_text_in_code(name: str) -> None:
    def shape(text: str) -> list[Any]:
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
        inline = [child for token in tokens for child in (token.children or []) if child.type != "text"]
        return [token.type for token in tokens] + [(child.type, child.content) for child in inline]

    assert shape(told(name)) == shape(told("plain"))
    # What GitHub turns into links is looked for outside of code, and nothing of a name stands there.
    outside = re.sub(r"<code>.*?</code>", "", told(name))
    assert outside == re.sub(r"<code>.*?</code>", "", told("plain"))


def test_the_comment_is_short_enough_whatever_there_is_to_tell() -> None:
    row = {"release_name": "|" * 500, "project": "p", "gate_statuses": ["passed"], "proposed_gate_statuses": ["failed"],
           "staging": True, "proposed_staging": False, "production": True, "proposed_production": True,
           "missing": "<" * 500}  # fmt: skip
    many = [{"gate": gate, "releases": 900, "changed": [row] * 900} for gate in files.GATES]
    changes = [c for n in range(100) for c in compared.changes("G1", [], [{"kind": "check", "subject": f"<{n}" * 40}])]
    said = markdown.comment("f" * 900, changes, many)
    assert len(said) <= 65_536
    assert said.startswith(markdown.mark("f" * 900) + "\n")
    assert said.splitlines()[-1].startswith("The rest is left out")
    assert markdown.comment("f", [], []).count("\n") < 6


def test_two_files_have_two_comments_whatever_they_are_called() -> None:
    names = ["a.yaml", "a.yaml -->", "b\n.yaml", "\udcff", "-"]
    marks = [markdown.mark(name) for name in names]
    assert len({*marks}) == len(names)
    assert all(re.fullmatch(r"<!-- ops-gates policy-impact [0-9a-f]{64} -->", mark) for mark in marks)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({}, {"enforcement": "advisory"}), ({"min_count": 2}, {}), ({}, {"not_initiator": False}),
        ({}, {"one_gate": False}), ({"require_hash": True}, {}), ({"own_token": True}, {}), ({"aal2": True}, {}),
        ({"aal2": True}, {"aal2": True, "accept_sso": True}), ({"valid_for": 60}, {"valid_for": 61}),
        ({"valid_for": 60}, {}), ({"approvers": ["a"]}, {"approvers": ["a", "b"]}), ({"approvers": ["a"]}, {}),
    ],
)  # fmt: skip
def test_what_asks_less_than_a_default_stands_under_drop(more: dict[str, Any], less: dict[str, Any]) -> None:
    """As `ops_private.asks_less`, which 33_policy_by_two_test.sql asks the same."""
    one = {"kind": "approval", "subject": "sre"}
    assert files.dropped([{**one, **less}], [{**one, **more}]) == [one]
    assert files.dropped([{**one, **more}], [{**one, **more}]) == []
    if less.get("enforcement") != "advisory":
        assert files.dropped([{**one, **more}], [{**one, **less}]) == []
