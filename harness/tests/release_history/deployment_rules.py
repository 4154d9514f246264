"""Steps with events about deployments: they begin, succeed or fail, are rolled back, and are found healthy or not."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
)

from harness.prove.model_deployments import is_named_too_early
from harness.prove.model_events import Sender
from harness.prove.model_facts import Artifacts, DeploymentKey
from harness.prove.model_terms import CHECK_STATUSES, DEFAULT_TARGET, DEPLOYMENT_STATUSES
from harness.tests.release_history.compared import ComparedRelease
from harness.tests.release_history.drawn import (
    FORWARD_REFS,
    HEALTH_NAMES,
    OTHER_REF,
    ROLLBACK_REFS,
    SOURCE_REF,
    artifact_types,
    deployed_files,
    environments,
    named,
    targets,
    ticks,
)
from harness.tests.release_history.written import Tick

NOT = {SOURCE_REF: OTHER_REF, OTHER_REF: SOURCE_REF}


class DeploymentRules(ComparedRelease):
    """Events about deployments of one release."""

    def deploy_healthy(self, environment: str, ref: str, region: str = DEFAULT_TARGET) -> None:
        """Report that a deployment succeeded, if it is one of the release, and that it is healthy."""
        place = DeploymentKey(environment, ref, region)
        first = next((r for r in self.model.reports if r.place == place), None)
        if first is None or (first.source_ref, first.rollback_of) == (self.model.source_ref, None):
            self.deploy(environment, ref, "succeeded", None, None, False, 0, region=region)
        for name in HEALTH_NAMES:
            self.check_health(environment, ref, name, "pass", [], None, False, region)

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *FORWARD_REFS, *ROLLBACK_REFS]),
        reports=st.lists(
            st.tuples(st.sampled_from([*DEPLOYMENT_STATUSES, "succeeded", "failed"]), ticks), min_size=1, max_size=4
        ),
        deployed=named,
        other=st.sampled_from([False, False, False, True]),
        undone=st.integers(0, 5),
        files=deployed_files,
        region=targets,
    )
    def deploys(
        self,
        environment: str,
        ref: str,
        reports: list[tuple[str, int | None]],
        deployed: timedelta | None,
        other: bool,
        undone: int,
        files: str = "",
        region: str = DEFAULT_TARGET,
    ) -> None:
        for status, tick in reports:
            self.deploy(environment, ref, status, tick, deployed, other, undone, files, region)

    def deploy(
        self,
        environment: str,
        ref: str,
        status: str,
        tick: Tick,
        deployed: timedelta | None,
        other: bool,
        undone: int,
        files: str = "",
        region: str = DEFAULT_TARGET,
    ) -> None:
        """Report a new or known deployment. `other` gives another commit or rollback: refused for a known one.

        So are other artifacts; one that is known is mostly reported with its own.
        """
        place = DeploymentKey(environment, ref, region)
        first = next((r for r in self.model.reports if r.place == place), None)
        there = sorted({r.place.ref for r in self.model.reports if r.place.where == place.where} - {ref})
        rollbacks = {r.place.ref for r in self.model.reports if r.place.where == place.where and r.rollback_of}
        expected = None
        if first:
            source_ref, rollback_of = first.source_ref, first.rollback_of
            listed = self.files(files) if files and undone == 0 else self.listed(first.artifacts)
            if {(f["name"], f["sha256"]) for f in listed} != first.artifacts:
                expected = "invalid_transition"
            if other:
                expected = "invalid_transition"
                if undone % 2 and there:
                    rollback_of = next((r for r in there if r != rollback_of), None)
                if rollback_of == first.rollback_of:
                    source_ref = NOT[source_ref]
        else:
            listed = self.files(files)
            source_ref, rollback_of = NOT[self.model.source_ref] if other else self.model.source_ref, None
            if ref in ROLLBACK_REFS:
                rollback_of = there[undone % len(there)] if there else "nowhere"
                expected = None if there else "unknown_deployment"
                if rollback_of in rollbacks:
                    expected = "invalid_transition"
        observed = self.seen(tick)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "status": status,
            "source_ref": source_ref,
            "deployed_at": None if deployed is None else (observed + deployed).isoformat(),
            "deployed_by": [None, "ci-bot", "deployer-1"][undone % 3],
            "rollback_of_ref": rollback_of,
            **({"artifacts": listed} if listed else {}),
            **({} if region == DEFAULT_TARGET else {"target": region}),
        }
        if deployed is not None and is_named_too_early(observed, observed + deployed):
            expected = "invalid_payload"
        refusal = self.send(self.envelope("deployment_event", payload, observed))
        assert refusal == expected, (refusal, expected, payload)

    @staticmethod
    def listed(artifacts: Artifacts) -> list[dict[str, str]]:
        return [{"name": name, "sha256": sha256} for name, sha256 in sorted(artifacts)]

    @rule(
        environment=environments,
        named_by=st.permutations([None, None, timedelta(minutes=-7)]),
        order=st.permutations(range(3)),
        statuses=st.permutations(["pass", "fail", "warning"]),
        region=targets,
    )
    def two_deployments(
        self,
        environment: str,
        named_by: list[timedelta | None],
        order: list[int],
        statuses: list[str],
        region: str = DEFAULT_TARGET,
    ) -> None:
        """Report two new deployments in any order, one of them twice: it matters which is the newer."""
        first, second = (f"e{next(self.numbers)}" for _ in range(2))
        refs = first, second, second
        start = self.now() - timedelta(seconds=3)
        for index in order:
            seen = start + timedelta(seconds=index)
            self.deploy(environment, refs[index], "succeeded", seen, named_by[index], False, 0, region=region)
        for ref, status in zip((first, second), statuses, strict=False):
            self.check_health(environment, ref, "http", status, [], None, False, region)

    @rule(
        environment=environments,
        region=targets,
        before=st.lists(st.sampled_from(["healthy", "failed", "other"]), max_size=2),
        status=st.sampled_from(["pass", "pass", "fail", None]),
        to=st.sampled_from([SOURCE_REF, SOURCE_REF, OTHER_REF]),
        late=st.sampled_from([None, "pass", "pass", "fail", "succeeded"]),
        after=st.sampled_from([None, "in_progress", "healthy"]),
        newest=st.sampled_from([True, True, False]),
    )
    def roll_back(
        self,
        environment: str,
        region: str,
        before: list[str],
        status: str | None,
        to: str,
        after: str | None,
        newest: bool = True,
        late: str | None = None,
    ) -> None:
        """Deploy some times, roll the last deployment back or an older one, report late, and perhaps deploy again."""
        older: str | None = None
        for what in before:
            ref = f"e{next(self.numbers)}"
            if what == "healthy":
                self.deploy_healthy(environment, ref, region)
            else:
                ended = "failed" if what == "failed" else "succeeded"
                self.deploy(environment, ref, ended, None, None, what == "other", 0, region=region)
            older = ref
        undone, rollback = f"e{next(self.numbers)}", f"b{next(self.numbers)}"
        self.deploy(environment, undone, "succeeded", None, None, False, 0, region=region)
        if status:
            self.check_health(environment, undone, "http", status, [], None, False, region)
        self.agree()
        named = {"environment": environment, "target": region, "deployment_ref": rollback}
        named["rollback_of_ref"] = undone if newest else older or undone
        event = self.envelope("deployment_event", {**named, "status": "succeeded", "source_ref": to}, self.now())
        assert self.send(event) is None
        self.agree()
        if late == "succeeded":
            self.deploy(environment, undone, late, None, None, False, 0, region=region)
        elif late:
            self.check_health(environment, undone, "http", late, [], None, False, region)
        self.agree()
        if after == "healthy":
            self.deploy_healthy(environment, f"e{next(self.numbers)}", region)
        elif after:
            self.deploy(environment, f"e{next(self.numbers)}", after, None, None, False, 0, region=region)

    @rule(
        environment=environments,
        ref=st.sampled_from([*FORWARD_REFS, *ROLLBACK_REFS]),
        name=st.sampled_from(HEALTH_NAMES),
        statuses=st.lists(st.sampled_from([*CHECK_STATUSES, "pass", "pass"]), min_size=1, max_size=2),
        types=artifact_types,
        tick=ticks,
        by_sre=st.booleans(),
        region=targets,
    )
    def check_healths(
        self,
        environment: str,
        ref: str,
        name: str,
        statuses: list[str],
        types: list[str],
        tick: Tick,
        by_sre: bool,
        region: str = DEFAULT_TARGET,
    ) -> None:
        for status in statuses:
            self.check_health(environment, ref, name, status, types, tick, by_sre, region)

    def check_health(
        self,
        environment: str,
        ref: str,
        name: str,
        status: str,
        types: list[str],
        tick: Tick,
        by_sre: bool,
        region: str = DEFAULT_TARGET,
    ) -> None:
        known = any(r.place == DeploymentKey(environment, ref, region) for r in self.model.reports)
        payload = {
            "environment": environment,
            "deployment_ref": ref,
            "check_name": name,
            "status": status,
            "artifact_ref": "https://monitoring.example/report",
            "evidence": self.artifacts(types),
            **({} if region == DEFAULT_TARGET else {"target": region}),
        }
        with self.sending(Sender("sre", self.become("sre-1", "sre")) if by_sre else Sender()):
            source = "monitoring" if by_sre else "agent"
            refusal = self.send(self.envelope("health_check", payload, self.seen(tick), source=source))
        assert refusal == (None if known else "unknown_deployment")
