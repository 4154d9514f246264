/** The history of a release: its moments, and what each entry says. */
import type { TimelineEntry, TimelineKind } from "./rows.ts";
import { short, words } from "./texts.ts";

/** The moments of the entries, each once, the oldest first. */
export function moments(entries: TimelineEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.at))].sort(byTime);
}

/** Moments compare by time to the microsecond, which `Date` does not keep. */
export function byTime(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other) || fraction(one) - fraction(other);
}

function fraction(moment: string): number {
  return Number(`0.${moment.match(/\.(\d+)/)?.[1] ?? "0"}`);
}

/** Newer entries put before older ones, each once. */
export function joined(newer: TimelineEntry[], older: TimelineEntry[]): TimelineEntry[] {
  const known = new Set(newer.map(nameOf));
  return [...newer, ...older.filter((entry) => !known.has(nameOf(entry)))];
}

export function nameOf(entry: TimelineEntry): string {
  return [entry.at, entry.kind, entry.fact, entry.gate_code].join(" ");
}

/** Whether the entries reach back to a moment. `before`: where the next older page begins; null for none. */
export function reaches(entries: TimelineEntry[], before: string | null, at: string): boolean {
  return before === null || entries.some((entry) => byTime(entry.at, at) <= 0);
}

/** Where a moment stands among others: the last one that is not after it; 0 if all are. */
export function place(all: string[], at: string): number {
  let found = 0;
  all.forEach((moment, index) => {
    if (byTime(moment, at) <= 0) found = index;
  });
  return found;
}

export interface Line {
  title: string;
  /** A text of somebody's, to be shown as such. */
  about?: string;
  /** The state that the entry brought, if it has one. */
  state?: string;
}

const TITLES: Record<TimelineKind, string> = {
  opened: "Release opened",
  closed: "Release closed",
  check: "Check",
  decision: "Decision",
  evidence: "Evidence",
  exception_opened: "Exception opened",
  exception_began: "Exception began",
  exception_revoked: "Exception revoked",
  exception_ended: "Exception ended",
  exception_reviewed: "Exception reviewed",
  deployment: "Deployment",
  target_retired: "Target taken out",
  contested_report: "Contested report",
  contested_report_ended: "Contested report ended",
  dismissal: "Dismissed",
  incident: "Incident",
  incident_resolved: "Incident resolved",
  lapsed: "Lapsed",
  verdict: "Gate",
};

/** An entry in words. */
export function line(entry: TimelineEntry): Line {
  const about = entry.subject === null
    ? undefined
    : entry.kind === "opened"
    ? short(entry.subject)
    : entry.subject;
  const state = entry.status ?? undefined;
  switch (entry.kind) {
    case "verdict":
      return { title: `${entry.gate_code ?? "Gate"} ${entry.subject ?? ""}`.trim(), state };
    case "decision":
      return { title: `Decision on ${decided(entry)}`, state };
    case "evidence":
    case "lapsed":
      return { title: TITLES[entry.kind], about: words(about ?? ""), state };
    case "exception_opened":
      return { title: TITLES[entry.kind], about: words(about ?? ""), state };
    default:
      return { title: TITLES[entry.kind] ?? words(entry.kind), about, state };
  }
}

function decided(entry: TimelineEntry): string {
  if (entry.subject === "release") return "the release";
  return entry.subject === "exception" ? "an exception" : entry.gate_code ?? "a gate";
}
