import assert from "node:assert/strict";
import { changes, markOf } from "../changes.ts";
import type { Finding, Overview } from "../rows.ts";

function look(status: string, findings: Partial<Finding>[], more: Record<string, unknown> = {}): Overview {
  const full = findings.map((each) => ({
    kind: "checks",
    subject: null,
    requirement: "no check failed",
    state: "satisfied",
    ...each,
  }));
  return {
    gates: [{ gate_code: "G1", status, findings: full }],
    eligible_for_staging: true,
    eligible_for_production: false,
    release: { status: "in_progress" },
    artifacts_digest: null,
    ...more,
  } as unknown as Overview;
}

Deno.test("two looks at a release differ in sentences", () => {
  const [good, bad] = [{ detail: "none" }, { detail: "failed: scan", state: "failed" }] as const;
  assert.deepEqual(changes(look("passed", [good]), look("failed", [bad], { eligible_for_staging: false })), [
    "G1 was passed, and is failed.",
    "G1: no check failed: was “none”, is “failed: scan”.",
    "It may not go to staging any more.",
  ]);
  assert.deepEqual(changes(look("passed", [good]), look("passed", [good])), []);
  assert.deepEqual(changes(look("passed", [good]), look("passed", [{ ...good, state: "failed" }])), [
    "G1: no check failed: was satisfied, is failed: “none”.",
  ]);
});

Deno.test("findings of one requirement are counted, in whatever order they come", () => {
  const [one, two, three] = ["a", "b", "c"].map((detail) => ({ detail }));
  const said = (before: Partial<Finding>[], after: Partial<Finding>[]) =>
    changes(look("failed", before), look("failed", after));
  assert.deepEqual(said([one!, two!], [two!, one!]), []);
  assert.deepEqual(said([one!], [one!, two!]), ["G1: no check failed: b (new)."]);
  assert.deepEqual(said([one!, one!], [one!]), ["G1: no check failed: “a” is gone."]);
  assert.deepEqual(said([one!], [one!, one!]), ["G1: no check failed: a (new)."]);
  assert.deepEqual(said([one!, two!], [three!, one!]), ["G1: no check failed: was “b”, is “c”."]);
});

Deno.test("findings of other subjects are no change of each other", () => {
  assert.deepEqual(
    changes(
      look("failed", [{ detail: "a", subject: "scan" }]),
      look("failed", [{ detail: "a", subject: "lint" }]),
    ),
    ["G1: no check failed: a (new).", "G1: no check failed: “a” is gone."],
  );
});

Deno.test("the mark of a release changes with each fact, and with what time alone makes of it", () => {
  const [one, more] = [{ seen: "a", exceptions: [{ state: "active" }] }, {
    exceptions: [{ state: "expired" }],
  }];
  const marks = [
    look("passed", [], one),
    look("passed", [], { ...one, seen: "b" }),
    look("failed", [], one),
    look("passed", [], { ...one, ...more }),
    look("passed", [], { ...one, exceptions: null }),
  ].map(markOf);
  assert.equal(new Set(marks).size, marks.length);
  assert.equal(markOf(look("passed", [], { ...one, as_of: "later" })), marks[0]);
});
