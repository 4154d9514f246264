"""The steps of a drawn history in which people leave, release managers dismiss facts, and the release is closed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from harness.prove.model_events import Sender
from harness.prove.model_facts import Approval, Check, ContestedReport, DeploymentKey
from harness.tests.release_history.decided import BY_NOBODY_ELSE, STAYS
from harness.tests.release_history.drawn import CHECK_NAMES, FORWARD_REFS, PEOPLE, SOURCE_REF, USUAL, environments
from harness.tests.release_history.refused_rules import KINDS, RefusedRules

Fact = Approval | Check | ContestedReport | DeploymentKey
# Who dismisses: release managers who approve nothing before, one who often does, and one who ends memberships.
dismissing = st.sampled_from(["rm-3", "rm-3", "rm-4", "rm-5", "rm-1", "rm-2"])


class WaysRules(RefusedRules):
    """Ends memberships, dismisses facts, closes the release."""

    @rule(person=st.sampled_from(PEOPLE), manager=st.sampled_from(["rm-2", "rm-3"]))
    def leave(self, person: str, manager: str) -> None:
        """A person's membership is ended on behalf of a release manager."""
        self.end_all(person, self.become(manager, "release_manager"))

    @rule(which=st.integers(0, 50), manager=dismissing)
    def dismiss(self, which: int, manager: str) -> None:
        """Dismiss some fact that stops something, or try to."""
        now = self.calm_down()
        stops: list[Fact] = [*self.known.standing_reports(now)]
        stops += [a for a in self.known.known_approvals(now) if a.decision != "approved"]
        stops += [c for c in self.known.known_checks(now) if c.status == "fail"]
        stops += [p for p, d in self.known.deployments(now).items() if d.status == "in_progress"]
        if stops:
            self.dismiss_one(stops[which % len(stops)], manager)

    @rule(
        gate=st.sampled_from(["G2", "G3", None]),
        refused=st.booleans(),
        left=st.sampled_from(["gone", "gone", "other role", "stays", "by the same"]),
        manager=dismissing,
        after=st.sampled_from([None, "objects again", "manager approves"]),
    )
    def objector_leaves(self, gate: str | None, refused: bool, left: str, manager: str, after: str | None) -> None:
        """A person objects, perhaps in an event that is refused, and leaves; the objection is dismissed."""
        role = USUAL[gate or "G2"]
        person = {"qa_tester": "qa-1", "release_manager": "rm-1"}[role]
        subject = self.become(person, role)
        if refused and gate:
            payload = self.decision(gate, person, role, "rejected") | {"note": next(self.numbers)}
            envelope = self.envelope("gate_signoff", payload, self.now(), gate, "manual")
            with self.sending(Sender(role, subject)):
                assert self.send(envelope | {"schema_version": "v9.9"}) == "unsupported_schema_version"
        elif gate:
            self.sign_off(gate, person, role, "rejected", [], None, False)
        else:
            self.insert_approval(None, person, role, "rejected")
        fact: Fact = self.model.contested[-1] if refused and gate else self.model.approvals[-1]
        self.agree()
        if left == "other role":
            self.end_all(person, self.lead)
            self.become(person, "developer")
        elif left != "stays":
            self.leave(person, manager if left == "by the same" else "rm-2")
        self.dismiss_one(fact, manager)
        self.agree()
        if after == "objects again":
            self.sign_off(gate or "G2", person, role, "rejected", [], None, False)
        elif after and manager != "rm-1":
            self.sign_off("G3", manager, "release_manager", "approved", ["rollback_plan"], None, False)

    @rule(kind=st.sampled_from(KINDS), which=st.integers(0, 35), manager=dismissing)
    def dismiss_refused(self, kind: str, which: int, manager: str) -> None:
        """Refuse a stop of a machine, and dismiss it."""
        before = len(self.model.contested)
        self.refuse_once(kind, ("version", "environment", "check")[which % 3], which, None, None)
        self.agree()
        if len(self.model.contested) > before:
            self.dismiss_one(self.model.contested[-1], manager)

    @rule(
        name=st.sampled_from(CHECK_NAMES[1:]),
        later=st.sampled_from(["renamed", "renamed", "held", "failed", "other part"]),
        manager=dismissing,
        files=st.sampled_from(["", "lib=b"]),
    )
    def rename_check(self, name: str, later: str, manager: str, files: str) -> None:
        """A check fails, and a later report of the build does not hold it; it is dismissed."""
        failed: dict[str, Any] = {"status": "fail", "check_name": name, "part": f"part-{next(self.numbers)}"}
        failed |= {"artifacts": self.files(files)} if files else {}
        assert self.send(self.envelope("build_complete", failed, self.now())) is None
        check = next(c for c in reversed(self.model.checks) if (c.gate, c.name) == ("G1", name))
        self.agree()
        passed: dict[str, Any] = {"status": "pass", "check_name": f"new-{name}", "part": failed["part"]}
        if later == "held":
            passed["checks"] = [{"check_name": name, "status": "skipped"}]
        elif later == "failed":
            passed["checks"] = [{"check_name": "unit_tests", "status": "fail"}]
        elif later == "other part":
            passed["part"] = "elsewhere"
        assert self.send(self.envelope("build_complete", passed, self.now())) is None
        self.dismiss_one(check, manager)

    @rule(
        environment=environments,
        ref=st.sampled_from(FORWARD_REFS),
        trusted=st.booleans(),
        newer=st.booleans(),
        left=st.booleans(),
        manager=dismissing,
    )
    def fail_probe(self, environment: str, ref: str, trusted: bool, newer: bool, left: bool, manager: str) -> None:
        """A probe of a deployment fails, by hand or not; it is dismissed."""
        place = DeploymentKey(environment, ref)
        if not any(r.place == place for r in self.model.reports):
            self.deploy(environment, ref, "succeeded", None, None, False, 0)
        subject = self.become("sre-1", "sre")
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "check_name": "smoke",
            "status": "fail",
            "artifact_ref": "https://monitoring.example/report",
        }
        with self.sending(Sender("sre", subject)):
            source = "monitoring" if trusted else "manual"
            assert self.send(self.envelope("health_check", payload, self.now(), source=source)) is None
        check = self.model.checks[-1]
        self.agree()
        if newer:
            self.deploy(environment, f"e{next(self.numbers)}", "in_progress", None, None, False, 0)
        if left:
            self.leave("sre-1", "rm-2")
        self.dismiss_one(check, manager)

    @rule(chance=st.integers(0, 9))
    def close_seldom(self, chance: int) -> None:
        """Close the release, sometimes: most steps of a closed one are refused."""
        if chance == 0:
            self.close()

    # Each of them

    def dismiss_one(self, fact: Fact, manager: str) -> None:
        """Dismiss a fact as a release manager; the database refuses it where the model does."""
        subject = self.become(manager, "release_manager")
        now = self.calm_down()
        why = self.known.why_dismissible(
            fact,
            now,
            lambda person, role: self.people.holds(person, role, self.project),
            lambda person, role: self.people.was_ended_by(person, role, self.project, subject),
        )
        allowed = self.model.may_dismiss(subject, only_manager=self.people.is_alone(subject, self.project))
        id_ = self.id_of(fact)
        with self.writing("G1", "G2", "G3", "G4") as touched, self.caller("release_manager", subject):
            refusing: Any = contextlib.nullcontext() if why and allowed else pytest.raises(psycopg.Error)
            with refusing as refused:
                self.ask("select ops.dismiss(%s, 'nobody is left who could heal it')", id_)
            if refused:
                assert refused.value.sqlstate in ("OPS11", "42501"), refused.value
                touched.clear()
        if why and allowed:
            moment = self.moment()
            assert moment
            self.model.dismiss(fact, why, subject, moment)
            query = "select alone from ops.dismissals where release_id = %s order by created_at desc limit 1"
            assert self.ask(query, self.release_id)[0]["alone"] == self.model.dismissals[-1].alone
        elif self.watch:
            self.watch.decisions.counts[BY_NOBODY_ELSE if why else STAYS] += 1

    def id_of(self, fact: Fact) -> UUID:
        """The id of a fact's row."""
        if isinstance(fact, DeploymentKey):
            return self.deployment_ids()[fact]
        query, more = {
            Approval: ("select approval_id as id from ops.approvals", {}),
            Check: ("select check_id as id from ops.gate_checks", {"check_name": getattr(fact, "name", None)}),
            ContestedReport: ("select contested_id as id from ops.contested_reports", self.columns_of(fact)),
        }[type(fact)]
        equal: dict[str, Any] = {"release_id": self.release_id, "created_at": fact.recorded_at, **more}
        with self.caller("none"):
            same = " and ".join(f"{column} is not distinct from %s" for column in equal)
            [row] = self.ask(f"{query} where {same}", *equal.values())
        return UUID(str(row["id"]))

    @staticmethod
    def columns_of(fact: Fact) -> dict[str, Any]:
        """The check that a refused report is about: all else is the same within one event."""
        return {"check_name": fact.stop.check} if isinstance(fact, ContestedReport) else {}

    def close(self) -> None:
        """Close the release, as a release manager. That judges no gate."""
        if self.model.closed_at:
            return
        subject = self.become("rm-2", "release_manager")
        with self.writing(), self.caller("release_manager", subject):
            self.ask("select ops.close_release(%s, 'superseded')", self.release_id)
        query = "select closed_at from ops.releases where release_id = %s"
        closed = self.ask(query, self.release_id)[0]["closed_at"]
        assert isinstance(closed, datetime)
        self.model.closed_at = closed

    def teardown(self) -> None:
        """Close the release, and let some things happen to it; then look back."""
        if not self.void and self.agreed and self.steps:
            self.close()
            steps: list[Callable[[], None]] = [
                lambda: self.deploy_healthy("dev", "d9"),
                lambda: self.build("lint", "fail", {}, [], None, SOURCE_REF),
                lambda: self.sign_off("G2", "qa-1", "qa_tester", "approved", [], None, False),
                lambda: self.sign_off("G3", "rm-1", "release_manager", "rejected", [], None, False),
            ]
            agree: Callable[[], None] = self.agree
            for step in steps:
                step()
                agree()
        super().teardown()
