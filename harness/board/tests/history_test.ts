import assert from "node:assert/strict";
import { byTime, joined, line, moments, place, reaches } from "../history.ts";
import type { TimelineEntry, TimelineKind } from "../rows.ts";

function entry(at: string, kind: TimelineKind = "check", more: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    at,
    kind,
    gate_code: "G1",
    subject: "build",
    status: "pass",
    status_before: null,
    actor: null,
    actor_role: null,
    reason: null,
    environment: null,
    target: null,
    fact: kind,
    about: null,
    ...more,
  };
}

const [ONE, TWO, THREE] = [1, 2, 3].map((n) => `2026-11-28T10:00:00.00000${n}+00:00`) as [
  string,
  string,
  string,
];

Deno.test("moments that differ by a microsecond are two, and in order", () => {
  assert.deepEqual(moments([entry(THREE), entry(TWO), entry(ONE), entry(ONE, "verdict")]), [ONE, TWO, THREE]);
  assert.ok(byTime("2026-11-28T10:00:00+00:00", ONE) < 0);
  assert.equal(byTime("2026-11-28T10:00:00.100+00:00", "2026-11-28T10:00:00.1+00:00"), 0);
});

Deno.test("a moment stands at the last one that is not after it", () => {
  const all = [ONE, TWO, THREE];
  assert.deepEqual([ONE, THREE, "2026-11-29T00:00:00Z", "2026-11-01T00:00:00Z"].map((at) => place(all, at)), [
    0,
    2,
    2,
    0,
  ]);
});

Deno.test("a history reaches a moment once it has an entry that is not after it, or no page is left", () => {
  const entries = [entry(THREE), entry(TWO)];
  assert.deepEqual([THREE, TWO, ONE].map((at) => reaches(entries, TWO, at)), [true, true, false]);
  assert.equal(reaches(entries, null, ONE), true);
  assert.equal(reaches([], TWO, ONE), false);
});

Deno.test("pages that overlap are joined once", () => {
  assert.equal(joined([entry(TWO), entry(ONE)], [entry(ONE), entry(ONE, "opened")]).length, 3);
});

Deno.test("an entry is said in words, one of a kind that is not known too", () => {
  assert.equal(
    line(entry(ONE, "verdict", { subject: "Build Integrity", status: "passed" })).title,
    "G1 Build Integrity",
  );
  assert.equal(line(entry(ONE, "decision", { subject: "release" })).title, "Decision on the release");
  assert.deepEqual(line(entry(ONE, "freeze_began" as TimelineKind, { subject: "xmas", status: null })), {
    title: "freeze began",
    about: "xmas",
    state: undefined,
  });
});
