import { type Answer, Refusal, STATUS_OF } from "./answers.ts";
import { type Body, MAX_BYTES, notJson, parseAnyway, parseJson, sha256, tooLarge } from "./body.ts";
import { describe, type Envelope, readEnvelope, type Submission } from "./envelope.ts";
import { elementsOf, isBlank, linesOf } from "./json_text.ts";
import { ingestEvents, type Rpc } from "./rpc.ts";

export const MAX_EVENTS = 100;

/** An event of a batch: what SQL shall record, or why this function refuses it. */
export type ReadEvent = { envelope: Envelope } | { refusal: Refusal; submission: Submission };

/** An answer of a batch: what the event would have been answered alone. */
export type BatchAnswer = { http_status: number } & Answer;

/** The bodies of the events of a batch; undefined for a single event. @throws Refusal 400 or 413. */
export function splitBatch({ bytes, form }: Body): Uint8Array<ArrayBuffer>[] | undefined {
  if (form === "event") return undefined;
  const events = firstEvents(form === "lines" ? linesOf(bytes) : elementsOf(bytes));
  if (events.length > MAX_EVENTS) {
    const message = "a batch holds at most 100 events; send the others in a next one";
    throw new Refusal("payload_too_large", { message, max_events: MAX_EVENTS });
  }
  if (events.length === 0) {
    const message = "a batch needs at least one event";
    throw new Refusal("invalid_envelope", { issues: [{ path: [], code: "missing", message }] });
  }
  return events;
}

/** The events of a batch, at most one more than there may be: a body may hold a million of them. */
function firstEvents(parts: Iterable<Uint8Array<ArrayBuffer>>): Uint8Array<ArrayBuffer>[] {
  const events: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (const part of parts) {
      if (!isBlank(part) && events.push(part) > MAX_EVENTS) break;
    }
  } catch (error) {
    throw error instanceof SyntaxError ? notJson() : error;
  }
  return events;
}

/** Records the events of a batch by one call, and answers each in its place. */
export async function ingestBatch(
  rpc: Rpc,
  events: Uint8Array<ArrayBuffer>[],
  now: number,
): Promise<BatchAnswer[]> {
  const items = await Promise.all(events.map((bytes) => readEvent(bytes, now)));
  const sent = items.filter(isForSql);
  const answers = sent.length > 0 ? await ingestEvents(rpc, sent.map(asElement)) : [];
  const answered = new Map(sent.map((item, at) => [item, answers[at] as Answer]));
  return items.map((item) => withStatus(answerOf(item, answered.get(item))));
}

/** Reads one event by the rules for a single one. */
async function readEvent(bytes: Uint8Array<ArrayBuffer>, now: number): Promise<ReadEvent> {
  const submission: Submission = { payload_hash: await sha256(bytes) };
  try {
    if (bytes.byteLength > MAX_BYTES) throw tooLarge();
    return { envelope: readEnvelope(parseJson(bytes), now) };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    // Of a payload SQL reads the stops alone, and the others of the batch need the room.
    return { refusal, submission: { ...submission, ...describe(parseAnyway(bytes), false) } };
  }
}

/** Whether SQL is told of it: all events, and the refusals that the log keeps. */
function isForSql(item: ReadEvent): boolean {
  return "envelope" in item || item.refusal.logged;
}

function asElement(item: ReadEvent): Record<string, unknown> {
  if ("envelope" in item) return item.envelope;
  const { refusal: { error, detail }, submission } = item;
  return { refusal: { error, detail, ...submission } };
}

function answerOf(item: ReadEvent, answer?: Answer): Answer {
  return "envelope" in item ? answer as Answer : item.refusal.answer(answer?.ingest_id, answer?.detail);
}

function withStatus(answer: Answer): BatchAnswer {
  return { http_status: answer.error ? STATUS_OF[answer.error] : 200, ...answer };
}
