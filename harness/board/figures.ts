/** The figures of a project in a range of months: as series for plots, and as rows for the table and the file. */
import type { DeliveryRow, DurationRow } from "./rows.ts";
import { length } from "./time.ts";

export interface Point {
  month: string;
  value: number | null;
  /** A second value of the same month that is not smaller, such as the 90 % beside the median. */
  upper?: number | null;
  word: string;
}

export interface Series {
  title: string;
  points: Point[];
}

/** The last months up to that of `now`, the oldest first, each by its first day. */
export function months(count: number, now: Date): string[] {
  return Array.from({ length: count }, (_, back) => {
    const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - (count - 1 - back), 1));
    return day.toISOString().slice(0, 10);
  });
}

/** The project to show: the chosen one, else that of the newest release, among those that have figures. */
export function projectOf(projects: string[], chosen: string, recent: string[]): string | undefined {
  return [chosen, ...recent, ...projects].find((name) => projects.includes(name));
}

export function percent(share: number | null): string {
  return share === null ? "none" : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function duration(seconds: number | null): string {
  return seconds === null ? "none" : length(seconds);
}

/** The four measures of DORA, month by month. */
export function delivery(rows: DeliveryRow[], range: string[]): Series[] {
  const of = (month: string) => rows.find((row) => row.month === month);
  const series = (
    title: string,
    value: (row: DeliveryRow) => number | null,
    word: (n: number | null) => string,
  ) => ({
    title,
    points: range.map((month) => {
      const row = of(month);
      const found = row ? value(row) : null;
      return { month, value: found, word: word(found) };
    }),
  });
  return [
    series("Deployments to production", (row) => row.deployments, (n) => String(n ?? 0)),
    series("Lead time, median", (row) => row.lead_time_seconds, duration),
    series("Failed changes", (row) => row.change_failure_rate, percent),
    series("Time to restore, median", (row) => row.time_to_restore_seconds, duration),
  ];
}

/** How long each gate takes, month by month: median and 90 %. */
export function durations(rows: DurationRow[], range: string[]): Series[] {
  return ["G1", "G2", "G3", "G4"].map((gate) => ({
    title: gate,
    points: range.map((month) => {
      const row = rows.find((each) => each.month === month && each.gate_code === gate);
      const [value, upper] = [row?.median_seconds ?? null, row?.p90_seconds ?? null];
      return {
        month,
        value,
        upper,
        word: value === null ? "none" : `${duration(value)}, 90 % within ${duration(upper)}`,
      };
    }),
  }));
}
