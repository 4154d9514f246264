import { readExceptions } from "./address.ts";
import { readBoard } from "./board.ts";
import { type Authenticate, authenticator, readEnv } from "./caller.ts";
import { deliver } from "./deliver.ts";
import { sourceOf } from "./failures.ts";
import { type Deliver, sendDue } from "./rounds.ts";
import { DatabaseFailure } from "./rpc.ts";

const MAX_BODY = 1024;
const MAX_BATCH = 100;
const BATCH = 20;

/** method → caller → body → due and claimed notices → answer. */
export function notify(authenticate: Authenticate, send: Deliver) {
  return async (request: Request): Promise<Response> => {
    try {
      if (request.method !== "POST") {
        return refusal(405, "method_not_allowed", "this endpoint only accepts POST");
      }
      const rpc = await authenticate(request);
      if (!rpc) return refusal(401, "unauthorized", "a secret key is required");
      const batch = await readBatch(request);
      if (!batch) {
        return refusal(400, "invalid_body", `send no body, or {"batch": n} with n from 1 to ${MAX_BATCH}`);
      }
      return answer(200, await sendDue(rpc, send, batch));
    } catch (error) {
      return failure(error);
    }
  };
}

async function readBatch(request: Request): Promise<number | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) return undefined;
  const text = await request.text();
  if (text.length > MAX_BODY) return undefined;
  if (text.trim() === "") return BATCH;
  try {
    const given = JSON.parse(text);
    const { batch = BATCH, ...others } = given;
    const sound = !Array.isArray(given) && Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH &&
      Object.keys(others).length === 0;
    return sound ? batch : undefined;
  } catch {
    return undefined;
  }
}

function failure(error: unknown): Response {
  const database = error instanceof DatabaseFailure;
  const cause = database ? error.code : sourceOf(error);
  console.error(JSON.stringify({ level: "error", function: "ops-notify", error: "internal_error", cause }));
  return database
    ? refusal(503, "try_again", "the database did not answer as expected; call again", { "Retry-After": "1" })
    : refusal(500, "internal_error", "an unexpected error occurred; it was logged");
}

function refusal(
  status: number,
  error: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return answer(status, { error, detail: { message } }, {
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
    ...(status === 405 && { Allow: "POST" }),
    ...headers,
  });
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

const ways = { linkTo: readBoard(), exceptions: readExceptions() };

export default { fetch: notify(authenticator(readEnv()), (claimed) => deliver(claimed, ways)) };
