"""The page about a dry run. It is made from rows of `ops.*` and from the answers of the guards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.prove.dry_run.accounts import SignedIn
from harness.prove.dry_run.reading import GATES, TARGETS, Chain, Stage, Standing, clock
from harness.prove.dry_run.subject import Subject
from harness.prove.dry_run.work import Document
from ops_gates.rows import GateFinding

# What `ops-gates whoami` says of how somebody signed in.
HOW = {
    "session": "e-mail and password, `ops-gates login`",
    "bot": "e-mail and password of a bot, anew by each program",
    "OPS_TOKEN": "a token of the project",
}
# By role: what each reports, and through what.
REPORTS = (
    ("ci_service_role", "opens the release", "`ops-gates open`"),
    (
        "ci_service_role",
        "the build, and asks before it deploys",
        "`harness/ops_gates/producers/github_actions.py`, the steps of the actions",
    ),
    ("ci_service_role", "deployments", "`ops-gates emit deployment_event`"),
    ("developer", "nothing: started the release, and asks what is missing", "`ops-gates why`"),
    ("qa_tester", "the tests: decides on G2", "`ops-gates inbox`, `harness/ops_gates/producers/agent.py`"),
    ("release_manager", "go or no-go on G3", "`ops-gates inbox`, `harness/ops_gates/producers/agent.py`"),
    ("release_manager", "go or no-go for the release as a whole", "`ops-gates decide`"),
    ("sre", "health", "`ops-gates emit health_check`"),
)
AMBIGUITIES = Path(__file__).with_name("ambiguities.md")


@dataclass(frozen=True)
class Asked:
    """What `ops-gate` answered in a step of the story."""

    step: int
    target: str
    code: int
    blockers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class DryRunRecord:
    """A dry run that succeeded."""

    subject: Subject
    run_id: str
    stages: Sequence[Stage]
    replayed: Sequence[Standing]
    asked: Sequence[Asked]
    found: Sequence[tuple[int, GateFinding]]
    chain: Chain
    documents: Mapping[str, Document]
    signed_in: Sequence[SignedIn]

    @property
    def counts(self) -> Counter[str]:
        """Submissions by what became of them."""
        return Counter(row["processing_status"] for row in self.chain.log)


def may(eligible: bool) -> str:
    """Eligibility in a table."""
    return "yes" if eligible else "no"


def gates_of(chain: Chain) -> Iterable[tuple[Any, ...]]:
    """Each gate: its verdict, on how many facts, since when and by whom."""
    for gate in chain.gates:
        approvers = dict.fromkeys(
            a["approver_id"] for a in chain.approvals if a["gate_id"] == gate["gate_id"] and a["decision"] == "approved"
        )
        checks = " ".join(
            f"{gate[column]} {name}"  # type: ignore[literal-required] # the columns of the view
            for name, column in (("pass", "checks_passed"), ("fail", "checks_failed"))
            if gate[column]  # type: ignore[literal-required]
        )
        yield (
            gate["gate_code"], gate["gate_name"], gate["status"], checks or 0, ", ".join(approvers),
            gate["evidence"], clock(gate["since"]), gate["resolved_by"],
        )  # fmt: skip


def deployments_of(chain: Chain) -> Iterable[tuple[Any, ...]]:
    """Each deployment: how it ended, and whether the release was eligible then."""
    for d in chain.deployments:
        yield (
            d["environment"], d["target"], d["deployment_ref"], d["status"], d["g4_status"],
            may(bool(d["was_eligible"])), d["deployed_by"],
        )  # fmt: skip


def write(record: DryRunRecord, to: Path, took: float, versions: Mapping[str, str]) -> None:
    """Write the page; OSError where that is not possible."""
    to.write_text(page(record, took, versions), encoding="utf-8")


def page(record: DryRunRecord, took: float, versions: Mapping[str, str]) -> str:
    """The page, in Markdown."""
    sections = (
        _head(record, took, versions),
        _section("Stage by stage", _STAGES, _stages(record)),
        _section("What the guard answered", _ASKED, _asked(record)),
        _section("The region that failed", _FOUND, _found(record)),
        _section("The events, in the order in which they were recorded", _EVENTS, _events(record.chain)),
        _section("The gates", "From `ops.v_release_gate_summary` and `ops.approvals`.", _gates(record.chain)),
        _section("The checks", _CHECKS, _checks(record.chain)),
        _section("What was built", _BUILT, _built(record.chain)),
        _section("The decisions", _APPROVALS, _approvals(record.chain)),
        _section("The evidence", _EVIDENCE, _evidence(record)),
        _section("The deployments", "From `ops.v_deployment_history`.", _deployments(record.chain)),
        _section("Ambiguities met, and how they were settled", _AMBIGUITIES, AMBIGUITIES.read_text(encoding="utf-8")),
    )
    return "\n".join(sections)


_STAGES = (
    "What each gate was and where the release might go, as answered live; beside it what replay\n"
    "(`ops.gate_status_at`, `ops.was_eligible_for_promotion`) answers for the moment at which the stage was recorded."
)
_ASKED = "The step of `.github/actions/ops-gate`, as a pipeline has it before it deploys. Exit code 0 lets it go on."
_FOUND = (
    "From `ops.gate_findings`: what G4 needed when production was healthy in one region, and had failed in the other\n"
    "(rehearsed). A newer deployment there, found healthy, mended it."
)
_BUILT = (
    "From `ops.build_artifacts`. The second one was rehearsed: the same files were built with another date in them.\n"
    "So QA's first approval is of an earlier build, and does not count."
)
_APPROVALS = (
    "From `ops.approvals`. An approval of a gate counts while the artifacts on record are those that it is of. The\n"
    "rejection of the release as a whole was rehearsed: it stopped staging and production until the same person\n"
    "lifted it."
)
_EVENTS = (
    "From `ops.event_ingest_log`. The repeated step is a `duplicate`, and nothing else came of it. The failure\n"
    "that was refused (rehearsed: it had no address) stood as a contested report until the check passed again."
)
_CHECKS = (
    "From `ops.gate_checks`. The failure of one leg in the first attempt was rehearsed: a file with an unused import\n"
    "was laid beside the code."
)
_EVIDENCE = (
    "From `ops.evidence_artifacts`, `ops.gate_checks.metadata` and `ops.gate_checks.artifact_ref`. Each file was\n"
    "hashed again at the end, and was the one on record."
)
_AMBIGUITIES = "The reasons, and the other readings that were possible, are in [decisions.md](../decisions.md)."


def _head(record: DryRunRecord, took: float, versions: Mapping[str, str]) -> str:
    release = record.chain.release
    on = ", ".join(f"{name} {version}" for name, version in versions.items())
    rows = (
        ("release", f"`{release['project']}` `{release['release_name']}`"),
        ("commit", f"`{record.subject.source_ref}`" + (" with local changes" * record.subject.local_changes)),
        ("opened", f"{release['created_at'][:19].replace('T', ' ')} UTC, for {release['initiating_actor']}"),
        ("ended", f"{release['status']}, after {took:.1f} s with the start of the stack"),
        ("events", ", ".join(f"{count} {status}" for status, count in record.counts.items() if count)),
        ("ran on", on),
    )
    return f"""\
# Dry run

Written by `make demo`, which takes a release of the checkout through every gate: the record of its latest run, as it
came out. The build, the tests, their hashes, the events and the verdicts are real. The pipeline's run number and its
addresses (`dry-run.invalid`) are not, the people are one name for each role, and staging and production are the
stack that it ran on: nothing was installed elsewhere. The secret key granted roles and registered the project; all
else was done by who signed in.

{_table(("what", "which"), rows)}
{_who(record)}"""


def _who(record: DryRunRecord) -> str:
    """Who signed in as what, and what they reported."""
    who = {one.role: (f"`{one.subject}`", HOW[one.by], f"`{one.role}`") for one in record.signed_in}
    rows = ((*who[role], reports, through) for role, reports, through in REPORTS)
    return _table(("who", "signed in with", "acts as", "reports", "through"), rows)


def _stages(record: DryRunRecord) -> str:
    header = ("stage", "recorded at", "release", *GATES, *TARGETS, "replay")
    return _table(
        header,
        (
            (
                stage.title, clock(stage.at), stage.status, *stage.live.gates.values(),
                *map(may, stage.live.eligible.values()), "the same" if then == stage.live else "differs",
            )
            for stage, then in zip(record.stages, record.replayed, strict=True)
        ),
    )  # fmt: skip


def _asked(record: DryRunRecord) -> str:
    rows: list[tuple[Any, ...]] = []
    for asked in record.asked:
        first, *others = asked.blockers or [{}]
        rows.append((asked.step, asked.target, asked.code, *_blocker(first)))
        rows += [("", "", "", *_blocker(other)) for other in others]
    return _table(("step", "may it go to", "exit code", "gate", "missing", "found", "who can"), rows)


def _blocker(blocker: Mapping[str, Any]) -> tuple[Any, ...]:
    what = tuple(blocker.get(name, "") for name in ("requirement", "detail", "who"))
    return (blocker["gate_code"] or "release", *what) if blocker else ("", *what)


def _found(record: DryRunRecord) -> str:
    return _table(
        ("step", "gate", "kind", "state", "missing", "found", "what to do", "who can"),
        (
            (step, f["gate_code"], f["kind"], f["state"], f["requirement"], f["detail"], f["remedy"], f["who"])
            for step, f in record.found
        ),
    )


def _events(chain: Chain) -> str:
    return _table(
        ("recorded at", "key", "answer", "by"),
        (
            (clock(row["created_at"]), f"`{row['idempotency_key']}`", row["processing_status"], row["created_by"])
            for row in chain.log
        ),
    )


def _gates(chain: Chain) -> str:
    return _table(("gate", "name", "status", "checks", "approved by", "evidence", "since", "by"), gates_of(chain))


def _checks(chain: Chain) -> str:
    return _table(
        ("recorded at", "gate", "check", "status", "of", "by"),
        (
            (
                clock(check["created_at"]), chain.gate_of(check["gate_id"]), check["check_name"], check["status"],
                chain.deployment_of(check["deployment_id"]), check["created_by"],
            )
            for check in chain.checks
        ),
    )  # fmt: skip


def _built(chain: Chain) -> str:
    return _table(
        ("recorded at", "artifact", "sha256", "by"),
        ((clock(a["created_at"]), a["name"], f"`{a['sha256']}`", a["created_by"]) for a in chain.built),
    )


def _approvals(chain: Chain) -> str:
    return _table(
        ("recorded at", "of", "artifacts", "decision", "by", "as", "recorded by", "why"),
        (
            (
                clock(approval["created_at"]), chain.gate_of(approval["gate_id"]) or "release",
                f"`{(approval['artifacts_digest'] or 'none')[:12]}`", approval["decision"],
                approval["approver_id"], approval["persona_role"], approval["created_by"], approval["rationale_text"],
            )
            for approval in chain.approvals
        ),
    )  # fmt: skip


def _evidence(record: DryRunRecord) -> str:
    chain, hashes = record.chain, record.chain.hashes()
    kinds = {artifact["artifact_url"].rpartition("/")[2]: artifact for artifact in chain.evidence}
    rows = []
    for name, file in record.documents.items():
        artifact = kinds.get(name)
        kind = artifact["artifact_type"] if artifact else "log of a check" if name.endswith(".log") else "build"
        rows.append(
            (chain.gate_of(artifact["gate_id"]) if artifact else "G1", kind, name, file.size, f"`{hashes[name]}`")
        )
    return _table(("gate", "kind", "file", "bytes", "sha256 on record"), rows)


def _deployments(chain: Chain) -> str:
    return _table(("environment", "target", "ref", "status", "health", "was eligible", "by"), deployments_of(chain))


def _section(title: str, about: str, body: str) -> str:
    return f"## {title}\n\n{about}\n\n{body}"


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    names = list(header)
    lines = [names, ["---"] * len(names), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    """A value as it stands in a cell of a table."""
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
