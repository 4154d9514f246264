import { type Answer, Refusal, STATUS_OF } from "./answers.ts";
import { type Body, MAX_BYTES, parseAnyway, parseJson, sha256, SPACE, tooLarge } from "./body.ts";
import { describe, type Envelope, readEnvelope, type Submission } from "./envelope.ts";
import { ingestEvents, type Rpc } from "./rpc.ts";

export const MAX_EVENTS = 100;

/** An event of a batch: what SQL shall record, or why this function refuses it. */
export type Item = { envelope: Envelope } | { refusal: Refusal; submission: Submission };

/** An answer of a batch: what the event would have been answered alone. */
export type BatchAnswer = { http_status: number } & Answer;

/** The bodies of the events of a batch; undefined for a single event. @throws Refusal 400 or 413. */
export function splitBatch({ bytes, form }: Body): Uint8Array<ArrayBuffer>[] | undefined {
  if (form === "event") return undefined;
  const events = form === "lines" ? linesOf(bytes) : elementsOf(bytes);
  if (events.length === 0) {
    const message = "a batch needs at least one event";
    throw new Refusal("invalid_envelope", { issues: [{ path: [], code: "missing", message }] });
  }
  if (events.length > MAX_EVENTS) {
    const message = "a batch holds at most 100 events; send the others in a next one";
    throw new Refusal("payload_too_large", { message, max_events: MAX_EVENTS });
  }
  return events;
}

/** Records the events of a batch by one call, and answers each in its place. */
export async function ingestBatch(
  rpc: Rpc,
  events: Uint8Array<ArrayBuffer>[],
  now: number,
): Promise<BatchAnswer[]> {
  const items = await Promise.all(events.map((bytes) => readItem(bytes, now)));
  const told = items.filter(isTold);
  const answers = told.length > 0 ? await ingestEvents(rpc, told.map(argument)) : [];
  const answered = new Map(told.map((item, at) => [item, answers[at] as Answer]));
  return items.map((item) => withStatus(answerOf(item, answered.get(item))));
}

/** Reads one event by the rules for a single one. */
async function readItem(bytes: Uint8Array<ArrayBuffer>, now: number): Promise<Item> {
  const submission: Submission = { payload_hash: await sha256(bytes) };
  try {
    if (bytes.byteLength > MAX_BYTES) throw tooLarge();
    return { envelope: readEnvelope(parseJson(bytes), now) };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { refusal, submission: described(submission, bytes, refusal) };
  }
}

/** What the log stores of a body that was refused. */
export function described(
  submission: Submission,
  bytes: Uint8Array<ArrayBuffer>,
  { error }: Refusal,
): Submission {
  const storable = error !== "invalid_json" && error !== "payload_too_large";
  return { ...submission, ...describe(parseAnyway(bytes), storable) };
}

/** Whether SQL is told of it: all events, and the refusals that the log keeps. */
function isTold(item: Item): boolean {
  return "envelope" in item || item.refusal.logged;
}

function argument(item: Item): Record<string, unknown> {
  if ("envelope" in item) return item.envelope;
  const { refusal: { error, detail }, submission } = item;
  return { refusal: { error, detail, ...submission } };
}

function answerOf(item: Item, answer?: Answer): Answer {
  return "envelope" in item ? answer as Answer : item.refusal.answer(answer?.ingest_id, answer?.detail);
}

function withStatus(answer: Answer): BatchAnswer {
  return { http_status: answer.error ? STATUS_OF[answer.error] : 200, ...answer };
}

const BACKSLASH = 0x5c, QUOTE = 0x22, COMMA = 0x2c;
function linesOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x0a);
  return cut(bytes, [-1, ...ends, bytes.length]);
}

/** The elements of a JSON array, each as it was written. @throws Refusal 400 when the whole is no JSON. */
function elementsOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    const message = "the body is not JSON";
    throw new Refusal("invalid_json", { issues: [{ path: [], code: "malformed", message }] });
  }
  return cut(bytes, [...outermost(bytes)]);
}

/** Where the outermost array of valid JSON opens, has its commas, and closes. */
function* outermost(bytes: Uint8Array): Generator<number> {
  let depth = 0, inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const char = bytes[at];
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) inString = !inString;
    else if (inString) continue;
    else if (char === 0x5b || char === 0x7b) {
      if (++depth === 1) yield at;
    } else if (char === 0x5d || char === 0x7d) {
      if (--depth === 0) yield at;
    } else if (char === COMMA && depth === 1) yield at;
  }
}

/** What stands between these positions, without what is blank. */
function cut(bytes: Uint8Array<ArrayBuffer>, at: number[]): Uint8Array<ArrayBuffer>[] {
  return at.slice(1).map((end, index) => bytes.slice((at[index] as number) + 1, end))
    .filter((part) => part.some((byte) => !SPACE.has(byte)));
}
