/** Sending a decision: what is sent, under which key, and what the answer means. */
import type { Api } from "./api.ts";
import { Refused } from "./faults.ts";
import type { Decision, EventAnswer } from "./rows.ts";
import { type Document, drawn, type Envelope, eventOf, type SignOff } from "./sign_off.ts";
import { link, words } from "./texts.ts";

/** What somebody typed to decide, and what of it was sent already: a retry sends the same once more. */
export interface Draft {
  reason: string;
  documents: Document[];
  sent?: { as: string; event: Envelope };
  approvalId: string;
}

export function empty(): Draft {
  return { reason: "", documents: [], approvalId: crypto.randomUUID() };
}

export interface Outcome {
  tone: "good" | "warn";
  text: string;
}

export const DONE: Record<Decision, string> = {
  approved: "Approved",
  request_changes: "Changes requested",
  rejected: "Rejected",
};

/** What a draft lacks before it can be sent; null for nothing. */
export function lacks(draft: Draft, decision: Decision): string | null {
  if (draft.reason.trim() === "") return `Say why first: a decision is recorded with its reason.`;
  for (const document of draft.documents) {
    if (document.artifact_url.trim() === "") continue;
    if (!link(document.artifact_url.trim())) {
      return `The address of the ${words(document.artifact_type)} is not an https address.`;
    }
  }
  return decision in DONE ? null : "There is no such decision.";
}

/** The documents that have an address. */
export function attached(draft: Draft): Document[] {
  return draft.documents
    .map((document) => ({ ...document, artifact_url: document.artifact_url.trim() }))
    .filter((document) => document.artifact_url !== "");
}

/** The event of a decision: the same as before if nothing was changed since, so that it counts once. */
export async function eventFor(
  draft: Draft,
  said: SignOff,
  now: Date,
): Promise<{ as: string; event: Envelope }> {
  const as = JSON.stringify(said);
  if (draft.sent?.as === as) return draft.sent;
  return { as, event: await eventOf(said, drawn(), now) };
}

const UNMET: Record<string, string> = {
  own_token: "policy asks for your own token",
  aal2:
    "policy asks for a second factor that is not older than 12 hours. Sign in with one, then approve again",
  approvers: "policy names who may approve, and you are not among them",
};

/** What an answer to a decision on a gate says to whoever decided. */
export function outcome(decision: Decision, answer: EventAnswer): Outcome {
  const { gate, unmet, counts, superseded_by } = answer.detail as {
    gate?: { gate_code?: string; status_after?: string };
    unmet?: string;
    counts?: boolean;
    superseded_by?: unknown;
  };
  const now = gate?.status_after ? ` ${gate.gate_code} is ${words(gate.status_after)} now.` : "";
  const done = answer.status === "duplicate"
    ? `${DONE[decision]}; it was on record already.`
    : `${DONE[decision]}.`;
  if (unmet) return { tone: "warn", text: `${done} It does not count: ${UNMET[unmet] ?? unmet}.${now}` };
  if (superseded_by) {
    return { tone: "warn", text: `${done} It changes nothing: a newer decision stands.${now}` };
  }
  if (counts === false) {
    return { tone: "warn", text: `${done} It does not count, and the gate still misses something.${now}` };
  }
  return { tone: "good", text: `${done}${now}` };
}

/** Record a decision on a gate; what was sent is told before, so that a retry can send it again. */
export async function decideGate(
  api: Api,
  draft: Draft,
  said: SignOff,
  sending: (sent: { as: string; event: Envelope }) => void,
): Promise<Outcome> {
  const sent = await eventFor(draft, said, new Date());
  sending(sent);
  return outcome(said.decision, await api.signOff(sent.event));
}

/** The fault of a refusal that means: look again. */
export function hasChanged(error: unknown): boolean {
  return error instanceof Refused && error.fault.kind === "changed";
}
