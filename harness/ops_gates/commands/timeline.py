"""What happened to a release, moment by moment: also each change of a verdict, and what only time made."""

from __future__ import annotations

from ops_gates.commands import overview, show, target
from ops_gates.rows import TimelineEntry

# What an entry is about, in this order, as far as it says so.
ABOUT = (
    "gate_code", "gate_name", "scope", "check_name", "artifact_type", "exception_type", "environment", "target",
    "deployment_ref", "event_type", "dismissed_kind", "requirement_kind", "severity",
)  # fmt: skip
OUTCOMES = ("decision", "close_reason", "status")


def timeline(release: target.ReleaseRef, limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List what happened to a release in time order, with each change of a verdict, also those that only time made.

    Your role gets what it may know. The last column is the id of the fact.

    Example: ops-gates timeline acme/shop/v1.4.0
    """
    gates = target.gates()
    with target.only(overview.PEOPLE, overview.INSTEAD):
        found, whole = gates.timeline(gates.release(release)["release_id"], show.most(limit, json))
    shown = show.Part(found, len(found) if whole else None, json, "newest")
    if json:
        show.as_json(found)
    else:
        show.table(
            ("at", "kind", "what", "outcome", "who", "note", "fact"),
            (
                (show.moment(e["at"]), e["kind"], _about(e), _outcome(e), e.get("actor"), _note(e), e.get("fact"))
                for e in found
            ),
            none="nothing that your role may know",
            fold=("fact", "note", "who"),
        )
    shown.say_if_not_whole()


def _about(entry: TimelineEntry) -> str:
    if entry["kind"] == "opened":
        return f"for {entry.get('environment')}"
    said = [str(entry.get(name) or "") for name in ABOUT]
    said.append(",".join(str(gate) for gate in entry.get("impacted_gates") or ()))
    return " ".join(filter(None, said))


def _outcome(entry: TimelineEntry) -> str:
    match entry["kind"]:
        case "opened" | "contested_report_ended":
            return ""  # the status of a contested report is that of what was refused
        case "contested_report":
            return f"{entry.get('status') or entry.get('decision') or ''} refused: {entry.get('error_code')}".strip()
        case "verdict" if entry.get("status_before"):
            return f"{entry['status_before']} to {entry.get('status')}"
    return str(next((entry.get(name) for name in OUTCOMES if entry.get(name)), ""))


def _note(entry: TimelineEntry) -> str:
    """What else it says, each after its name where the name is not plain."""
    missing, exception = entry.get("first_missing"), entry.get("exception_id")
    said = (
        entry.get("reason"),
        entry.get("root_cause"),
        f"missing: {missing}" if missing else None,
        f"exception {exception}" if exception and exception != entry.get("fact") else None,
        f"commit {entry.get('source_ref')}" if entry.get("source_ref") else None,
        entry.get("artifact_url"),
        entry.get("idempotency_key"),
    )
    return " / ".join(filter(None, said))
