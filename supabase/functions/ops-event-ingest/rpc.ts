import { type Answer, type ErrorCode, isErrorCode, Refusal, STATUSES } from "./answers.ts";
import type { Envelope, Submission } from "./envelope.ts";

/** The answer of PostgREST. `error.code` is a SQLSTATE or a PGRST code. `status` is 0 when there was no answer. */
export interface RpcResult {
  data: unknown;
  error: { code?: string } | null;
  status: number;
}

/** A call to the database with the rights of the caller. */
export type Rpc = (
  name: "ingest_event" | "ingest_events" | "record_refusal",
  args: Record<string, unknown>,
) => Promise<RpcResult>;

// Deadlocks, time-outs, lost or missing connections: the same event can succeed a second later.
const RETRYABLE = /^(40001|40P01|55P03|57014|57P0[1-5]|08...|53...|PGRST00[0-3])$/;
// The token was valid here but not in PostgREST: it has expired in the meantime.
const TOKEN_REFUSED = /^PGRST30[13]$/;
const KNOWN: ReadonlySet<unknown> = new Set(STATUSES);

/** Calls `ops.ingest_event`. @throws Refusal for every answer that this function does not return itself. */
export async function ingestEvent(rpc: Rpc, envelope: Envelope): Promise<Answer> {
  return readAnswer(await call(rpc, "ingest_event", { envelope }));
}

/** Calls `ops.ingest_events`: one answer for each event. @throws Refusal when all of them are to be sent again. */
export async function ingestEvents(rpc: Rpc, events: Record<string, unknown>[]): Promise<Answer[]> {
  const data = await call(rpc, "ingest_events", { events });
  if (!Array.isArray(data) || data.length !== events.length) throw internalError("malformed_answer");
  return data.map(readAnswer);
}

/** Logs a refused submission and returns its answer, with `ingest_id` if a log row was written. Never throws. */
export async function recordRefusal(rpc: Rpc, refusal: Refusal, submission: Submission): Promise<Answer> {
  const { error, detail } = refusal;
  try {
    const row = readAnswer(await call(rpc, "record_refusal", { refusal: { error, detail, ...submission } }));
    return refusal.answer(row.ingest_id, row.detail);
  } catch (failure) {
    return failure instanceof Refusal && failure.error === "try_again" ? failure.answer() : refusal.answer();
  }
}

async function call(...[rpc, name, args]: [Rpc, ...Parameters<Rpc>]): Promise<unknown> {
  const { data, error, status } = await rpc(name, args);
  // A refusal by SQL has a code. PostgREST answers 400 with an empty code when its database connection broke.
  if (error?.code === "" && status !== 0) throw tryAgain("connection_lost");
  if (error) throw explain(error.code ?? "", status);
  return data;
}

function explain(code: string, status: number): Refusal {
  if (RETRYABLE.test(code)) return tryAgain(code);
  if (status === 0) return tryAgain("no_answer");
  // An answer without a code comes from a gateway, not from the database.
  if (status === 503 || status === 504 || (!code && status >= 502)) return tryAgain(code || `http_${status}`);
  if (code === "42501") {
    return new Refusal("forbidden_event", { message: "this role may not send this event" });
  }
  if (code === "54000") {
    return new Refusal("payload_too_large", {
      message: "the batch is too large for SQL; send it in several",
    });
  }
  if (TOKEN_REFUSED.test(code)) return unauthorized();
  return internalError(code || `http_${status}`);
}

function readAnswer(data: unknown): Answer {
  const { ingest_id, status, error, detail } = (data ?? {}) as Record<string, unknown>;
  const refused = status === "rejected" || status === "error";
  const sound = (ingest_id === null || typeof ingest_id === "string") && KNOWN.has(status) &&
    refused === isErrorCode(error) &&
    typeof detail === "object" && detail !== null;
  if (!sound) throw internalError("malformed_answer");
  return { ingest_id, status, ...(refused ? { error: error as ErrorCode } : {}), detail } as Answer;
}

function tryAgain(cause: string): Refusal {
  return new Refusal(
    "try_again",
    { message: "the database did not answer in time; send the event again" },
    cause,
  );
}

export function unauthorized(): Refusal {
  return new Refusal("unauthorized", { message: "a valid token or secret key is required" });
}

export function internalError(cause: string): Refusal {
  return new Refusal(
    "internal_error",
    { message: "an unexpected error occurred; it was logged" },
    cause,
  );
}
