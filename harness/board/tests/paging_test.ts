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
  const { rows, cut } = await everyPage(project(10_500, 1000));
  assert.deepEqual([rows.length, cut], [10_000, true]);
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
  assert.deepEqual(sinces(await longest(ask, 10)), sinces(wanted.slice(0, 10)));
  assert.ok(asked < 5, `${asked} pages`);
  assert.deepEqual(sinces(await longest(ask, 2000)), sinces(wanted));
});
