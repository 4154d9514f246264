"""Compares the notices of a run with its facts: each that a fact makes true is there once, and no other one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import args_row, class_row

from harness.prove.chaos.compare import Compared
from harness.prove.chaos.stored import moment
from harness.stack import Stack

TOLD = "notices that are lost or doubled"
UNTRUE = "notices that no fact makes true"
UNDONE = "notices of what was rolled back"
DELIVERIES = "notices without one delivery for each receiver"
_GATES = (Path(__file__).parent / "verdicts_in_time.sql").read_text()
_LINKED = (
    "select release_id::text, 'contested', contested_id::text from ops.contested_reports where project = %(project)s"
    " union all select d.release_id::text, 'ineligible_deployment', d.deployment_id::text from ops.deployments d"
    " join ops.releases r using (release_id) where d.was_eligible is false and r.project = %(project)s"
)
_STORED = (
    "select notice_id::text, release_id::text, kind::text,"
    " coalesce(contested_id::text, deployment_id::text, gate_code::text, '') as subject, happened_at,"
    " (select count(*) from ops.notice_deliveries d where d.notice_id = n.notice_id) as deliveries"
    " from ops.notices n where project = %s order by place"
)
PROJECT = "acme/chaos"


class Notice(NamedTuple):
    """A notice by what it says: of a gate also when. A fact, or that a release was promoted, is told of once."""

    release_id: str
    kind: str
    subject: str
    at: str = ""


@dataclass(frozen=True)
class GateThen:
    """A row of `verdicts_in_time.sql`: what the facts of a moment say of a gate, and of its release."""

    release_id: str
    at: datetime
    gate: str
    status: str
    who: list[str]
    eligible: bool
    deployed: bool
    release_status: str


@dataclass(frozen=True)
class Written:
    """A row of the outbox."""

    notice_id: str
    release_id: str
    kind: str
    subject: str
    happened_at: datetime
    deliveries: int

    @property
    def notice(self) -> Notice:
        """What it says."""
        timed = self.kind in ("gate_waits", "gate_failed")
        return Notice(self.release_id, self.kind, self.subject, moment(self.happened_at) if timed else "")


def have_sent(stack: Stack) -> None:
    """Have the notices of the run's project go to a receiver, so that they are written."""
    asked = {"project": PROJECT, "target": "chaos", "format": "webhook", "secret_name": "OPS_NOTICE_CHAOS"}
    stack.client().rpc("set_notice_target", {**asked, "on_behalf_of": "rm-1", "reason": "a chaos run"}).execute()


def look(connection: psycopg.Connection[Any]) -> tuple[list[Written], list[Notice]]:
    """The notices there are, and those that the facts make true."""
    written = connection.cursor(row_factory=class_row(Written)).execute(_STORED, [PROJECT]).fetchall()
    linked = connection.cursor(row_factory=args_row(Notice)).execute(_LINKED, {"project": PROJECT}).fetchall()
    moments = connection.cursor(row_factory=class_row(GateThen)).execute(_GATES.encode()).fetchall()
    facts: dict[str, list[datetime]] = {}
    for row in moments:
        facts.setdefault(row.release_id, []).append(row.at)
    return [_of_its_fact(each, facts) for each in written], [*linked, *said_of_gates(moments)]


def _of_its_fact(written: Written, facts: dict[str, list[datetime]]) -> Written:
    """With the moment of the newest fact of the release by then: verdicts are reached a little after their fact."""
    moments = facts[written.release_id]
    return replace(written, happened_at=moments[max(0, bisect_right(moments, written.happened_at) - 1)])


def compare(written: list[Written], true: list[Notice], undone: Iterable[str]) -> list[Compared]:
    """Every question about the notices of a run that is over."""
    stored, expected, rolled_back = Counter(each.notice for each in written), {*true}, {*undone}
    wrong = [f"{' '.join(each)}: there are {stored[each]}" for each in sorted(expected) if stored[each] != 1]
    untrue = [" ".join(each) for each in sorted(stored) if each not in expected]
    return [
        Compared(TOLD, len(expected), wrong),
        Compared(UNTRUE, len(written), untrue),
        Compared(UNDONE, len(rolled_back), sorted(rolled_back & {each.notice_id for each in written})),
        Compared(DELIVERIES, len(written), [each.notice_id for each in written if each.deliveries != 1]),
    ]


def said_of_gates(moments: Iterable[GateThen]) -> Iterator[Notice]:
    """What people are to be told as the gates of releases move: rows of `verdicts_in_time.sql`, in their order."""
    for release, of_release in groupby(moments, key=lambda row: row.release_id):
        before: dict[str, tuple[str, set[str]]] = {}
        for at, gates in groupby(of_release, key=lambda row: row.at):
            rows = [*gates]
            now = dict(in_turn(rows))
            for gate, (status, who) in now.items():
                old_status, old_who = before.get(gate, ("", set()))
                if status == "failed" and old_status != "failed":
                    yield Notice(release, "gate_failed", gate, moment(at))
                elif status != "failed" and who - old_who:
                    yield Notice(release, "gate_waits", gate, moment(at))
            if rows[0].release_status in ("promoted", "rolled_back"):
                yield Notice(release, rows[0].release_status, "")
            before = now


def in_turn(rows: Iterable[GateThen]) -> Iterator[tuple[str, tuple[str, set[str]]]]:
    """The gates whose turn it is, with their status and the roles of people that they wait for."""
    cleared = True
    for row in rows:
        if row.status in ("passed", "bypassed"):
            continue
        of_deployment = row.gate == "G4" and (row.status == "in_progress" or row.deployed)
        may_go = row.gate != "G4" or row.eligible
        if row.status == "failed" or of_deployment or (cleared and may_go):
            yield row.gate, (row.status, {*row.who})
        cleared = False
