/** Every error code of this endpoint and its HTTP status. */
export const STATUS_OF = {
  invalid_json: 400,
  invalid_envelope: 400,
  invalid_payload: 400,
  secret_in_payload: 400,
  unauthorized: 401,
  forbidden_event: 403,
  method_not_allowed: 405,
  unknown_release: 409,
  unknown_gate: 409,
  unknown_deployment: 409,
  invalid_transition: 409,
  source_ref_mismatch: 409,
  changed_since_seen: 409,
  release_closed: 409,
  release_not_imported: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unsupported_schema_version: 422,
  idempotency_key_reused: 422,
  internal_error: 500,
  try_again: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_OF;
export type Detail = Record<string, unknown>;

export const KEPT = ["accepted", "duplicate"] as const;
export const STATUSES = [...KEPT, "rejected", "error"] as const;

export interface Answer {
  ingest_id: string | null;
  status: (typeof STATUSES)[number];
  error?: ErrorCode;
  detail: Detail;
}

export const ISSUE_CODES = [
  "missing",
  "malformed",
  "unknown_field",
  "mismatch",
  "duplicate",
  "too_far_ahead",
  "too_old",
  "secret",
] as const;

export interface Issue {
  path: (string | number)[];
  code: (typeof ISSUE_CODES)[number];
  message: string;
}

export const HEADERS_OF: Partial<Record<ErrorCode, Record<string, string>>> = {
  unauthorized: { "WWW-Authenticate": "Bearer" },
  method_not_allowed: { Allow: "POST" },
  try_again: { "Retry-After": "1" },
};

// The log has no row for these: the caller is unknown, or the database cannot store the refusal. A body that is only
// nested too deep was read, and has a row.
const UNLOGGED: ReadonlySet<ErrorCode> = new Set([
  "unauthorized",
  "method_not_allowed",
  "payload_too_large",
  "unsupported_media_type",
  "try_again",
]);

const OURS: ReadonlySet<ErrorCode> = new Set(["internal_error", "try_again"]);

// The log stores at most 256 KiB of JSON per row, and an answer should not be larger than the request.
const ISSUES_BUDGET = 64 * 1024;

/** A submission that is refused. `cause_code` is for the operator's log and is never sent to the caller. */
export class Refusal extends Error {
  constructor(readonly error: ErrorCode, readonly detail: Detail = {}, readonly cause_code?: string) {
    super(error);
    this.name = "Refusal";
  }

  get logged(): boolean {
    return !UNLOGGED.has(this.error) || "max_depth" in this.detail;
  }

  /** The answer. `told` is what the database logged: the stops that it kept, and who may send a forbidden event. */
  answer(ingest_id: string | null = null, told: Detail = {}): Answer {
    const status = OURS.has(this.error) ? "error" : "rejected";
    const { contested } = told;
    const own = this.error === "forbidden_event" && "senders" in told ? told : this.detail;
    return {
      ingest_id,
      status,
      error: this.error,
      detail: contested === undefined ? own : { ...own, contested },
    };
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(STATUS_OF, value);
}

export function isUnexpected(answer: Answer): boolean {
  return answer.error !== undefined && STATUS_OF[answer.error] >= 500;
}

/** `detail.issues` with as many issues as fit into 64 KiB; `issues_omitted` counts the others. */
export function issuesDetail(issues: Issue[]): Detail {
  let size = 0;
  const fitting = issues.findIndex((issue) => (size += JSON.stringify(issue).length) > ISSUES_BUDGET);
  if (fitting === -1) return { issues };
  return { issues: issues.slice(0, fitting), issues_omitted: issues.length - fitting };
}

export function respond(answer: Answer): Response {
  const headers = new Headers({ "Cache-Control": "no-store" });
  if (answer.error) {
    for (const [name, value] of Object.entries(HEADERS_OF[answer.error] ?? {})) headers.set(name, value);
  }
  return Response.json(answer, { status: answer.error ? STATUS_OF[answer.error] : 200, headers });
}
