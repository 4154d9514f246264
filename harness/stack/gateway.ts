// One address for a whole project, as the platform's gateway gives it: /rest/v1, /functions/v1, /auth/v1 and the key set.
// Beside that it serves the board, at /board/.
// Its settings are in the environment variable GATEWAY (JSON): they contain keys, and every user can see arguments.
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import http from "node:http";
import process from "node:process";

interface Config {
  port: number;
  rest: number;
  auth: number;
  /** Function name → port. */
  functions: Record<string, number>;
  /** Names of the functions for which the gateway asks for a token of this project first (`verify_jwt`). */
  verified: string[];
  /** For each API key, the token that PostgREST gets instead. */
  keys: Record<string, string>;
  jwks: { keys: (JsonWebKey & { kid?: string })[] };
  /** The files of the board: name → path and type; with what headers. */
  board: { files: Record<string, { path: string; type: string }>; headers: Record<string, string> };
}

type Headers = Record<string, string | string[]>;

const config = JSON.parse(process.env.GATEWAY ?? "{}") as Config;
const keys = new Map(Object.entries(config.keys));
const functions = new Map(Object.entries(config.functions));
const verified = new Set(config.verified);
const jwks = JSON.stringify(config.jwks);

const board = new Map(
  Object.entries(config.board.files).map((
    [name, { path, type }],
  ) => [name, { type, body: readFileSync(path) }]),
);
const ownNames = [`127.0.0.1:${config.port}`, `localhost:${config.port}`];

/** More than the function accepts, so that the function itself refuses a body that is too large. */
const maxBody = 8 * 1024 * 1024;
const hopByHop = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers":
    "authorization, apikey, content-type, prefer, x-client-info, accept-profile, content-profile, x-supabase-api-version",
  "access-control-allow-methods": "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS",
};
const agent = new http.Agent({ keepAlive: true, noDelay: true, maxSockets: 128, maxFreeSockets: 128 });

class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly hint?: string) {
    super(message);
  }
}

/** The headers to send upstream: the caller's, without those that belong to one connection. */
function passOn(headers: http.IncomingHttpHeaders): Headers {
  const kept: Headers = {};
  for (const name in headers) {
    if (!hopByHop.has(name)) kept[name] = headers[name] as string | string[];
  }
  return kept;
}

/** The token for PostgREST: the user's own, or the one that replaces the API key. */
function bearerFor(headers: http.IncomingHttpHeaders): string {
  const apikey = headers.apikey;
  if (typeof apikey !== "string" || apikey === "") {
    throw new Refusal(
      401,
      "No API key found in request",
      "send a publishable or secret key in the `apikey` header",
    );
  }
  const token = keys.get(apikey);
  if (token === undefined) {
    throw new Refusal(401, "Invalid API key", "`supabase status` and `make status` print the keys");
  }
  const authorization = headers.authorization;
  if (authorization === undefined) return `Bearer ${token}`;
  const bearer = authorization.replace(/^bearer +/i, "");
  if (bearer === apikey) return `Bearer ${token}`;
  if (bearer.startsWith("sb_")) {
    throw new Refusal(
      401,
      "Invalid API key",
      "the `apikey` and `Authorization` headers carry two different keys",
    );
  }
  return authorization;
}

/** Whether a token is signed by a key that the project publishes, and has not ended; what else it says, nobody asks. */
async function isOurs(token: string): Promise<boolean> {
  const [head = "", claims = "", signature = ""] = token.split(".");
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const { alg, kid } = read(head);
    const key = config.jwks.keys.find((each) => each.kid === kid && each.kty === "EC");
    if (!key || alg !== "ES256" || !(read(claims).exp > Date.now() / 1000)) return false;
    const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const published = await crypto.subtle.importKey("jwk", key, curve, false, ["verify"]);
    const signed = Buffer.from(`${head}.${claims}`);
    return await crypto.subtle.verify(
      curve,
      published,
      new Uint8Array(Buffer.from(signature, "base64url")),
      signed,
    );
  } catch {
    return false;
  }
}

/** What the platform does before a function that has `verify_jwt`: an API key is no token. */
async function verifyFirst(headers: http.IncomingHttpHeaders): Promise<void> {
  if (!headers.authorization) throw new Refusal(401, "Missing authorization header");
  if (!await isOurs(headers.authorization.replace(/^bearer +/i, ""))) throw new Refusal(401, "Invalid JWT");
}

/** The whole body: passing it on in a stream costs 40 ms per call, for a delayed acknowledgement. */
function bodyOf(incoming: http.IncomingMessage, limit = Infinity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) reject(new Refusal(413, `the request body exceeds ${limit} bytes`));
      else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(Buffer.concat(chunks)));
    incoming.on("error", reject);
    // A service that ended in the middle of its answer counts as down. A client that ended needs no answer.
    incoming.on("aborted", () => reject(new Error("ended before its body did")));
  });
}

interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

function ask(port: number, method: string, path: string, headers: Headers, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (body.length > 0 || (method !== "GET" && method !== "HEAD")) {
      headers["content-length"] = String(body.length);
    }
    const upstream = http.request({ host: "127.0.0.1", port, method, path, headers, agent }, (incoming) => {
      bodyOf(incoming).then(
        (answer) =>
          resolve({ status: incoming.statusCode ?? 502, headers: passOn(incoming.headers), body: answer }),
        reject,
      );
    });
    upstream.on("error", reject);
    upstream.end(body.length > 0 ? body : undefined);
  });
}

function json(status: number, body: string | Record<string, unknown>, headers: Headers = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  };
}

/** A file of the board. Only our own names count: another name could lead a foreign page here. */
function boardAt(url: string, method: string, host: string | undefined): Answer {
  if (url === "/board") return { status: 308, headers: { location: "/board/" }, body: Buffer.alloc(0) };
  if (!ownNames.includes(host ?? "")) throw new Refusal(421, "the board is at no other name of this machine");
  const file = board.get(url.slice("/board/".length).split("?", 1)[0] || "index.html");
  if (!file) {
    throw new Refusal(404, board.size ? "the board has no such file" : "the page is not built: make setup");
  }
  if (method !== "GET" && method !== "HEAD") throw new Refusal(405, "the board is only read");
  const headers = { ...config.board.headers, "content-type": file.type, "cache-control": "no-cache" };
  return { status: 200, headers, body: file.body };
}

async function route(incoming: http.IncomingMessage): Promise<Answer> {
  const url = incoming.url ?? "/";
  const method = incoming.method ?? "GET";
  const body = await bodyOf(incoming, maxBody);
  if (url.startsWith("/rest/v1/") || url === "/rest/v1") {
    if (method === "OPTIONS") return { status: 204, headers: cors, body: Buffer.alloc(0) };
    const headers = passOn(incoming.headers);
    headers.authorization = bearerFor(incoming.headers);
    delete headers.apikey;
    return await ask(config.rest, method, url.slice("/rest/v1".length) || "/", headers, body);
  }
  if (url.startsWith("/functions/v1/")) {
    const path = url.slice("/functions/v1".length);
    const name = path.slice(1).replace(/[/?].*/, "");
    const port = functions.get(name);
    if (verified.has(name)) await verifyFirst(incoming.headers);
    if (port !== undefined) return await ask(port, method, path, passOn(incoming.headers), body);
  }
  if (url === "/auth/v1/.well-known/jwks.json") {
    return json(200, jwks, { "cache-control": "public, max-age=600" });
  }
  if (url.startsWith("/auth/v1/")) {
    if (method === "OPTIONS") return { status: 204, headers: cors, body: Buffer.alloc(0) };
    bearerFor(incoming.headers);
    const answer = await ask(
      config.auth,
      method,
      url.slice("/auth/v1".length),
      passOn(incoming.headers),
      body,
    );
    return { ...answer, headers: { ...answer.headers, ...cors } };
  }
  if (url === "/board" || url.startsWith("/board/")) return boardAt(url, method, incoming.headers.host);
  throw new Refusal(404, `nothing is served at ${url.split("?", 1)[0]}`);
}

function failure(error: unknown): Answer {
  if (error instanceof Refusal) {
    return json(
      error.status,
      error.hint ? { message: error.message, hint: error.hint } : { message: error.message },
    );
  }
  return json(503, { message: "the service behind this address is not answering; try again" }, {
    "retry-after": "1",
  });
}

const server = http.createServer({ noDelay: true, keepAliveTimeout: 75_000 }, async (incoming, outgoing) => {
  const answer = await route(incoming).catch(failure);
  // An answer to HEAD has the length of the body that GET would have, but no body.
  if (incoming.method !== "HEAD" && answer.status !== 204 && answer.status !== 304) {
    answer.headers["content-length"] = String(answer.body.length);
  }
  // Close the connection, or the rest of a refused body would be read as the next request.
  if (!incoming.complete) answer.headers.connection = "close";
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
});
server.listen(config.port, "127.0.0.1", 1024);
