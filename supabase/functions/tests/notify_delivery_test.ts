import assert from "node:assert/strict";
import { readExceptions } from "../ops-notify/address.ts";
import { readBoard } from "../ops-notify/board.ts";
import { deliver, type Ways } from "../ops-notify/deliver.ts";
import type { Claimed } from "../ops-notify/notice.ts";
import type { Outcome } from "../ops-notify/rpc.ts";
import { Webhook } from "standardwebhooks";
import { BOARD, claimed, NOTICE_ID } from "./notices.ts";
import { logOf } from "./support.ts";

const KEY = `whsec_${btoa("k".repeat(32))}`;
const HIDDEN_PATH = "/T0HIDDEN";

/** What a target does with a connection after it has read a request. */
type Behaviour = (conn: Deno.Conn, request: string) => Promise<unknown> | void;

const encoder = new TextEncoder();
const say = (text: string): Behaviour => (conn) => conn.write(encoder.encode(text));
const answering = (status: string, headers = "") =>
  say(`HTTP/1.1 ${status}\r\n${headers}content-length: 2\r\n\r\nok`);

async function writeAll(conn: Deno.Conn, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

/** A real receiver while `step` runs; what it was sent. */
async function receiving(behaviour: Behaviour, step: (host: string) => Promise<unknown>): Promise<string[]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      const bytes = new Uint8Array(65536);
      const size = await conn.read(bytes).catch(() => null);
      requests.push(new TextDecoder().decode(bytes.subarray(0, size ?? 0)));
      await Promise.resolve(behaviour(conn, requests.at(-1) ?? "")).catch(() => {});
    }
  })();
  try {
    await step(`127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await accepting;
    for (const conn of open) {
      try {
        conn.close();
      } catch {
        // closed by its behaviour
      }
    }
  }
  return requests;
}

function waysFor(host: string, changes: Partial<Ways> = {}): Ways {
  return { linkTo: readBoard(BOARD), exceptions: readExceptions(host), limit_ms: 2_000, ...changes };
}

function withSecret<T>(value: unknown, step: () => Promise<T>): Promise<T> {
  Deno.env.set("OPS_NOTICE_TEST", typeof value === "string" ? value : JSON.stringify(value));
  return step().finally(() => Deno.env.delete("OPS_NOTICE_TEST"));
}

interface Tried {
  outcome: Outcome;
  requests: string[];
}

/** Tries one delivery to a receiver. No log line and no outcome may show the address, the key or an answer. */
async function tried(
  behaviour: Behaviour,
  changes: Partial<Claimed> = {},
  ways: Partial<Ways> = {},
): Promise<Tried> {
  let outcome: Outcome | undefined;
  const requests: string[] = [];
  const logged = await logOf(async () => {
    requests.push(
      ...await receiving(
        behaviour,
        (host) =>
          withSecret({ url: `http://${host}${HIDDEN_PATH}`, key: KEY }, async () => {
            outcome = await deliver(claimed(changes), waysFor(host, ways));
          }),
      ),
    );
  });
  assert.ok(outcome);
  assert.ok(
    !/HIDDEN|whsec_|127\.0\.0\.1|HISTORY/.test(logged.join() + JSON.stringify(outcome)),
    logged.join(),
  );
  assert.equal(logged.length, outcome.outcome === "failed" ? 1 : 0);
  return { outcome, requests };
}

Deno.test("a webhook arrives whole, signed, and verified by the reference library", async () => {
  const { outcome, requests } = await tried(answering("204 No Content"));
  assert.deepEqual(outcome, { outcome: "delivered", http_status: 204 });
  const [head = "", body = ""] = (requests[0] ?? "").split("\r\n\r\n");
  const [line, ...fields] = head.split("\r\n");
  assert.equal(line, `POST ${HIDDEN_PATH} HTTP/1.1`);
  const headers = Object.fromEntries(fields.map((field) => field.split(": ", 2)));
  assert.equal(headers["webhook-id"], NOTICE_ID);
  assert.equal(headers["content-type"], "application/json");
  assert.equal((new Webhook(KEY).verify(body, headers) as { type: string }).type, "ops.gate_waits");
});

Deno.test("informational answers are passed over, and a status is taken in any pieces", async () => {
  const early =
    "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
  assert.equal((await tried(say(early))).outcome.http_status, 200);
  const slow: Behaviour = async (conn) => {
    for (const character of early) await conn.write(encoder.encode(character));
  };
  assert.equal((await tried(slow)).outcome.http_status, 200);
});

const ENDS: Record<string, [Behaviour, Outcome]> = {
  "500": [answering("500 HISTORY"), { outcome: "failed", error_code: "http_status", http_status: 500 }],
  "429": [answering("429 Slow"), { outcome: "failed", error_code: "http_status", http_status: 429 }],
  "404": [answering("404 Gone"), { outcome: "failed", error_code: "http_status", http_status: 404 }],
  "a redirect to elsewhere": [
    answering("302 Found", "location: http://169.254.169.254/HISTORY\r\n"),
    { outcome: "failed", error_code: "redirect", http_status: 302 },
  ],
  "a redirect that keeps the method": [
    answering("307 Moved", "location: /again\r\n"),
    { outcome: "failed", error_code: "redirect", http_status: 307 },
  ],
  "silence": [() => {}, { outcome: "failed", error_code: "timeout" }],
  "half a status": [say("HTTP/1.1 2"), { outcome: "failed", error_code: "timeout" }],
  "a closed connection": [(conn) => conn.close(), { outcome: "failed", error_code: "connection" }],
  "another protocol": [say("SSH-2.0-HISTORY\r\n"), { outcome: "failed", error_code: "connection" }],
  "10 MB as an answer": [
    (conn) => writeAll(conn, `HTTP/1.1 200 OK\r\n\r\n${"HISTORY".repeat(1_500_000)}`),
    { outcome: "delivered", http_status: 200 },
  ],
  "10 MB before any answer": [
    (conn) => writeAll(conn, "HTTP/1.1 100 Continue\r\n" + "x: HISTORY\r\n".repeat(900_000)),
    { outcome: "failed", error_code: "too_large" },
  ],
};

for (const [what, [behaviour, expected]] of Object.entries(ENDS)) {
  Deno.test(`a target that answers ${what}: ${expected.error_code ?? "delivered"}`, async () => {
    const { outcome, requests } = await tried(behaviour, {}, { limit_ms: 300 });
    assert.deepEqual(outcome, expected);
    assert.equal(requests.length, 1);
  });
}

Deno.test("a target that is gone, and one without TLS where TLS is asked for", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const gone = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const failed = async (url: string, host: string) =>
    (await withSecret({ url, key: KEY }, () => deliver(claimed(), waysFor(host)))).error_code;
  await logOf(async () => {
    assert.equal(await failed(`http://${gone}/`, gone), "connection");
    await receiving(say("HTTP/1.1 400 no TLS here\r\n\r\n"), async (host) => {
      assert.equal(await failed(`https://${host}/`, host), "tls");
    });
  });
});

Deno.test("a name that never resolves takes no longer than an answer may", async () => {
  const ways = waysFor("", { limit_ms: 50, resolve: () => new Promise(() => {}) });
  await logOf(async () => {
    const { error_code } = await withSecret(
      { url: "https://x.example/", key: KEY },
      () => deliver(claimed(), ways),
    );
    assert.equal(error_code, "timeout");
  });
});

const SECRETS: Record<string, [unknown, Claimed["format"], string]> = {
  "no variable": ["", "webhook", "secret_missing"],
  "no JSON": ["https://x.example/HIDDEN", "slack", "secret_malformed"],
  "null": ["null", "slack", "secret_malformed"],
  "a list": [["https://x.example/"], "slack", "secret_malformed"],
  "no address": [{ key: KEY }, "webhook", "secret_malformed"],
  "an address that is no text": [{ url: 7 }, "slack", "secret_malformed"],
  "an unknown field": [{ url: "https://x.example/", kye: KEY }, "cdevents", "secret_malformed"],
  "a webhook without a key": [{ url: "https://x.example/" }, "webhook", "secret_malformed"],
  "only a previous key": [{ url: "https://x.example/", previous_key: KEY }, "cdevents", "secret_malformed"],
  "Slack with a key": [{ url: "https://x.example/", key: KEY }, "slack", "secret_malformed"],
  "a key without its prefix": [
    { url: "https://x.example/", key: btoa("k".repeat(32)) },
    "webhook",
    "secret_malformed",
  ],
  "a key that is too short": [
    { url: "https://x.example/", key: `whsec_${btoa("k".repeat(23))}` },
    "webhook",
    "secret_malformed",
  ],
  "a key that is too long": [
    { url: "https://x.example/", key: `whsec_${btoa("k".repeat(65))}` },
    "webhook",
    "secret_malformed",
  ],
  "a key with a blank": [{ url: "https://x.example/", key: `${KEY} ` }, "webhook", "secret_malformed"],
  "a previous key that is none": [
    { url: "https://x.example/", key: KEY, previous_key: "old" },
    "webhook",
    "secret_malformed",
  ],
};

for (const [what, [value, format, code]] of Object.entries(SECRETS)) {
  Deno.test(`a secret that is no good, ${what}: ${code}`, async () => {
    let outcome: Outcome | undefined;
    const logged = await logOf(async () => {
      outcome = await withSecret(value, () => deliver(claimed({ format }), waysFor("")));
    });
    assert.deepEqual(outcome, { outcome: "failed", error_code: code });
    assert.ok(!/HIDDEN|whsec|example/.test(logged.join()), logged.join());
  });
}

Deno.test("only a variable of this purpose is read", async () => {
  for (
    const secret_name of [
      "SUPABASE_SECRET_KEYS",
      "OPS_NOTICE_",
      "OPS_NOTICE_a",
      `OPS_NOTICE_${"A".repeat(51)}`,
    ]
  ) {
    await logOf(async () => {
      const { error_code } = await deliver(claimed({ secret_name, format: "slack" }), waysFor(""));
      assert.equal(error_code, "secret_missing");
    });
  }
});
