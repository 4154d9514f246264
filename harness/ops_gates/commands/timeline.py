"""What happened to a release, moment by moment: also each change of a verdict, and what only time made."""

from __future__ import annotations

from ops_gates.commands import overview, show, target
from ops_gates.rows import TimelineEntry

# What an entry is about, in this order, as far as it says so.
ABOUT = (
    "gate_code", "gate_name", "scope", "check_name", "artifact_type", "exception_type", "environment", "target",
    "deployment_ref", "event_type", "dismissed_kind", "requirement_kind", "severity",
)  # fmt: skip
OUTCOMES = ("decision", "error_code", "close_reason", "status")


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
    gates = ",".join(entry.get("impacted_gates") or ())
    return " ".join(filter(None, (*(str(entry.get(name) or "") for name in ABOUT), gates)))


def _outcome(entry: TimelineEntry) -> str | None:
    said = next((str(entry[name]) for name in OUTCOMES if entry.get(name)), None)  # type: ignore[literal-required]
    return f"{entry['status_before']} to {said}" if entry.get("status_before") else said


def _note(entry: TimelineEntry) -> str:
    said = (entry.get("reason"), entry.get("first_missing"), entry.get("artifact_url"), entry.get("idempotency_key"))
    return "; ".join(filter(None, said))
