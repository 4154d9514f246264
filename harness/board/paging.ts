/** Whole lists, and the longest of a long one: a project answers with a part of a long one, and says nothing of the rest. */
import { byTime } from "./history.ts";

export interface List<T> {
  rows: T[];
  /** Whether there is more than what was asked for. */
  cut: boolean;
}

const PAGE = 1000;
/** A project may answer with fewer rows than were asked for, but hardly with fewer than this while there are more. */
const SHORT = 100;
const MOST = 10_000;

/** Ask page by page until the list is at its end, or too long to look at. `ask` is told the first and last place. */
export async function everyPage<T>(ask: (from: number, to: number) => Promise<T[]>): Promise<List<T>> {
  const rows: T[] = [];
  // One more than is shown tells whether there are more.
  while (rows.length <= MOST) {
    const page = await ask(rows.length, Math.min(rows.length + PAGE, MOST + 1) - 1);
    rows.push(...page);
    if (page.length < SHORT) break;
  }
  return { rows: rows.slice(0, MOST), cut: rows.length > MOST };
}

/**
 * What waits longest. The rows come by the opening of their release, and nothing waits since before that: when enough
 * of them wait since before the next release was opened, no later one is among them, and the rest is not read. It is cut
 * where that was not known after the most that is read.
 */
export async function longest<T extends { opened_at: string; since: string }>(
  ask: (from: number, to: number) => Promise<T[]>,
  most: number,
): Promise<List<T>> {
  let rows: T[] = [];
  for (let from = 0; from < MOST; from += SHORT) {
    const page = await ask(from, from + SHORT - 1);
    rows = [...rows, ...page].sort((one, other) => byTime(one.since, other.since)).slice(0, most);
    const last = page.at(-1);
    const whole = page.length < SHORT || !last;
    if (whole || rows.length === most && byTime(rows.at(-1)!.since, last.opened_at) <= 0) {
      return { rows, cut: false };
    }
  }
  return { rows, cut: true };
}
