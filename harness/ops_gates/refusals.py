"""Why an event was refused, in words that every program here uses: what was wrong, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Who decides a gate by a sign-off; the other gates have no sign-off.
DECIDERS: Mapping[str, str] = {"G2": "qa_tester", "G3": "release_manager"}
REGISTER = (
    "`ops-gates roles list` shows who is one; with the secret key, "
    "`ops-gates roles grant SUBJECT ROLE --on-behalf-of … --reason …` (ops.grant_membership) registers a person"
)
# What the schema says of a member whose memberships or subject are to change, and who is none. Of the person who wants
# a change it has other words.
NO_MEMBER = "no member has that name"
LISTED = "`ops-gates roles list` shows the members, and `ops-gates roles list --changes` also those who were one"
WANTED_BY = f"once there is a release manager, only an active member can want a change: {REGISTER}"

NO_MEMBERSHIP = (
    "this token is of no active member, so it may do nothing here; with the secret key, `ops-gates roles grant` gives "
    "somebody new a role, and `ops-gates roles replace` gives theirs to who had an account before; then they sign in "
    "again"
)

_OF_THE_RUN = (
    "report each fact of a run once, with one outcome: for a rerun say its --attempt, for a new event choose another "
    "--run (--session of the agent, --run-id of `ops-gates event`)"
)
# By error code: what was wrong, and what to do. What stands in braces is from the detail of the answer.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "unknown_release": (
        "there is no release with this release_id",
        "check the id, which `ops-gates open` prints, or open the release: the key of the event stays free",
    ),
    "unknown_gate": ("the release has no gate {gate_code}", "name G1, G2, G3 or G4"),
    "unknown_deployment": (
        "no deployment of that name in {environment} is recorded for the release",
        "check its name, or send its deployment_event first",
    ),
    "invalid_transition": (
        "the deployment is recorded with another {field}",
        "use a new deployment_ref, or send the {field} that it began with",
    ),
    "source_ref_mismatch": (
        "the build is of another commit than the release, which is of {expected}",
        "send it for the release of that commit",
    ),
    "changed_since_seen": (
        "the release has changed since it was looked at, and an approval is not recorded then",
        "look again (`ops-gates why`), and decide with the `seen` that it shows (--seen)",
    ),
    "release_closed": (
        "the release was closed by {closed_by} at {closed_at}: {close_reason}",
        "open a release under a new name; a closed one takes only deployments, health checks, failures and objections",
    ),
    "release_not_imported": (
        "the event says that it is about the past, and its release is not of the past",
        "send it without `imported`, or import the release (`ops-gates import`)",
    ),
    "idempotency_key_reused": (
        "the key was used for an event with other content; the first difference is in {field}",
        _OF_THE_RUN,
    ),
    "unsupported_schema_version": ("the schema_version is not one of {supported}", "send one of those"),
    "payload_too_large": (
        "an event may have 256 KiB and 32 levels",
        "send the address of a document in place of the document",
    ),
    "unauthorized": (
        "the key or token is not accepted",
        "use a secret key of this project, or a token that is still valid and names one of the six roles",
    ),
}
# The same for a caller whom the answer does not tell what stands in braces.
UNTOLD: Mapping[str, tuple[str, str]] = {
    "unknown_gate": ("the release has no such gate", "name G1, G2, G3 or G4"),
    "unknown_deployment": (
        "no deployment of that name is recorded for the release",
        "check its name, or send its deployment_event first",
    ),
    "invalid_transition": ("the deployment is recorded with other content", "use a new deployment_ref"),
    "source_ref_mismatch": (
        "the build is of another commit than the release",
        "send it for the release of that commit",
    ),
    "release_closed": ("the release is closed", "open a release under a new name"),
    "idempotency_key_reused": ("the key was used for an event with other content", _OF_THE_RUN),
    "unsupported_schema_version": ("the schema_version is not known", "send v1.0"),
}
_HINTS: Mapping[str, str] = {
    "invalid_json": "mend the encoder of whoever made the event",
    "invalid_envelope": "docs/events describes the fields",
    "invalid_payload": "docs/events describes the fields",
    "secret_in_payload": "leave it out, and revoke the secret if it is real",
    "forbidden_event": "docs/api.md says which role sends which event, and people decide only in their own name",
}


def _said(code: str, detail: Mapping[str, Any]) -> tuple[str, str] | None:
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in detail.items()}
    try:
        message, hint = SENTENCES[code]
        return message.format_map(shown), hint.format_map(shown)
    except KeyError:
        return UNTOLD.get(code)


def _forbidden(detail: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Why this caller may not send an event. The server says role and type, or that nobody has the name in it."""
    payload = event.get("payload")
    named = payload.get("approver_id") if isinstance(payload, Mapping) else None
    if "reason" in detail and "field" not in detail:
        # Of the sender: nobody is named who is not known.
        way_out = "`ops-gates whoami` says which roles you hold: `ops-gates act-as` chooses one, or sign in again"
        return {"message": detail["reason"], "hint": way_out}
    if "reason" in detail:
        return {
            "message": detail["reason"] if named is None else f"{detail['reason']}: {named!r}",
            "hint": f"name their subject or handle; {REGISTER}",
        }
    if {"role", "source_system"} <= detail.keys():
        sources, may = (", ".join(_listed(detail, name)) or "none" for name in ("sources", "senders"))
        return {
            "message": f"the role {detail['role']} may not name the source {detail['source_system']}",
            "hint": f"{may} may; its own are: {sources} (--source)",
        }
    if not {"role", "event_type"} <= detail.keys():
        return {}
    role, kind, field = detail["role"], detail["event_type"], str(detail.get("field", ""))
    about = f" with this {field}" if "payload." in field or field == "gate_code" else ""
    senders, own = _listed(detail, "senders"), _listed(detail, "act_as")
    if kind == "gate_signoff":
        deciders = ", ".join(f"{gate} is decided by a {decider}" for gate, decider in DECIDERS.items())
        may = f"{deciders}, each in their own name and persona (docs/api.md)"
    else:
        may = f"{', '.join(senders)} may, people in their own name alone (docs/api.md)" if senders else ""
    hint = "; ".join(part for part in (act_as(own), may) if part)
    return {"message": f"the role {role} may not send this {kind}{about}", **({"hint": hint} if hint else {})}


def _listed(detail: Mapping[str, Any], name: str) -> list[str]:
    given = detail.get(name)
    return list(map(str, given)) if isinstance(given, list) else []


def act_as(roles: Sequence[str]) -> str:
    """How somebody goes on who holds roles that may do what they asked for; empty for none."""
    if not roles:
        return ""
    return f"you hold {' and '.join(roles)}: `ops-gates act-as {roles[0]}`, or use a token of that role"


def in_words(code: str, detail: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The detail of the refusal of an event, with a `message` and a `hint` where the answer has none of its own."""
    said: Mapping[str, Any] = {}
    if code == "forbidden_event":
        said = _forbidden(detail, event)
    elif words := _said(code, detail):
        said = {"message": words[0], "hint": words[1]}
    hint = _HINTS.get(code)
    told = {**({} if hint is None else {"hint": hint}), **said, **detail}
    if counts := _contested(detail):
        told["hint"] = f"{told['hint']}; {counts}" if told.get("hint") else counts
    return told


def _contested(detail: Mapping[str, Any]) -> str | None:
    """Where a failure or an objection in a refused event still counts; None where the event reported none."""
    given = detail.get("contested")
    stops = [stop for stop in given if isinstance(stop, Mapping)] if isinstance(given, list) else []
    if not stops:
        return None
    places = ", ".join(sorted({str(stop.get("gate_code") or "the whole release") for stop in stops}))
    return f"what it reports still counts on {places} until it is healed (docs/errors.md)"
