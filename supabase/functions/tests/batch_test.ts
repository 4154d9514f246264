import assert from "node:assert/strict";
import { MAX_EVENTS } from "../ops-event-ingest/batch.ts";
import { MAX_BATCH_BYTES, MAX_BYTES } from "../ops-event-ingest/body.ts";
import { event, failed, functionOver, INGEST_ID, type Json, post, spent } from "./support.ts";

const NDJSON = { "content-type": "application/x-ndjson" };
const RECORDED = { ingest_id: INGEST_ID, status: "accepted", detail: { gate: "G1" } };
const REFUSED = { ingest_id: INGEST_ID, status: "rejected", error: "invalid_envelope", detail: {} };

function keyed(number: number): Json {
  return event("build_complete", { idempotency_key: `github_actions/${number}/build_complete` });
}

function answering(...answers: Json[]) {
  return functionOver({ data: answers, error: null, status: 200 });
}

async function answersOf(response: Response): Promise<Json[]> {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  return await response.json();
}

const forms: [string, (events: string[]) => Request][] = [
  ["an array", (events) => post(`[${events.join(",")}]`)],
  ["an array with spaces around everything", (events) => post(` \r\n[ ${events.join(" ,\t")}\n] `)],
  ["lines", (events) => post(events.join("\n"), NDJSON)],
  ["lines that end in CR LF, with a blank one", (events) => post(`${events.join("\r\n\r\n")}\r\n`, NDJSON)],
];

for (const [form, request] of forms) {
  Deno.test(`a batch as ${form} is recorded by one call, and answered in its order`, async () => {
    const { fetch, calls } = answering(RECORDED, REFUSED);
    const answers = await answersOf(
      await fetch(request([keyed(1), keyed(2)].map((each) => JSON.stringify(each)))),
    );
    assert.deepEqual(calls, [{ name: "ingest_events", args: { events: [keyed(1), keyed(2)] } }]);
    assert.deepEqual(answers, [{ http_status: 200, ...RECORDED }, { http_status: 400, ...REFUSED }]);
  });
}

Deno.test("brackets, commas, quotes and line ends inside a text divide nothing", async () => {
  const tricky = event("build_complete", {
    payload: { status: "pass", note: '],[{"a\\":1}, \\" \u2028 é\n[' },
  });
  const { fetch, calls } = answering(RECORDED, RECORDED);
  await answersOf(await fetch(post([tricky, keyed(2)])));
  assert.deepEqual(calls[0]?.args, { events: [tricky, keyed(2)] });
});

Deno.test("an array that came as lines is told by which type it is taken", async () => {
  const { fetch } = answering(REFUSED);
  const [answer] = await answersOf(await fetch(post(JSON.stringify([keyed(1), keyed(2)]), NDJSON)));
  assert.match(JSON.stringify(answer), /application\/json/);
});

Deno.test("an event that the function refuses refuses itself alone, and SQL is told in its place", async () => {
  const { fetch, calls } = answering(RECORDED, REFUSED, RECORDED);
  const wrong: Json = { ...keyed(2), emitted_at: "yesterday" };
  const answers = await answersOf(await fetch(post([keyed(1), wrong, keyed(3)])));
  assert.deepEqual(answers.map((answer) => answer.http_status), [200, 400, 200]);
  const [first, second, third] = calls[0]?.args.events as Json[];
  assert.deepEqual([first, third], [keyed(1), keyed(3)]);
  const refusal = second?.refusal as Json;
  assert.equal(refusal.error, "invalid_envelope");
  assert.equal(refusal.idempotency_key, wrong.idempotency_key);
  assert.match(String(refusal.payload_hash), /^[0-9a-f]{64}$/);
});

const faults: [string, string, number, string][] = [
  ["what is no JSON", '{"a":', 400, "invalid_json"],
  ["a number that no double holds", JSON.stringify(event()).replace('"pass"', "1e999"), 400, "invalid_json"],
  ["what is no object", "7", 400, "invalid_envelope"],
  ["an array", "[]", 400, "invalid_envelope"],
  ["what is nested deeper than 32", "[".repeat(40) + "]".repeat(40), 413, "payload_too_large"],
];
for (const [what, text, status, error] of faults) {
  Deno.test(`among lines, ${what} is refused alone`, async () => {
    const { fetch } = answering({ ...REFUSED, error }, RECORDED);
    const answers = await answersOf(await fetch(post(`${text}\n${JSON.stringify(keyed(2))}`, NDJSON)));
    assert.deepEqual(answers.map((answer) => [answer.http_status, answer.error]), [[status, error], [
      200,
      undefined,
    ]]);
  });
}

Deno.test("an event over 256 KiB is refused alone; the log has no row for it", async () => {
  const large = event("build_complete", { payload: { status: "pass", note: "x".repeat(MAX_BYTES) } });
  const { fetch, calls } = answering(RECORDED);
  const answers = await answersOf(await fetch(post([large, keyed(2)])));
  assert.deepEqual(answers.map((answer) => [answer.http_status, answer.ingest_id]), [[413, null], [
    200,
    INGEST_ID,
  ]]);
  assert.deepEqual(calls[0]?.args, { events: [keyed(2)] });
});

Deno.test("when none of the events can be logged, SQL is not asked", async () => {
  const large = event("build_complete", { payload: { status: "pass", note: "x".repeat(MAX_BYTES) } });
  const { fetch, calls } = answering();
  assert.deepEqual((await answersOf(await fetch(post([large])))).map((answer) => answer.http_status), [413]);
  assert.deepEqual(calls, []);
});

const wholes: [string, BodyInit, number, string][] = [
  ["no event", "[]", 400, "invalid_envelope"],
  ["an array that is not closed", "[{}", 400, "invalid_json"],
  ["an array with something after it", "[{}] []", 400, "invalid_json"],
  ["an array with a text after it", "[{}] x", 400, "invalid_json"],
  ["an array that ends as an object", "[{}}", 400, "invalid_json"],
  ["an array that ends with a comma", "[{},]", 400, "invalid_json"],
  ["an array with nothing between two commas", "[{},,{}]", 400, "invalid_json"],
  ["an array that begins with a comma", "[,{}]", 400, "invalid_json"],
  ["an array that is closed twice", "[{}]]", 400, "invalid_json"],
  ["more than 100 events", JSON.stringify(Array(MAX_EVENTS + 1).fill({})), 413, "payload_too_large"],
  ["more than 4 MiB", `[${" ".repeat(MAX_BATCH_BYTES)}]`, 413, "payload_too_large"],
];
for (const [what, body, status, error] of wholes) {
  Deno.test(`a batch of ${what} is refused as a whole`, async () => {
    const { fetch, calls } = functionOver();
    const response = await fetch(post(body));
    const answer: Json = await response.json();
    assert.deepEqual([response.status, answer.error], [status, error]);
    assert.ok(calls.every(({ name }) => name === "record_refusal"));
  });
}

for (
  const [what, body, headers] of [
    ["line ends", "\n".repeat(MAX_BATCH_BYTES), NDJSON],
    ["short lines", "1\n".repeat(MAX_BATCH_BYTES / 2), NDJSON],
    ["short elements", `[${"1,".repeat(MAX_BATCH_BYTES / 2 - 2)}1]`, {}],
    ["brackets", "[".repeat(MAX_BATCH_BYTES / 2) + "]".repeat(MAX_BATCH_BYTES / 2), {}],
  ] as const
) {
  Deno.test(`4 MiB of ${what} are refused without cutting each of them`, async () => {
    const { fetch, calls } = functionOver();
    const before = spent();
    assert.ok([200, 400, 413].includes((await fetch(post(body, headers))).status));
    // Cutting a million parts took 10 s; this takes a tenth of a second.
    assert.ok(spent() - before < 5_000);
    assert.ok(calls.every(({ name }) => name === "record_refusal"));
  });
}

Deno.test("a batch whose first part is blank may be as large as any other", async () => {
  const { fetch } = answering(RECORDED);
  const large = JSON.stringify([
    event("build_complete", { payload: { status: "pass", note: "x".repeat(MAX_BYTES) } }),
  ]);
  const parts = [" ", large].map((part) => new TextEncoder().encode(part));
  const body = ReadableStream.from(parts);
  const length = { "content-length": String(large.length + 1) };
  assert.deepEqual((await answersOf(await fetch(post(body, length)))).map((answer) => answer.http_status), [
    413,
  ]);
});

Deno.test("a batch that SQL finds too large is refused with 413", async () => {
  const { fetch } = functionOver(failed("54000", 400));
  assert.equal((await fetch(post([keyed(1)]))).status, 413);
});

Deno.test("a batch of 100 events is taken", async () => {
  const { fetch } = answering(...Array(MAX_EVENTS).fill(RECORDED));
  assert.equal((await answersOf(await fetch(post(Array(MAX_EVENTS).fill(event()))))).length, MAX_EVENTS);
});

for (const code of ["40001", "55P03", "57014"]) {
  Deno.test(`what a retry cures (${code}) undoes all, and is 503`, async () => {
    const { fetch } = functionOver(failed(code));
    const response = await fetch(post([keyed(1), keyed(2)]));
    assert.equal(response.status, 503);
    assert.ok(response.headers.get("retry-after"));
    assert.equal((await response.json()).error, "try_again");
  });
}

Deno.test("an answer for fewer events than were sent is an unexpected error", async () => {
  const { fetch } = answering(RECORDED);
  assert.equal((await fetch(post([keyed(1), keyed(2)]))).status, 500);
});
