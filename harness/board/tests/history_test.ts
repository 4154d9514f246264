import assert from "node:assert/strict";
import { apart, byTime, digitsOf, joined, line, moments, place, reaches } from "../history.ts";
import type { TimelineEntry, TimelineKind } from "../rows.ts";

function entry(at: string, kind: TimelineKind = "check", more: Partial<TimelineEntry> = {}): TimelineEntry {
  return { at, kind, fact: kind, ...more };
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
  const said = (kind: string, more: Partial<TimelineEntry>) => {
    const { title, about, state, said } = line(entry(ONE, kind as TimelineKind, more));
    return [title, about, state, said];
  };
  const none = undefined;
  assert.deepEqual(
    said("verdict", {
      gate_code: "G1",
      gate_name: "Build Integrity",
      status: "passed",
      first_missing: "build",
    }),
    ["G1 Build Integrity", none, "passed", "build"],
  );
  assert.deepEqual(said("check", { check_name: "unit", status: "pass" }), ["Check", "unit", "pass", none]);
  assert.deepEqual(
    said("decision", { scope: "release", decision: "rejected", reason: "too soon" }),
    ["Decision on the release", none, "rejected", "too soon"],
  );
  assert.equal(said("decision", { scope: "gate", gate_code: "G2" })[0], "Decision on G2");
  assert.deepEqual(
    said("exception_opened", { impacted_gates: ["G1", "G3"], exception_type: "gate_bypass" }),
    ["Exception opened", "G1, G3", "gate_bypass", none],
  );
  assert.deepEqual(said("closed", { close_reason: "superseded" }), [
    "Release closed",
    none,
    "superseded",
    none,
  ]);
  assert.deepEqual(
    said("contested_report", { event_type: "build_complete", status: "fail", error_code: "invalid_payload" }),
    ["Contested report", "build complete", "fail", "invalid_payload"],
  );
  assert.deepEqual(
    said("incident_resolved", { severity: "sev2", root_cause: "a full disk" }),
    ["Incident resolved", "sev2", none, "a full disk"],
  );
  assert.deepEqual(said("lapsed", { requirement_kind: "approval" }), ["Lapsed", "approval", none, none]);
  assert.deepEqual(said("freeze_began", {}), ["freeze began", none, none, none]);
});

Deno.test("moments of one second are told apart by its fraction", () => {
  const [second, other] = ["2026-11-28T10:00:00.25+00:00", "2026-11-28T10:00:01.5+00:00"];
  assert.deepEqual([...digitsOf([ONE, TWO, second, other]).values()], [6, 6, 3, 0]);
});

Deno.test("facts that read the same say where they come from, and others do not", () => {
  const build = (at: string, fact: string, more: Partial<TimelineEntry> = {}) =>
    entry(at, "check", { fact, check_name: "build", status: "pass", source_system: "ci", ...more });
  const [linux, windows] = [build(ONE, "1", { part: "linux" }), build(ONE, "2", { part: "windows" })];
  const [first, again] = [build(TWO, "11111111-aaaaaaaa"), build(THREE, "22222222-bbbbbbbb")];
  const failed = build(THREE, "3", { status: "fail", part: "linux" });
  const [was, is] = [ONE, TWO].map((at) => entry(at, "verdict", { gate_code: "G1", fact: "g" })) as [
    TimelineEntry,
    TimelineEntry,
  ];
  const refused = (at: string, idempotency_key: string) =>
    entry(at, "contested_report", { error_code: "invalid_payload", idempotency_key });
  const [one, two] = [refused(ONE, "ci/1/build_complete"), refused(TWO, "ci/2/build_complete")];
  const told = apart([linux, windows, first, again, failed, was, is, one, two]);
  const of = (each: TimelineEntry) => told.get([each.at, each.kind, each.fact, each.gate_code].join(" "));
  assert.deepEqual([linux, windows, first, again, failed, was, one, two].map(of), [
    "from ci, part linux",
    "from ci, part windows",
    "from ci, id …aaaaaaaa",
    "from ci, id …bbbbbbbb",
    undefined,
    undefined,
    "key ci/1/build_complete",
    "key ci/2/build_complete",
  ]);
});
