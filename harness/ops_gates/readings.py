"""What is read back about a release: its gates, its history, its timeline. Here is what that takes to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from ops_gates import limits
from ops_gates.answers import unreadable
from ops_gates.errors import NotFound
from ops_gates.keys import TARGET
from ops_gates.rows import (
    Approvals,
    ContestedReports,
    DeploymentReports,
    Dismissals,
    EventIngestLog,
    Exceptions,
    GateChecks,
    OpsGateCode,
    ReleaseGates,
    RetiredReleases,
    RetiredTargets,
    TimelineEntry,
    VDeploymentHistory,
    VPromotionEligibility,
    VReleaseGateSummary,
)
from ops_gates.shapes import fits

Row = TypeVar("Row")
Kind = Literal["event", "check", "decision", "contested", "exception", "deployment", "dismissal", "retirement"]


class Select(Protocol):
    """`Gates.select`: all rows of a table or view whose columns equal what is given."""

    def __call__(
        self,
        table: str,
        model: type[Row],
        *,
        columns: Sequence[str] = (),
        order: Sequence[str] = (),
        **equal: Any,
    ) -> list[Row]: ...


@dataclass(frozen=True)
class Moment:
    """One thing that was recorded about a release.

    `until` is when an exception ends; `fact` the id by which a stop or a deployment can be dismissed.
    """

    at: str
    kind: Kind
    what: str
    outcome: str
    who: str
    note: str | None = None
    until: str | None = None
    fact: str | None = None


def chain(select: Select, release_id: str) -> list[VReleaseGateSummary]:
    """The four gates of a release, G1 first: where each stands, since when, on how many facts."""
    return select("v_release_gate_summary", VReleaseGateSummary, order=("gate_code",), release_id=release_id)


def eligibility(select: Select, release_id: str) -> VPromotionEligibility:
    """Whether a release may go to staging and to production, with the first blocker of each."""
    rows = select("v_promotion_eligibility", VPromotionEligibility, release_id=release_id)
    if not rows:
        raise NotFound("unknown_release", f"there is no release {release_id!r}")
    return rows[0]


def history(select: Select, release_id: str) -> list[Moment]:
    """Submissions, stops, decisions, exceptions, deployments, retired targets and dismissals, in order of record."""
    gates = select(
        "release_gates",
        ReleaseGates,
        columns=("gate_id", "gate_code"),
        order=("gate_id",),
        release_id=release_id,
    )
    codes = {gate["gate_id"]: gate["gate_code"] for gate in gates}
    moments = [
        *_submissions(select, release_id),
        *_failures(select, release_id, codes),
        *_decisions(select, release_id, codes),
        *_contested(select, release_id, codes),
        *_exceptions(select, release_id),
        *_deployments(select, release_id),
        *_dismissals(select, release_id, codes),
    ]
    try:
        return sorted(moments, key=lambda moment: datetime.fromisoformat(moment.at))
    except (TypeError, ValueError):
        raise unreadable("no moments") from None


def timeline(
    ask: Callable[[str, Mapping[str, Any]], Any], release_id: str, most: int | None
) -> tuple[list[TimelineEntry], bool]:
    """What happened, the newest last: the newest `most` entries or all, and whether that is all. `ask` makes a call."""
    found: list[TimelineEntry] = []
    before: str | None = None
    while True:
        page = {"release_id": release_id, "before": before, "limit": limits.FACTS_OF_A_TIMELINE}
        entries, before = _page_of_timeline(ask("timeline", page), before)
        found += entries
        if before is None or (most is not None and len(found) > most):
            newest = found[:most]
            return newest[::-1], before is None and len(newest) == len(found)


def _page_of_timeline(said: Any, before: str | None) -> tuple[list[TimelineEntry], str | None]:
    """The entries of a page, and where the page before it ends, which must be earlier than where this one does."""
    entries, earlier = (said.get("entries"), said.get("before", False)) if isinstance(said, dict) else (None, None)
    if not isinstance(entries, list) or not isinstance(earlier, str | None):
        raise unreadable("no timeline")
    if not all(isinstance(e, dict) and {"at", "kind"} <= e.keys() and fits(e, TimelineEntry) for e in entries):
        raise unreadable("entries that are none of a timeline")
    try:
        if earlier and before and datetime.fromisoformat(earlier) >= datetime.fromisoformat(before):
            raise unreadable("pages without an end")
    except (TypeError, ValueError):
        raise unreadable("no moments") from None
    return entries, earlier


def _submissions(select: Select, release_id: str) -> list[Moment]:
    # Not the contents: half a megabyte each, and nobody's history.
    columns = ("received_at", "event_type", "processing_status", "error_code", "idempotency_key", "created_by")
    log = select(
        "event_ingest_log",
        EventIngestLog,
        columns=columns,
        order=("received_at", "ingest_id"),
        release_id=release_id,
    )
    return [
        Moment(
            row["received_at"],
            "event",
            row["event_type"] or "unreadable",
            row["processing_status"],
            row["created_by"],
            " ".join(filter(None, (row["error_code"], row["idempotency_key"]))) or None,
        )
        for row in log
    ]


def _decisions(select: Select, release_id: str, codes: dict[str, OpsGateCode]) -> list[Moment]:
    rows = select("approvals", Approvals, order=("created_at", "approval_id"), release_id=release_id)
    return [
        Moment(
            row["created_at"],
            "decision",
            f"{codes[row['gate_id']] if row['gate_id'] else row['scope']} as {row['persona_role']}",
            row["decision"],
            row["approver_id"],
            row["rationale_text"],
            fact=None if row["decision"] == "approved" else row["approval_id"],
        )
        for row in rows
    ]


def _failures(select: Select, release_id: str, codes: dict[str, OpsGateCode]) -> list[Moment]:
    columns = ("check_id", "gate_id", "check_name", "part", "status", "created_at", "created_by")
    order = ("created_at", "check_id")
    rows = select("gate_checks", GateChecks, columns=columns, order=order, release_id=release_id, status="fail")
    return [
        Moment(
            row["created_at"],
            "check",
            f"{codes[row['gate_id']]} {row['check_name']}",
            row["status"],
            row["created_by"],
            None if row["part"] in (None, row["check_name"]) else f"part {row['part']}",
            fact=row["check_id"],
        )
        for row in rows
    ]


def _on_gate(gate_id: str | None, codes: dict[str, OpsGateCode], name: str | None) -> str:
    gate = codes[gate_id] if gate_id else "release"
    return f"{gate} {name}" if name else gate


def _contested(select: Select, release_id: str, codes: dict[str, OpsGateCode]) -> list[Moment]:
    rows = select("contested_reports", ContestedReports, order=("created_at", "contested_id"), release_id=release_id)
    return [
        Moment(
            row["created_at"],
            "contested",
            _on_gate(row["gate_id"], codes, row["check_name"] or row["approver_id"] or row["deployment_ref"]),
            row["status"],
            row["created_by"],
            f"refused with {row['error_code']}",
            fact=row["contested_id"],
        )
        for row in rows
    ]


def _dismissals(select: Select, release_id: str, codes: dict[str, OpsGateCode]) -> list[Moment]:
    rows = select("dismissals", Dismissals, order=("created_at", "dismissal_id"), release_id=release_id)
    return [
        Moment(
            row["created_at"],
            "dismissal",
            _on_gate(row["gate_id"], codes, row["check_name"] or row["author"]),
            row["kind"],
            row["created_by"],
            row["reason"],
        )
        for row in rows
    ]


def _exceptions(select: Select, release_id: str) -> list[Moment]:
    moments: list[Moment] = []
    for row in select("exceptions", Exceptions, order=("created_at", "exception_id"), release_id=release_id):
        what = f"{row['exception_type']} of {', '.join(row['impacted_gates'])}"
        moments.append(
            Moment(row["created_at"], "exception", what, "opened", row["approver_id"], row["reason"], row["expires_at"])
        )
        if row["revoked_at"] is not None:
            moments.append(Moment(row["revoked_at"], "exception", what, "revoked", row["revoked_by"] or ""))
    return moments


def _deployments(select: Select, release_id: str) -> list[Moment]:
    rows = select(
        "v_deployment_history",
        VDeploymentHistory,
        order=("deployed_at", "deployment_id"),
        release_id=release_id,
    )
    deployments = {row["deployment_id"]: row for row in rows}
    moments = _retirements(select, release_id)
    for report in select("deployment_reports", DeploymentReports, order=("report_id",), release_id=release_id):
        deployment = deployments.get(report["deployment_id"])
        if deployment is None:
            continue  # recorded since the deployments were read
        target = "" if deployment["target"] == TARGET else f" {deployment['target']}"
        what = f"{deployment['environment']}{target} {deployment['deployment_ref']}"
        moments.append(
            Moment(
                report["created_at"],
                "deployment",
                what,
                report["status"],
                report["created_by"],
                _verdict(deployment),
                fact=deployment["deployment_id"],
            )
        )
    return moments


def _retirements(select: Select, release_id: str) -> list[Moment]:
    """When targets were taken out for a release, by whom, and why."""
    moments: list[Moment] = []
    for row in select(
        "retired_releases", RetiredReleases, order=("created_at", "retirement_id"), release_id=release_id
    ):
        # None comes if the right to read it ended meanwhile.
        for out in select("retired_targets", RetiredTargets, retirement_id=row["retirement_id"]):
            what = f"{out['environment']} {out['target']}"
            moments.append(Moment(row["created_at"], "retirement", what, "taken out", row["created_by"], out["reason"]))
    return moments


def _verdict(deployment: VDeploymentHistory) -> str | None:
    if deployment["rollback_known"]:
        return f"rollback of {deployment['rollback_of_ref']}"
    if deployment["rollback_known"] is False:
        return f"rollback of {deployment['rollback_of_ref']} to nothing known"
    if deployment["was_eligible"] is None:
        return "not judged: it was first reported as failed"
    return "eligible" if deployment["was_eligible"] else f"not eligible: {deployment['why_not_eligible']}"
