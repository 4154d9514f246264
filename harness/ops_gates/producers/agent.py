"""An agent signs off a gate in the name of the person who decided: G2 by a QA tester, unless told otherwise.

Its caller is a secret key, which may name the approver, or that person's own token: then the event is `manual`, as
what people send by hand. The same session and gate are the same decision, however often it is sent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, get_args
from urllib.parse import urlsplit
from uuid import UUID

from ops_gates import events, files, refusals, settings, streams
from ops_gates.errors import UsageFault, one_line
from ops_gates.exit_codes import EXIT_CODES, Code, end
from ops_gates.producers.wire import project_of
from ops_gates.rows import OpsArtifactType, OpsDecisionType

PERSONAS = refusals.DECIDERS
DECISIONS: tuple[str, ...] = get_args(OpsDecisionType)
ARTIFACTS: tuple[str, ...] = get_args(OpsArtifactType)
EXAMPLE = f"""\
example:
  SUPABASE_URL=https://<ref>.supabase.co SUPABASE_SECRET_KEY=sb_secret_… \\
  python -m ops_gates.producers.agent 6f1f6a3e-8a3c-4d43-9d55-2b9f8f6f6a10 \\
    --session qa-2026-11-23-1 --approver qa-1 \\
    --rationale '{{"criteria_met": 12, "criteria_total": 12, "defects_open": 0}}' \\
    --evidence test_result https://ci.example/runs/7/report.xml report.xml

{textwrap.fill(settings.HELP, 100)}

{textwrap.fill(EXIT_CODES, 100)}
"""


def file_evidence(artifact_type: str, artifact_url: str, file: Path) -> dict[str, Any]:
    """Evidence at an address, with the hash of the file that was looked at."""
    try:
        scheme = urlsplit(artifact_url).scheme
    except ValueError:
        scheme = ""
    if not scheme:
        raise UsageFault(f"the address of {file.name} is not a URL: say where the evidence is kept")
    try:
        digest = hashlib.sha256(files.read(file)).hexdigest()
    except UsageFault as fault:
        raise UsageFault(f"the evidence {fault}") from None
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
    artifacts_digest: str | None = None,
    seen: str | None = None,
    emitted_at: datetime | None = None,
) -> events.Envelope:
    """The decision of a session, under `agent/{session_id}/gate_signoff/{gate_code}`.

    `artifacts_digest` and `seen` are what `ops.release_overview` returned when the release was looked at.
    """
    if not rationale_structured:
        raise UsageFault("the rationale is empty: say what was found, as a JSON object")
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
        artifacts_digest=artifacts_digest,
        seen=seen,
        emitted_at=emitted_at,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Send one sign-off and say what became of it; the exit code is that of its end."""
    streams.never_fail()
    try:
        given = sys.argv[1:] if arguments is None else arguments
        return _main(_parser().parse_args([streams.as_utf8(argument) for argument in given]))
    except (Exception, KeyboardInterrupt) as error:
        return end(error, _complain, os.environ)


def _complain(sentence: str) -> None:
    said = settings.redact(streams.escaped(sentence), settings.secrets_of(os.environ))
    print(streams.shortened(said), file=sys.stderr)


def _main(given: argparse.Namespace) -> int:
    build = partial(
        signoff,
        given.release_id,
        session_id=given.session,
        approver_id=given.approver,
        rationale_structured=_rationale(given.rationale),
        gate_code=given.gate,
        decision=given.decision,
        rationale_text=given.text,
        evidence=[file_evidence(_artifact(kind), url, Path(file)) for kind, url, file in given.evidence],
    )
    event = build(seen=given.seen)  # whatever is wrong with it is said before anything is asked
    if given.dry_run:
        print(json.dumps(event, indent=2))
        return Code.DONE
    project = project_of(settings.read())
    looked_at, digest = project.looked_at(given.release_id), None
    if looked_at is not None:
        digest = looked_at.artifacts_digest
        event = build(artifacts_digest=digest, seen=given.seen or looked_at.seen)
    if project.person is not None:
        event = events.by_hand(event, project.person, given.session, digest)
    answer = project.emit(event)
    if given.json:
        print(json.dumps(asdict(answer)))
    if not answer.kept:
        raise answer.refusal(event)
    if answer.shortened:
        _complain("payload_too_large: only the decision is on record; send addresses in place of documents")
    if not given.json:
        became = f"{given.gate} is {answer.gate.get('status_after')}"
        print(streams.escaped(f"{answer.status}: {became} [ingest_id {answer.ingest_id}]"))
        for missing in answer.missing:
            print(streams.escaped(f"  missing: {missing['requirement']} ({missing['detail']})"))
    if unheard := answer.unheard(event):
        _complain(unheard)
        return Code.NOT_ELIGIBLE
    return Code.DONE


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """End as every wrong usage does."""
        raise UsageFault(f"{one_line(message)}; see {self.prog} --help")

    def parse_args(self, *given: Any, **named: Any) -> Any:
        """Read the arguments; a value that is given and empty is wrong usage, and never taken for one left out."""
        read = super().parse_args(*given, **named)
        for name, value in vars(read).items():
            values = [each for entry in value for each in entry] if isinstance(value, list) else [value]
            if any(isinstance(each, str) and not each.strip() for each in values):
                self.error(f"argument --{name}: is empty: give a value")
        return read


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
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
    parser.add_argument("--seen", metavar="DIGEST", help="what was looked at (ops.release_overview; default: now)")
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
        raise UsageFault(f"evidence of type {given!r} is not known: use one of {', '.join(ARTIFACTS)}")
    return given


def _rationale(given: str) -> dict[str, Any]:
    try:
        content = files.text(given[1:]) if given.startswith("@") else given
    except UsageFault as fault:
        raise UsageFault(f"the rationale {fault}") from None
    try:
        parsed = streams.parsed(content)
    except UsageFault:
        parsed = None
    if not isinstance(parsed, dict):
        raise UsageFault("the rationale is not a JSON object")
    return parsed


if __name__ == "__main__":
    sys.exit(main())
