import assert from "node:assert/strict";
import { everyPage, longest } from "../paging.ts";

/** A project with so many rows, which answers with so many at once. */
const project = (count: number, most: number) => (from: number, to: number) => {
  const length = Math.max(0, Math.min(count - from, to - from + 1, most));
  return Promise.resolve(Array.from({ length }, (_, place) => from + place));
};

Deno.test("a list comes whole, whatever a project answers with at once", async () => {
  for (const count of [0, 1, 99, 100, 999, 1000, 1001, 2500, 9999]) {
    for (const most of [100, 250, 1000]) {
      const { rows, cut } = await everyPage(project(count, most));
      assert.deepEqual([rows.length, new Set(rows).size, cut], [count, count, false], `${count} by ${most}`);
    }
  }
});

Deno.test("a list that is too long to look at says that it is cut", async () => {
  for (const [count, told] of [[10_500, true], [10_001, true], [10_000, false]] as const) {
    const { rows, cut } = await everyPage(project(count, 1000));
    assert.deepEqual([rows.length, cut], [10_000, told]);
  }
});

Deno.test("what waits longest is the same as of all that waits, and is found without reading all of it", async () => {
  const moment = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();
  const rows = Array.from({ length: 1000 }, (_, day) => ({
    opened_at: moment(day),
    since: moment(day + (day * 7919) % 97),
  }));
  let asked = 0;
  const ask = (from: number, to: number) => {
    asked++;
    return Promise.resolve(rows.slice(from, to + 1));
  };
  const wanted = [...rows].sort((one, other) => one.since < other.since ? -1 : 1);
  const sinces = (found: { since: string }[]) => found.map((row) => row.since);
  const found = await longest(ask, 10);
  assert.deepEqual([sinces(found.rows), found.cut], [sinces(wanted.slice(0, 10)), false]);
  assert.ok(asked < 5, `${asked} pages`);
  const all = await longest(ask, 2000);
  assert.deepEqual([sinces(all.rows), all.cut], [sinces(wanted), false]);
});

Deno.test("what waits longest asks for no page behind the last, and says when it stopped before", async () => {
  const day = "2026-01-01T00:00:00Z";
  // Each waits since long after all others were opened, so that only the end of the list tells.
  const row = { opened_at: day, since: "2026-06-01T00:00:00Z" };
  for (
    const [count, pages, cut] of [[0, 1, false], [99, 1, false], [150, 2, false], [
      20_000,
      100,
      true,
    ]] as const
  ) {
    let asked = 0;
    const found = await longest((from, to) => {
      asked++;
      return Promise.resolve(Array.from({ length: Math.max(0, Math.min(count, to + 1) - from) }, () => row));
    }, 10);
    assert.deepEqual([found.rows.length, asked, found.cut], [Math.min(10, count), pages, cut]);
  }
});
