import type { Missing, Notice } from "./notice.ts";

const MAX_SHOWN = 10;
// A header of Slack has 150, and what happened stands behind the name.
const MAX_NAME = 90;

/** What a message says, sentence by sentence. The texts are people's: each format shows them as plain text. */
export interface Words {
  title: string;
  text: string | null;
  missing: string[];
  /** How many more are missing than `missing` has. */
  more: number;
  footer: string;
}

const TITLES: Record<string, (notice: Notice, release: string) => string> = {
  gate_waits: ({ gate, persona }, release) =>
    `${gate ?? "A gate"} of ${release} waits${persona ? ` for ${persona}` : ""}`,
  gate_failed: ({ gate }, release) => `${gate ?? "A gate"} of ${release} failed`,
  contested: ({ gate }, release) => `A report on ${gate ? `${gate} of ` : ""}${release} is contested`,
  ineligible_deployment: (notice, release) => `${release} was deployed${to(notice)} without being eligible`,
  promoted: (notice, release) => `${release} was promoted${to(notice)}`,
  rolled_back: ({ environment }, release) =>
    `${release} was rolled back${environment ? ` in ${environment}` : ""}`,
  exception_opened: (_, release) => `An exception was opened for ${release}`,
  exception_ends: (_, release) => `An exception for ${release} ends within a day`,
  exception_review_due: (_, release) => `An exception for ${release} is due for review`,
  deployment_unended: (notice, release) => `The deployment of ${release}${to(notice)} has not ended`,
};

function to({ environment }: Notice): string {
  return environment ? ` to ${environment}` : "";
}

/** A text of at most so many UTF-16 units, which Slack counts; no character is cut in two. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).toWellFormed().replace(/\uFFFD$/, "")}…`;
}

/** The same words for every format that people read. */
export function wordsOf(notice: Notice): Words {
  const release = cut(notice.release_ref ?? notice.service ?? notice.project, MAX_NAME);
  const title = TITLES[notice.kind]?.(notice, release) ?? `${notice.kind} of ${release}`;
  const since = `${notice.happened_at.slice(0, 16).replace("T", " ")} UTC`;
  const footer = [notice.project, notice.service, since];
  if (notice.same > 1) footer.push(`one message for ${notice.same} notices`);
  return {
    title,
    text: notice.text,
    missing: notice.missing.slice(0, MAX_SHOWN).map(sentence),
    more: Math.max(0, notice.missing.length - MAX_SHOWN),
    footer: footer.filter((part) => part !== null && part !== "").join(" · "),
  };
}

function sentence({ what, remedy, who }: Missing): string {
  // Whom the remedy names is not named twice.
  const others = who && !remedy?.includes(who) ? ` (${who})` : "";
  return [what, remedy && ` — ${remedy}`, others].filter(Boolean).join("");
}
