"""Valid values for every field of an event, and what the edge function finds wrong with events."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from harness.stack.parts import ROOT, deno_binary, deno_environment
from ops_gates.events import Envelope

ISSUES_OF = ROOT / "supabase" / "functions" / "tests" / "issues_of.ts"
Rule = dict[str, Any]


def good(path: str, rule: Rule) -> Any:
    """A valid value for a rule, a different one for each field."""
    if rule["type"] == "list":
        return [{entry["field"]: good(f"{path}_{entry['field']}", entry) for entry in rule["of"]}]
    return {
        "enum": rule.get("values", [""])[0],
        "uri": f"https://a.example/{path}",
        "sha256": "a" * 64,
        "time": "2026-01-01T00:00:00Z",
        "object": {"a": 1},
    }.get(rule["type"], path)


def found_by_typescript(sent: list[Envelope]) -> list[list[list[Any]]]:
    """The paths of the issues of each event, as the function finds them."""
    run = subprocess.run(
        [deno_binary(), "run", "--cached-only", "--no-prompt", "--quiet", ISSUES_OF],
        input=json.dumps(sent),
        env=deno_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[list[list[Any]]] = json.loads(run.stdout)
    return found
