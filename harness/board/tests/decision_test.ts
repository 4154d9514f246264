import assert from "node:assert/strict";
import type { Overview } from "../rows.ts";
import type { NewDecision } from "../api.ts";
import {
  attached,
  decideBeside,
  decideGate,
  type DecisionDraft,
  EMPTY,
  hasChanged,
  lacks,
  outcome,
} from "../decision.ts";
import { type Fault, Refused } from "../faults.ts";
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
/** A person who decides again and again with one draft: the keys under which it arrives. */
function decider() {
  const keys: string[] = [];
  let draft: DecisionDraft = EMPTY;
  const decide = (change: Partial<SignOff>, fault?: Fault) =>
    decideGate(
      {
        signOff: (event) => {
          keys.push(event.idempotency_key);
          if (fault) return Promise.reject(new Refused(fault));
          return Promise.resolve({ status: "accepted", detail: {} });
        },
      },
      draft,
      { ...SAID, ...change },
      (sentEvent) => draft = { ...draft, sentEvent },
    );
  return { keys, decide };
}
const LOST: Fault = { kind: "lost", message: "no answer" };

Deno.test("a decision without an answer is sent again as it was, also when more was looked at since", async () => {
  const { keys, decide } = decider();
  await assert.rejects(decide({}, LOST));
  await decide({ seen: "5".repeat(64), artifacts_digest: "6".repeat(64) });
  assert.equal(keys[0], keys[1]);
});

Deno.test("what was typed or clicked otherwise is another event under another key", async () => {
  for (const change of [{ decision: "rejected" }, { reason: "better" }] as const) {
    const { keys, decide } = decider();
    await assert.rejects(decide({}, LOST));
    await decide(change);
    assert.notEqual(keys[0], keys[1]);
  }
});

Deno.test("an approval without an answer and a rejection after it are two rows, in words of their own", async () => {
  const rows: NewDecision[] = [];
  let [looks, seen] = [0, "as it was"];
  let draft: DecisionDraft = EMPTY;
  const decide = (decision: NewDecision["decision"], fault?: Fault) =>
    decideBeside(
      {
        overview: () => {
          looks++;
          return Promise.resolve({ seen, gates: [], exceptions: [] } as unknown as Overview);
        },
        decide: (row) => {
          rows.push(row);
          return fault ? Promise.reject(new Refused(fault)) : Promise.resolve();
        },
      },
      draft,
      { release_id: SAID.release_id, exception_id: null, approver_id: "rm-1", decision, reason: "x" },
      { seen: "as it was", gates: [], exceptions: [] } as unknown as Overview,
      (sentRow) => draft = { ...draft, sentRow },
    );
  await assert.rejects(decide("approved", LOST));
  assert.equal((await decide("rejected")).text, "Rejected.");
  assert.deepEqual(rows.map((row) => row.decision), ["approved", "rejected"]);
  assert.notEqual(rows[0]?.approval_id, rows[1]?.approval_id);
  assert.equal(looks, 2);
  // What changed since is looked at before anything new is sent, and not before a retry.
  await assert.rejects(decide("approved", LOST));
  seen = "otherwise";
  await assert.rejects(decide("rejected"), hasChanged);
  assert.equal((await decide("approved")).text, "Approved.");
  assert.deepEqual([rows.at(-1), looks], [rows.at(-2), 4]);
});

Deno.test("a decision without a reason, or with an address that is none, is not sent", () => {
  const document = { artifact_type: "test_result", artifact_url: "javascript:alert(1)" };
  assert.match(lacks({ ...EMPTY, reason: " \n" }) ?? "", /Say why/);
  assert.match(lacks({ ...EMPTY, reason: "x", documents: [document] }) ?? "", /https/);
  const blank = { ...document, artifact_url: " " };
  const good = { ...document, artifact_url: " https://ci.example/1 " };
  assert.equal(lacks({ ...EMPTY, reason: "x", documents: [blank, good] }), null);
  assert.deepEqual(attached({ ...EMPTY, documents: [blank, good] }).map((each) => each.artifact_url), [
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
