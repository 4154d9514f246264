"""The steps of a drawn history that write rows directly, grant exceptions, and ask for a new verdict."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from harness.prove.model_assurance import SignIn, sign_in_of
from harness.prove.model_facts import Approval, Check, DeploymentKey, Evidence, GateException, Report, Retirement
from harness.prove.model_terms import DECISIONS, DEPLOYMENT_STATUSES, PERSONAS, RANK
from harness.tests.release_history.compared import ComparedRelease
from harness.tests.release_history.drawn import (
    CHECK_NAMES,
    EVIDENCE,
    EXCEPTION_TYPES,
    FORWARD_REFS,
    HEALTH_NAMES,
    PEOPLE,
    ROLLBACK_REFS,
    SignedIn,
    checks,
    environments,
    gates,
    lengths,
    sign_ins,
    starts,
    targets,
)


class RowRules(ComparedRelease):
    """Inserts and updates rows, grants and revokes exceptions, evaluates gates."""

    # Rows

    @rule(
        gate=gates,
        name=st.sampled_from([*CHECK_NAMES, *HEALTH_NAMES]),
        observations=st.lists(st.tuples(checks, st.booleans()), min_size=1, max_size=3),
        which=st.integers(0, 20),
    )
    def insert_checks(self, gate: str, name: str, observations: list[tuple[str, bool]], which: int) -> None:
        """Insert checks as a machine, which is trusted, or as the owner of the tables, who is not."""
        deployments = self.deployment_ids()
        if gate == "G4" and not deployments:
            return
        place = sorted(deployments)[which % len(deployments)] if gate == "G4" else None
        for status, trusted in observations:
            columns = {
                "release_id": self.release_id,
                "gate_id": self.gate_ids[gate],
                "deployment_id": deployments[place] if place else None,
                "check_name": name,
                "source_system": "agent" if trusted else "manual",
                "status": status,
            }
            if self.model.closed_at and place is None and status != "fail":
                with pytest.raises(psycopg.Error):
                    self.insert("gate_checks", **columns)
                continue
            with self.writing(gate):
                with contextlib.nullcontext() if trusted else self.caller("none"):
                    row = self.insert("gate_checks", **columns)
                moment = self.moment_of(row)
                check = Check(gate, name, status, trusted, row["observed_at"], moment, place)
                self.model.checks.append(check)

    @rule(
        gate=st.one_of(st.none(), gates),
        person=st.sampled_from(PEOPLE),
        persona=st.sampled_from(PERSONAS),
        decision=st.sampled_from(DECISIONS),
    )
    def insert_approval(self, gate: str | None, person: str, persona: str, decision: str) -> None:
        subject = self.become(person, persona)
        if self.refuses_approvals(decision):
            return
        with self.writing(*filter(None, [gate])):
            row = self.insert(
                "approvals",
                release_id=self.release_id,
                gate_id=self.gate_ids[gate] if gate else None,
                approver_id=subject,
                persona_role=persona,
                decision=decision,
                scope="gate" if gate else "release",
                rationale_structured=json.dumps({"looked_at": gate or "everything"}),
            )
            approval = Approval(gate, subject, persona, decision, row["observed_at"], self.moment_of(row))
            self.model.approvals.append(approval)

    def refuses_approvals(self, decision: str) -> bool:
        """Whether the release is closed to a decision; the database then refuses such a row."""
        if self.model.closed_at is None or decision != "approved":
            return False
        subject = self.become("qa-1", "qa_tester")
        columns = {"release_id": self.release_id, "approver_id": subject, "persona_role": "qa_tester"}
        looked_at = json.dumps({"looked_at": "all"})
        with pytest.raises(psycopg.Error):
            self.insert("approvals", **columns, decision=decision, scope="release", rationale_structured=looked_at)
        return True

    @rule(
        which=st.integers(0, 20),
        person=st.sampled_from([*PEOPLE, "rm-2"]),
        persona=st.sampled_from([*PERSONAS, "release_manager", "release_manager"]),
        decision=st.sampled_from(DECISIONS),
        signed_in=sign_ins,
    )
    def decide_on_exception(
        self, which: int, person: str, persona: str, decision: str, signed_in: SignedIn | None = None
    ) -> None:
        """Decide on an exception that does not end by itself within the history."""
        lasting = [e for e in self.model.exceptions if e.expires_at > self.opened_at + timedelta(hours=1)]
        if not lasting:
            return
        chosen = lasting[which % len(lasting)]
        subject = self.become(person, persona)
        if self.refuses_approvals(decision):
            return
        signed_in = signed_in if persona == "release_manager" else None
        with self.writing(*sorted(chosen.gates)):
            row, own = self.insert_by(
                subject,
                signed_in,
                "approvals",
                release_id=self.release_id,
                exception_id=chosen.id,
                approver_id=subject,
                persona_role=persona,
                decision=decision,
                scope="exception",
                rationale_structured=json.dumps({"looked_at": "risk"}),
            )
            times = row["observed_at"], self.moment_of(row)
            self.model.approvals.append(Approval(None, subject, persona, decision, *times, chosen.id, own))

    @rule(gate=st.one_of(st.none(), gates), drawn=st.sampled_from(EVIDENCE), which=st.integers(0, 20))
    def insert_evidence(self, gate: str | None, drawn: str, which: int) -> None:
        deployments = self.deployment_ids()
        choices = [None, *sorted(deployments)]
        place = choices[which % len(choices)]
        [shown] = self.artifacts([drawn])
        with self.writing(*filter(None, [gate])):
            row = self.insert(
                "evidence_artifacts",
                release_id=self.release_id,
                gate_id=self.gate_ids[gate] if gate else None,
                deployment_id=deployments[place] if place else None,
                source_system="manual",
                **shown,
            )
            told = shown["artifact_url"], shown.get("sha256"), row["observed_at"]
            self.model.evidence.append(Evidence(gate, shown["artifact_type"], self.moment_of(row), place, *told))

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *ROLLBACK_REFS]),
        status=st.sampled_from(DEPLOYMENT_STATUSES),
        undone=st.integers(0, 5),
        region=targets,
    )
    def insert_deployment(self, environment: str, ref: str, status: str, undone: int, region: str) -> None:
        place = DeploymentKey(environment, ref, region)
        known = self.deployment_ids()
        rollbacks = {r.place for r in self.model.reports if r.rollback_of}
        there = [p for p in sorted(known) if p.where == place.where and p not in rollbacks]
        if place in known or (ref in ROLLBACK_REFS and not there):
            return
        named = there[undone % len(there)] if ref in ROLLBACK_REFS else None
        with self.writing("G4"):
            row = self.insert(
                "deployments",
                release_id=self.release_id,
                environment=environment,
                deployment_ref=ref,
                target=region,
                source_ref=self.model.source_ref,
                status=status,
                rollback_of=known[named] if named else None,
            )
            times = row["status_observed_at"], self.moment_of(row)
            undone_ref = named.ref if named else None
            self.model.reports.append(
                Report(place, status, self.model.source_ref, *times, row["deployed_at"], row["deployed_by"], undone_ref)
            )

    @precondition(lambda self: self.model.reports)
    @rule(which=st.integers(0, 20), status=st.sampled_from(DEPLOYMENT_STATUSES))
    def update_deployment(self, which: int, status: str) -> None:
        now = self.calm_down()
        deployments = self.known.deployments(now)
        place = sorted(deployments)[which % len(deployments)]
        deployment = deployments[place]
        if deployment.status == status:
            return
        query = "update ops.deployments set status = %s where deployment_id = %s returning status_observed_at"
        with self.writing("G4") as touched:
            backwards = RANK[status] < RANK[deployment.status]
            with pytest.raises(psycopg.Error) if backwards else contextlib.nullcontext():
                row = self.ask(query, status, self.deployment_ids()[place])[0]
            if backwards:
                touched.clear()
                return
            first = next(r for r in self.model.reports if r.place == place)
            report = replace(
                first,
                status=status,
                observed_at=row["status_observed_at"],
                recorded_at=self.moment() or self.now(),
                named_at=None,
            )
            self.model.reports.append(report)

    @rule(which=st.integers(0, 20))
    def retire_target(self, which: int) -> None:
        """A release manager takes out a target to which a release of the project was deployed."""
        now = self.now()
        reports = [r for m in (self.model, *self.model.others) if not m.is_closed(now) for r in m.reports]
        there = sorted({r.place.where for r in reports})
        if not there:
            return
        environment, region = there[which % len(there)]
        subject = self.become("rm-1", "release_manager")
        with self.writing("G4"):
            with self.caller("release_manager", subject):
                query = "select ops.retire_target(%s, %s, %s, 'the region was closed')"
                self.ask(query, self.project, environment, region)
            query = """select max(r.created_at) as at
              from ops.retired_targets as t join ops.retired_releases as r using (retirement_id)
              where t.project = %s and t.environment::text = %s and t.target = %s"""
            [found] = self.ask(query, self.project, environment, region)
            self.retirements.append(Retirement(environment, region, found["at"]))

    def moment_of(self, row: dict[str, Any]) -> datetime:
        """When a row was recorded, and with it all that follows from it."""
        moment = self.moment()
        assert moment == row["created_at"]
        return moment

    def insert_by(
        self, manager: str, signed_in: SignedIn | None, table: str, **columns: Any
    ) -> tuple[dict[str, Any], SignIn | None]:
        """Insert a row that names a release manager: by their own token with what it says, or by naming."""
        if signed_in is None:
            return self.insert(table, **columns), None
        claims = self.claims(signed_in)
        with self.caller("release_manager", manager, claims):
            row = self.insert(table, **columns)
        return row, sign_in_of(claims, row["created_at"])

    # Exceptions

    @rule(
        type_=st.sampled_from([*EXCEPTION_TYPES, "gate_bypass", "evidence_waiver"]),
        impacted=st.sets(gates, min_size=1, max_size=4),
        start=starts,
        length=lengths,
        count=st.integers(1, 2),
        signed_in=sign_ins,
    )
    def allow_exceptions(
        self,
        type_: str,
        impacted: set[str],
        start: int,
        length: int | None,
        count: int,
        signed_in: SignedIn | None,
    ) -> None:
        for _ in range(count):
            self.allow_exception(type_, impacted, start, length, signed_in)

    def allow_exception(
        self,
        type_: str,
        impacted: set[str],
        start: int,
        length: int | None,
        signed_in: SignedIn | None = None,
        person: str = "rm-1",
    ) -> None:
        approver = self.become(person, "release_manager")
        only_manager = signed_in is not None and self.people.is_alone(approver, self.project)
        alone = self.model.grants_alone(approver, impacted, only_manager=only_manager)
        barred = approver == self.model.initiator and not alone
        self.calm_down()
        begins = self.now() + timedelta(milliseconds=start or 50)
        # A start of "now" would be in the past when the row is written: leave it to the default.
        columns = {"effective_from": begins} if start else {}
        end = self.opened_at + timedelta(hours=2) if length is None else begins + timedelta(milliseconds=length)
        try:
            row, own = self.insert_by(
                approver,
                signed_in,
                "exceptions",
                release_id=self.release_id,
                exception_type=type_,
                impacted_gates="{" + ",".join(sorted(impacted)) + "}",
                reason="the customer waits",
                risk_statement="it may break",
                approver_id=approver,
                expires_at=end,
                **columns,
            )
        except psycopg.Error:
            assert barred or self.now() > begins or self.model.closed_at, "refused although it was in time"
            return
        assert self.model.closed_at is None, "granted although the release is closed"
        assert (barred, row["alone"]) == (False, alone), "by whom, and whether alone"
        self.model.exceptions.append(
            GateException(
                id=row["exception_id"],
                type=type_,
                gates=frozenset(impacted),
                recorded_at=self.moment_of(row),
                effective_from=row["effective_from"],
                expires_at=row["expires_at"],
                approver=approver,
                sign_in=own,
                alone=alone,
            )
        )
        self.judged(sorted(impacted), row["created_at"])

    # No precondition of a step may depend on exceptions: whether one was granted in time depends on the clock.

    @rule(which=st.integers(0, 20))
    def revoke_exception(self, which: int) -> None:
        standing = [e for e in self.model.exceptions if e.revoked_at is None]
        if not standing:
            return
        chosen = standing[which % len(standing)]
        with self.writing(*sorted(chosen.gates)):
            query = "update ops.exceptions set revoked_at = now() where exception_id = %s returning revoked_at"
            self.model.revoke(chosen.id, self.ask(query, chosen.id)[0]["revoked_at"])

    @rule()
    def wait_for_exception(self) -> None:
        now = self.now()
        soon = [b for b in self.boundaries() if now <= b <= now + timedelta(seconds=2)]
        if soon:
            event("waited for an answer to change by itself")
            self.wait_past(soon[0])

    @rule(gate=gates)
    def evaluate(self, gate: str) -> None:
        if not self.written:
            return
        self.written = False
        before = self.calm_down()
        status = self.ask("select ops.evaluate_gate(%s)::text as status", self.gate_ids[gate])[0]["status"]
        self.judged_at[gate] = self.now()
        if not self.crossed(before, self.judged_at[gate]):
            assert status == self.known.verdict(gate, before).status
