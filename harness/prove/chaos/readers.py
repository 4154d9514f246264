"""Readers who ask what the board asks, while parts are killed: each answer shows whole transactions, or says busy."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from harness.prove.chaos.journal import Shown
from harness.prove.chaos.load import Load
from harness.prove.chaos.request import PATIENCE, said
from harness.prove.chaos.stored import moment
from harness.prove.chaos.tally import STRANGE_READS

# Seconds between two reads, and after one that found somebody busy.
PAUSE, PAUSE_IF_BUSY = 0.15, 0.6
GATES = 4
# The table that each kind of entry of a timeline stands for. They carry their event's `emitted_at`.
ENTRIES = {
    "check": "gate_checks",
    "evidence": "evidence_artifacts",
    "decision": "approvals",
    "deployment": "deployment_reports",
}
ON_THE_PAGE = ("my_releases", "inbox", "v_live", "v_waiting", "timeline")
LOG = "the log, then a timeline"
Rows = Sequence[dict[str, Any]]


class Reader:
    """A release manager who looks at the board, or an auditor who reads the log and looks the facts up."""

    def __init__(self, load: Load, caller: str, reads: Sequence[str]) -> None:
        self._load, self._reads = load, reads
        self._draw = random.Random(f"{load.seed}/{caller}")  # noqa: S311
        headers = {**load.headers(caller), "accept-profile": "ops", "content-profile": "ops"}
        self._http = httpx.Client(base_url=f"{load.stack.url}/rest/v1/", headers=headers, timeout=PATIENCE)
        self._releases: list[str] = []
        self._asks: dict[str, Callable[[], Shown | None]] = {
            "my_releases": self._my_releases,
            "inbox": self._inbox,
            "v_live": lambda: self._view("v_live", "release_id", "deployment_id"),
            "v_waiting": lambda: self._view("v_waiting", "release_id", "gate_id"),
            "timeline": self._timeline,
            LOG: self._log,
        }

    def run(self) -> None:
        """Go on until the load closes."""
        with self._http:
            while not self._load.closing:
                name = self._draw.choice(self._reads)
                shown = self._asks[name]()
                if shown:
                    self._load.journal.shown(shown)
                    self._load.tally.count(f"read: {name}")
                self._load.wait(PAUSE if shown else PAUSE_IF_BUSY)

    def _ask(self, path: str, given: dict[str, Any] | None = None) -> Any:
        """What was answered; None when somebody was busy, which is counted."""
        try:
            response = self._http.get(path) if given is None else self._http.post(path, json=given)
        except httpx.HTTPError as error:
            self._load.tally.odd(f"a read had no answer: {type(error).__name__}", STRANGE_READS)
            return None
        body: Any = None
        with contextlib.suppress(ValueError):
            body = response.json()
        self._load.tally.read(said(response.status_code, body))
        return body if response.status_code == 200 else None

    def _my_releases(self) -> Shown | None:
        rows: Rows | None = self._ask("rpc/my_releases", {"filter": {}, "before": None, "limit": 50})
        if rows is None:
            return None
        self._releases = [str(row["release_id"]) for row in rows]
        torn = [f"{row['release_name']} has {len(row['gates'])} gates" for row in rows if len(row["gates"]) != GATES]
        return Shown("my_releases", self._releases, torn=torn)

    def _inbox(self) -> Shown | None:
        answer = self._ask("rpc/inbox", {})
        return None if answer is None else Shown("inbox", _ids(answer["items"], "release_id", "gate_id"))

    def _view(self, view: str, *columns: str) -> Shown | None:
        rows = self._ask(f"{view}?select=*&limit=200")
        return None if rows is None else Shown(view, _ids(rows, *columns))

    def _timeline(self) -> Shown | None:
        return self._chain("timeline", self._draw.choice(self._releases)) if self._releases else None

    def _log(self) -> Shown | None:
        """What the log says is accepted has its facts: they are read afterwards, so they cannot be older."""
        columns = "ingest_id,idempotency_key,release_id"
        query = "processing_status=eq.accepted&release_id=not.is.null&order=created_at.desc&limit=30"
        rows: Rows | None = self._ask(f"event_ingest_log?select={columns}&{query}")
        if not rows:
            return None
        release = self._draw.choice(rows)["release_id"]
        return self._chain(LOG, release, [row for row in rows if row["release_id"] == release])

    def _chain(self, read: str, release: str, logged: Rows = ()) -> Shown | None:
        answer = self._ask("rpc/timeline", {"release_id": release, "before": None, "limit": 200})
        if answer is None:
            return None
        facts: dict[str, dict[str, int]] = {}
        for entry in answer["entries"]:
            if table := ENTRIES.get(entry["kind"]):
                at = moment(entry["observed_at"])
                facts.setdefault(table, {}).setdefault(at, 0)
                facts[table][at] += 1
        # What a page that is cut has no room for may be on the next one.
        keys = [row["idempotency_key"] for row in logged if answer["before"] is None]
        return Shown(read, [release, *_ids(logged, "ingest_id")], facts, keys)


def _ids(rows: Rows, *columns: str) -> list[str]:
    return sorted({str(row[column]) for row in rows for column in columns if row.get(column)})
