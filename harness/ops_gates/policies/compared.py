"""What a policy would change: its rows beside those in force, gate by gate, as data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

from ops_gates.policies import files
from ops_gates.rows import OpsGateCode


class Change(TypedDict):
    """One requirement that a policy adds, drops or changes. `fields` has what differs, before and after."""

    gate: OpsGateCode
    change: Literal["added", "dropped", "changed"]
    kind: str
    subject: str | None
    fields: dict[str, list[Any]]


def changes(
    gate: OpsGateCode, in_force: Iterable[Mapping[str, Any]], proposed: Iterable[Mapping[str, Any]]
) -> list[Change]:
    """What rows of a gate would change: dropped ones first, then as the policy lists them."""
    before = {files.key(row): files.whole(row) for row in in_force}
    after = {files.key(row): files.whole(row) for row in proposed}
    found = [_change(gate, "dropped", row, {}) for one, row in before.items() if one not in after]
    for one, row in after.items():
        if one not in before:
            said = {
                name: [files.FIELDS[name], row[name]] for name in files.brief(row) if name not in ("kind", "subject")
            }
            found.append(_change(gate, "added", row, said))
        elif differs := {n: [before[one][n], row[n]] for n in files.FIELDS if _unlike(before[one][n], row[n])}:
            found.append(_change(gate, "changed", row, differs))
    return found


def _change(
    gate: OpsGateCode, change: Literal["added", "dropped", "changed"], row: files.Row, fields: dict[str, list[Any]]
) -> Change:
    return {"gate": gate, "change": change, "kind": row["kind"], "subject": row["subject"], "fields": fields}


def _unlike(before: Any, after: Any) -> bool:
    """Whether two values say something else; the order of approvers says nothing."""
    if isinstance(before, list) and isinstance(after, list):
        return sorted(before) != sorted(after)
    return bool(before != after)


def what(change: Change) -> str:
    """The requirement of a change in words: `approval release_manager`."""
    return " ".join(part for part in (change["kind"], change["subject"]) if part)


def how(change: Change) -> str:
    """What differs in words: `min_count 1 -> 2, aal2`; for an added row what it asks beside its kind."""
    said = [
        f"{name} {value(after)}" if change["change"] == "added" else f"{name} {value(before)} -> {value(after)}"
        for name, (before, after) in change["fields"].items()
    ]
    return ", ".join(said)


def value(said: Any) -> str:
    """A value as a policy file says it."""
    match said:
        case None:
            return "none"
        case bool():
            return str(said).lower()
        case list():
            return f"[{', '.join(map(str, said))}]"
        case _:
            return str(said)
