import "./environment.ts";
import assert from "node:assert/strict";
import { answerPages, readOrigins } from "../ops-event-ingest/cors.ts";
import { event, functionOver, post } from "./support.ts";

const APP = "https://app.example";

/** What the function answers to a page of an origin, when these origins are allowed. */
function asked(origins: string, request: Request): Promise<Response> {
  return answerPages(functionOver().fetch, readOrigins(origins))(request);
}

function question(origin: string): Request {
  return new Request("http://functions/ops-event-ingest", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "apikey, authorization, content-type, x-client-info",
    },
  });
}

function allowed(response: Response): Record<string, string> {
  const named = [...response.headers].filter(([name]) => name.startsWith("access-control-"));
  return Object.fromEntries(named.map(([name, value]) => [name.replace("access-control-", ""), value]));
}

Deno.test("a page of an allowed origin may send an event with the headers of supabase-js", async () => {
  const response = await asked(`https://other.example, ${APP}`, question(APP));
  assert.equal(response.status, 204);
  const { "allow-headers": headers = "", ...rest } = allowed(response);
  assert.deepEqual(rest, { "allow-origin": APP, "allow-methods": "POST", "max-age": "600" });
  for (const name of ["authorization", "apikey", "content-type", "x-client-info", "x-region"]) {
    assert.ok(headers.split(", ").includes(name), name);
  }
});

Deno.test("a page of an allowed origin reads the answer, also to a refused event", async () => {
  for (const body of [event(), {}]) {
    const response = await asked(APP, post(body, { origin: APP }));
    assert.deepEqual(allowed(response), { "allow-origin": APP, "expose-headers": "Retry-After" });
    assert.match(response.headers.get("vary") ?? "", /origin/i);
    assert.notEqual((await response.json()).ingest_id, null);
  }
});

const LOCAL = "http://localhost:*,http://127.0.0.1:*,http://[::1]:*";
for (
  const [origins, origin] of [
    ["", APP],
    [APP, "null"],
    [APP, "http://app.example"],
    [APP, `${APP}:8443`],
    [APP, `${APP}.evil.example`],
    [APP, "https://evil.example"],
    [APP, APP.toUpperCase()],
    [`${APP}:8443`, APP],
    ["http://localhost:3000", "http://localhost:3001"],
    [LOCAL, "http://localhost.evil.example:3000"],
    [LOCAL, "https://localhost:3000"],
    [LOCAL, "http://localhost:*"],
  ] as const
) {
  Deno.test(`no page of ${origin} is answered when ${origins || "no origin"} is allowed`, async () => {
    for (const request of [question(origin), post(event(), { origin })]) {
      const response = await asked(origins, request);
      assert.deepEqual(allowed(response), {});
      assert.equal(response.headers.get("vary"), "Origin");
    }
  });
}

for (
  const origin of ["http://localhost:3000", "http://localhost", "http://127.0.0.1:8080", "http://[::1]:1"]
) {
  Deno.test(`${origin} is a page of this machine`, async () => {
    assert.equal(allowed(await asked(LOCAL, question(origin)))["allow-origin"], origin);
  });
}

for (
  const wrong of [
    "*",
    "https://*",
    "https://*.app.example",
    `${APP}:*`,
    `${APP}/`,
    `${APP}/page`,
    "https://u:p@app.example",
    "app.example",
    "null",
    "ftp://app.example",
    "HTTPS://app.example",
    `${APP}:443`,
  ]
) {
  Deno.test(`the function does not boot with ${wrong} as an origin`, () => {
    assert.throws(() => readOrigins(`${APP},${wrong}`), /OPS_CORS_ORIGINS .*https:\/\/app\.example/);
  });
}

Deno.test("who asks for no page gets the answer of any other method", async () => {
  for (
    const headers of [{ origin: APP }, { "access-control-request-method": "POST" }] as Record<
      string,
      string
    >[]
  ) {
    const request = new Request("http://functions/ops-event-ingest", { method: "OPTIONS", headers });
    const response = await asked(APP, request);
    assert.equal(response.status, "origin" in headers ? 405 : 204);
  }
});
