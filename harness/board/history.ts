/** The history of a release: its moments, and what each entry says. */
import { fractionOf } from "./time.ts";
import type { TimelineEntry, TimelineKind } from "./rows.ts";
import { inWords, short, words } from "./texts.ts";

/** The moments of the entries, each once, the oldest first. */
export function moments(entries: TimelineEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.at))].sort(byTime);
}

/** Moments compare by time to the microsecond, which `Date` does not keep. */
export function byTime(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other) ||
    Number(`0.${fractionOf(one)}`) - Number(`0.${fractionOf(other)}`);
}

/** By how many digits of a second each moment differs from the others: 0, 3, or 6 where milliseconds do not tell. */
export function digitsOf(all: string[]): Map<string, number> {
  const upTo = (digits: number) => (moment: string) =>
    `${Math.floor(Date.parse(moment) / 1000)} ${fractionOf(moment).padEnd(6, "0").slice(0, digits)}`;
  const [seconds, milliseconds] = [counts(all, upTo(0)), counts(all, upTo(3))];
  return new Map(all.map((moment) => {
    const alone = seconds.get(upTo(0)(moment)) === 1;
    return [moment, alone ? 0 : milliseconds.get(upTo(3)(moment)) === 1 ? 3 : 6];
  }));
}

function counts<T>(all: T[], of: (each: T) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (const each of all) found.set(of(each), (found.get(of(each)) ?? 0) + 1);
  return found;
}

/**
 * What tells the facts apart that would read the same, by their names: where they come from, of which part, and under
 * which key they were sent; and where that is the same too, the end of their ids.
 */
export function apart(entries: TimelineEntry[]): Map<string, string> {
  const facts = entries.filter((entry) => entry.kind !== "verdict");
  const alike = counts(facts, reading);
  const same = facts.filter((entry) => alike.get(reading(entry))! > 1);
  const still = counts(same, (entry) => reading(entry) + origin(entry));
  return new Map(same.map((entry) => {
    const id = still.get(reading(entry) + origin(entry))! > 1 && `id …${entry.fact.slice(-8)}`;
    return [nameOf(entry), [origin(entry), id].filter(Boolean).join(", ")];
  }));
}

/** Everything of an entry that is read, but for its moment. */
function reading(entry: TimelineEntry): string {
  const { gate_code, environment, target, actor, actor_role, artifact_url, status_before } = entry;
  const { title, about, state, said } = line(entry);
  return JSON.stringify([
    [title, about, state, said],
    [gate_code, environment, target, actor, actor_role, artifact_url, status_before],
  ]);
}

function origin({ source_system, part, check_name, idempotency_key }: TimelineEntry): string {
  const from = source_system && `from ${words(source_system)}`;
  // A whole is a part of its own name.
  return [from, part && part !== check_name && `part ${part}`, idempotency_key && `key ${idempotency_key}`]
    .filter(Boolean).join(
      ", ",
    );
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
    said: entry.reason ?? entry.root_cause ?? entry.error_code ??
      (entry.first_missing && inWords(entry.first_missing)),
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
