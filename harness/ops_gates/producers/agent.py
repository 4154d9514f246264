"""An agent signs off a gate in the name of the person who decided: G2 by a QA tester, unless told otherwise.

Its caller is a secret key, which may name the approver, or that person's own token. The same session and gate
are the same decision, however often it is sent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from ops_gates import events
from ops_gates.producers.wire import KEY_PART, MisconfiguredError, ProducerError, api_from, redact, secrets_of

PERSONAS = {"G2": "qa_tester", "G3": "release_manager"}
DECISIONS = ("approved", "rejected", "request_changes")
ARTIFACTS = (
    "test_result",
    "uat_summary",
    "rollback_plan",
    "release_notes",
    "approval_record",
    "build_log",
    "reference",
)
EXAMPLE = """\
example:
  SUPABASE_URL=https://<ref>.supabase.co SUPABASE_SECRET_KEY=sb_secret_… \\
  python -m ops_gates.producers.agent 6f1f6a3e-8a3c-4d43-9d55-2b9f8f6f6a10 \\
    --session qa-2026-11-23-1 --approver alice \\
    --rationale '{"criteria_met": 12, "criteria_total": 12, "defects_open": 0}' \\
    --evidence test_result https://ci.example/runs/7/report.xml report.xml

exit codes: 0 on record, 1 refused, 2 wrong usage, 3 the project did not answer
"""


def file_evidence(artifact_type: str, artifact_url: str, file: Path) -> dict[str, Any]:
    """Evidence at an address, with the hash of the file that was looked at."""
    if not urlsplit(artifact_url).scheme:
        raise MisconfiguredError(f"the address of {file.name} is not a URL: say where the evidence is kept")
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise MisconfiguredError(f"the evidence {file} cannot be read: {error.strerror}") from None
    return events.evidence(artifact_type, artifact_url, digest, file_name=file.name)


def signoff(
    release_id: UUID | str,
    *,
    session_id: str,
    approver_id: str,
    rationale_structured: Mapping[str, Any],
    gate_code: str = "G2",
    decision: str = "approved",
    rationale_text: str | None = None,
    evidence: Sequence[Mapping[str, Any]] = (),
    emitted_at: datetime | None = None,
) -> events.Envelope:
    """The decision of a session, under `agent/{session_id}/gate_signoff/{gate_code}`."""
    if not KEY_PART.fullmatch(session_id):
        raise MisconfiguredError("the session is visible ASCII without blanks and slashes: it is a part of the key")
    if not rationale_structured:
        raise MisconfiguredError("the rationale is empty: say what was found, as a JSON object")
    return events.gate_signoff(
        release_id,
        gate_code,
        session_id=session_id,
        decision=decision,
        approver_id=approver_id,
        persona_role=PERSONAS[gate_code],
        rationale_structured=rationale_structured,
        rationale_text=rationale_text,
        evidence=[dict(artifact) for artifact in evidence] or None,
        emitted_at=emitted_at,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Send one sign-off and say what became of it; the exit code is that of its end."""
    given = _parser().parse_args(arguments)
    try:
        event = signoff(
            given.release_id,
            session_id=given.session,
            approver_id=given.approver,
            rationale_structured=_rationale(given.rationale),
            gate_code=given.gate,
            decision=given.decision,
            rationale_text=given.text,
            evidence=[file_evidence(_artifact(kind), url, Path(file)) for kind, url, file in given.evidence],
        )
        if given.dry_run:
            print(json.dumps(event, indent=2))
            return 0
        answer = api_from(os.environ).emit(event)
    except ProducerError as error:
        print(f"agent: {redact(str(error), secrets_of(os.environ))}", file=sys.stderr)
        return error.exit_code
    if given.json:
        print(json.dumps({"ingest_id": answer.ingest_id, "status": answer.status, "detail": answer.detail}))
    else:
        print(f"{answer.status}: {given.gate} is {answer.gate.get('status_after')} [ingest_id {answer.ingest_id}]")
        for missing in answer.gate.get("missing", []):
            print(f"  missing: {missing['requirement']} ({missing['detail']})")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops_gates.producers.agent",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("release_id", type=_uuid, help="the release that was looked at")
    parser.add_argument("--session", required=True, help="the agent's session; the same one is the same decision")
    parser.add_argument("--approver", required=True, help="who decided: a member's subject or handle")
    parser.add_argument("--rationale", required=True, metavar="JSON", help="a JSON object, or @FILE that holds one")
    parser.add_argument("--text", help="the same in words")
    parser.add_argument("--gate", choices=PERSONAS, default="G2", help="the gate (default: G2)")
    parser.add_argument("--decision", choices=DECISIONS, default="approved", help="default: approved")
    parser.add_argument(
        "--evidence",
        nargs=3,
        action="append",
        default=[],
        metavar=("TYPE", "URL", "FILE"),
        help=f"may be repeated; FILE is hashed, URL is where it is kept, TYPE is one of {', '.join(ARTIFACTS)}",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the event and send nothing")
    parser.add_argument("--json", action="store_true", help="print the whole answer")
    return parser


def _uuid(given: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is not a UUID") from None


def _artifact(given: str) -> str:
    if given not in ARTIFACTS:
        raise MisconfiguredError(f"evidence of type {given!r} is not known: use one of {', '.join(ARTIFACTS)}")
    return given


def _rationale(given: str) -> dict[str, Any]:
    try:
        parsed = json.loads(Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given)
    except OSError as error:
        raise MisconfiguredError(f"the rationale {given[1:]} cannot be read: {error.strerror}") from None
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise MisconfiguredError("the rationale is not a JSON object")
    return parsed


if __name__ == "__main__":
    sys.exit(main())
