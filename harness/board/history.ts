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
  /** What it is about: a name that somebody gave. */
  about?: string;
  /** The state that the entry brought, if it has one. */
  state?: string;
  /** What was said of it: why, what is missing, or what was refused. */
  said?: string;
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
  return {
    title: titleOf(entry),
    about: aboutOf(entry),
    state: entry.status ?? entry.decision ?? entry.close_reason ?? entry.exception_type,
    said: entry.reason ?? entry.root_cause ?? entry.error_code ?? entry.first_missing,
  };
}

function titleOf(entry: TimelineEntry): string {
  const { kind, gate_code = "a gate", gate_name = "", scope } = entry;
  if (kind === "verdict") return `${gate_code} ${gate_name}`.trim();
  if (kind !== "decision") return TITLES[kind] ?? words(kind);
  return `Decision on ${
    scope === "release" ? "the release" : scope === "exception" ? "an exception" : gate_code
  }`;
}

/** What an entry is about. Names of people and machines stay as they are; what the database names is in words. */
function aboutOf(entry: TimelineEntry): string | undefined {
  const named = entry.check_name ?? entry.deployment_ref ?? entry.severity;
  if (named !== undefined) return named;
  if (entry.source_ref !== undefined) return short(entry.source_ref);
  if (entry.impacted_gates) return entry.impacted_gates.join(", ");
  const kind = entry.artifact_type ?? entry.event_type ?? entry.dismissed_kind ?? entry.requirement_kind;
  return kind === undefined ? undefined : words(kind);
}
