/** Whole lists: a project answers with a part of a long one, and says nothing of the rest. */

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
  while (rows.length < MOST) {
    const page = await ask(rows.length, Math.min(rows.length + PAGE, MOST) - 1);
    rows.push(...page);
    if (page.length < SHORT) return { rows, cut: false };
  }
  return { rows, cut: true };
}
