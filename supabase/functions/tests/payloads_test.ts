import assert from "node:assert/strict";
import { readEnvelope } from "../ops-event-ingest/envelope.ts";
import { event, type Json, lines, NOW, PAYLOADS, refusalOf, withPayload } from "./support.ts";

const refuse = (type: string, changes: Json) => {
  const { error, detail } = refusalOf(() => readEnvelope(withPayload(type, changes), NOW));
  assert.equal(error, "invalid_payload");
  return lines(detail);
};
const accept = (type: string, changes: Json) => assert.ok(readEnvelope(withPayload(type, changes), NOW));

const REQUIRED: Record<string, string[]> = {
  build_complete: ["status"],
  gate_signoff: ["decision", "approver_id", "persona_role", "rationale_structured"],
  deployment_event: ["environment", "deployment_ref", "status", "source_ref"],
  health_check: ["environment", "deployment_ref", "status", "artifact_ref"],
  environment_event: ["environment", "event_type"],
};

for (const [type, required] of Object.entries(REQUIRED)) {
  Deno.test(`${type} needs ${required.join(", ")} and nothing else`, () => {
    const payload = Object.fromEntries(required.map((field) => [field, PAYLOADS[type]?.[field]]));
    assert.ok(readEnvelope(event(type, { payload }), NOW));
    const { error, detail } = refusalOf(() => readEnvelope(event(type, { payload: {} }), NOW));
    assert.equal(error, "invalid_payload");
    assert.deepEqual(lines(detail), required.map((field) => `payload.${field} missing`));
  });

  Deno.test(`${type} takes null for absent in every optional field, and for none that is required`, () => {
    const optional = Object.keys(PAYLOADS[type] ?? {}).filter((field) => !required.includes(field));
    accept(type, Object.fromEntries(optional.map((field) => [field, null])));
    const nulls = Object.fromEntries(required.map((field) => [field, null]));
    assert.deepEqual(refuse(type, nulls), required.map((field) => `payload.${field} missing`));
  });

  Deno.test(`${type} keeps fields that it does not know`, () => {
    accept(type, { anything: { at: ["all", 1, null] } });
  });

  Deno.test(`${type} refuses another kind of value in each of its fields`, () => {
    for (const field of Object.keys(PAYLOADS[type] ?? {})) {
      assert.deepEqual(refuse(type, { [field]: 7 }), [`payload.${field} malformed`]);
      assert.deepEqual(refuse(type, { [field]: true }), [`payload.${field} malformed`]);
    }
  });
}

const SETS: [string, string, string[], string[]][] = [
  ["build_complete", "status", ["pass", "fail"], ["warning", "PASS", ""]],
  ["gate_signoff", "decision", ["approved", "rejected", "request_changes"], ["approve", "bypassed"]],
  ["gate_signoff", "persona_role", ["developer", "qa_tester", "release_manager", "sre"], [
    "audit_reader",
    "admin",
  ]],
  ["deployment_event", "environment", ["dev", "staging", "production"], ["prod", "Staging"]],
  ["deployment_event", "status", ["in_progress", "succeeded", "failed", "rolled_back"], [
    "pending",
    "success",
  ]],
  ["health_check", "environment", ["dev", "staging", "production"], ["prod"]],
  ["health_check", "status", ["pass", "fail", "warning", "skipped"], ["ok"]],
  ["environment_event", "environment", ["dev", "staging", "production"], ["test"]],
  ["environment_event", "event_type", ["alert_fired", "abc", `a${"b".repeat(62)}`], [
    "ab",
    "Alert",
    "1ab",
    "a-b-c",
    `a${"b".repeat(63)}`,
  ]],
];

for (const [type, field, allowed, denied] of SETS) {
  Deno.test(`${type}.${field} is ${allowed.join(", ").slice(0, 60)}, and not ${denied.join(", ").slice(0, 30)}`, () => {
    for (const value of allowed) accept(type, { [field]: value });
    for (const value of denied) {
      assert.deepEqual(refuse(type, { [field]: value }), [`payload.${field} malformed`], value);
    }
  });
}

const NAMES: [string, string[]][] = [
  ["build_complete", ["check_name", "source_ref"]],
  ["deployment_event", ["target", "deployment_ref", "source_ref", "rollback_of_ref"]],
  ["health_check", ["target", "deployment_ref", "check_name"]],
];

for (const [type, fields] of NAMES) {
  Deno.test(`the names ${fields.join(", ")} of ${type} have 1 to 255 bytes of visible characters, and no blank at the ends`, () => {
    for (const field of fields) {
      for (const value of ["x", "x y", "x\u3000y", "x".repeat(255), "é".repeat(127), "😀".repeat(63)]) {
        accept(type, { [field]: value });
      }
      const long = ["x".repeat(256), "é".repeat(128), "😀".repeat(64)];
      const blank = ["", "  \t", "\u00a0", " x", "x\u3000", "\u2028"];
      for (const value of [...long, ...blank, "x\u200by", "x\ny", "e\u0301", "\ud800", "x\ufe0f", "\u3164"]) {
        assert.deepEqual(
          refuse(type, { [field]: value }),
          [`payload.${field} malformed`],
          JSON.stringify(value),
        );
      }
    }
  });
}

for (const [type, field] of [["gate_signoff", "approver_id"], ["deployment_event", "deployed_by"]] as const) {
  Deno.test(`${field} of ${type} is a person, whom SQL finds also with blanks at the ends`, () => {
    for (const value of ["x", " QA-1 ", "x".repeat(255)]) accept(type, { [field]: value });
    for (const value of ["", " ", "\u00a0", "\u200b", "x".repeat(256)]) {
      assert.deepEqual(refuse(type, { [field]: value }), [`payload.${field} malformed`]);
    }
  });
}

for (const type of ["build_complete", "deployment_event"]) {
  Deno.test(`source_ref of ${type} is a full commit id or a name, and no short id`, () => {
    const full = "0123456789abcdef".repeat(4);
    for (
      const value of [full, full.toUpperCase(), full.slice(0, 40), "1234567", "abcdef", "main", "abcdef1-rc"]
    ) {
      accept(type, { source_ref: value });
    }
    for (const value of ["abcdef1", "ABCDEF1", "1234567890a", full.slice(0, 39)]) {
      assert.deepEqual(refuse(type, { source_ref: value }), ["payload.source_ref malformed"], value);
    }
  });
}

const TEXTS: [string, string[]][] = [
  ["build_complete", ["artifact_ref"]],
  ["gate_signoff", ["rationale_text"]],
  ["health_check", ["artifact_ref"]],
];

for (const [type, fields] of TEXTS) {
  Deno.test(`${fields.join(", ")} of ${type} may have 8192 bytes, counted in UTF-8`, () => {
    for (const field of fields) {
      for (const value of ["x".repeat(8192), "é".repeat(4096), " \u200bé "]) accept(type, { [field]: value });
      for (const value of ["", " ", "\u00a0\u200b\u3164", "x".repeat(8193), "é".repeat(4097)]) {
        assert.deepEqual(refuse(type, { [field]: value }), [`payload.${field} malformed`]);
      }
    }
  });
}

Deno.test("the checks of a build are named once each, the build's own name included", () => {
  const checks = (...names: string[]) => names.map((check_name) => ({ check_name, status: "pass" }));
  accept("build_complete", { checks: [] });
  accept("build_complete", { check_name: "compile", checks: checks("build", "lint", "Lint") });
  assert.deepEqual(refuse("build_complete", { checks: checks("lint", "lint") }), [
    "payload.checks.1.check_name duplicate",
  ]);
  assert.deepEqual(refuse("build_complete", { check_name: "lint", checks: checks("lint") }), [
    "payload.checks.0.check_name duplicate",
  ]);
  assert.deepEqual(refuse("build_complete", { check_name: null, checks: checks("build") }), [
    "payload.checks.0.check_name duplicate",
  ]);
});

Deno.test("a deployment names at most 100 artifacts, each with its name and hash", () => {
  const artifacts = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `a${at}`, sha256: "0".repeat(64) }));
  accept("deployment_event", { artifacts: artifacts(100) });
  assert.deepEqual(refuse("deployment_event", { artifacts: artifacts(101) }), [
    "payload.artifacts malformed",
  ]);
  assert.deepEqual(refuse("deployment_event", { artifacts: [{}, { name: " ", sha256: "0" }] }), [
    "payload.artifacts.0.name missing",
    "payload.artifacts.0.sha256 missing",
    "payload.artifacts.1.name malformed",
    "payload.artifacts.1.sha256 malformed",
  ]);
});

Deno.test("a build reports at most 100 checks, each complete", () => {
  const checks = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ check_name: `c${at}`, status: "skipped" }));
  accept("build_complete", { checks: checks(100) });
  assert.deepEqual(refuse("build_complete", { checks: checks(101) }), ["payload.checks malformed"]);
  assert.deepEqual(
    refuse("build_complete", { checks: [{}, { check_name: " ", status: "ok", artifact_ref: "" }, "x"] }),
    [
      "payload.checks.0.check_name missing",
      "payload.checks.0.status missing",
      "payload.checks.1.check_name malformed",
      "payload.checks.1.status malformed",
      "payload.checks.1.artifact_ref malformed",
      "payload.checks.2 malformed",
    ],
  );
});

for (const type of ["build_complete", "gate_signoff", "health_check"]) {
  Deno.test(`${type} takes up to 50 pieces of evidence, each with a type and an absolute address`, () => {
    const one = { artifact_type: "reference", artifact_url: "s3://bucket/key", note: "kept" };
    for (
      const artifact_url of [
        "https://a.example/b?c#d",
        "S3://b/k",
        "gs://b/k",
        "azblob://c/b",
        "oci://r/i@sha256:1",
        "git://r/x",
        "file:///x",
        `https://a/${"x".repeat(8182)}`,
      ]
    ) {
      accept(type, { evidence: [{ ...one, artifact_url }] });
    }
    accept(type, { evidence: [{ ...one, sha256: "AB".repeat(32) }, { ...one, sha256: null }] });
    accept(type, { evidence: Array(50).fill(one) });
    assert.deepEqual(refuse(type, { evidence: Array(51).fill(one) }), ["payload.evidence malformed"]);
    for (
      const artifact_url of [
        "",
        "/relative",
        "example.com/x",
        "https://a b",
        "://x",
        "urn:uuid:1",
        "https:/a/b",
        "https://",
        "javascript://x",
        "ftp://a/b",
        "https:///a",
        "https://?a",
        "s3://#a",
        "data:text/plain,x",
        `https://a/${"x".repeat(8183)}`,
      ]
    ) {
      assert.deepEqual(refuse(type, { evidence: [{ ...one, artifact_url }] }), [
        "payload.evidence.0.artifact_url malformed",
      ]);
    }
    assert.deepEqual(refuse(type, { evidence: [{ artifact_type: "photo", sha256: "ab" }] }), [
      "payload.evidence.0.artifact_type malformed",
      "payload.evidence.0.artifact_url missing",
      "payload.evidence.0.sha256 malformed",
    ]);
  });
}

Deno.test("a structured rationale is an object that says something", () => {
  for (const value of [{ met: false }, { defects: 0 }, { risk: [{ why: "known" }] }, { "risk": "\u00e9" }]) {
    accept("gate_signoff", { rationale_structured: value });
  }
  const silent = [{}, { "": "" }, { risk: null }, { risk: " " }, { risk: "\u200b" }, { risk: [{}, []] }];
  for (const value of [...silent, [], ["reason"], "reason"]) {
    assert.deepEqual(refuse("gate_signoff", { rationale_structured: value }), [
      "payload.rationale_structured malformed",
    ]);
  }
});

Deno.test("the data of an environment event is any object", () => {
  accept("environment_event", { data: {} });
  assert.deepEqual(refuse("environment_event", { data: [] }), ["payload.data malformed"]);
});

Deno.test("a deployment's time keeps the rules of emitted_at", () => {
  accept("deployment_event", { deployed_at: "2026-11-23T10:05:00Z" });
  assert.deepEqual(refuse("deployment_event", { deployed_at: "2026-11-23" }), [
    "payload.deployed_at malformed",
  ]);
  assert.deepEqual(refuse("deployment_event", { deployed_at: "2026-11-23T10:05:01Z" }), [
    "payload.deployed_at too_far_ahead",
  ]);
});

Deno.test("a deployment cannot be the rollback of itself", () => {
  assert.deepEqual(refuse("deployment_event", { rollback_of_ref: "deploy-2" }), [
    "payload.rollback_of_ref mismatch",
  ]);
});
