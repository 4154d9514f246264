import assert from "node:assert/strict";
import { describe, readEnvelope } from "../ops-event-ingest/envelope.ts";
import { event, type Json, lines, NOW, refusalOf, RELEASE_ID, without } from "./support.ts";

const refuse = (body: unknown) => refusalOf(() => readEnvelope(body, NOW));

Deno.test("every envelope field is required, and its absence is named", () => {
  const required = [
    "schema_version",
    "idempotency_key",
    "event_type",
    "source_system",
    "release_id",
    "payload",
    "emitted_at",
  ];
  for (const field of required) {
    for (const body of [without(event(), field), event("build_complete", { [field]: null })]) {
      const { error, detail } = refuse(body);
      assert.equal(error, "invalid_envelope", field);
      assert.ok(lines(detail).includes(`${field} missing`), field);
    }
  }
  assert.deepEqual(lines(refuse({}).detail).sort(), required.map((field) => `${field} missing`).sort());
});

Deno.test("every fault is listed, of envelope and payload alike", () => {
  const { error, detail } = refuse(event("build_complete", {
    source_system: "carrier_pigeon",
    emitted_at: "yesterday",
    extra: 1,
    payload: { checks: [{ status: "green" }] },
  }));
  assert.equal(error, "invalid_envelope");
  assert.deepEqual(lines(detail).sort(), [
    "emitted_at malformed",
    "extra unknown_field",
    "idempotency_key mismatch",
    "payload.checks.0.check_name missing",
    "payload.checks.0.status malformed",
    "payload.status missing",
    "source_system malformed",
  ]);
});

Deno.test("what is submitted is never repeated in a message", () => {
  const { detail } = refuse(
    event("build_complete", { source_system: "hunter2", event_type: "hunter2", payload: "hunter2" }),
  );
  assert.doesNotMatch(JSON.stringify(detail), /hunter2/);
});

Deno.test("an event may say that it is about the past, and an environment event may not", () => {
  for (const type of ["build_complete", "gate_signoff", "deployment_event", "health_check"]) {
    for (const imported of [true, false, null]) readEnvelope(event(type, { imported }), NOW);
    for (const imported of ["true", 1, [], {}]) {
      assert.deepEqual(lines(refuse(event(type, { imported })).detail), ["imported malformed"], type);
    }
  }
  for (const imported of [false, null]) readEnvelope(event("environment_event", { imported }), NOW);
  assert.deepEqual(lines(refuse(event("environment_event", { imported: true })).detail), [
    "imported mismatch",
  ]);
  assert.deepEqual(lines(refuse(event("environment_event", { imported: 1 })).detail), ["imported malformed"]);
});

Deno.test("only an object is an event", () => {
  for (const body of [[], [event()], "event", 1, null, true]) {
    const { error, detail } = refuse(body);
    assert.equal(error, "invalid_envelope");
    assert.deepEqual(lines(detail), [" malformed"]);
  }
});

Deno.test("another version is refused before anything else is looked at", () => {
  for (const version of ["v1.1", "v2.0", "1.0", "", "V1.0"]) {
    const { error, detail } = refuse({ schema_version: version, nonsense: true });
    assert.equal(error, "unsupported_schema_version");
    assert.deepEqual(detail, { supported: ["v1.0"] });
  }
});

Deno.test("a version that is not a string is a malformed field", () => {
  for (const version of [1, true, ["v1.0"], {}]) {
    assert.deepEqual(lines(refuse(event("build_complete", { schema_version: version })).detail), [
      "schema_version malformed",
    ]);
  }
});

Deno.test("fields that the envelope does not know are refused, whatever they are called", () => {
  for (const name of ["extra", "constructor", "toString", "__proto__"]) {
    const body = JSON.parse(JSON.stringify(event()).replace("{", `{"${name}":{},`));
    assert.deepEqual(lines(refuse(body).detail), [`${name} unknown_field`]);
  }
});

Deno.test("an event type is one of five, and a string", () => {
  for (const type of ["deploy", "constructor", "__proto__", "", 1, ["build_complete"], { toString: 1 }]) {
    const { error, detail } = refuse(event("build_complete", { event_type: type }));
    assert.equal(error, "invalid_envelope");
    assert.ok(lines(detail).includes("event_type malformed"), String(JSON.stringify(type)));
  }
});

const GOOD_KEYS = [
  "github_actions/8123456789/build_complete",
  "github_actions/8123456789/build_complete/~2",
  "github_actions/a/build_complete/b/c/d",
  `github_actions/${"r".repeat(255 - "github_actions//build_complete".length)}/build_complete`,
  "github_actions/!~@#/build_complete",
];

for (const key of GOOD_KEYS) {
  Deno.test(`the key ${key.slice(0, 50)} is accepted`, () => {
    assert.ok(readEnvelope(event("build_complete", { idempotency_key: key }), NOW));
  });
}

const BAD_KEYS: [unknown, string][] = [
  ["github_actions/1", "malformed"],
  ["github_actions//build_complete", "malformed"],
  ["github_actions/1/build_complete/", "malformed"],
  ["/1/build_complete", "malformed"],
  ["a/b/c", "malformed"],
  ["github_actions/1 2/build_complete", "malformed"],
  ["github_actions/é/build_complete", "malformed"],
  ["github_actions/1/build_complete\n", "malformed"],
  [`github_actions/${"r".repeat(256)}/build_complete`, "malformed"],
  [12345678, "malformed"],
  ["agent/1/build_complete", "mismatch"],
  ["github_actions/1/gate_signoff", "mismatch"],
  ["github_actions/build_complete/1", "mismatch"],
  ["GitHub_Actions/1/build_complete", "mismatch"],
];

for (const [key, code] of BAD_KEYS) {
  Deno.test(`the key ${JSON.stringify(key).slice(0, 50)} is refused as ${code}`, () => {
    const { error, detail } = refuse(event("build_complete", { idempotency_key: key }));
    assert.equal(error, "invalid_envelope");
    assert.deepEqual(lines(detail), [`idempotency_key ${code}`]);
  });
}

Deno.test("a key that is wrong in both parts has both named", () => {
  const { detail } = refuse(event("build_complete", { idempotency_key: "agent/1/gate_signoff" }));
  assert.deepEqual(lines(detail), ["idempotency_key mismatch", "idempotency_key mismatch"]);
});

Deno.test("release_id is a UUID in any case", () => {
  assert.ok(readEnvelope(event("build_complete", { release_id: RELEASE_ID.toUpperCase() }), NOW));
  assert.ok(
    readEnvelope(event("build_complete", { release_id: "00000000-0000-0000-0000-000000000000" }), NOW),
  );
  for (const id of ["", "1", `{${RELEASE_ID}}`, RELEASE_ID.replaceAll("-", ""), `${RELEASE_ID} `, 1]) {
    assert.deepEqual(lines(refuse(event("build_complete", { release_id: id })).detail), [
      "release_id malformed",
    ]);
  }
});

Deno.test("an environment event needs no release, and may name one", () => {
  for (const changes of [{}, { release_id: null }, { release_id: RELEASE_ID }]) {
    assert.ok(readEnvelope(event("environment_event", changes), NOW));
  }
  assert.deepEqual(lines(refuse(event("environment_event", { release_id: "x" })).detail), [
    "release_id malformed",
  ]);
});

const GATES: [string, Json, string | null][] = [
  ["build_complete", { gate_code: "G1" }, null],
  ["build_complete", { gate_code: null }, null],
  ["build_complete", { gate_code: "G2" }, "mismatch"],
  ["build_complete", { gate_code: "G9" }, "malformed"],
  ["deployment_event", {}, null],
  ["deployment_event", { gate_code: "G4" }, null],
  ["deployment_event", { gate_code: "G3" }, "mismatch"],
  ["health_check", { gate_code: "G4" }, null],
  ["health_check", { gate_code: "G1" }, "mismatch"],
  ["gate_signoff", { gate_code: "G3" }, null],
  ["gate_signoff", { gate_code: null }, "missing"],
  ["gate_signoff", { gate_code: "G5" }, "malformed"],
  ["gate_signoff", { gate_code: "g2" }, "malformed"],
  ["environment_event", { gate_code: null }, null],
  ["environment_event", { gate_code: "G1" }, "mismatch"],
];

for (const [type, changes, code] of GATES) {
  Deno.test(`${type} with ${JSON.stringify(changes)} is ${code ? `refused as ${code}` : "accepted"}`, () => {
    if (!code) return void assert.ok(readEnvelope(event(type, changes), NOW));
    assert.deepEqual(lines(refuse(event(type, changes)).detail), [`gate_code ${code}`]);
  });
}

Deno.test("a time is a full ISO 8601 date-time with an offset, on a day that exists", () => {
  const good = [
    "2026-11-23T10:00:00Z",
    "2026-11-23T10:00:00.123456Z",
    "2026-11-23T12:00:00+02:00",
    "2026-11-23T00:00:00-09:30",
    "2026-11-23T00:00:00.123456789+15:59",
    "2024-02-29T23:59:59Z",
    "2000-01-01T00:00:00Z",
  ];
  for (const emitted_at of good) {
    assert.ok(readEnvelope(event("build_complete", { emitted_at }), NOW), emitted_at);
  }
  const bad = [
    "2026-11-23",
    "2026-11-23T10:00:00",
    "2026-11-23T10:00Z",
    "2026-11-23 10:00:00Z",
    "2026-02-29T10:00:00Z",
    "2026-04-31T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:60Z",
    "2026-11-23T10:00:00+0200",
    "2026-11-23T10:00:00+25:00",
    "2026-11-23T10:00:00.Z",
    "2026-11-23T10:00:00.1234567890Z",
    "2026-11-23T10:00:00+16:00",
    "1999-12-31T23:59:59Z",
    "infinity",
    "now",
    1764000000,
  ];
  for (const emitted_at of bad) {
    assert.deepEqual(
      lines(refuse(event("build_complete", { emitted_at })).detail),
      ["emitted_at malformed"],
      `${emitted_at}`,
    );
  }
});

Deno.test("a time is judged as an instant: an offset does not hide that it lies ahead", () => {
  const ahead = event("build_complete", { emitted_at: "2026-11-23T09:59:00-01:00" });
  assert.deepEqual(lines(refuse(ahead).detail), ["emitted_at too_far_ahead"]);
  assert.ok(readEnvelope(event("build_complete", { emitted_at: "2026-11-23T11:59:00+02:00" }), NOW));
});

Deno.test("a payload is an object, and its kind is a matter of the envelope", () => {
  for (const payload of [[], "x", 1, true]) {
    const { error, detail } = refuse(event("build_complete", { payload }));
    assert.equal(error, "invalid_envelope");
    assert.deepEqual(lines(detail), ["payload malformed"]);
  }
});

Deno.test("an accepted event is passed on as it came, unknown payload fields included", () => {
  const text = JSON.stringify(event()).replace(
    '"status":"pass"',
    '"__proto__":{"a":1},"status":"pass","note":null',
  );
  assert.equal(JSON.stringify(readEnvelope(JSON.parse(text), NOW)), text);
});

Deno.test("a list of issues that would not fit is cut, and says by how much", () => {
  const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`field_${at}`, 1]));
  const { detail } = refuse(body);
  assert.ok(JSON.stringify(detail).length < 80_000);
  assert.equal((detail.issues as unknown[]).length + Number(detail.issues_omitted), 20_007);
});

Deno.test("the log is told what it can keep of a refused body", () => {
  const signoff = event("gate_signoff");
  assert.deepEqual(describe(signoff), {
    gate_code: signoff.gate_code,
    emitted_at: signoff.emitted_at,
    payload: signoff.payload,
    source_system: "github_actions",
    event_type: "gate_signoff",
    idempotency_key: "github_actions/8123456789/gate_signoff",
    schema_version: "v1.0",
    release_id: RELEASE_ID,
  });
  assert.deepEqual(
    describe({ source_system: 1, event_type: "a\0", idempotency_key: "\ud800", release_id: "x" }),
    {},
  );
  assert.deepEqual(describe([]), {});
});

Deno.test("of a payload that cannot be stored, the log is told what it says of stops", () => {
  const checks = [{ check_name: "lint", status: "fail", more: "\0" }, 7, {
    check_name: "\ud800",
    status: null,
  }];
  const payload = {
    status: "fail",
    check_name: { a: 1 },
    checks,
    tests: "\0",
    source_ref: "4f2a91c07be1de44a7ab5c3f9d1e66b02c8f7a35",
  };
  assert.deepEqual(describe(event("build_complete", { payload }), false).payload, {
    status: "fail",
    check_name: false,
    source_ref: "4f2a91c07be1de44a7ab5c3f9d1e66b02c8f7a35",
    checks: [{ check_name: "lint", status: "fail" }, null, { check_name: false, status: null }],
  });
});
