"""What two equal histories have in common: what is on record of them without ids and times."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.prove.world import SqlGates, World

ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d(?::\d\d)?)?")


def told(values: Any, worlds: list[World]) -> Any:
    """The same without what differs between two equal histories: ids in the order in which they come, and times."""
    text = json.dumps(values, default=str, sort_keys=True)
    for number, world in enumerate(worlds):
        text = text.replace(world.name, f"world {number}").replace(str(world.release_id), f"release {number}")
        text = text.replace(world.project, "the project")
    seen: dict[str, str] = {}
    text = ID.sub(lambda found: seen.setdefault(found[0], f"id {len(seen)}"), text)
    return json.loads(MOMENT.sub("then", text))


def state(session: SqlGates, world: World) -> dict[str, Any]:
    """What is on record of a release, in no order of ids."""
    columns = {
        "release_gates": "gate_code,status,missing",
        "gate_checks": "check_name,status,observed_at",
        "approvals": "decision,observed_at",
        "deployments": "deployment_ref,status,g4_status,status_observed_at",
        "event_ingest_log": "idempotency_key,processing_status,error_code,error_detail",
        "contested_reports": "observed_at",
    }
    found = {
        table: sorted(json.dumps(row, default=str) for row in world.facts(table, names))
        for table, names in columns.items()
    }
    eligible = [session.eligible(world.release_id, env) for env in ("dev", "staging", "production")]
    return {**found, "status": world.status(), "eligible": eligible}
