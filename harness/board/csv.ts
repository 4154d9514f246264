/** Tables as CSV (RFC 4180) that no spreadsheet takes for formulas. */
import { plain } from "./texts.ts";

type Cell = string | number | boolean | null;

/** What a spreadsheet would calculate: it gets an apostrophe, and all texts stand in quotes. */
const FORMULA = /^[\s\u00A0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|]/;

function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${plain(safe).replaceAll('"', '""')}"`;
}

/** The file: a line of names, then one for each row. */
export function csv(columns: string[], rows: Cell[][]): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
