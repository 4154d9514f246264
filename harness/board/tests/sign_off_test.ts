import assert from "node:assert/strict";
import { eventOf, keyOf, missingDocuments, type SignOff } from "../sign_off.ts";

const SAID: SignOff = {
  release_id: "01A21FA2-1610-7624-8c2f-0095c41bde13",
  gate_code: "G3",
  person: "rm-1",
  role: "release_manager",
  decision: "approved",
  reason: "all criteria are met",
  documents: [],
  seen: "5".repeat(64),
  artifacts_digest: null,
};
const SESSION = "0123456789abcdef";
const LONG = "manual/0d4e2ca9e9cbced7a7a5380eb29e1a3783b9b6d0db72de36a1051038e1c1fbc7/gate_signoff/" +
  "138ef27f6e3f5eee5308f62dd05ad6e5518435067cd063fa2ab827dfe951208c";

Deno.test("a key is the one that ops_gates.keys makes", async () => {
  const release = SAID.release_id.toLowerCase();
  assert.equal(await keyOf(SAID, SESSION), `manual/rm-1/gate_signoff/G3/${release}/${SESSION}`);
  assert.equal(
    await keyOf({ ...SAID, person: "RM O'Neil (1)*~é", artifacts_digest: "ab".repeat(32) }, SESSION),
    `manual/RM%20O%27Neil%20%281%29%2A%7E%C3%A9/gate_signoff/G3/~dabababababab/${release}/${SESSION}`,
  );
  assert.equal(await keyOf({ ...SAID, person: "x".repeat(300) }, SESSION), LONG);
});

Deno.test("an event says who decided, why, on what they saw, and nothing that is empty", async () => {
  const now = new Date("2026-11-28T10:00:00Z");
  const { payload, ...envelope } = await eventOf(SAID, SESSION, now);
  assert.equal(envelope.emitted_at, "2026-11-28T10:00:00.000Z");
  assert.deepEqual(payload, {
    decision: "approved",
    approver_id: "rm-1",
    persona_role: "release_manager",
    rationale_structured: { reason: "all criteria are met" },
    rationale_text: "all criteria are met",
    seen: "5".repeat(64),
  });
});

Deno.test("the documents that a gate misses are offered", () => {
  const finding = (kind: string, subject: string | null, state: string) => ({ kind, subject, state });
  const found = missingDocuments([
    finding("evidence", "test_result|uat_summary", "unsatisfied"),
    finding("evidence", "build_log", "satisfied"),
    finding("approval", "qa_tester", "unsatisfied"),
  ]);
  assert.deepEqual(found, ["test_result", "uat_summary"]);
});
