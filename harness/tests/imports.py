"""What an import leaves: its state, its refusals, and the rows on record."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any, LiteralString

from harness.prove.world import register_people
from harness.stack import Stack, projects


def registered(stack: Stack) -> str:
    """The name of a new project."""
    register_people(stack)
    name = f"past/{uuid.uuid4().hex[:12]}"
    projects.register(stack.client(), name)
    return name


def beside(path: Path, ending: str) -> Path:
    """The file of that ending beside an imported one."""
    return path.with_name(f"{path.name}.{ending}")


def progress(path: Path) -> dict[str, Any]:
    """How far an import is."""
    state = beside(path, "import.json")
    said: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {"line": 0}
    return said


def refusals(path: Path) -> list[tuple[int, str]]:
    """The lines that were refused, and the codes."""
    rows = [json.loads(row) for row in beside(path, "refused.ndjson").read_text().splitlines()]
    assert all(row["message"] and row["hint"] for row in rows)
    return [(row["line"], row["error"]) for row in rows]


def record(stack: Stack, project: str) -> dict[str, Any]:
    """What is on record of a project, by the names of its releases.

    An age is measured at each try anew, so times are rounded.
    """
    asked: dict[LiteralString, LiteralString] = {
        "release_gates": "f.gate_code::text, f.status::text, r.status::text, r.close_reason::text,"
        " r.imported_at is null",
        "deployments": "f.deployment_ref, f.target, f.status::text, f.g4_status::text, f.was_eligible,"
        " date_trunc('minute', f.deployed_at + interval '30 s')",
        "gate_checks": "f.check_name, f.status::text, date_trunc('minute', f.observed_at + interval '30 s')",
        "approvals": "f.approver_id, f.decision::text, date_trunc('minute', f.observed_at + interval '30 s')",
    }
    rows = {}
    with stack.connect() as connection:
        for table, columns in asked.items():
            facts: LiteralString = "select r.release_name, " + columns + " from ops.releases r join ops." + table
            rows[table] = connection.execute(facts + " f using (release_id) where r.project = %s", [project]).fetchall()
    return {what: sorted(map(str, found)) for what, found in rows.items()}
