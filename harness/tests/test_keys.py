"""Keys hold the identity of the fact: no two facts share one, and one fact has always the same."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.stack.parts import ROOT
from harness.tests.pipeline import Caught
from harness.tests.terminal import Terminal
from ops_gates import events, keys
from ops_gates.commands import target
from ops_gates.core import Overview
from ops_gates.errors import UsageFault
from ops_gates.events import Envelope
from ops_gates.producers import agent, github_actions

RELEASE, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
SOURCES = {"gate_signoff": "agent", "health_check": "monitoring", "environment_event": "monitoring"}
# Names that a careless key would take for each other.
LONG = "x" * 250
NAMES = [
    *("build", "health", "default", "a", "b", "A", "a/b", "a~b", "a%2Fb", "a%7Eb", "~2", "2", "~d000000000000", "%"),
    *("é", "e\u0301", " a", "a b", "staging", "G2", LONG, LONG + "y", hashlib.sha256(LONG.encode()).hexdigest()),
]
# A blank alone is no name: each field that takes one refuses it.
names = st.sampled_from(NAMES) | st.text(min_size=1, max_size=4).filter(
    lambda text: text.isprintable() and text.strip()
)


@dataclass(frozen=True)
class Report:
    """What a report is about: all that the page calls identity, and the run."""

    kind: str
    run: str
    attempt: int = 1
    gate: str = "G2"
    check: str | None = None
    part: str | None = None
    environment: str = "staging"
    target: str | None = None
    ref: str = "d-1"
    status: str = "succeeded"
    inner: str = "alert_fired"
    digest: str | None = None

    @property
    def identity(self) -> tuple[Any, ...]:
        """Which fact it is, whatever the program does with it: what is left out has its default."""
        check = self.check or {"build_complete": "build", "health_check": "health"}.get(self.kind)
        about: dict[str, tuple[Any, ...]] = {
            "build_complete": (check, self.part or check),
            "gate_signoff": (self.gate, self.digest and self.digest[:12]),
            "deployment_event": (self.environment, self.target or "default", self.ref, self.status),
            "health_check": (self.environment, self.target or "default", self.ref, check, self.part or check),
            "environment_event": (self.environment, self.inner),
        }
        return (self.kind, self.run, self.attempt, *about[self.kind])


reports = st.builds(
    Report,
    kind=st.sampled_from(sorted(keys.IDENTITY)),
    run=st.sampled_from(["7", "8", "a/b", "a%2Fb", "~2", LONG]) | names,
    attempt=st.sampled_from([1, 1, 2, 3]),
    gate=st.sampled_from(["G2", "G3"]),
    check=st.none() | names,
    part=st.none() | names,
    environment=st.sampled_from(["dev", "staging"]),
    target=st.none() | names,
    ref=names,
    status=st.sampled_from(["in_progress", "succeeded", "failed"]),
    inner=st.sampled_from(["alert_fired", "scaled"]),
    digest=st.sampled_from([None, "0" * 64, "0" * 12 + "f" * 52, "1" * 64]),
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Report, Report]:
    """Two reports that differ in a field or two, or in none that matters."""
    first, other = draw(reports), draw(reports)
    fields = draw(
        st.sets(st.sampled_from(["run", "attempt", "gate", "check", "part", "target", "ref", "status", "digest"]))
    )
    return first, replace(first, **{name: getattr(other, name) for name in fields})


def built(
    report: Report, release: str = RELEASE, approver: str = "qa-1", outcome: str = "pass", **more: Any
) -> Envelope:
    """A report by the builder of its type; the outcome is no part of its identity."""
    common: dict[str, Any] = {"run_attempt": report.attempt, **more}
    place: dict[str, Any] = {"environment": report.environment, "deployment_ref": report.ref, "target": report.target}
    named: dict[str, Any] = {"check_name": report.check, "part": report.part}
    match report.kind:
        case "build_complete":
            return events.build_complete(release, run_id=report.run, status=outcome, **named, **common)
        case "gate_signoff":
            return events.gate_signoff(
                release,
                report.gate,
                session_id=report.run,
                decision="approved" if outcome == "pass" else "rejected",
                approver_id=approver,
                persona_role="qa_tester",
                rationale_structured={"met": 1},
                artifacts_digest=report.digest,
                **common,
            )
        case "deployment_event":
            return events.deployment_event(
                release, status=report.status, source_ref="c", run_id=report.run, **place, **common
            )
        case "health_check":
            return events.health_check(
                release, status=outcome, artifact_ref="https://m/1", run_id=report.run, **place, **named, **common
            )
        case _:
            return events.environment_event(
                environment=report.environment, event_type=report.inner, run_id=report.run, **common
            )


def is_key(key: str, report: Report) -> bool:
    """Whether the function would take it."""
    parts = key.split("/")
    source = SOURCES.get(report.kind, "github_actions")
    return bool(re.fullmatch(r"[!-~]{8,255}", key)) and "" not in parts and parts[0:3:2] == [source, report.kind]


@given(pairs(), st.sampled_from(["pass", "fail"]))
@example((Report("build_complete", "7", check="a", part="b"), Report("build_complete", "7", check="a~b")), "fail")
@example((Report("build_complete", "7", part="a"), Report("build_complete", "7", check="a")), "fail")
@example(
    (
        Report("build_complete", "7", check=LONG + "y"),
        Report("build_complete", "7", check=hashlib.sha256((LONG + "y").encode()).hexdigest()),
    ),
    "fail",
)
@settings(max_examples=1000)
def test_the_builders_give_two_reports_one_key_exactly_when_they_are_one_fact(
    two: tuple[Report, Report], outcome: str
) -> None:
    first, second = two
    one, other = built(first)["idempotency_key"], built(second, outcome=outcome)["idempotency_key"]
    assert (one == other) == (first.identity == second.identity), (one, other)
    assert is_key(one, first)
    longer = [keys.longer(built(report)) for report in two]
    assert (longer[0] == longer[1]) == (first.identity == second.identity), longer
    assert is_key(longer[0], first)
    assert longer[0] != one


@pytest.mark.parametrize(
    ("report", "key"),
    [
        (Report("build_complete", "7"), "github_actions/7/build_complete"),
        (Report("build_complete", "7", check="build", part="build"), "github_actions/7/build_complete"),
        (Report("build_complete", "7", attempt=2), "github_actions/7/build_complete/~2"),
        (Report("build_complete", "7", check="unit tests"), "github_actions/7/build_complete/unit%20tests"),
        (Report("build_complete", "7", part="linux"), "github_actions/7/build_complete/build~linux"),
        (Report("gate_signoff", "s-1"), "agent/s-1/gate_signoff/G2"),
        (Report("gate_signoff", "s-1", attempt=3), "agent/s-1/gate_signoff/G2/~3"),
        (Report("gate_signoff", "s-1", attempt=3, digest="ab" * 32), "agent/s-1/gate_signoff/G2/~dabababababab/~3"),
        (Report("deployment_event", "7"), "github_actions/7/deployment_event/staging/default/d-1/succeeded"),
        (Report("health_check", "7", target="eu"), "monitoring/7/health_check/staging/eu/d-1"),
        (Report("health_check", "7", check="p99"), "monitoring/7/health_check/staging/default/d-1/p99"),
        (Report("environment_event", "7"), "monitoring/7/environment_event/staging/alert_fired"),
    ],
)  # fmt: skip
def test_a_plain_key_is_that_of_the_task_list_and_others_append_what_differs(report: Report, key: str) -> None:
    assert built(report)["idempotency_key"] == key


def test_a_key_that_is_too_long_ends_in_the_hash_of_its_rest() -> None:
    key = built(Report("build_complete", "7", check=LONG, attempt=2))["idempotency_key"]
    assert key == f"github_actions/7/build_complete/{hashlib.sha256((LONG + '/~2').encode()).hexdigest()}"


@pytest.mark.parametrize("kind", sorted(keys.IDENTITY))
def test_an_identity_field_changes_the_longer_key_and_nothing_else_does(kind: str) -> None:
    whole = built(Report(kind, "7"))
    for name in (*keys.IDENTITY[kind], "payload.surprise", "payload.artifact_ref", "payload.checks", "emitted_at"):
        field = name.removeprefix("payload.")
        changed = (
            {**whole, "payload": {**whole["payload"], field: "other"}} if field != name else {**whole, field: "other"}
        )
        assert (keys.longer(changed) != keys.longer(whole)) == (name in keys.IDENTITY[kind]), name
    assert keys.longer({**whole, "release_id": "ABC"}) == keys.longer({**whole, "release_id": "abc"})


@pytest.mark.parametrize("run", ["", "\ud800"])
def test_a_run_that_cannot_be_in_a_key_is_a_wrong_usage(run: str) -> None:
    with pytest.raises(UsageFault):
        built(Report("build_complete", run))


# The programs


def by_command(report: Report, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key that `ops-gates emit` makes with the secret key."""
    caught = Caught(Overview(report.digest, "5" * 64))
    monkeypatch.setattr(target, "gates", lambda: caught)
    part = {} if report.part is None else {"part": report.part}
    options = {
        "build_complete": (RELEASE, "--status", "pass"),
        "gate_signoff": (
            *(RELEASE, "--gate", report.gate, "--decision", "approved", "--approver", "qa-1"),
            *("--persona", "qa_tester", "--rationale", '{"met": 1}'),
        ),
        "deployment_event": (RELEASE, "--status", report.status, "--source-ref", "c"),
        "health_check": (RELEASE, "--status", "pass", "--report", "https://m/1"),
        "environment_event": ("--kind", report.inner),
    }[report.kind]
    place: tuple[str, ...] = (
        ("--environment", report.environment) if report.kind not in ("build_complete", "gate_signoff") else ()
    )
    if report.kind in ("deployment_event", "health_check"):
        place += (f"--ref={report.ref}",)
        part |= {} if report.target is None else {"target": report.target}
    if report.check is not None and report.kind in ("build_complete", "health_check"):
        part["check_name"] = report.check
    more = ("--payload", json.dumps(part)) if report.kind not in ("gate_signoff", "environment_event") and part else ()
    given = ("emit", report.kind, *options, *place, f"--run={report.run}", f"--attempt={report.attempt}", *more)
    runner = {"SUPABASE_URL": "http://127.0.0.1:1", "SUPABASE_SECRET_KEY": "sb_secret_none", "GITHUB_ACTIONS": "true"}
    done = Terminal(runner)(*given)
    assert done.exit_code == 0, done.output
    assert ("seen" in caught.sent[0]["payload"]) == (report.kind == "gate_signoff")
    return str(caught.sent[0]["idempotency_key"])


@given(reports)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_command_line_makes_the_keys_of_the_builders(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    assert by_command(report, monkeypatch) == built(report)["idempotency_key"]


@given(names, st.sampled_from(["G2", "G3"]), st.sampled_from([None, "ab" * 32]))
def test_an_agent_makes_the_key_of_the_builder(session: str, gate: str, digest: str | None) -> None:
    event = agent.signoff(
        *(RELEASE,), session_id=session, approver_id="qa-1", rationale_structured={"met": 1}, gate_code=gate,
        artifacts_digest=digest,
    )  # fmt: skip
    wanted = Report("gate_signoff", session, gate=gate, digest=digest)
    assert event["idempotency_key"] == built(wanted)["idempotency_key"]


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 32, "é" * 64])
def test_what_is_no_digest_is_a_wrong_usage(digest: str) -> None:
    with pytest.raises(UsageFault):
        built(Report("gate_signoff", "s-1", digest=digest))


def by_action(run: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Envelope:
    """What the step of `ops-event` sends in a job with these variables."""
    caught = Caught()
    monkeypatch.setattr(github_actions, "project_of", lambda _: caught)
    fixed = {
        "OPS_STATUS": "success",
        "OPS_RELEASE_ID": RELEASE,
        "OPS_SOURCE_REF": "c",
        "SUPABASE_URL": "http://127.0.0.1:1",
        "SUPABASE_SECRET_KEY": "sb_secret_none",
        "GITHUB_ACTIONS": "true",
    }
    assert github_actions.run("event", {**fixed, **run}) == 0
    return caught.sent[0]


def told(text: str | None) -> str | None:
    """What an input of an action gives: without blanks around it, and nothing for an empty one."""
    return ((text or "").strip() or None) if text is not None else None


@given(reports)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_action_makes_the_keys_of_the_builder(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    run = told(report.run) or "7"
    check, part = told(report.check), told(report.part)
    given = {"OPS_CHECK_NAME": check or "", "OPS_PART": part or ""}
    sent = by_action({**given, "GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": str(report.attempt)}, monkeypatch)
    wanted = replace(report, kind="build_complete", run=run, check=check, part=part)
    assert sent["idempotency_key"] == built(wanted)["idempotency_key"]


def test_the_n8n_workflow_makes_the_keys_of_the_builder() -> None:
    workflow = json.loads((ROOT / "harness" / "ops_gates" / "producers" / "n8n_qa_signoff.json").read_text())
    [node] = [node for node in workflow["nodes"] if node["name"] == "Sign-off"]
    told_fields = {one["name"]: one["value"] for one in node["parameters"]["assignments"]["assignments"]}
    sessions = ["s-1", "a~b", "a%2Fb", "(it's)*!", "a:b", "G2", "7.2_x", "".join(map(chr, range(33, 47)))]
    digests = [None, "ab" * 32]
    people = ["qa-1", "QA-1", "a b/~*", "\u00c9"]
    items = [
        {"body": {"session_id": session, "release_id": RELEASE, "approver_id": person, "artifacts_digest": digest}}
        for session in sessions
        for person in people
        for digest in digests
    ]
    script = """
      const [codes, items] = JSON.parse(require("fs").readFileSync(0, "utf8"));
      String.prototype.hash = function (kind) {
        return require("crypto").createHash(kind).update(String(this)).digest("hex");
      };
      const run = (code, $json) => new Function("$json", `return (${code})`)($json);
      console.log(JSON.stringify(items.map((item) => codes.map((code) => run(code, item)))));
    """
    codes = [re.fullmatch(r"=\{\{(.*)\}\}", told_fields[name], re.DOTALL) for name in ("key", "longer_key")]
    sent = json.dumps([[code and code[1] for code in codes], items])
    done = subprocess.run(["node", "-e", script], input=sent, capture_output=True, text=True, check=True)
    whole = [
        built(Report("gate_signoff", session, digest=digest), approver=person)
        for session in sessions
        for person in people
        for digest in digests
    ]
    assert json.loads(done.stdout) == [[event["idempotency_key"], keys.longer(event)] for event in whole]


# The page


def test_the_page_has_the_table_of_the_program() -> None:
    page = (ROOT / "docs" / "events" / "README.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", page, re.MULTILINE)
    told_fields = {kind: tuple(re.findall(r"`([\w.]+)`", fields)) for kind, fields in rows}
    assert told_fields == keys.IDENTITY
