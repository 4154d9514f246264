"""The n8n workflow: its expressions are evaluated by a JavaScript engine, as n8n does."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.pipeline import (
    assert_signed_off,
    log_of,
)
from ops_gates import keys

N8N = json.loads((ROOT / "harness" / "ops_gates" / "producers" / "n8n_qa_signoff.json").read_text())


# T8 by n8n: the workflow's expressions are evaluated by a JavaScript engine, as n8n does.


def node_named(name: str) -> dict[str, Any]:
    [found] = [node for node in N8N["nodes"] if node["name"] == name]
    return dict(found)


def n8n_filled(value: Any, item: Any, before: Any = None) -> Any:
    """A parameter with its expressions filled in for one item; a lone expression keeps its type.

    `before` is the item as the node `Sign-off` handed it on, which later nodes ask for.
    """
    script = """
      const [value, $json, before] = JSON.parse(require("fs").readFileSync(0, "utf8"));
      // n8n gives texts a method of this name.
      String.prototype.hash = function (kind) {
        return require("crypto").createHash(kind).update(String(this)).digest("hex");
      };
      const $ = (node) => ({ "Sign-off": { item: { json: before } } })[node];
      const run = (code) => new Function("$json", "$", `return (${code})`)($json, $);
      const fill = (v) => {
        if (Array.isArray(v)) return v.map(fill);
        if (v && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, fill(w)]));
        if (typeof v !== "string" || !v.startsWith("=")) return v;
        const alone = v.match(/^=\\s*\\{\\{((?:(?!\\}\\}).)*)\\}\\}\\s*$/s);
        return alone ? run(alone[1]) : v.slice(1).replace(/\\{\\{(.*?)\\}\\}/gs, (_, code) => String(run(code)));
      };
      console.log(JSON.stringify(fill(value)));
    """
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps([value, item, before]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def n8n_signoff(body: Any, supabase_url: str) -> dict[str, Any]:
    """What the node `Sign-off` hands on for a call with this body, its one setting edited."""
    assignments = node_named("Sign-off")["parameters"]["assignments"]["assignments"]
    item = n8n_filled({given["name"]: given["value"] for given in assignments}, {"body": body})
    assert item["supabase_url"].startswith("https://your-project-ref")
    return {**item, "supabase_url": supabase_url}


def n8n_request(stack: Stack, item: dict[str, Any], name: str = "Send gate_signoff", before: Any = None) -> Any:
    """Send what an HTTP Request node would: method, address, credential and body as the workflow has them."""
    node = node_named(name)
    parameters = n8n_filled(node["parameters"], item, before)
    assert (parameters["specifyBody"], parameters["genericAuthType"]) == ("json", "httpHeaderAuth")
    return stack.http.request(
        parameters["method"],
        parameters["url"],
        headers={"content-type": "application/json", "apikey": stack.secret_key},
        content=json.dumps(parameters["jsonBody"]),
    )


def n8n_run(stack: Stack, body: Any) -> list[Any]:
    """The answers to what the workflow sends for a call: one, or two where it sends once more."""
    before = n8n_signoff(body, stack.url)
    first = n8n_request(stack, before)
    if first.status_code == 200:
        return [first]
    # As n8n words the failure of a request.
    failed = {"error": {"message": f"{first.status_code} - {json.dumps(first.text)}"}}
    assignments = node_named("Why it was refused")["parameters"]["assignments"]["assignments"]
    item = {**failed, **n8n_filled({given["name"]: given["value"] for given in assignments}, failed, before)}
    [condition] = node_named("Once more?")["parameters"]["conditions"]["conditions"]
    assert condition["operator"]["operation"] == "notEmpty"
    if not n8n_filled(condition["leftValue"], item):
        return [first]
    return [first, n8n_request(stack, item, "Send once more", before)]


def n8n_body(world: World, **more: Any) -> dict[str, Any]:
    return {
        "release_id": str(world.release_id),
        "session_id": uuid.uuid4().hex,
        "approver_id": "qa-1",
        "decision": "approved",
        "rationale_structured": {"criteria_met": 12, "defects_open": 0},
        "rationale_text": "by way of n8n",
        "evidence": [{"artifact_type": "test_result", "artifact_url": "https://ci.example/7", "sha256": "ab" * 32}],
        **more,
    }


def test_the_n8n_workflow_signs_off_g2_with_the_right_fields(world: World) -> None:
    world.emit(world.build())
    item = n8n_signoff(n8n_body(world), world.stack.url)
    assert item["problem"] == ""
    first, again = (n8n_request(world.stack, item) for _ in range(2))
    assert (first.status_code, first.json()["status"]) == (200, "accepted"), first.text
    assert (again.json()["status"], again.json()["ingest_id"]) == ("duplicate", first.json()["ingest_id"])
    assert world.gates()["G2"] == "passed"
    assert log_of(world, f"agent/{item['signoff']['session_id']}/gate_signoff/G2") == ["accepted", "duplicate"]
    assert_signed_off(world, "ab" * 32, "by way of n8n")
    said = n8n_filled(node_named("On record")["parameters"]["responseBody"], first.json())
    assert (said["status"], said["gate"]["status_after"]) == ("accepted", "passed")


def test_two_releases_and_two_approvers_of_one_session_are_all_on_record(world: World) -> None:
    other, session = World(world.stack), uuid.uuid4().hex
    bodies = [
        n8n_body(world, session_id=session),
        n8n_body(other, session_id=session, decision="rejected"),
        n8n_body(world, session_id=session, approver_id="QA-2", decision="rejected"),
    ]
    for _ in range(2):
        answers = [n8n_run(world.stack, body) for body in bodies]
        assert [len(one) for one in answers] == [1, 2, 2]
        assert [one[-1].status_code for one in answers] == [200] * 3, [one[-1].text for one in answers]
    assert {row["approver_id"]: row["decision"] for row in world.facts("approvals")} == {
        "qa-1": "approved",
        "qa-2": "rejected",
    }
    assert [row["decision"] for row in other.facts("approvals")] == ["rejected"]
    event = world.signoff("G2", "qa-2")
    longer = keys.longer({**event, "idempotency_key": f"agent/{session}/gate_signoff/G2"})
    assert log_of(world, longer) == ["accepted", "duplicate"]


def test_another_decision_of_one_session_is_refused_and_not_sent_again(world: World) -> None:
    body = n8n_body(world)
    n8n_run(world.stack, body)
    [answer] = n8n_run(world.stack, {**body, "decision": "rejected"})
    assert answer.json()["error"] == "idempotency_key_reused"


def test_of_what_is_too_large_a_rejection_alone_is_sent_and_an_approval_never(world: World) -> None:
    large = {"rationale_text": "x" * 300_000}
    [answer] = n8n_run(world.stack, n8n_body(world, **large))
    assert (answer.status_code, world.facts("approvals")) == (413, [])
    refused, kept = n8n_run(world.stack, n8n_body(world, **large, decision="rejected"))
    assert (refused.status_code, kept.json()["status"]) == (413, "accepted")
    assert [row["decision"] for row in world.facts("approvals")] == ["rejected"]


def test_each_try_says_when_it_is_sent(world: World) -> None:
    item = {**n8n_signoff(n8n_body(world, decided_at="2026-11-23T10:00:00Z"), world.stack.url)}
    for name in ("Send gate_signoff", "Send once more"):
        code = node_named(name)["parameters"]["jsonBody"]
        sent = n8n_filled(code, {**item, "why": "key taken"}, item)
        age = abs(datetime.now(UTC) - datetime.fromisoformat(sent["sent_at"]))
        assert (sent["emitted_at"], age < timedelta(minutes=1)) == ("2026-11-23T10:00:00Z", True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"release_id": "v1"}, "release_id"),
        ({"session_id": "a b"}, "session_id"),
        ({"approver_id": None}, "approver_id"),
        ({"decision": "fine"}, "decision"),
        ({"rationale_structured": {}}, "rationale_structured"),
        ({"evidence": [{"artifact_type": "test_result"}]}, "sha256"),
        (None, "release_id"),
    ],
)
def test_the_n8n_workflow_sends_nothing_that_is_incomplete(stack: Stack, body: Any, said: str) -> None:
    whole = n8n_body(World(stack))
    item = n8n_signoff(None if body is None else {**whole, **body}, stack.url)
    assert said in item["problem"]
    [condition] = node_named("Complete?")["parameters"]["conditions"]["conditions"]
    assert n8n_filled(condition["leftValue"], item) != condition["rightValue"]
    answer = n8n_filled(node_named("Say what is missing")["parameters"]["responseBody"], item)
    assert answer == {"status": "not sent", "error": item["problem"]}


def test_the_n8n_workflow_is_whole_and_carries_no_secret() -> None:
    names = [node["name"] for node in N8N["nodes"]]
    assert len(set(names)) == len({node["id"] for node in N8N["nodes"]}) == len(names)
    targets = [t["node"] for out in N8N["connections"].values() for branch in out["main"] for t in branch]
    assert N8N["connections"].keys() <= set(names)
    assert set(targets) <= set(names)
    triggers = {"QA has decided", "Try it by hand"}
    assert set(names) - set(targets) == triggers
    for name in ("Send gate_signoff", "Send once more"):
        sender = node_named(name)
        assert (sender["retryOnFail"], sender["onError"]) == (True, "continueErrorOutput")
        assert len(N8N["connections"][name]["main"]) == 2
    for node in N8N["nodes"]:
        for credential in node.get("credentials", {}).values():
            assert credential.keys() == {"id", "name"}
    assert "sb_secret_" not in json.dumps(N8N)
    # n8n ends an expression at the first pair of closing braces.
    for value in re.findall(r'"(=(?:[^"\\]|\\.)*)"', json.dumps(N8N)):
        assert value.count("{{") == value.count("}}")
