/** Sending something once: what was sent without an answer is sent again as it was, and what is there is compared. */
import { Refused } from "./faults.ts";

/** What was sent, and what it was made of. Nobody knows yet what became of it. */
export interface Sent<T> {
  as: string;
  what: T;
}

/** Whether the project said no. Without an answer, or without a session, nobody knows what became of it. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Refused && error.fault.code !== undefined &&
    (error.fault.kind === "refused" || error.fault.kind === "changed");
}

/** Send what `make` makes of `said`: the same as before while that has no answer, else something new. */
export async function sendOnce<T, R>(
  before: Sent<T> | undefined,
  said: unknown,
  make: () => T | Promise<T>,
  send: (what: T) => Promise<R>,
  keep: (sent: Sent<T> | undefined) => void,
): Promise<R> {
  const as = JSON.stringify(said);
  const sent = before?.as === as ? before : { as, what: await make() };
  keep(sent);
  try {
    return await send(sent.what);
  } catch (error) {
    if (isRefusal(error)) keep(undefined);
    throw error;
  }
}

/** Whether SQL refused a row because one with its id is there: then it may have been recorded before. */
export function hasItsId(error: unknown, table: string): boolean {
  return error instanceof Refused && error.fault.code === "23505" &&
    error.fault.message.includes(`"${table}_pkey"`);
}

/** Whether a row says what was sent. Moments are compared as such: SQL writes them in another way. */
export function isAsSent(sent: Record<string, unknown>, found: Record<string, unknown>): boolean {
  return Object.entries(sent).every(([name, value]) =>
    name.endsWith("_at")
      ? Date.parse(String(value)) === Date.parse(String(found[name]))
      : JSON.stringify(value) === JSON.stringify(found[name])
  );
}

/** What ends an exception: its revocation, and its review. */
export interface ExceptionEnd {
  revoked_at: string | null;
  post_review_status: string;
}

/** Whether an exception is as it was to become. The database stamps the moment of a revocation itself. */
export function isDone(asked: Partial<ExceptionEnd>, found: ExceptionEnd): boolean {
  if (asked.revoked_at !== undefined) return found.revoked_at !== null;
  return asked.post_review_status === found.post_review_status;
}
