/** The event by which a person decides on a gate, and its idempotency key (docs/events/README.md has the grammar). */
import type { Decision } from "./rows.ts";

export interface Attachment {
  artifact_type: string;
  artifact_url: string;
}

export interface SignOff {
  release_id: string;
  gate_code: string;
  /** The subject of the person's own token. */
  person: string;
  role: string;
  decision: Decision;
  reason: string;
  documents: Attachment[];
  seen: string | null;
  artifacts_digest: string | null;
}

export type Envelope = Record<string, unknown> & { idempotency_key: string };

const LONGEST = 255;

/** A value as a part of a key: percent-encoded beyond `A-Z a-z 0-9 . _ -`. */
function part(value: string): string {
  const encoded = encodeURIComponent(value);
  return encoded.replace(/[!'()*~]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`) || "%";
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** People are compared without case, as long as their names are ASCII. */
function folded(name: string): string {
  return /^\p{ASCII}*$/u.test(name) ? name.toLowerCase() : name;
}

/** The key of a decision by hand. `session` is drawn for each decision; its retries keep it. */
export async function keyOf(said: SignOff, session: string): Promise<string> {
  const head = ["manual", part(folded(said.person)), "gate_signoff"];
  const rest = [
    part(said.gate_code),
    ...(said.artifacts_digest === null ? [] : [`~d${said.artifacts_digest.slice(0, 12)}`]),
    part(said.release_id.toLowerCase()),
    part(session),
  ];
  const key = [...head, ...rest].join("/");
  if (key.length <= LONGEST) return key;
  const shorter = [...head, await sha256(rest.join("/"))].join("/");
  if (shorter.length <= LONGEST) return shorter;
  return ["manual", await sha256(head[1]!), "gate_signoff", await sha256(rest.join("/"))].join("/");
}

export function drawn(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}

export async function eventOf(said: SignOff, session: string, now: Date): Promise<Envelope> {
  return {
    schema_version: "v1.0",
    idempotency_key: await keyOf(said, session),
    source_system: "manual",
    event_type: "gate_signoff",
    emitted_at: now.toISOString(),
    release_id: said.release_id,
    gate_code: said.gate_code,
    payload: {
      decision: said.decision,
      approver_id: said.person,
      persona_role: said.role,
      rationale_structured: { reason: said.reason },
      rationale_text: said.reason,
      ...(said.seen === null ? {} : { seen: said.seen }),
      ...(said.documents.length === 0 ? {} : { evidence: said.documents }),
    },
  };
}

/** The types of evidence that findings of a gate ask for and do not have. */
export function missingDocuments(
  findings: { kind: string; subject: string | null; state: string }[],
): string[] {
  return findings
    .filter((finding) =>
      finding.kind === "evidence" && finding.state !== "satisfied" && finding.subject !== null
    )
    .flatMap((finding) => finding.subject!.split("|"));
}
