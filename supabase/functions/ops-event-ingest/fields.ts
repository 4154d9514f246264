import { z } from "zod";
import type { Issue } from "./answers.ts";
import { isName, isSourceRef, isStated } from "./names.ts";

export const GATES = ["G1", "G2", "G3", "G4"] as const;
export const PERSONAS = ["developer", "qa_tester", "release_manager", "sre"] as const;
export const SOURCES = [
  "github_actions",
  "gitlab_ci",
  "jenkins",
  "azure_pipelines",
  "ci",
  "agent",
  "manual",
  "monitoring",
] as const;

const MAX_TEXT_BYTES = 8192;
const MAX_NAME_BYTES = 255;
const MAX_AHEAD_MS = 5 * 60 * 1000;
const MAX_TIME_LENGTH = 64;

const TIME =
  /^(2[01]\d{2})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-5]):[0-5]\d)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// SQL allows file in the local stack only.
const URI = /^((https?|s3|gs|azblob|oci|git):\/\/[^/?#\s\p{Cc}]|file:\/\/)[^\s\p{Cc}]*$/iu;

// Each field has one check and one message: several checks would report one fault several times.
function checked(message: string, holds: (text: string) => boolean, published: Record<string, unknown>) {
  return z.string(message).refine(holds, message).meta(published);
}

export function isTime(value: string): boolean {
  const [, year, month, day] = (value.length <= MAX_TIME_LENGTH && TIME.exec(value)) || [];
  return year !== undefined && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

export const text = checked(
  "expected at most 8192 bytes with at least one visible character",
  (value) => isStated(value),
  {
    maxLength: MAX_TEXT_BYTES,
    pattern: "\\S",
  },
);

export const name = checked(
  "expected 1 to 255 bytes of visible characters in the normal form NFC, not blank at the ends",
  isName,
  { maxLength: MAX_NAME_BYTES, pattern: "^\\S(.*\\S)?$" },
);

/** A subject or handle. SQL finds the member, whatever the case and the blanks at the ends. */
export const person = checked(
  "expected at most 255 bytes with at least one visible character",
  (value) => isStated(value, MAX_NAME_BYTES),
  { maxLength: MAX_NAME_BYTES, pattern: "\\S" },
);

export const sourceRef = checked(
  "expected a full commit id (40 or 64 hex digits) or a name; 7 to 39 hex digits are a short id, which matches nothing",
  isSourceRef,
  { maxLength: MAX_NAME_BYTES, pattern: "^(?![0-9a-fA-F]{7,39}$)\\S(.*\\S)?$|^[0-9]{7,39}$" },
);

export const uri = checked(
  "expected an absolute address of at most 8192 bytes with scheme http, https, s3, gs, azblob, oci or git",
  (value) => URI.test(value) && isStated(value),
  {
    format: "uri",
    pattern:
      "^(([Hh][Tt][Tt][Pp][Ss]?|[Ss]3|[Gg][Ss]|[Aa][Zz][Bb][Ll][Oo][Bb]|[Oo][Cc][Ii]|[Gg][Ii][Tt])://[^/?#\\s]|[Ff][Ii][Ll][Ee]://)\\S*$",
    maxLength: MAX_TEXT_BYTES,
  },
);

export const time = checked(
  "expected a full ISO 8601 date-time with an offset, in a year from 2000 on",
  isTime,
  {
    format: "date-time",
    maxLength: MAX_TIME_LENGTH,
    pattern: TIME.source,
  },
);

export const uuid = checked("expected a UUID", (value) => UUID.test(value), {
  format: "uuid",
  pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
});

export const sha256 = checked(
  "expected 64 hexadecimal characters",
  (value) => /^[0-9a-f]{64}$/i.test(value),
  {
    pattern: "^[0-9a-fA-F]{64}$",
  },
);

export const environment = z.enum(["dev", "staging", "production"]);
export const observedStatus = z.enum(["pass", "fail", "warning", "skipped"]);

/** Evidence: addresses of artifacts. Other fields of an entry are stored as its metadata. */
export const evidence = z.array(z.looseObject({
  artifact_type: z.enum([
    "build_log",
    "test_result",
    "uat_summary",
    "approval_record",
    "rollback_plan",
    "release_notes",
    "health_check",
    "restore_drill",
    "incident_report",
    "reference",
  ]),
  artifact_url: uri,
  sha256: sha256.nullish(),
})).max(50, "expected at most 50 artifacts");

/** Artifacts that were built or deployed: what they are called, and the SHA-256 of their bytes. */
export const artifacts = z.array(z.looseObject({ name, sha256 })).max(100, "expected at most 100 artifacts");

/** The issue of a time that is too far in the future. A schema cannot check this, because it has no clock. */
export function aheadOf(now: number, value: unknown, path: Issue["path"]): Issue[] {
  if (typeof value !== "string" || !isTime(value) || Date.parse(value) <= now + MAX_AHEAD_MS) return [];
  return [{
    path,
    code: "too_far_ahead",
    message: "this time is more than 5 minutes ahead of the clock",
  }];
}
