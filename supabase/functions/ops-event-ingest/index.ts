import { type Answer, isUnexpected, Refusal, respond } from "./answers.ts";
import { parseAnyway, parseJson, readBody, refuseTransport } from "./body.ts";
import { type Authenticate, authenticator, readConfig } from "./caller.ts";
import { answerPages, readOrigins } from "./cors.ts";
import { describe, readEnvelope, type Submission } from "./envelope.ts";
import { ingestEvent, internalError, recordRefusal, type Rpc } from "./rpc.ts";

/** method → caller → body → JSON → envelope → one RPC → answer. It does not read the body of an unknown caller. */
export function ingest(authenticate: Authenticate, now: () => number = Date.now) {
  return async (request: Request): Promise<Response> => {
    let submission: Submission = {};
    let received = new Uint8Array();
    let rpc: Rpc | undefined;
    try {
      refuseTransport(request);
      rpc = await authenticate(request);
      const { bytes, hash } = await readBody(request);
      received = bytes;
      submission = { payload_hash: hash };
      return finish(await ingestEvent(rpc, readEnvelope(parseJson(bytes), now())));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : internalError(sourceOf(error));
      if (!rpc || !refusal.logged) return finish(refusal.answer(), refusal.cause_code);
      const storable = refusal.error !== "invalid_json" && refusal.error !== "payload_too_large";
      submission = { ...submission, ...describe(parseAnyway(received), storable) };
      return finish(await recordRefusal(rpc, refusal, submission), refusal.cause_code);
    }
  };
}

function finish(answer: Answer, cause?: string): Response {
  if (isUnexpected(answer)) {
    const { ingest_id, error } = answer;
    console.error(JSON.stringify({ level: "error", function: "ops-event-ingest", error, ingest_id, cause }));
  }
  return respond(answer);
}

// Log where the fault happened, but not its message: messages can contain submitted values.
function sourceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.name, error.stack?.match(/[\w-]+\.ts:\d+:\d+/)?.[0]].filter(Boolean).join(" at ");
}

export default { fetch: answerPages(ingest(authenticator(readConfig())), readOrigins()) };
