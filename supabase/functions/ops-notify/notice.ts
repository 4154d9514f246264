export type Format = "webhook" | "slack" | "teams" | "cdevents";

export interface Missing {
  what: string;
  remedy?: string;
  who?: string;
}

/** A delivery as `ops.claim_notices` gives it. */
export interface Claimed {
  delivery_id: string;
  attempt: number;
  notice_id: string;
  format: Format;
  secret_name: string;
  kind: string;
  project: string;
  release_id: string | null;
  release_ref: string | null;
  service: string | null;
  source_sha: string | null;
  gate: string | null;
  environment: string | null;
  persona: string | null;
  happened_at: string;
  same: number;
  detail: unknown;
}

/** What a message may say: every text has one line and a bounded length. */
export interface Notice {
  id: string;
  kind: string;
  project: string;
  release_id: string | null;
  release_ref: string | null;
  service: string | null;
  source_sha: string | null;
  gate: string | null;
  environment: string | null;
  persona: string | null;
  happened_at: string;
  same: number;
  text: string | null;
  missing: Missing[];
}

const MAX_NAME = 255;
const MAX_TEXT = 200;
const MAX_MISSING = 20;

/** A text without control and format characters, cut at so many characters. */
function line(value: unknown, length: number): string | null {
  if (typeof value !== "string") return null;
  // What is cut off is never looked at: a text of 1 MB costs no more than a short one.
  const start = value.slice(0, 4 * length).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const characters = [...start];
  if (characters.length <= length) return start === "" ? null : start;
  return characters.slice(0, length - 1).join("") + "…";
}

function missingOf(value: unknown): Missing[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_MISSING).flatMap((entry) => {
    const { what, remedy, who } = (entry ?? {}) as Record<string, unknown>;
    const said = line(what, MAX_TEXT);
    if (said === null) return [];
    const [how, whose] = [line(remedy, MAX_TEXT), line(who, MAX_TEXT)];
    return [{ what: said, ...(how && { remedy: how }), ...(whose && { who: whose }) }];
  });
}

/** What a claimed delivery says, in texts that any message can hold. */
export function readNotice(claimed: Claimed): Notice {
  const name = (value: unknown) => line(value, MAX_NAME);
  const { text, missing } = (claimed.detail ?? {}) as Record<string, unknown>;
  return {
    id: claimed.notice_id,
    kind: name(claimed.kind) ?? "notice",
    project: name(claimed.project) ?? "",
    release_id: claimed.release_id,
    release_ref: name(claimed.release_ref),
    service: name(claimed.service),
    source_sha: name(claimed.source_sha),
    gate: name(claimed.gate),
    environment: name(claimed.environment),
    persona: name(claimed.persona),
    happened_at: new Date(claimed.happened_at).toISOString(),
    same: claimed.same,
    text: line(text, MAX_TEXT),
    missing: missingOf(missing),
  };
}
