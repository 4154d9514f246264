"""The release that was written is compared after each step: now, and at each past moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypothesis import event
from hypothesis.stateful import (
    invariant,
)

from harness.prove.effort import NIGHTLY
from harness.prove.model import Blocker
from harness.prove.model_facts import DeploymentKey
from harness.prove.model_terms import ENVIRONMENTS, GATES
from harness.tests.release_history.remembered import as_of_now
from harness.tests.release_history.written import (
    MICROSECOND,
    Answers,
    WrittenRelease,
)


class ComparedRelease(WrittenRelease):
    """After each step the database and the model must give the same answers."""

    @invariant()
    def agree(self) -> None:
        if self.void:
            event("void: an answer changed by itself within a step")
            return
        self.agreed = False
        self.steps += 1
        moment = self.now()
        expected = self.answers(moment)
        rows = self.ask(
            """
            select g.gate_code::text, g.status::text, g.exception_id, g.resolved_at,
              (select json_agg(f) from ops.gate_findings(g.gate_id) as f) as findings
            from ops.release_gates as g where g.release_id = %s
            """,
            self.release_id,
        )
        targets = self.ask(
            """
            select t.target, ops.is_eligible_for_promotion(%(release)s, t.target) as eligible,
              (select json_agg(b) from ops.promotion_blockers(%(release)s, t.target) as b) as blockers,
              (select json_agg(a) from ops.promotion_advice(%(release)s, t.target) as a) as advice
            from unnest(%(targets)s::text[]) as t(target)
            """.replace("%(release)s", "%s").replace("%(targets)s", "%s"),
            self.release_id,
            self.release_id,
            self.release_id,
            list(ENVIRONMENTS),
        )
        self.compare_deployments(moment)
        now = self.now()
        if not self.crossed(moment, now):
            live = {r["gate_code"]: self.found(r["findings"]) for r in rows}
            assert live == expected.findings, "live findings"
            eligible = {r["target"]: r["eligible"] for r in targets}
            assert eligible == expected.eligible, "live eligibility"
            digest = self.ask("select ops.release_overview(%s) ->> 'artifacts_digest' as digest", self.release_id)
            assert digest[0]["digest"] == self.known.digest(moment), "digest of the artifacts on record"
            advice = {
                r["target"]: Counter((a["kind"], a["subject"]) for a in r["advice"] or [] if not is_shown_alone(a))
                for r in targets
            }
            expected_advice = {t: Counter((f.kind, f.subject) for f in self.known.advice(t, moment)) for t in advice}
            assert advice == expected_advice, "advice"
            blockers = {r["target"]: self.blocking(r["blockers"] or []) for r in targets}
            assert blockers == {t: self.expected_blockers(self.known.blockers(t, moment)) for t in blockers}, "blockers"
        for row in rows:
            gate = row["gate_code"]
            if not self.crossed(self.judged_at[gate], now):
                verdict = self.known.verdict(gate, self.judged_at[gate])
                assert (row["status"], row["exception_id"]) == (verdict.status, verdict.exception_id), f"stored {gate}"
            terminal = row["status"] in ("passed", "failed", "bypassed")
            assert (row["resolved_at"] is not None) == terminal, f"resolved_at of {gate}"
        self.replay(expected)
        self.memory.append(expected)
        self.compare_others(moment)
        if self.watch:
            self.watch.compared(self.model, moment)
        if self.steps % 5 == 0:
            self.look_back(self.memory[self.steps % 3 :: 3])
        for status in expected.statuses.items():
            event("{} {}".format(*status))
        event(f"release {self.known.status(moment)}")
        self.agreed = True

    def compare_others(self, moment: datetime) -> None:
        """Compare the other releases on record. There is none here."""

    def compare_deployments(self, moment: datetime) -> None:
        rows = self.ask("select * from ops.deployments where release_id = %s", self.release_id)
        stored = {
            DeploymentKey(r["environment"], r["deployment_ref"], r["target"]): (
                r["status"], r["status_observed_at"], r["deployed_at"], r["deployed_by"], r["g4_status"],
                r["was_eligible"], self.blocking(r["blockers_at_deploy"] or []),
                r["g4_resolved_at"] is not None, r["rollback_of"] is not None, r["rollback_known"],
                None if r["excepted_by"] is None else {*r["excepted_by"]},
            )
            for r in rows
        }  # fmt: skip
        model = as_of_now(self.model)
        expected = {
            place: (
                d.status, d.status_observed_at, d.deployed_at, d.deployed_by, model.health(d, moment),
                model.was_eligible(d), self.expected_blockers(model.blockers_at_deploy(d) or []),
                model.health(d, moment) != "pending", d.rollback_of is not None, d.rollback_known,
                model.excepted_by(d),
            )
            for place, d in model.deployments(moment).items()
        }  # fmt: skip
        assert stored == expected, "deployments"
        status = self.ask("select status::text from ops.releases where release_id = %s", self.release_id)[0]["status"]
        assert status == model.status(moment), "release status"

    def answers(self, moment: datetime) -> Answers:
        model = as_of_now(self.model)
        return Answers(
            moment=moment,
            statuses={g: model.verdict(g, moment).status for g in GATES},
            findings={
                g: Counter((f.kind, f.subject, f.blocking, f.state) for f in model.findings(g, moment)) for g in GATES
            },
            eligible={t: model.is_eligible(t, moment) for t in ENVIRONMENTS},
        )

    @staticmethod
    def found(findings: list[dict[str, Any]]) -> Counter[tuple[str, str | None, bool, str]]:
        for f in findings:
            assert f["state"] == "satisfied" or (f["detail"] and f["remedy"] and f["who"]), f
        return Counter(
            (f["kind"], f["subject"], f["enforcement"] == "blocking", f["state"])
            for f in findings
            if not is_shown_alone(f)
        )

    @staticmethod
    def blocking(rows: list[dict[str, Any]]) -> Counter[tuple[str | None, str, str | None, str]]:
        return Counter((r.get("gate_code"), r["kind"], r["subject"], r["state"]) for r in rows)

    @staticmethod
    def expected_blockers(blockers: list[Blocker]) -> Counter[tuple[str | None, str, str | None, str]]:
        return Counter((gate, f.kind, f.subject, f.state) for gate, f in blockers)

    def replay(self, *expected: Answers) -> None:
        """Ask the database about past moments, and compare with the model's answers.

        One statement asks about all of them: another one would plan the queries of every function again.
        """
        query = """
            select m.number, g.gate_code::text, ops.gate_status_at(g.gate_id, m.moment)::text as status,
              (select json_agg(f) from ops.gate_findings(g.gate_id, m.moment) as f) as findings
            from unnest(%s::timestamptz[]) with ordinality as m(moment, number)
            cross join ops.release_gates as g where g.release_id = %s
            """
        self.compare_past(expected, self.ask(query, [answers.moment for answers in expected], self.release_id))

    def replay_at_once(self, *expected: Answers) -> None:
        """The same, but each moment is judged once for all its gates, by what judges for the functions above."""
        query = """
            select m.number, (v.gate).gate_code::text, (v.gate).status::text, to_json(v.findings) as findings
            from unnest(%s::timestamptz[]) with ordinality as m(moment, number)
            cross join ops.releases as r
            cross join unnest((ops_private.judge(r, 'G1', m.moment, in_full => true)).verdicts) as v
            where r.release_id = %s
            """
        with self.caller("none"):
            rows = self.ask(query, [answers.moment for answers in expected], self.release_id)
        self.compare_past(expected, rows)

    def compare_past(self, expected: Sequence[Answers], rows: list[dict[str, Any]]) -> None:
        """Compare what the database said about the gates at past moments, and ask what could go where."""
        query = """
            select m.number, t.target, ops.was_eligible_for_promotion(%s, t.target, m.moment) as eligible
            from unnest(%s::timestamptz[]) with ordinality as m(moment, number)
            cross join unnest(%s::text[]) as t(target)
            """
        targets = self.ask(query, self.release_id, [answers.moment for answers in expected], list(ENVIRONMENTS))
        for number, answers in enumerate(expected, 1):
            gates = [r for r in rows if r["number"] == number]
            at = answers.moment
            assert {r["gate_code"]: r["status"] for r in gates} == answers.statuses, f"status at {at}"
            assert {r["gate_code"]: self.found(r["findings"]) for r in gates} == answers.findings, f"findings at {at}"
            eligible = {r["target"]: r["eligible"] for r in targets if r["number"] == number}
            assert eligible == answers.eligible, f"eligibility at {at}"

    def look_back(self, memory: list[Answers]) -> None:
        """Ask about past moments again: the answers of model and database must not have changed.

        By day each moment is judged at once; every step asks by the functions that others call.
        """
        for remembered in memory:
            assert self.answers(remembered.moment) == remembered
        now = self.now()
        revoked = [e.revoked_at for e in self.model.exceptions if e.revoked_at]
        past = [*memory]
        for moment in (*self.model.boundaries(), *revoked, self.recorded_at):
            if self.watch and self.opened_at < moment < now and moment not in self.replayed:
                self.watch.passed(self.model, moment)
            for exact in (moment - MICROSECOND, moment):
                if self.opened_at < exact < now and exact not in self.replayed:
                    self.replayed.add(exact)
                    past.append(self.answers(exact))
        again = self.replay if NIGHTLY else self.replay_at_once
        again(*past)

    def teardown(self) -> None:
        if not self.void and self.agreed:
            self.compare_timeline()
            self.replayed = {*sorted(self.replayed)[::2]}  # the others once more
            self.look_back(self.memory[::4])

    def compare_timeline(self) -> None:
        """Read the timeline page by page: it must tell each verdict of each moment that was ever compared."""
        entries: list[dict[str, Any]] = []
        before = None
        while before is not None or not entries:
            page = self.ask("select ops.timeline(%s, %s, 20) as page", self.release_id, before)[0]["page"]
            entries, before = [*reversed(page["entries"]), *entries], page["before"]
        moments = [datetime.fromisoformat(entry["at"]) for entry in entries]
        assert moments == sorted(moments), "the order of a timeline"
        model = as_of_now(self.model)
        asked = {a.moment: a.statuses for a in self.memory}
        asked |= {m: {g: model.verdict(g, m).status for g in GATES} for m in self.replayed}
        said = dict.fromkeys(GATES, "pending")
        told = iter(zip(moments, entries, strict=True))
        at, entry = next(told)
        for moment in sorted(asked):
            while entry and at <= moment:
                if entry["kind"] == "verdict":
                    assert said[entry["gate_code"]] == entry["status_before"], f"the verdict before {at}"
                    said[entry["gate_code"]] = entry["status"]
                at, entry = next(told, (at, {}))
            assert said == asked[moment], f"the timeline at {moment}"


def is_shown_alone(finding: dict[str, Any]) -> bool:
    """Whether a finding only shows what was dismissed: no policy of a history asks for such a thing as advice."""
    met = (finding["enforcement"], finding["state"]) == ("advisory", "satisfied")
    return met and finding["kind"] in ("contested_report", "approval", "no_failed_checks", "deployment_health")
