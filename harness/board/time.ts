/** Moments and durations in words: in the reader's zone, with UTC beside it. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment in UTC, exact to the second. */
export function utc(moment: string): string {
  const time = new Date(moment);
  return Number.isNaN(time.getTime()) ? moment : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A moment in the reader's zone; `zone` names another one. `digits`: of the fraction of its second, if it is shown. */
export function local(moment: string, zone?: string, digits?: number): string {
  const time = new Date(moment);
  if (Number.isNaN(time.getTime())) return moment;
  const said = new Intl.DateTimeFormat("en-GB", {
    year: "numeric",
    month: "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    ...(digits === undefined ? {} : { second: "2-digit" }),
    timeZone: zone,
  }).format(time);
  // `Date` keeps milliseconds alone, and no zone changes the fraction of a second.
  return digits ? `${said}.${fractionOf(moment).padEnd(digits, "0").slice(0, digits)}` : said;
}

/** The digits after the second of a moment. */
export function fractionOf(moment: string): string {
  return moment.match(/\.(\d+)/)?.[1] ?? "";
}

/** A length of time in its largest unit, such as 3 min, 5 h, 12 d. */
export function length(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < 2 * HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)} h`;
  return `${Math.floor(whole / DAY)} d`;
}

/** How long ago a moment is, or how far ahead. */
export function age(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (Math.abs(seconds) < MINUTE) return "just now";
  return seconds > 0 ? `${length(seconds)} ago` : `in ${length(-seconds)}`;
}

/** A month such as 2026-11-01, in words. */
export function month(day: string): string {
  const time = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  if (Number.isNaN(time.getTime())) return day;
  return new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" }).format(time);
}
