import assert from "node:assert/strict";
import { type ErrorCode, Refusal, STATUS_OF } from "../ops-event-ingest/answers.ts";
import {
  ACCEPTED,
  answered,
  event,
  failed,
  functionOver,
  INGEST_ID,
  lines,
  logOf,
  NOW,
  PAYLOADS,
  post,
  read,
  refusing,
  RELEASE_ID,
  without,
} from "./support.ts";

Deno.test("an event sent for the first time is accepted", async () => {
  const { fetch, calls } = functionOver();
  const response = await fetch(post(event()));
  assert.equal(response.status, 200);
  assert.deepEqual(await read(response), {
    ingest_id: INGEST_ID,
    status: "accepted",
    detail: { gate: "G1" },
  });
  assert.deepEqual(calls, [{ name: "ingest_event", args: { envelope: event() } }]);
});

Deno.test("a retry is answered as a duplicate, with the first ingest_id and detail", async () => {
  const { fetch, calls } = functionOver(answered({ status: "duplicate", detail: { gate: "G1" } }));
  const response = await fetch(post(event()));
  assert.equal(response.status, 200);
  assert.deepEqual(await read(response), {
    ingest_id: INGEST_ID,
    status: "duplicate",
    detail: { gate: "G1" },
  });
  assert.equal(calls.length, 1);
});

Deno.test("an unknown schema version is refused with 422", async () => {
  const { fetch, calls } = functionOver();
  const response = await fetch(post(event("build_complete", { schema_version: "v2.0" })));
  assert.equal(response.status, 422);
  const answer = await read(response);
  assert.equal(answer.error, "unsupported_schema_version");
  assert.equal(answer.ingest_id, INGEST_ID);
  assert.deepEqual(calls.map((call) => call.name), ["record_refusal"]);
});

Deno.test("a missing required field is refused with 400 and named", async () => {
  const { fetch } = functionOver();
  const response = await fetch(post(without(event(), "emitted_at")));
  assert.equal(response.status, 400);
  const answer = await read(response);
  assert.equal(answer.error, "invalid_envelope");
  assert.deepEqual(lines(answer.detail), ["emitted_at missing"]);
});

Deno.test("an unknown release_id is refused with 409", async () => {
  const { fetch } = functionOver(answered({ status: "rejected", error: "unknown_release" }));
  const response = await fetch(post(event()));
  assert.equal(response.status, 409);
  assert.deepEqual(await read(response), {
    ingest_id: INGEST_ID,
    status: "rejected",
    error: "unknown_release",
    detail: {},
  });
});

for (const type of Object.keys(PAYLOADS)) {
  Deno.test(`an event of type ${type} reaches the database unchanged`, async () => {
    const { fetch, calls } = functionOver();
    assert.equal((await fetch(post(event(type)))).status, 200);
    assert.deepEqual(calls[0]?.args, { envelope: event(type) });
  });
}

for (const [error, status] of Object.entries(STATUS_OF) as [ErrorCode, number][]) {
  Deno.test(`the database's ${error} is answered with ${status}`, async () => {
    const { fetch } = functionOver(answered({ status: status < 500 ? "rejected" : "error", error }));
    let response: Response | undefined;
    const logged = await logOf(async () => response = await fetch(post(event())));
    assert.equal(response?.status, status);
    assert.equal((await read(response)).error, error);
    assert.equal(logged.length, status < 500 ? 0 : 1);
  });
}

Deno.test("an answer of the database that makes no sense is an internal error", async () => {
  const answers = [{ status: "fine" }, { status: "accepted", error: "unknown_release" }, {
    status: "rejected",
  }, {
    status: "rejected",
    error: "constructor",
  }];
  for (const answer of answers) {
    const { fetch } = functionOver(answered(answer as never));
    await logOf(async () => assert.equal((await fetch(post(event()))).status, 500));
  }
});

const RETRYABLE: [string | undefined, number][] = [
  ...["40001", "40P01", "55P03", "57014", "57P01", "57P05", "08006", "53300"].map((
    code,
  ): [string, number] => [code, 500]),
  ...["PGRST000", "PGRST001", "PGRST002", "PGRST003"].map((code): [string, number] => [code, 503]),
  [undefined, 503],
  [undefined, 504],
  [undefined, 502],
  ["", 0],
  ["", 400],
];

for (const [code, status] of RETRYABLE) {
  Deno.test(`try again is the answer to ${code || "no code"} with ${status || "no status"}`, async () => {
    const { fetch, calls } = functionOver(failed(code, status));
    let response: Response | undefined;
    await logOf(async () => response = await fetch(post(event())));
    assert.equal(response?.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
    const { ingest_id, status: outcome, error } = await read(response);
    assert.deepEqual({ ingest_id, outcome, error }, {
      ingest_id: null,
      outcome: "error",
      error: "try_again",
    });
    assert.deepEqual(calls.map((call) => call.name), ["ingest_event"]);
  });
}

for (const code of ["23505", "22P02", "57P06", "P0001", "PGRST202", "XX000", undefined]) {
  Deno.test(`${code ?? "an error without code"} is an internal error, logged, without SQL text`, async () => {
    const { fetch, calls } = functionOver(failed(code, 400));
    let response: Response | undefined;
    const logged = await logOf(async () => response = await fetch(post(event())));
    assert.equal(response?.status, 500);
    const answer = await read(response);
    assert.equal(answer.ingest_id, INGEST_ID);
    assert.equal(answer.status, "error");
    assert.doesNotMatch(JSON.stringify(answer), /SQL text/);
    assert.doesNotMatch(logged.join(), /SQL text|github_actions/);
    assert.deepEqual(JSON.parse(logged.join()), {
      level: "error",
      function: "ops-event-ingest",
      error: "internal_error",
      ingest_id: INGEST_ID,
      cause: code ?? "http_400",
    });
    assert.deepEqual(calls.map((call) => call.name), ["ingest_event", "record_refusal"]);
  });
}

Deno.test("a role without EXECUTE gets 403 and a log row, and is told who may send the event", async () => {
  const told = {
    role: "developer",
    event_type: "build_complete",
    field: "event_type",
    senders: ["ci_service_role"],
  };
  for (const [logged, expected] of [[told, told], [{}, { message: "this role may not send this event" }]]) {
    const row = answered({ status: "rejected", error: "forbidden_event", detail: logged });
    const response = await functionOver(failed("42501", 403), row).fetch(post(event()));
    assert.deepEqual((await read(response)).detail, expected);
  }
  const { fetch, calls } = functionOver(failed("42501", 403));
  const response = await fetch(post(event()));
  assert.equal(response.status, 403);
  const { ingest_id, error } = await read(response);
  assert.deepEqual({ ingest_id, error }, { ingest_id: INGEST_ID, error: "forbidden_event" });
  assert.equal((calls[1]?.args.refusal as Record<string, unknown>).error, "forbidden_event");
});

Deno.test("a token that expired on the way to the database is unauthorized, not an error", async () => {
  const { fetch, calls } = functionOver(failed("PGRST303", 401));
  assert.equal((await fetch(post(event()))).status, 401);
  assert.equal(calls.length, 1);
});

Deno.test("a refusal that cannot be recorded now is answered with try again", async () => {
  const { fetch } = functionOver(ACCEPTED, failed("55P03"));
  await logOf(async () => assert.equal((await fetch(post("{"))).status, 503));
});

Deno.test("a refusal that cannot be recorded at all is still answered", async () => {
  for (const failure of [failed("42501", 403), failed("P0001"), new TypeError("unforeseen")]) {
    const { fetch } = functionOver(ACCEPTED, failure);
    const response = await fetch(post("{"));
    assert.equal(response.status, 400);
    const { ingest_id, error } = await read(response);
    assert.deepEqual({ ingest_id, error }, { ingest_id: null, error: "invalid_json" });
  }
});

Deno.test("a fault of the function itself is recorded, and its message stays here", async () => {
  const { fetch, calls } = functionOver(new TypeError("secret in a message"));
  let response: Response | undefined;
  const logged = await logOf(async () => response = await fetch(post(event())));
  assert.equal(response?.status, 500);
  const answer = await read(response);
  assert.equal(answer.ingest_id, INGEST_ID);
  assert.doesNotMatch(JSON.stringify(answer) + logged.join(), /secret in/);
  assert.match(logged.join(), /TypeError at \w+\.ts:\d+/);
  assert.equal((calls[1]?.args.refusal as Record<string, unknown>).error, "internal_error");
});

Deno.test("a refused envelope is recorded with its hash and the fields a log can keep", async () => {
  const body = JSON.stringify(
    event("build_complete", {
      source_system: "x".repeat(300),
      event_type: 7,
      idempotency_key: "manual/1/build_complete",
      more: 1,
    }),
  );
  const { fetch, calls } = functionOver();
  await fetch(post(body));
  const refusal = calls[0]?.args.refusal as Record<string, unknown>;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const sent = JSON.parse(body);
  assert.deepEqual(without(refusal, "detail"), {
    emitted_at: sent.emitted_at,
    payload: sent.payload,
    error: "invalid_envelope",
    payload_hash: new Uint8Array(digest).toHex(),
    source_system: "x".repeat(255),
    idempotency_key: "manual/1/build_complete",
    schema_version: "v1.0",
    release_id: RELEASE_ID,
  });
});

Deno.test("a stop in a refused event is contested, and the answer says so", async () => {
  const contested = [{ gate_code: "G1", status: "fail", subject: "build" }];
  for (const checks of [7, [], `${"[".repeat(40)}${"]".repeat(40)}`, "1e999"]) {
    const body = JSON.stringify(
      event("build_complete", { payload: { status: "fail", checks: "?" }, more: 1 }),
    )
      .replace('"?"', typeof checks === "string" ? checks : JSON.stringify(checks));
    const logged = answered({ status: "rejected", error: "invalid_envelope", detail: { contested } });
    const { fetch, calls } = functionOver(ACCEPTED, logged);
    const answer = await read(await fetch(post(body)));
    assert.deepEqual(answer.detail.contested, contested);
    const { payload } = calls[0]?.args.refusal as { payload: Record<string, unknown> };
    assert.equal(payload.status, "fail");
  }
});

Deno.test("broken JSON is recorded by code and hash alone", async () => {
  const { fetch, calls } = functionOver();
  await fetch(post('{"source_system":"agent","x":'));
  const refusal = calls[0]?.args.refusal as Record<string, unknown>;
  assert.deepEqual(Object.keys(refusal).sort(), ["detail", "error", "payload_hash"]);
});

Deno.test("every method but POST is refused with 405 and Allow, without a log row", async () => {
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { fetch, calls } = functionOver();
    const response = await fetch(new Request("http://functions/", { method }));
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    const { ingest_id, status, error } = await read(response);
    assert.deepEqual({ ingest_id, status, error }, {
      ingest_id: null,
      status: "rejected",
      error: "method_not_allowed",
    });
    assert.equal(calls.length, 0);
  }
});

Deno.test("JSON in UTF-8 is read, also when it is called plain text, and nothing else", async () => {
  for (
    const type of [
      "application/json",
      "Application/JSON; charset=UTF-8",
      'application/json;charset="utf-8"',
      "text/plain",
      "text/plain;charset=UTF-8",
    ]
  ) {
    assert.equal((await functionOver().fetch(post(event(), { "content-type": type }))).status, 200, type);
  }
  const refused = [
    "text/html",
    "application/json-seq",
    "application/json; charset=utf-16",
    "text/plain; charset=iso-8859-1",
    "application/xml",
    "",
  ];
  for (const type of refused) {
    const { fetch, calls } = functionOver();
    assert.equal((await fetch(post(event(), { "content-type": type }))).status, 415, type);
    assert.equal(calls.length, 0);
  }
  assert.equal((await functionOver().fetch(post(event(), { "content-encoding": "gzip" }))).status, 415);
});

Deno.test("a stranger gets 401 with a fixed text, and their body is not read", async () => {
  const unread = new ReadableStream({ pull: () => assert.fail("the body was read") }, { highWaterMark: 0 });
  const response = await refusing(new Refusal("unauthorized", { message: "fixed" }))(post(unread));
  assert.equal(response.status, 401);
  assert.deepEqual(await read(response), {
    ingest_id: null,
    status: "rejected",
    error: "unauthorized",
    detail: { message: "fixed" },
  });
});

Deno.test("a fault before the caller is known is answered, but cannot be recorded", async () => {
  let response: Response | undefined;
  await logOf(async () => response = await refusing(new TypeError("boom"))(post(event())));
  assert.equal(response?.status, 500);
  assert.equal((await read(response)).ingest_id, null);
});

Deno.test("a body over 256 KiB is refused with 413, whatever its content-length says", async () => {
  const large = JSON.stringify(
    event("build_complete", { payload: { status: "pass", note: "x".repeat(256 * 1024) } }),
  );
  for (
    const request of [
      post(large),
      post(large, { "content-length": "10" }),
      post("{}", { "content-length": "262145" }),
    ]
  ) {
    const { fetch, calls } = functionOver();
    const response = await fetch(request);
    assert.equal(response.status, 413);
    assert.equal((await read(response)).ingest_id, null);
    assert.equal(calls.length, 0);
  }
});

Deno.test("an endless body is cut off soon after the limit", async () => {
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 16 * 1024;
      controller.enqueue(new Uint8Array(16 * 1024));
    },
  });
  assert.equal((await functionOver().fetch(post(endless))).status, 413);
  assert.ok(sent < 512 * 1024, `${sent} bytes were read`);
});

Deno.test("a body that breaks off is answered with try again", async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  await logOf(async () => assert.equal((await functionOver().fetch(post(broken))).status, 503));
});

Deno.test("nesting deeper than 32 is refused with 413, 32 is not", async () => {
  const nested = (depth: number) =>
    JSON.stringify(event()).replace('"kept":[1,2]', `"kept":${"[".repeat(depth)}${"]".repeat(depth)}`);
  assert.equal((await functionOver().fetch(post(nested(28)))).status, 200);
  const { fetch, calls } = functionOver();
  assert.equal((await fetch(post(nested(29)))).status, 413);
  assert.deepEqual(calls.map((call) => call.name), ["record_refusal"]);
});

Deno.test("with sent_at the clock is the sender's, and what sent_at is not is named", async () => {
  const at = (sent: unknown, ms: number) =>
    event("build_complete", { sent_at: sent, emitted_at: new Date(NOW + ms).toISOString() });
  const day = 86_400_000;
  const sent = new Date(NOW + day).toISOString();
  assert.equal((await functionOver().fetch(post(at(sent, day)))).status, 200);
  assert.equal((await functionOver().fetch(post(at(null, 0)))).status, 200);
  const late = await functionOver().fetch(post(at(sent, day + 301_000)));
  assert.deepEqual(lines((await read(late)).detail), ["emitted_at too_far_ahead"]);
  const wrong = await functionOver().fetch(post(at("soon", 0)));
  assert.deepEqual(lines((await read(wrong)).detail), ["sent_at malformed"]);
});

Deno.test("the clock is the server's: five minutes ahead is accepted, a second more is not", async () => {
  const at = (ms: number) => event("build_complete", { emitted_at: new Date(NOW + ms).toISOString() });
  assert.equal((await functionOver().fetch(post(at(300_000)))).status, 200);
  const response = await functionOver().fetch(post(at(301_000)));
  assert.deepEqual(lines((await read(response)).detail), ["emitted_at too_far_ahead"]);
});
