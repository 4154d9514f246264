"""Why an event was refused, in words: what was wrong, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_gates.errors import EventRefused, GatesError

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
        "use a new deployment_ref (--ref), or send the {field} that it began with",
    ),
    "source_ref_mismatch": (
        "the build is of another commit than the release, which is of {expected}",
        "send it for the release of that commit",
    ),
    "idempotency_key_reused": (
        "the key was used for an event with other content; the first difference is in {field}",
        "a new event needs a new run (--run)",
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


def in_words(error: GatesError) -> GatesError:
    """The same refusal with a sentence and a hint, where the answer has none of its own."""
    if not isinstance(error, EventRefused):
        return error
    detail = dict(error.answered)
    if error.code == "forbidden_event" and {"role", "event_type"} <= detail.keys():
        detail["message"] = f"the role {detail['role']} may not send {detail['event_type']}"
    if said := SENTENCES.get(error.code):
        detail["message"] = _said(said[0], error.answered)
        detail["hint"] = _said(said[1], error.answered)
    elif hint := _HINTS.get(error.code):
        detail.setdefault("hint", hint)
    return EventRefused(error.code, http_status=error.http_status, ingest_id=error.ingest_id, detail=detail)
