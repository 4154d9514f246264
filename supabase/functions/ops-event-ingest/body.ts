import { type Issue, issuesDetail, Refusal } from "./answers.ts";
import { depthOf, firstOf } from "./json_text.ts";

export const MAX_BYTES = 256 * 1024;
/** Of a whole batch. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;
export const MAX_DEPTH = 32;
const MAX_NUMBER_LENGTH = 40;
const MAX_EXPONENT = 308;
const SMALLEST = 1e-300;
const MAX_PATH_PART = 255;

export interface Body {
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the received bytes, in hex. The log stores it when SQL cannot read the body. */
  hash: string;
  /** One event, or a batch: a JSON array, or an event on each line. */
  form: "event" | "array" | "lines";
}

const OPENING = 0x5b;

const NDJSON = "application/x-ndjson";

/** The content type without parameters, and those. */
function typeOf(request: Request): string[] {
  return (request.headers.get("content-type") ?? "").toLowerCase().split(";").map((part) => part.trim());
}

/** Whether each line of a body is an event. */
function hasLines(request: Request): boolean {
  return typeOf(request)[0] === NDJSON;
}

/** Checks the method and the headers. @throws Refusal 405 or 415. */
export function refuseTransport(request: Request): void {
  if (request.method !== "POST") {
    throw new Refusal("method_not_allowed", { message: "this endpoint only accepts POST" });
  }
  const [type, ...parameters] = typeOf(request);
  const encoding = request.headers.get("content-encoding") ?? "identity";
  // supabase-js sends a body that is a string as text/plain.
  const plain = (type === "application/json" || type === "text/plain" || type === NDJSON) &&
    parameters.every(isHarmlessParameter);
  if (!plain || encoding.trim().toLowerCase() !== "identity") {
    throw new Refusal("unsupported_media_type", {
      message: "send application/json or application/x-ndjson in UTF-8 without compression",
    });
  }
}

function isHarmlessParameter(parameter: string): boolean {
  return !parameter.startsWith("charset") || /^charset\s*=\s*"?utf-?8"?$/.test(parameter);
}

/** Reads the body; holds at most the limit and one chunk in memory. @throws Refusal 413 or 503. */
export async function readBody(request: Request): Promise<Body> {
  const chunks: Uint8Array[] = [];
  const declared = Number(request.headers.get("content-length") ?? 0);
  let size = 0;
  let form: Body["form"] | undefined = hasLines(request) ? "lines" : undefined;
  const reader = request.body?.getReader();
  for (let part = await next(reader); part; part = await next(reader)) {
    form ??= formOf(part);
    size += part.byteLength;
    const limit = form === undefined || form === "event" ? MAX_BYTES : MAX_BATCH_BYTES;
    // As long as it is blank, only what came counts.
    if (size > limit || form !== undefined && declared > limit) {
      // Not awaited: a sender that stalls must not delay the answer.
      reader?.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    chunks.push(part);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { bytes, hash: await sha256(bytes), form: form ?? "event" };
}

/** What a body is by its first byte that is no space; undefined as long as there is none. */
function formOf(part: Uint8Array): Body["form"] | undefined {
  const first = firstOf(part);
  return first === undefined ? undefined : first === OPENING ? "array" : "event";
}

async function next(reader?: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value;
  } catch {
    throw new Refusal("try_again", {
      message: "the connection broke before the whole body arrived; send it again",
    }, "body_interrupted");
  }
}

/** SHA-256 in hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The refusal of a body, or of an event in a batch, that is too large. */
export function tooLarge(max_bytes = MAX_BYTES): Refusal {
  const message = max_bytes === MAX_BYTES
    ? "the event is larger than 256 KiB"
    : "the body is larger than 4 MiB";
  return new Refusal("payload_too_large", { message, max_bytes });
}

/**
 * Parses JSON. The result is exactly what SQL will read.
 * @throws Refusal 400 for values that JavaScript or SQL cannot hold, 413 when it is nested too deep.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  // Parse twice: a reviver is recursive, so the depth must be known before it runs.
  try {
    JSON.parse(text);
  } catch {
    throw notJson(hasEventsInLines(text));
  }
  if (depthOf(bytes) > MAX_DEPTH) {
    throw new Refusal("payload_too_large", {
      message: "the body is nested deeper than 32",
      max_depth: MAX_DEPTH,
    });
  }
  const value: unknown = JSON.parse(text, markUnholdable);
  const issues = [...unholdable(value)];
  if (issues.length > 0) throw invalid(issues);
  return value;
}

/** The refusal of a body that is no JSON. `inLines`: each of its lines may be. */
export function notJson(inLines = false): Refusal {
  const more = inLines ? `: for an event on each line, send it as ${NDJSON}` : "";
  return invalid([{ path: [], code: "malformed", message: `the body is not JSON${more}` }]);
}

/** Whether the first of several lines is an object of JSON by itself. */
function hasEventsInLines(text: string): boolean {
  const lines = text.trim();
  const end = lines.indexOf("\n");
  if (end < 0 || lines[0] !== "{") return false;
  try {
    JSON.parse(lines.slice(0, end));
    return true;
  } catch {
    return false;
  }
}

/** The JSON of a refused body, unchecked; undefined when it is none. */
export function parseAnyway(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes).replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid([{ path: [], code: "malformed", message: "the body is not UTF-8" }]);
  }
}

function invalid(issues: Issue[]): Refusal {
  return new Refusal("invalid_json", issuesDetail(issues));
}

class Unholdable {}

function markUnholdable(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && !isHoldable(value, context?.source ?? String(value))
    ? new Unholdable()
    : value;
}

function isHoldable(value: number, source: string): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  if (source.length > MAX_NUMBER_LENGTH) return false;
  const [mantissa = "", exponent = "0"] = source.toLowerCase().split("e");
  if (Math.abs(Number(exponent)) > MAX_EXPONENT) return false;
  return Math.abs(value) >= SMALLEST || !/[1-9]/.test(mantissa);
}

/** One issue for each number, string and key that SQL would change or refuse. */
function* unholdable(value: unknown, path: Issue["path"] = []): Generator<Issue> {
  if (value instanceof Unholdable) {
    yield { path, code: "malformed", message: "a double cannot hold this number exactly" };
  } else if (typeof value === "string" && !isStorable(value)) {
    yield { path, code: "malformed", message: "text may not contain NUL or lone surrogates" };
  } else if (Array.isArray(value)) {
    for (const [at, inner] of value.entries()) yield* unholdable(inner, [...path, at]);
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      const within = [...path, pathPart(key)];
      if (!isStorable(key)) {
        yield { path: within, code: "malformed", message: "a key may not contain NUL or lone surrogates" };
      }
      yield* unholdable(inner, within);
    }
  }
}

/** Whether Postgres can store this text. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** A submitted key in a form that an issue may contain: storable, and at most 255 characters. */
export function pathPart(key: string): string {
  return key.slice(0, MAX_PATH_PART).toWellFormed().replaceAll("\0", "\uFFFD");
}

/** The first `length` characters of a text, for a log column. */
export function clip(text: string, length: number): string {
  return [...text.slice(0, 2 * length)].slice(0, length).join("");
}
