/** Sending a decision: what is sent, under which key, and what the answer means. */
import type { Api, NewDecision } from "./api.ts";
import { markOf } from "./changes.ts";
import { changedSince, Refused } from "./faults.ts";
import type { Decision, EventAnswer, Overview } from "./rows.ts";
import { sendOnce, type Sent } from "./sending.ts";
import { type Attachment, drawn, type Envelope, eventOf, type SignOff } from "./sign_off.ts";
import { link, words } from "./texts.ts";

/** What somebody typed to decide, and what was sent of it without an answer. */
export interface DecisionDraft {
  reason: string;
  documents: Attachment[];
  sentEvent?: Sent<Envelope>;
  sentRow?: Sent<NewDecision>;
}

export const EMPTY: DecisionDraft = { reason: "", documents: [] };

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
export function lacks(draft: DecisionDraft): string | null {
  if (draft.reason.trim() === "") return `Say why first: a decision is recorded with its reason.`;
  for (const document of draft.documents) {
    if (document.artifact_url.trim() === "") continue;
    if (!link(document.artifact_url.trim())) {
      return `The address of the ${words(document.artifact_type)} is not an https address.`;
    }
  }
  return null;
}

/** The documents that have an address. */
export function attached(draft: DecisionDraft): Attachment[] {
  return draft.documents
    .map((document) => ({ ...document, artifact_url: document.artifact_url.trim() }))
    .filter((document) => document.artifact_url !== "");
}

const UNMET: Record<string, string | undefined> = {
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

/** Record a decision on a gate; `keep` is told what is sent, so that a retry can send it again. */
export async function decideGate(
  api: Pick<Api, "signOff">,
  draft: DecisionDraft,
  said: SignOff,
  keep: (sentEvent: Sent<Envelope> | undefined) => void,
): Promise<Outcome> {
  // What a person looks at anew makes no other decision of one that has no answer yet.
  const { seen: _, artifacts_digest: __, ...typed } = said;
  const make = () => eventOf(said, drawn(), new Date());
  const answer = await sendOnce(draft.sentEvent, typed, make, (event) => api.signOff(event), keep);
  return outcome(said.decision, answer);
}

/**
 * Record a decision on a release as a whole, or on an exception of it, by who looked at it before. A row takes no
 * `seen`, so the release is looked at once more; not for a retry, which may have changed it itself.
 */
export async function decideBeside(
  api: Pick<Api, "decide" | "overview">,
  draft: DecisionDraft,
  said: Omit<NewDecision, "approval_id">,
  looked: Overview,
  keep: (sentRow: Sent<NewDecision> | undefined) => void,
): Promise<Outcome> {
  const make = async () => {
    if (markOf(await api.overview(said.release_id)) !== markOf(looked)) throw new Refused(changedSince());
    return { approval_id: crypto.randomUUID(), ...said };
  };
  await sendOnce(draft.sentRow, said, make, (row) => api.decide(row), keep);
  return { tone: "good", text: `${DONE[said.decision]}.` };
}

/** The fault of a refusal that means: look again. */
export function hasChanged(error: unknown): boolean {
  return error instanceof Refused && error.fault.kind === "changed";
}
