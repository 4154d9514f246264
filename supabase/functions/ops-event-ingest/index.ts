import { type Answer, isUnexpected, Refusal, respond } from "./answers.ts";
import { type BatchAnswer, ingestBatch, splitBatch } from "./batch.ts";
import { parseJson, readBody, refuseTransport } from "./body.ts";
import { type Authenticate, authenticator, readConfig } from "./caller.ts";
import { answerPages, readOrigins } from "./cors.ts";
import { described, readEnvelope, type Submission } from "./envelope.ts";
import { ingestEvent, internalError, recordRefusal, type Rpc } from "./rpc.ts";

/**
 * method → caller → body → JSON → envelope → one RPC → answer, and the same for a batch of events.
 * It does not read the body of an unknown caller.
 */
export function ingest(authenticate: Authenticate, now: () => number = Date.now) {
  return async (request: Request): Promise<Response> => {
    let submission: Submission = {};
    let received = new Uint8Array();
    let rpc: Rpc | undefined;
    try {
      refuseTransport(request);
      rpc = await authenticate(request);
      const body = await readBody(request);
      submission = { payload_hash: body.hash };
      const batch = splitBatch(body);
      if (batch) return finishAll(await ingestBatch(rpc, batch, now()));
      received = body.bytes;
      return finish(await ingestEvent(rpc, readEnvelope(parseJson(body.bytes), now())));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : internalError(sourceOf(error));
      if (!rpc || !refusal.logged) return finish(refusal.answer(), refusal.cause_code);
      submission = described(submission, received, refusal);
      return finish(await recordRefusal(rpc, refusal, submission), refusal.cause_code);
    }
  };
}

function finish(answer: Answer, cause?: string): Response {
  report(answer, cause);
  return respond(answer);
}

function finishAll(answers: BatchAnswer[]): Response {
  for (const answer of answers) report(answer);
  return Response.json(answers, { headers: { "Cache-Control": "no-store" } });
}

function report(answer: Answer, cause?: string): void {
  if (!isUnexpected(answer)) return;
  const { ingest_id, error } = answer;
  console.error(JSON.stringify({ level: "error", function: "ops-event-ingest", error, ingest_id, cause }));
}

// Log where the fault happened, but not its message: messages can contain submitted values.
function sourceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.name, error.stack?.match(/[\w-]+\.ts:\d+:\d+/)?.[0]].filter(Boolean).join(" at ");
}

export default { fetch: answerPages(ingest(authenticator(readConfig())), readOrigins()) };
