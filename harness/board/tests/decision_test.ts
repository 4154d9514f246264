import assert from "node:assert/strict";
import { attached, empty, eventFor, lacks, outcome } from "../decision.ts";
import type { SignOff } from "../sign_off.ts";

const SAID: SignOff = {
  release_id: "01a21fa2-1610-7624-8c2f-0095c41bde13",
  gate_code: "G2",
  person: "qa-1",
  role: "qa_tester",
  decision: "approved",
  reason: "good",
  documents: [],
  seen: null,
  artifacts_digest: null,
};
const [FIRST, LATER] = [new Date("2026-11-28T10:00:00Z"), new Date("2026-11-28T10:05:00Z")];

Deno.test("the same decision is sent again as it was, so that it counts once", async () => {
  const sent = await eventFor(empty(), SAID, FIRST);
  assert.equal(await eventFor({ ...empty(), sent }, SAID, LATER), sent);
});

Deno.test("what was changed since is another event under another key", async () => {
  const sent = await eventFor(empty(), SAID, FIRST);
  for (const change of [{ decision: "rejected" }, { reason: "better" }, { seen: "5".repeat(64) }] as const) {
    const again = await eventFor({ ...empty(), sent }, { ...SAID, ...change }, LATER);
    assert.notEqual(again.event.idempotency_key, sent.event.idempotency_key);
  }
});

Deno.test("a decision without a reason, or with an address that is none, is not sent", () => {
  const document = { artifact_type: "test_result", artifact_url: "javascript:alert(1)" };
  assert.match(lacks({ ...empty(), reason: " \n" }, "approved") ?? "", /Say why/);
  assert.match(lacks({ ...empty(), reason: "x", documents: [document] }, "approved") ?? "", /https/);
  const blank = { ...document, artifact_url: " " };
  const good = { ...document, artifact_url: " https://ci.example/1 " };
  assert.equal(lacks({ ...empty(), reason: "x", documents: [blank, good] }, "rejected"), null);
  assert.deepEqual(attached({ ...empty(), documents: [blank, good] }).map((each) => each.artifact_url), [
    "https://ci.example/1",
  ]);
});

Deno.test("an answer says what became of the decision", () => {
  const gate = { gate_code: "G2", status_after: "in_progress" };
  const said = (detail: Record<string, unknown>, status: "accepted" | "duplicate" = "accepted") =>
    outcome("approved", { status, detail });
  assert.deepEqual(said({ gate }), { tone: "good", text: "Approved. G2 is in progress now." });
  assert.match(said({ gate }, "duplicate").text, /on record already/);
  for (const detail of [{ unmet: "aal2" }, { counts: false }, { superseded_by: { qa_tester: "x" } }]) {
    assert.equal(said(detail).tone, "warn");
  }
});
