import assert from "node:assert/strict";
import { STATUS_OF } from "../ops-event-ingest/answers.ts";
import { publishedFiles } from "../ops-event-ingest/published.ts";
import { type Json, PAYLOADS } from "./support.ts";

Deno.test("every event type has its schema, beside the envelope's and the OpenAPI file", () => {
  const expected = [...Object.keys(PAYLOADS), "envelope"].map((name) => `${name}.schema.json`);
  assert.deepEqual([...publishedFiles().keys()], [...expected, "openapi.json"]);
});

Deno.test("the same schemas are published every time", () => {
  assert.equal(JSON.stringify([...publishedFiles()]), JSON.stringify([...publishedFiles()]));
});

Deno.test("a published schema requires what the function requires, and keeps what it keeps", () => {
  const schema = publishedFiles().get("environment_event.schema.json") as Json;
  assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual(schema.required, [
    "schema_version",
    "idempotency_key",
    "source_system",
    "emitted_at",
    "event_type",
    "payload",
  ]);
  const { payload } = schema.properties as Record<string, Json>;
  assert.deepEqual(payload?.required, ["environment", "event_type"]);
  assert.deepEqual(payload?.additionalProperties, {});
});

Deno.test("the OpenAPI file shows every answer and every error code", () => {
  const { paths } = publishedFiles().get("openapi.json") as { paths: Record<string, { post: Json }> };
  const responses = paths["/ops-event-ingest"]?.post.responses as Json;
  assert.deepEqual(
    Object.keys(responses),
    [...new Set(["200", ...Object.values(STATUS_OF).map(String)])].sort(),
  );
  for (const [code, status] of Object.entries(STATUS_OF)) {
    assert.ok(JSON.stringify(responses[status]).includes(`"${code}"`), code);
  }
});
