/** Why a delivery failed. `ops.record_notice_outcome` takes these codes and no others. */
export type ErrorCode =
  | "http_status"
  | "timeout"
  | "connection"
  | "tls"
  | "redirect"
  | "private_address"
  | "name_not_found"
  | "secret_missing"
  | "secret_malformed"
  | "too_large"
  | "address_refused"
  | "unexpected";

/** A delivery that failed. It has no message: a message could contain an address or a key. */
export class Failure extends Error {
  constructor(readonly code: ErrorCode, readonly status?: number) {
    super(code);
    this.name = "Failure";
  }
}

/** The place of a fault in our own code, without its message: messages can contain values. */
export function sourceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.name, error.stack?.match(/[\w-]+\.ts:\d+:\d+/)?.[0]].filter(Boolean).join(" at ");
}
