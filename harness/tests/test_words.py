"""Changing the words of any finding changes no verdict: a database with other words judges as the model does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow, dict_row

from harness.prove.effort import times
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from harness.tests.release_history import ReleaseHistory, play, seeds
from harness.tests.release_history.drawn import SOURCE_REF

STEPS = times(40, 5_000)
# All that handles findings, and whether it puts words into them.
HANDLERS = r"""
    select p.proname, p.prosrc, pg_get_functiondef(p.oid), p.prosrc ~ '\.(requirement|remedy) := [^\n]*''[^\n]* '
    from pg_proc p
    where p.pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)
      and pg_get_functiondef(p.oid) ~ 'gate_(finding|verdict)|judgement|first_missing|waits_for'
    order by p.oid::regprocedure::text
"""
COMMENT_OR_LITERAL = re.compile(r"--[^\n]*|(?:interval )?'(?:[^']|'')*'")
# Words have a letter and a blank. No enum value, role, code, column or separator has both.
WORDS = re.compile(r"(?=.*[A-Za-z])(?=.* )", re.DOTALL)


def with_other_words(source: str, numbers: itertools.count[int]) -> str:
    """A body in which each literal that holds words holds others, that stand nowhere else, around the same `%s`."""

    def replaced(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith(("--", "interval ")) or not WORDS.match(text):
            return text
        parts = re.split("(%s)", text[1:-1])
        return "'" + "".join(part if part in ("", "%s") else f" w{next(numbers)} " for part in parts) + "'"

    return COMMENT_OR_LITERAL.sub(replaced, source)


def replace_words(connection: psycopg.Connection[Any]) -> set[str]:
    """Give all that handles findings other words; the names of those that put words into them."""
    numbers = itertools.count(1)
    makers = set()
    for name, source, definition, makes_words in connection.execute(HANDLERS).fetchall():
        other = with_other_words(source, numbers)
        assert other != source or not makes_words, name
        connection.execute(sql.SQL(definition.replace(source, other)))
        makers |= {name} if makes_words else set()
    connection.execute("alter table ops.release_gates alter first_missing set default 'w0'")
    return makers


Words = dict[tuple[str, ...], tuple[str, ...]]


def blockers_of_a_new_release(connection: psycopg.Connection[TupleRow]) -> Words:
    """What a release without facts misses, as codes, and the words for it."""
    with connection.transaction():
        connection.execute("set local role service_role")
        connection.execute(GRANT, ["dev-1", "developer", None])
        connection.execute(REGISTER, ["acme/words"])
        opened = connection.execute(
            "select ops.open_release('acme/words', gen_random_uuid()::text, 'production', 'sha-1',"
            " initiating_actor => 'dev-1')"
        ).fetchone()
        rows = connection.execute(
            "select b.gate_code, b.kind, b.subject, b.state, b.who, b.requirement, b.detail, b.remedy"
            " from ops.promotion_blockers(%s, 'production') as b",
            opened,
        ).fetchall()
    return {tuple(map(str, row[:5])): row[5:] for row in rows}


@pytest.fixture(scope="module")
def reworded(clones: Callable[[], str]) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection to a clone with other words, that commits every statement."""
    clone = clones()
    with psycopg.connect(clone, autocommit=True) as owner:
        before = blockers_of_a_new_release(owner)
        assert len(replace_words(owner)) > 5
        after = blockers_of_a_new_release(owner)
    assert len(before) > 3
    assert after.keys() == before.keys()
    for finding, texts in before.items():
        for old, new in zip(texts, after[finding], strict=True):
            kept = set(re.findall(r"[a-z_]+", old)) & set(re.findall(r"[a-z_]+", new))
            assert kept <= {*re.findall(r"[a-z_]+", " ".join(finding)), "pending"}, "what is left are codes"
            assert old != new
    with psycopg.connect(clone, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as connection:
        yield connection


@pytest.mark.parametrize("order", [*itertools.permutations(("G1", "G2", "G3"))][: times(2, 6)], ids="-".join)
def test_a_gate_passes_after_those_that_it_waits_for_whatever_the_words_are(
    order: tuple[str, ...], reworded: psycopg.Connection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # This history is not drawn by hypothesis, which would refuse to count its events.
    monkeypatch.setattr("harness.tests.release_history.compared.event", lambda _value: None)
    release = ReleaseHistory(reworded)
    release.open_release("production", 0)

    def build(status: str) -> None:
        release.build("build", status, {}, [], None, SOURCE_REF)

    supplies: dict[str, Callable[[], None]] = {
        "G1": lambda: build("pass"),
        "G2": lambda: release.sign_off("G2", "qa-1", "qa_tester", "approved", ["test_result"], None, False),
        "G3": lambda: release.sign_off("G3", "rm-1", "release_manager", "approved", ["rollback_plan"], None, False),
    }
    agree: Callable[[], None] = release.agree
    for gate in order:
        supplies[gate]()
        agree()
    for status in ("fail", "pass"):
        build(status)
        agree()
    assert release.model.is_eligible("production", release.now())


def test_changing_the_words_of_any_finding_changes_no_verdict(reworded: psycopg.Connection[dict[str, Any]]) -> None:
    steps, drawn_from = 0, seeds(1_000)

    class Reworded(ReleaseHistory):
        def __init__(self) -> None:
            super().__init__(reworded)

        def teardown(self) -> None:
            nonlocal steps
            steps += self.steps
            super().teardown()

    while steps < STEPS:
        play(Reworded, drawn_from)
