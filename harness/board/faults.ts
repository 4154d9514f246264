/** What went wrong, as whoever refused it said it, and what to do about it. */
export interface Fault {
  /**
   * lost: no answer came. ended: the session is over. changed: what was seen is not so any more. refused: by a rule.
   * unsent: something is missing, so nothing was sent. program: a fault of this page.
   */
  kind: "lost" | "ended" | "changed" | "refused" | "unsent" | "program";
  message: string;
  code?: string;
  detail?: string;
  hint?: string;
}

export class Refused extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

/** Something that was not typed yet: nothing was sent. */
export function unsent(message: string): Fault {
  return { kind: "unsent", message };
}

const LOST: Fault = {
  kind: "lost",
  message: "No answer came from the project.",
  hint: "Check the connection, then do the same again: it counts once.",
};
const ENDED: Fault = {
  kind: "ended",
  message: "The session has ended.",
  hint: "Sign in again. What you typed is kept.",
};
/** PostgREST: the token has expired, or was not accepted. */
const NO_TOKEN = ["PGRST301", "PGRST302", "PGRST303"];

function text(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The fault behind an answer of PostgREST that is no success. */
export function faultOf(status: number, body: unknown): Fault {
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const code = text(said.code);
  if (status === 401 || code !== undefined && NO_TOKEN.includes(code)) return { ...ENDED, code };
  if (status === 0 || status === 502 || status === 503 || status === 504) return { ...LOST, code };
  return {
    kind: "refused",
    message: text(said.message) ?? `The project answered with status ${status}.`,
    code,
    detail: text(said.details),
    hint: text(said.hint),
  };
}

/** Names of exceptions that end a request: it took too long, was given up, or lost its connection. */
const UNANSWERED = ["TimeoutError", "AbortError", "NetworkError"];

function program(message: string): Fault {
  return { kind: "program", message: `This page has a fault: ${message}` };
}

/** What was thrown, as a fault. */
export function thrown(error: unknown): Fault {
  if (error instanceof Refused) return error.fault;
  if (error instanceof DOMException) return UNANSWERED.includes(error.name) ? LOST : program(error.message);
  // What fetch throws when no answer comes is a TypeError, as is a mistake in a program.
  if (error instanceof TypeError) {
    return /fetch|network|load/i.test(error.message) ? LOST : program(error.message);
  }
  const { message, name, code, status } = (error ?? {}) as Record<string, unknown>;
  if (name === "AuthRetryableFetchError" || status === 0) return LOST;
  if (name === "AuthSessionMissingError") return ENDED;
  return { kind: "refused", message: text(message) ?? "Something failed.", code: text(code) };
}

/** The code of a decision on what is not so any more, as SQL says it of a gate. */
const CHANGED = "changed_since_seen";

/** The release is not as it was when somebody looked at it to decide. */
export function changedSince(objection = ""): Fault {
  return {
    kind: "changed",
    code: CHANGED,
    message: `The release has changed since you looked, so your decision was not recorded. ${objection}`
      .trim(),
    hint: "What changed is shown below. Look at it, then decide again: what you typed is kept.",
  };
}

/** What a refused event was answered, as a fault. `detail` has one issue for each field that was wrong. */
export function faultOfEvent(error: string, detail: Record<string, unknown>): Fault {
  // A refused objection counts all the same, as a contested report.
  const counts = Array.isArray(detail.contested) && detail.contested.length > 0;
  const objection = counts ? "Your objection counts all the same until you decide again. " : "";
  if (error === CHANGED) return changedSince(objection);
  const { hint, contested: _, issues, ...rest } = detail;
  return {
    kind: "refused",
    code: error,
    message: `${EVENTS[error] ?? "The decision was refused."} ${objection}`.trim(),
    detail: Array.isArray(issues)
      ? issues.map(issue).join("; ")
      : text(Object.keys(rest).length > 0 ? rest : undefined),
    hint: text(hint),
  };
}

function issue(each: unknown): string {
  const { path, message, code } = (each ?? {}) as Record<string, unknown>;
  const where = Array.isArray(path) ? path.join(".") : text(path);
  return [where, text(message) ?? text(code)].filter((part) => part !== undefined).join(": ") ||
    JSON.stringify(each);
}

/** docs/errors.md has all of them. */
const EVENTS: Record<string, string> = {
  forbidden_event: "Your role may not decide on this gate.",
  invalid_payload: "A field is missing or malformed.",
  secret_in_payload: "A text looks like a key or a token. Leave it out, and revoke it if it is real.",
  unknown_release: "There is no such release.",
  release_closed: "The release is closed, and takes no approval any more.",
  idempotency_key_reused: "This decision was sent before with other content.",
  payload_too_large: "The text is too long.",
  internal_error: "The project could not record it.",
};
