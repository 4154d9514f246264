"""The n8n workflow: its expressions are evaluated by a JavaScript engine, as n8n does."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from typing import Any

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.pipeline import (
    assert_signed_off,
    log_of,
)

N8N = json.loads((ROOT / "harness" / "ops_gates" / "producers" / "n8n_qa_signoff.json").read_text())


# T8 by n8n: the workflow's expressions are evaluated by a JavaScript engine, as n8n does.


def node_named(name: str) -> dict[str, Any]:
    [found] = [node for node in N8N["nodes"] if node["name"] == name]
    return dict(found)


def n8n_filled(value: Any, item: Any) -> Any:
    """A parameter with its expressions filled in for one item; a lone expression keeps its type."""
    script = """
      const [value, $json] = JSON.parse(require("fs").readFileSync(0, "utf8"));
      const run = (code) => new Function("$json", `return (${code})`)($json);
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
        ["node", "-e", script], input=json.dumps([value, item]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def n8n_signoff(body: Any, supabase_url: str) -> dict[str, Any]:
    """What the node `Sign-off` hands on for a call with this body, its one setting edited."""
    assignments = node_named("Sign-off")["parameters"]["assignments"]["assignments"]
    item = n8n_filled({given["name"]: given["value"] for given in assignments}, {"body": body})
    assert item["supabase_url"].startswith("https://your-project-ref")
    return {**item, "supabase_url": supabase_url}


def n8n_request(stack: Stack, item: dict[str, Any]) -> Any:
    """Send what the HTTP Request node would: method, address, credential and body as the workflow has them."""
    node = node_named("Send gate_signoff")
    parameters = n8n_filled(node["parameters"], item)
    assert (parameters["specifyBody"], parameters["genericAuthType"]) == ("json", "httpHeaderAuth")
    return stack.http.request(
        parameters["method"],
        parameters["url"],
        headers={"content-type": "application/json", "apikey": stack.secret_key},
        content=json.dumps(parameters["jsonBody"]),
    )


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
    sender = node_named("Send gate_signoff")
    assert (sender["retryOnFail"], sender["onError"]) == (True, "continueErrorOutput")
    assert len(N8N["connections"]["Send gate_signoff"]["main"]) == 2
    for node in N8N["nodes"]:
        for credential in node.get("credentials", {}).values():
            assert credential.keys() == {"id", "name"}
    assert "sb_secret_" not in json.dumps(N8N)
    # n8n ends an expression at the first pair of closing braces.
    for value in re.findall(r'"(=(?:[^"\\]|\\.)*)"', json.dumps(N8N)):
        assert value.count("{{") == value.count("}}")
