"""What the board shows of all releases together: what is live, what waits and for whom, and the figures of delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ops_gates.commands import projects, show, target
from ops_gates.rows import VDeliveryMetrics, VGateDurations, VLive, VWaiting

if TYPE_CHECKING:
    pass

LIVE_READERS = target.Who(("release_manager", "audit_reader", "sre"), "{} and the secret key")
INSTEAD = "`ops-gates inbox` says what waits for you, and `ops-gates releases` where each release stands"


def live(project: projects.OfProject = None, json: show.AsJson = False) -> None:
    """Say what is live: per project, environment and target the release, since when, and how healthy it is.

    After a rollback it is the release that it went back to. Below a row: the commit, what was deployed there since and
    did not succeed, the newest release that waits for it, and the exceptions that it needed.

    Example: ops-gates live --project acme/shop
    """
    gates = target.gates()
    with target.only(LIVE_READERS, INSTEAD):
        order = ("project", "environment", "target", "deployment_id")
        found = gates.shown(gates.select("v_live", VLive, order=order))
    # Who may read this may not read the list of projects, so the name is not asked for there.
    rows = [row for row in found if project is None or row["project"].lower() == project.lower()]
    if project and not rows:
        projects.must_be_there(gates, project, LIVE_READERS)
    if json:
        show.as_json(rows)
        return
    show.table(
        ("place", "release", "health", "since", "by", "commit", "newer", "waits", "excepted by", "taken out", "id"),
        (
            (
                f"{row['project']} {row['environment']} {row['target']}", row["release_name"] or "unknown",
                row["health"], show.moment(row["since"]), row["deployed_by"], row["source_ref"],
                _named(row["newer_deployment"], "deployment_ref"), _named(row["waiting_release"], "release_name"),
                ", ".join(row["excepted_by"] or ()), show.moment(row["target_retired_at"]), row["deployment_id"],
            )
            for row in rows
        ),
        none="nothing is live",
        fold=("id", "taken out", "excepted by", "waits", "newer", "commit", "by"),
    )  # fmt: skip


def _named(what: Any, name: str) -> str:
    """A deployment or release that a row names, with its status: `production-3 (in_progress)`."""
    return f"{what[name]} ({what['status']})" if what else ""


def waiting(project: projects.OfProject = None, limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List the gates that wait, the newest release last: since when, for which roles, and what is missing first.

    Of G4 also the deployments of which nobody reported the end.

    `ops-gates inbox` says what waits for you alone.

    Example: ops-gates waiting --project acme/shop
    """
    gates = target.gates()
    with target.only(target.READERS, INSTEAD):
        order = ("opened_at", "gate_id")
        wanted = projects.rows_of(gates, project, target.READERS)
        found, total = gates.some("v_waiting", VWaiting, show.most(limit, json), newest=True, order=order, **wanted)
        gates.shown(found)
    shown = show.part(found, limit, json, newest=True, total=total)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("release", "gate", "status", "since", "waits", "for", "missing", "not ended"),
            (
                (
                    f"{row['project']}/{row['release_name']}", row["gate_code"], row["status"],
                    show.moment(row["since"]), show.duration(row["age"]), ", ".join(row["who"] or ()),
                    row["first_missing"], ", ".join(row["unended"] or ()),
                )
                for row in shown.rows
            ),
            none="nothing waits",
            fold=("not ended", "missing", "for", "since"),
        )  # fmt: skip
    shown.say_if_not_whole()


def metrics(project: projects.OfProject = None, json: show.AsJson = False) -> None:
    """Show DORA's four measures per project and month, and how long each gate takes.

    All are about production: how many deployments, the share of them that failed, was undone or had an incident,
    how long a commit takes to get there (median), and how long it takes to restore service (median). Months are of UTC.

    Example: ops-gates metrics --project acme/shop --json
    """
    gates = target.gates()
    with target.only(target.READERS, INSTEAD):
        equal = projects.rows_of(gates, project, target.READERS)
        months = gates.shown(
            gates.select("v_delivery_metrics", VDeliveryMetrics, order=("project", "month"), **equal))  # fmt: skip
        took = gates.select("v_gate_durations", VGateDurations, order=("project", "month", "gate_code"), **equal)
    if json:
        show.as_json({"delivery": months, "gates": took})
        return
    show.table(
        ("project", "month", "deployments", "failed", "lead time", "commits", "time to restore", "restores"),
        (
            (
                row["project"], _month(row), row["deployments"], _share(row["change_failure_rate"]),
                duration(row["lead_time_seconds"]), row["commits"], duration(row["time_to_restore_seconds"]),
                row["restores"],
            )
            for row in months
        ),
        none="nothing was deployed to production yet",
        fold=("restores", "commits", "time to restore"),
    )  # fmt: skip
    show.table(
        ("project", "month", "gate", "passed", "median", "90 %"),
        (
            (
                row["project"], _month(row), row["gate_code"], row["gates"], duration(row["median_seconds"]),
                duration(row["p90_seconds"]),
            )
            for row in took
        ),
        none="no gate was passed yet",
        fold=("90 %",),
    )  # fmt: skip


def _month(row: Any) -> str:
    return str(row["month"])[:7]


def _share(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


def duration(seconds: float | None) -> str:
    """So many seconds by the two greatest units, `3 h 59 min`."""
    if seconds is None:
        return ""
    whole = timedelta(seconds=round(seconds))
    return show.duration(str(whole).replace(", ", " ")) or "0 s"
