import "./environment.ts";
import assert from "node:assert/strict";
import { authenticator, type Config, isMember, readConfig, ROLES } from "../ops-event-ingest/caller.ts";
import type { Json } from "./support.ts";

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
const otherKeys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
const publicJwk = {
  ...await crypto.subtle.exportKey("jwk", keys.publicKey),
  kid: "k1",
  alg: "ES256",
  use: "sig",
};

const config = {
  env: {
    url: "http://127.0.0.1:1",
    publishableKeys: { default: "sb_publishable_a" },
    secretKeys: { default: "sb_secret_a", ci: "sb_secret_b" },
    jwks: { keys: [publicJwk] },
  },
} as unknown as Config;

const in10Minutes = () => Math.floor(Date.now() / 1000) + 600;
const claims = (changes: Json = {}): Json => ({
  sub: "qa-1",
  role: "qa_tester",
  exp: in10Minutes(),
  ...changes,
});
const encode = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
const base64url = (raw: Uint8Array) =>
  btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function token(
  payload: Json,
  { header = {}, key = keys.privateKey }: { header?: Json; key?: CryptoKey } = {},
) {
  const signed = `${encode({ alg: "ES256", kid: "k1", typ: "JWT", ...header })}.${encode(payload)}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function hs256(payload: Json, secret: string) {
  const signed = `${encode({ alg: "HS256", kid: "k1" })}.${encode(payload)}`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [
    "sign",
  ]);
  return `${signed}.${
    base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed))))
  }`;
}

function request(headers: Record<string, string>) {
  return new Request("http://functions/", { method: "POST", headers });
}

const bearer = (jwt: string) => request({ authorization: `Bearer ${jwt}`, apikey: "sb_publishable_a" });
const admit = (incoming: Request, changes: Partial<Config> = {}) =>
  authenticator({ ...config, ...changes })(incoming);

async function isRefused(incoming: Request, why: string, changes: Partial<Config> = {}) {
  await assert.rejects(admit(incoming, changes), (refusal: Json) => {
    assert.deepEqual({ error: refusal.error, detail: refusal.detail }, {
      error: "unauthorized",
      detail: { message: "a valid token or secret key is required" },
    }, why);
    return true;
  }, why);
}

for (const role of ROLES) {
  Deno.test(`a token of ${role} is admitted`, async () => {
    assert.equal(typeof await admit(bearer(await token(claims({ role })))), "function");
  });
}

Deno.test("a token of any other role is refused", async () => {
  for (const role of ["service_role", "authenticated", "anon", "postgres", "", null, 1, ["sre"], undefined]) {
    await isRefused(bearer(await token(claims({ role }))), String(role));
  }
});

Deno.test("a token without expiry, or expired, is refused", async () => {
  await isRefused(bearer(await token(claims({ exp: undefined }))), "no exp");
  await isRefused(bearer(await token(claims({ exp: "tomorrow" }))), "exp is text");
  await isRefused(bearer(await token(claims({ exp: in10Minutes() - 660 }))), "expired");
  await isRefused(bearer(await token(claims({ nbf: in10Minutes() }))), "not yet valid");
});

Deno.test("a token that names nobody is refused", async () => {
  for (const sub of [undefined, null, "", "  ", "\u00a0", 7]) {
    await isRefused(bearer(await token(claims({ sub }))), `sub ${sub}`);
  }
});

Deno.test("a token that the project did not sign is refused", async () => {
  const good = await token(claims());
  const [header, payload, signature] = good.split(".");
  await isRefused(bearer(await token(claims(), { key: otherKeys.privateKey })), "another key");
  await isRefused(bearer(await token(claims(), { header: { kid: "k2" } })), "unknown kid");
  await isRefused(bearer(await token(claims(), { header: { kid: undefined } })), "no kid");
  await isRefused(bearer(`${header}.${encode(claims({ role: "sre" }))}.${signature}`), "changed claims");
  await isRefused(bearer(`${header}.${payload}.`), "no signature");
  await isRefused(bearer(`${encode({ alg: "none", kid: "k1" })}.${payload}.`), "alg none");
  await isRefused(bearer(await hs256(claims(), JSON.stringify(publicJwk))), "HS256 with the public key");
  await isRefused(bearer("not.a.token"), "nonsense");
});

Deno.test("issuer and audience are checked where they are configured", async () => {
  const issuer = "https://project.example/auth/v1", audience = "authenticated";
  const good = await token(claims({ iss: issuer, aud: [audience, "other"] }));
  assert.ok(await admit(bearer(good), { issuer, audience }));
  assert.ok(await admit(bearer(await token(claims()))));
  await isRefused(bearer(await token(claims({ aud: audience }))), "no iss", { issuer });
  await isRefused(bearer(await token(claims({ iss: "https://else.example" }))), "another iss", { issuer });
  await isRefused(bearer(await token(claims({ iss: issuer }))), "no aud", { audience });
  await isRefused(bearer(await token(claims({ aud: "else" }))), "another aud", { audience });
});

Deno.test("any of the project's secret keys is admitted, alone or repeated as a bearer", async () => {
  for (const key of ["sb_secret_a", "sb_secret_b"]) {
    assert.ok(await admit(request({ apikey: key })));
    assert.ok(await admit(request({ apikey: key, authorization: `Bearer ${key}` })));
  }
});

Deno.test("no key, another key and a publishable key are refused with the same words", async () => {
  const refused: Record<string, string>[] = [
    {},
    { apikey: "" },
    { apikey: "sb_secret_c" },
    { apikey: "sb_publishable_a" },
    { apikey: "sb_publishable_a", authorization: "Bearer sb_publishable_a" },
    { authorization: "Bearer sb_secret_a" },
    { authorization: "Basic c2JfOg==" },
    { authorization: "Bearer " },
  ];
  for (const headers of refused) await isRefused(request(headers), JSON.stringify(headers));
});

Deno.test("a bad token is refused even beside a good secret key", async () => {
  const expired = await token(claims({ exp: 1 }));
  await isRefused(
    request({ apikey: "sb_secret_a", authorization: `Bearer ${expired}` }),
    "no downgrade to the key",
  );
});

Deno.test("a good token beside a secret key acts as the person, not as the key", async () => {
  const both = {
    apikey: "sb_secret_a",
    authorization: `Bearer ${await token(claims({ role: "authenticated" }))}`,
  };
  await isRefused(request(both), "the person's role decides");
});

/** What a step does while every request is answered so. */
async function answered<T>(
  answer: (to: string, init?: RequestInit) => Response | Promise<Response>,
  step: () => T,
) {
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => await answer(String(input), init);
  try {
    return await step();
  } finally {
    globalThis.fetch = original;
  }
}

Deno.test("each caller reaches the database with their own credentials", async () => {
  const seen: [string, Headers, unknown][] = [];
  const jwt = await token(claims());
  const person = await admit(bearer(jwt));
  const machine = await admit(request({ apikey: "sb_secret_b" }), {
    env: { ...config.env, url: "http://127.0.0.1:1/" },
  });
  const answer = (to: string, init?: RequestInit) => {
    assert.ok(init?.signal, "a call ends after its time");
    seen.push([to, new Headers(init?.headers), init?.body]);
    return Response.json({ ok: true });
  };
  await answered(answer, async () => {
    assert.deepEqual((await person("ingest_event", { envelope: 1 })).data, { ok: true });
    await machine("record_refusal", {});
  });
  assert.deepEqual(seen.map(([to]) => to), [
    "http://127.0.0.1:1/rest/v1/rpc/ingest_event",
    "http://127.0.0.1:1/rest/v1/rpc/record_refusal",
  ]);
  const said = (name: string) => seen.map(([, headers]) => headers.get(name));
  assert.deepEqual(said("authorization"), [`Bearer ${jwt}`, "Bearer sb_secret_b"]);
  assert.deepEqual(said("apikey"), ["sb_publishable_a", "sb_secret_b"]);
  assert.deepEqual(said("content-profile"), ["ops", "ops"]);
  assert.equal(seen[0]?.[2], '{"envelope":1}');
});

Deno.test("a database that does not answer, or not to the end, is an error without a status", async () => {
  const cut = () =>
    new Response(
      new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode('{"status":'));
          stream.error(new TypeError("connection reset"));
        },
      }),
    );
  const late = () => Promise.reject(new DOMException("timed out", "TimeoutError"));
  for (const answer of [cut, late]) {
    const call = await admit(request({ apikey: "sb_secret_a" }));
    const { error, status } = await answered(answer, () => call("ingest_event", {}));
    assert.equal(status, 0);
    assert.ok(error && !error.code);
  }
});

Deno.test("a redirect is followed nowhere, since it would take the key along", async () => {
  const reached: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (to) => {
    reached.push(new URL(to.url).pathname);
    return Response.redirect(new URL("/elsewhere", to.url), 307);
  });
  const env = { ...config.env, url: `http://127.0.0.1:${server.addr.port}` };
  const call = await admit(request({ apikey: "sb_secret_a" }), { env });
  assert.equal((await call("ingest_event", {})).status, 0);
  assert.deepEqual(reached, ["/rest/v1/rpc/ingest_event"]);
});

Deno.test("a refusal keeps its code and status, and one that is no JSON has no code", async () => {
  const call = await admit(request({ apikey: "sb_secret_a" }));
  const of = (body: string, status: number) =>
    answered(() => new Response(body, { status }), () => call("ingest_event", {}));
  assert.deepEqual(await of('{"code":"42501","message":"no"}', 403), {
    data: null,
    error: { code: "42501" },
    status: 403,
  });
  assert.deepEqual(await of('{"code":""}', 400), { data: null, error: { code: "" }, status: 400 });
  for (const body of ["<html>", "", "null", '{"code":7}']) {
    assert.deepEqual(await of(body, 502), { data: null, error: {}, status: 502 });
  }
  assert.deepEqual(await of("<html>", 200), { data: undefined, error: null, status: 200 });
});

Deno.test("signing keys that cannot be fetched are our fault, and worth a retry", async () => {
  const env = { ...config.env, jwks: new URL("http://127.0.0.1:1/jwks.json") };
  await assert.rejects(admit(bearer(await token(claims())), { env }), { error: "try_again" });
});

Deno.test("a member has one of six roles, a name and an expiry", () => {
  assert.ok(isMember(claims()));
  assert.ok(!isMember(null));
});

function withEnvironment(changes: Record<string, string | undefined>, step: () => void) {
  const before = Object.keys(changes).map((name): [string, string | undefined] => [name, Deno.env.get(name)]);
  const set = (entries: [string, string | undefined][]) =>
    entries.forEach(([name, value]) =>
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value)
    );
  set(Object.entries(changes));
  try {
    step();
  } finally {
    set(before);
  }
}

Deno.test("a complete environment boots, with issuer and audience if there are any", () => {
  withEnvironment({ OPS_JWT_ISSUER: undefined, OPS_JWT_AUDIENCE: undefined }, () => {
    assert.deepEqual(Object.keys(readConfig().env).sort(), ["jwks", "publishableKeys", "secretKeys", "url"]);
    assert.equal(readConfig().issuer, undefined);
  });
  withEnvironment({ OPS_JWT_ISSUER: "https://i", OPS_JWT_AUDIENCE: "a" }, () => {
    assert.equal(readConfig().issuer, "https://i");
    assert.equal(readConfig().audience, "a");
  });
});

const BROKEN: [Record<string, string | undefined>, RegExp][] = [
  [{ SUPABASE_URL: undefined }, /SUPABASE_URL/],
  [{ SUPABASE_PUBLISHABLE_KEYS: undefined }, /SUPABASE_PUBLISHABLE_KEYS/],
  [{ SUPABASE_PUBLISHABLE_KEYS: "{" }, /SUPABASE_PUBLISHABLE_KEYS/],
  [{ SUPABASE_SECRET_KEYS: undefined }, /SUPABASE_SECRET_KEYS/],
  [{ SUPABASE_SECRET_KEYS: "{}" }, /SUPABASE_SECRET_KEYS/],
  [{ SUPABASE_SECRET_KEYS: '{"default":null}' }, /SUPABASE_SECRET_KEYS/],
  [{ SUPABASE_SECRET_KEYS: '{"default":"sb_secret_"}' }, /SUPABASE_SECRET_KEYS/],
  [{ SUPABASE_SECRET_KEYS: '{"default":"hunter2"}' }, /SUPABASE_SECRET_KEYS/],
  [{ SUPABASE_JWKS: "{" }, /SUPABASE_JWKS/],
  [{ SUPABASE_JWKS: undefined, SUPABASE_URL: "http://kong:8000" }, /SUPABASE_JWKS/],
  [{ OPS_JWT_ISSUER: " " }, /OPS_JWT_ISSUER/],
  [{ OPS_JWT_AUDIENCE: "" }, /OPS_JWT_AUDIENCE/],
];

for (const [changes, message] of BROKEN) {
  const setting = Object.entries(changes).map(([name, value]) => `${name}=${value ?? "(not set)"}`).join(" ");
  Deno.test(`the function does not boot with ${setting}`, () => {
    withEnvironment(
      changes,
      () =>
        assert.throws(
          readConfig,
          (error: Error) => message.test(error.message) && !/hunter2/.test(error.message),
        ),
    );
  });
}
