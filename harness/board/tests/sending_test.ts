import assert from "node:assert/strict";
import { type Fault, Refused } from "../faults.ts";
import { hasItsId, isAsSent, isDone, isRefusal, sendOnce, type Sent } from "../sending.ts";

const refused = (kind: Fault["kind"], code?: string, message = "no") => new Refused({ kind, code, message });

/** A draft that is sent again and again: which ids arrive, and what each answer is. */
function sender() {
  const arrived: string[] = [];
  let kept: Sent<string> | undefined;
  const send = (said: unknown, answer?: Error) =>
    sendOnce(kept, said, () => crypto.randomUUID(), (id) => {
      arrived.push(id);
      return answer ? Promise.reject(answer) : Promise.resolve();
    }, (sent) => kept = sent);
  return { arrived, send };
}

Deno.test("what had no answer is sent again under its id, and so is nothing else", async () => {
  const { arrived, send } = sender();
  await assert.rejects(send({ decision: "approved" }, refused("lost")));
  await assert.rejects(send({ decision: "approved" }, refused("ended", "PGRST303")));
  await send({ decision: "approved" });
  await send({ decision: "rejected" });
  assert.equal(arrived[0], arrived[1]);
  assert.equal(arrived[0], arrived[2]);
  assert.notEqual(arrived[2], arrived[3]);
});

Deno.test("what was refused is something new when it is sent again", async () => {
  for (const kind of ["refused", "changed"] as const) {
    const { arrived, send } = sender();
    await assert.rejects(send("a", refused(kind, "x")));
    await send("a");
    assert.notEqual(arrived[0], arrived[1]);
  }
  assert.equal(isRefusal(new TypeError("x")), false);
});

Deno.test("only the id of a row says that it may have been recorded before", () => {
  const message = (name: string) => `duplicate key value violates unique constraint "${name}"`;
  const there = (code: string, name: string) =>
    hasItsId(refused("refused", code, message(name)), "approvals");
  assert.equal(there("23505", "approvals_pkey"), true);
  assert.equal(there("23505", "one_decision"), false);
  assert.equal(there("23514", "approvals_pkey"), false);
  assert.equal(there("23505", "exceptions_pkey"), false);
});

Deno.test("a row that is there is the one that was sent if it says the same", () => {
  const sent = { decision: "approved", expires_at: "2026-11-28T10:00:00.120Z", impacted_gates: ["G1", "G2"] };
  const found = { ...sent, expires_at: "2026-11-28T10:00:00.12+00:00", created_by: "rm-1" };
  assert.equal(isAsSent(sent, found), true);
  assert.equal(isAsSent(sent, { ...found, decision: "rejected" }), false);
  assert.equal(isAsSent(sent, { ...found, expires_at: "2026-11-28T10:00:01Z" }), false);
  assert.equal(isAsSent(sent, { ...found, impacted_gates: ["G1"] }), false);
});

Deno.test("an exception that was ended already is as it was to become, or is not", () => {
  const found = { revoked_at: "2026-11-28T10:00:00+00:00", post_review_status: "complete" };
  assert.equal(isDone({ revoked_at: "now" }, found), true);
  assert.equal(isDone({ revoked_at: "now" }, { ...found, revoked_at: null }), false);
  assert.equal(isDone({ post_review_status: "complete" }, found), true);
  assert.equal(isDone({ post_review_status: "waived" }, found), false);
});
