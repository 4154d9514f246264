"""Why an event was refused, in words that every program here uses: what was wrong, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By error code: what was wrong, and what to do. What stands in braces is from the detail of the answer.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "unknown_release": ("there is no release with this release_id", "open it first: the key of the event stays free"),
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
    "idempotency_key_reused": (
        "the key was used for an event with other content; the first difference is in {field}",
        "report each run once, with one outcome: a new event needs a new key",
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
_HINTS: Mapping[str, str] = {
    "invalid_json": "mend the encoder of whoever made the event",
    "invalid_envelope": "docs/events describes the fields",
    "invalid_payload": "docs/events describes the fields",
    "forbidden_event": "docs/events says which role sends which event, and people decide only in their own name",
}


def _said(sentence: str, detail: Mapping[str, Any]) -> str:
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in detail.items()}
    try:
        return sentence.format_map(shown)
    except KeyError:  # not to this caller
        return sentence.partition("; the first difference")[0].replace("{", "").replace("}", "")


def in_words(code: str, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """The detail of a refusal with a sentence as `message`, and a `hint`, where the answer has none of its own."""
    if code == "forbidden_event" and {"role", "event_type"} <= detail.keys():
        detail = {**detail, "message": f"the role {detail['role']} may not send {detail['event_type']}"}
    if said := SENTENCES.get(code):
        return {**detail, "message": _said(said[0], detail), "hint": _said(said[1], detail)}
    if hint := _HINTS.get(code):
        return {"hint": hint, **detail}
    return detail
