"""What a policy would change, as the comment on a pull request. No name in it can become anything but a text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ops_gates.policies import compared
from ops_gates.streams import escaped

SHOWN = 20
LONGEST = 100
# GitHub refuses a comment of more characters.
MOST = 65_000


def code(text: Any) -> str:
    """A text from elsewhere as code that no character of it can end.

    All but letters and digits is written as an entity, so none of it is markup, a link, a cell or a line; GitHub looks
    for names and numbers of issues in no code.
    """
    said = escaped(str(text))
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]}..."
    return f"<code>{''.join(c if c.isascii() and c.isalnum() else f'&#{ord(c)};' for c in said)}</code>" if said else ""


def mark(file: str) -> str:
    """The first line of a comment, by which the workflow finds the one of this file again."""
    return f"<!-- ops-gates policy-impact {hashlib.sha256(file.encode(errors='surrogateescape')).hexdigest()} -->"


def comment(file: str, changes: Sequence[compared.Change], impacts: Sequence[Mapping[str, Any]]) -> str:
    """The comment: what a file changes per gate, and which releases would have come out otherwise."""
    parts = [mark(file), f"### What the policy of {code(file)} changes", ""]
    if not changes:
        parts += ["The file says what is in force: nothing changes."]
        return "\n".join(parts) + "\n"
    parts += ["| gate | change | requirement | what differs |", "| --- | --- | --- | --- |"]
    parts += [f"| {c['gate']} | {c['change']} | {code(compared.what(c))} | {code(compared.how(c))} |" for c in changes]
    for impact in impacts:
        parts += ["", *_impact(impact)]
    parts += ["", "It is in force once two release managers agree, for releases that are opened from then on."]
    return _short("\n".join(parts) + "\n")


def _impact(impact: Mapping[str, Any]) -> list[str]:
    changed = impact["changed"]
    judged = f"**{impact['gate']}**: of the {impact['releases']} newest releases"
    if not changed:
        return [f"{judged} none would have come out otherwise."]
    lines = [f"{judged} {len(changed)} would have come out otherwise.", ""]
    lines += ["| release | gates | staging | production | would miss |", "| --- | --- | --- | --- | --- |"]
    for row in changed[:SHOWN]:
        cells = [
            code(f"{row['project']}/{row['release_name']}"),
            code(gates_of(row)),
            code(moved(row["staging"], row["proposed_staging"])),
            code(moved(row["production"], row["proposed_production"])),
            code(row["missing"] or ""),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    more = len(changed) - SHOWN
    return [*lines, *(["", f"And {more} more: `ops-gates policy impact` shows all."] if more > 0 else [])]


def gates_of(row: Mapping[str, Any]) -> str:
    """The gates of a release whose verdicts would differ: `G2 passed -> in_progress`."""
    pairs = zip(row["gate_statuses"], row["proposed_gate_statuses"], strict=True)
    return ", ".join(f"G{n} {before} -> {after}" for n, (before, after) in enumerate(pairs, 1) if before != after)


def moved(before: bool, after: bool) -> str:
    """An eligibility before and after: `yes -> no`, or only what stays."""
    words = {True: "yes", False: "no"}
    return words[before] if before == after else f"{words[before]} -> {words[after]}"


def _short(text: str) -> str:
    """A comment that GitHub accepts: whole lines of it, and that it goes on."""
    if len(text) <= MOST:
        return text
    return text[: text.rindex("\n", 0, MOST)] + "\n\nThe rest is left out: `ops-gates policy impact` shows all.\n"
