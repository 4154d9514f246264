import type { Place } from "./address.ts";
import { Failure } from "./failures.ts";

/** How long a target may take, from the first packet to its status. */
export const LIMIT_MS = 10_000;

// A status line is short; what comes before it can be a few informational answers.
const MAX_HEAD = 8 * 1024;
const MAX_TRIES = 3;

export interface Options {
  limit_ms?: number;
  /** Certificates to trust beside those of the runtime. */
  caCerts?: string[];
}

/**
 * Sends one request and returns the status of its answer, 200 to 299. The connection goes to the address that was checked, and
 * the certificate is checked for the name. Only the head of the answer is read, and nothing of it is kept.
 *
 * It is written on a connection because `fetch` resolves the name itself, follows redirects in its own way, and reads
 * what it is sent.
 * @throws Failure for every other end.
 */
export async function post(
  place: Place,
  headers: Record<string, string>,
  body: string,
  options: Options = {},
): Promise<number> {
  const line = new Line();
  try {
    return judge(
      await within(talk(line, place, request(place.url, headers, body), options), options.limit_ms),
    );
  } finally {
    line.close();
  }
}

/** The result of some work. @throws Failure `timeout` when it takes too long; the work itself goes on. */
export async function within<T>(work: Promise<T>, limit_ms = LIMIT_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure("timeout")), limit_ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function judge(status: number): number {
  if (status >= 300 && status < 400) throw new Failure("redirect", status);
  if (status < 200 || status > 299) throw new Failure("http_status", status);
  return status;
}

/** One connection, which may be closed while it is still being made. */
class Line {
  #closed = false;
  #conn?: Deno.Conn;

  /** Takes a connection over. @throws Failure when this line is closed already. */
  hold<T extends Deno.Conn>(conn: T): T {
    this.#conn = conn;
    if (this.#closed) {
      conn.close();
      throw new Failure("timeout");
    }
    return conn;
  }

  close(): void {
    this.#closed = true;
    try {
      this.#conn?.close();
    } catch {
      // It is closed: the other end was faster.
    }
  }
}

function request(url: URL, headers: Record<string, string>, body: string): Uint8Array {
  const content = new TextEncoder().encode(body);
  const lines = Object.entries({
    host: url.host,
    "user-agent": "ops-release-gates",
    accept: "*/*",
    connection: "close",
    ...headers,
    "content-length": String(content.length),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(
    `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`,
  );
  const whole = new Uint8Array(head.length + content.length);
  whole.set(head);
  whole.set(content, head.length);
  return whole;
}

async function talk(line: Line, place: Place, bytes: Uint8Array, options: Options): Promise<number> {
  const tcp = await connect(line, place);
  const conn = place.tls ? await secure(line, tcp, place, options) : tcp;
  try {
    for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
    return await readStatus(conn);
  } catch (error) {
    throw error instanceof Failure ? error : new Failure("connection");
  }
}

async function connect(line: Line, place: Place): Promise<Deno.TcpConn> {
  for (const hostname of place.ips.slice(0, MAX_TRIES)) {
    try {
      return line.hold(await Deno.connect({ hostname, port: place.port }));
    } catch (error) {
      if (error instanceof Failure) throw error;
    }
  }
  throw new Failure("connection");
}

async function secure(line: Line, tcp: Deno.TcpConn, place: Place, options: Options): Promise<Deno.TlsConn> {
  const hostname = place.url.hostname.replace(/^\[|\]$/g, "");
  try {
    const conn = line.hold(
      await Deno.startTls(tcp, { hostname, ...(options.caCerts && { caCerts: options.caCerts }) }),
    );
    await conn.handshake();
    return conn;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const broken = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.UnexpectedEof;
    throw new Failure(broken ? "connection" : "tls");
  }
}

/** The status of the first answer that is not only informational. */
async function readStatus(conn: Deno.Conn): Promise<number> {
  const chunk = new Uint8Array(1024);
  let head = "";
  for (let read = 0; read <= MAX_HEAD;) {
    const size = await conn.read(chunk);
    if (size === null) throw new Failure("connection");
    read += size;
    head += String.fromCharCode(...chunk.subarray(0, size));
    head = head.replace(/^(HTTP\/1\.[01] 1\d\d[^\n]*\n([^\r\n][^\n]*\n)*\r?\n)+/, "");
    const status = /^HTTP\/1\.[01] ([2-9]\d\d)[ \r\n]/.exec(head)?.[1];
    if (status) return Number(status);
    if (!/^HTTP\/1\.[01] /.test(head) && head.length >= 9) throw new Failure("connection");
  }
  throw new Failure("too_large");
}
