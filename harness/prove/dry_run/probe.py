"""Looks at a running stack as an SRE's monitoring does, and writes down what it found."""

from __future__ import annotations

import json

from harness.stack import Stack
from harness.stack.parts import ROOT


def probe(stack: Stack, release_id: str, place: str, lacks: int = 0) -> str:
    """The health report as JSON: what was asked, what it answered, and whether all of it was as it should be.

    `lacks` rehearses a place where so many migrations were not applied.
    """
    headers = {"apikey": stack.secret_key, "accept-profile": "ops"}
    row = stack.http.get(
        f"{stack.rest_url}/releases", headers=headers, params={"release_id": f"eq.{release_id}", "select": "status"}
    )
    stranger = stack.http.post(f"{stack.functions_url}/ops-event-ingest", json={})
    with stack.connect() as connection:
        applied = connection.execute("select count(*) from supabase_migrations.schema_migrations").fetchone()
    checks = {
        "the API serves the release": row.status_code == 200 and len(row.json()) == 1,
        "the function answers, and lets no stranger in": stranger.status_code == 401,
        "the migrations are those of the checkout": applied is not None
        and applied[0] - lacks == len(list((ROOT / "supabase" / "migrations").glob("*.sql"))),
    }
    found = {"place": place, "healthy": all(checks.values()), "checks": checks}
    return json.dumps(found | ({"rehearsed": True} if lacks else {}), indent=2) + "\n"
