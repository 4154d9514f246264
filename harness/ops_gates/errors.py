"""What can go wrong, as exceptions: each is one sentence, and most repeat the server's code, reasons and hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops_gates import constraints, refusals

SHOWN_ISSUES = 5
# The project is busy, or the gateway before it is: the same request may succeed later.
BUSY = frozenset({408, 429})
NO_PROJECT = "the address did not answer as a project does"
# What to do about a code of docs/errors.md, where the server gives no hint.
ADVICE = {
    "unauthorized": "check the key; a token that has ended, or is not taken, needs another one: sign in again",
    "unreadable_answer": "check that SUPABASE_URL is the address of the Supabase project",
}


def one_line(text: str) -> str:
    """The text as one line, without characters that steer a terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


class UsageFault(Exception):  # noqa: N818 - no fault of the program
    """What was given cannot be used, and nothing was sent: one sentence, which quotes no secret."""


class Unwritable(Exception):  # noqa: N818 - no fault of the program
    """What was to be said could not be written: one sentence. What was asked of the project before has happened."""


class LostOutput(Unwritable):
    """What a command prints could not be written."""

    def __init__(self, why: str, *, so_far: str = "what was asked of the project before that has happened") -> None:
        """`so_far` is what the command did before."""
        self.why = why
        super().__init__(f"{why}; {so_far}")


class GatesError(Exception):
    """Something was asked of a project and not done: `code` is the server's, or `unreachable`."""

    def __init__(self, code: str, message: str, *, detail: str | None = None, hint: str | None = None) -> None:
        """Keep the parts for callers, and join them into one sentence for people; `what` is it without the hint."""
        self.code, self.message, self.detail, self.hint = code, message, detail, hint
        said = f"{message} ({one_line(detail)})" if detail else message
        self.what = one_line(f"{code}: {said}")
        super().__init__(one_line("; ".join(part for part in (self.what, hint) if part)))


class Unreachable(GatesError):  # noqa: N818 - what callers catch reads as what happened
    """No answer, or none of the project's own, although it was tried again; nothing is known to have happened."""


class NotFound(GatesError):  # noqa: N818 - what callers catch reads as what happened
    """There is no such release, gate or exception."""


class NotAllowed(GatesError):  # noqa: N818 - what callers catch reads as what happened
    """The key or token is not accepted, or its role may not do that."""


class Refused(GatesError):  # noqa: N818 - what callers catch reads as what happened
    """A rule of the schema said no: docs/errors.md lists the codes."""


class EventRefused(GatesError):  # noqa: N818 - what callers catch reads as what happened
    """An event was refused; its key is still free. A stop in it still counts: `answered["contested"]` lists each."""

    def __init__(
        self,
        code: str,
        *,
        http_status: int,
        ingest_id: str | None,
        detail: Mapping[str, Any],
        event: Mapping[str, Any] | None = None,
    ) -> None:
        """Repeat what was answered to the `event`; `issues` are the faults, each with its path."""
        self.http_status, self.ingest_id, self.answered = http_status, ingest_id, detail
        self.issues: list[Mapping[str, Any]] = [
            issue
            for issue in (detail["issues"] if isinstance(detail.get("issues"), list) else [])
            if isinstance(issue, Mapping)
        ]
        said = refusals.in_words(code, detail, event or {})
        hint = said.get("hint") or ADVICE.get(code)
        super().__init__(
            code,
            _reason(said, self.issues),
            detail=None if ingest_id is None else f"ingest_id {ingest_id}",
            hint=None if hint is None else str(hint),
        )


def _reason(detail: Mapping[str, Any], issues: Sequence[Mapping[str, Any]]) -> str:
    if issues:
        shown = [f"{_place(issue)} {issue.get('message')}" for issue in issues[:SHOWN_ISSUES]]
        return ", ".join([*shown, *([f"and {len(issues) - SHOWN_ISSUES} more"] if len(issues) > SHOWN_ISSUES else [])])
    said = (
        detail.get("message")
        or detail.get("reason")
        or ", ".join(
            f"{name} {value}" for name, value in detail.items() if name != "hint" and isinstance(value, str | int)
        )
    )
    return str(said or "the event was refused")


def _place(issue: Mapping[str, Any]) -> str:
    """Where an issue is, with the option of the command line that sets it, if one does."""
    return f"{path_of(issue)} ({issue['option']})" if issue.get("option") else path_of(issue)


def path_of(issue: Mapping[str, Any]) -> str:
    """Where in the event an issue is, e.g. `payload.checks[0].status`."""
    path = ""
    for part in issue["path"] if isinstance(issue.get("path"), list) else []:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "event"


# The schema's codes for what is not there; 22P02 is a text that cannot be the id of anything.
_ABSENT = frozenset({"OPS04", "22P02"})
# Not this schema's word: the project lacks `ops`, or does not expose it.
NOT_INSTALLED = frozenset({"PGRST106", "PGRST202", "PGRST205", "3F000", "42P01", "42883"})


def refusal(http_status: int, body: Any, *, after: int = 1) -> GatesError:
    """The exception for an answer of the API that is not a success, after so many attempts."""
    fields: Mapping[str, Any] = constraints.in_words(body) if isinstance(body, dict) else {}
    code = str(fields.get("code") or f"http_{http_status}")
    message = str(fields.get("message") or fields.get("msg") or NO_PROJECT)
    parts = {name: None if fields.get(key) is None else str(fields[key]) for name, key in _PARTS}
    if http_status >= 500 or http_status in BUSY:
        return Unreachable(code, message, detail=parts["detail"], hint=f"tried {after} times; try again later")
    if http_status == 401 or code.startswith("PGRST30"):
        return NotAllowed(code, message, **{**parts, "hint": parts["hint"] or ADVICE["unauthorized"]})
    if code == "42501" and message == constraints.DENIED_HERE:
        return NotAllowed("no_membership", refusals.NO_MEMBERSHIP)
    if http_status == 403 or code == "42501":
        return NotAllowed(code, message, **parts)
    if code in NOT_INSTALLED:
        return Unreachable(
            code, message, hint="apply the migrations and expose schema `ops` in the project's API settings"
        )
    if code in _ABSENT:
        return NotFound(code, message, **parts)
    if not fields.get("code"):
        code = "unreadable_answer"  # as `ops_gates.answers` says it of an event
        return Unreachable(code, message, **{**parts, "hint": ADVICE[code]})
    return Refused(code, message, **parts)


_PARTS = (("detail", "details"), ("hint", "hint"))
