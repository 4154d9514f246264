import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { Api, type NewDecision } from "../api.ts";
import type { Session } from "../session.ts";

const ROW: NewDecision = {
  approval_id: "01a21fa2-1610-4624-8c2f-0095c41bde13",
  release_id: "01a21fa2-1610-7624-8c2f-0095c41bde13",
  exception_id: null,
  approver_id: "rm-1",
  decision: "rejected",
  reason: "x",
};

/** The calls against a project that answers each method as it is told, and the methods that were asked for. */
function project(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const client = createClient("https://ref.supabase.co", "k", {
    db: { schema: "ops" },
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      fetch: (_, init) => {
        const method = init?.method ?? "GET";
        asked.push(method);
        return Promise.resolve(answers[method]!());
      },
    },
  });
  return { asked, api: new Api({ client } as unknown as Session) };
}

const refusal = (code: string, message: string, status = 409) => () =>
  Response.json({ code, message, details: null, hint: null }, { status });
const THERE = refusal("23505", 'duplicate key value violates unique constraint "approvals_pkey"');

Deno.test("a decision whose id is there counts as sent only if the row says the same", async () => {
  const row = {
    ...ROW,
    reason: undefined,
    scope: "release",
    persona_role: "release_manager",
    rationale_structured: { reason: "x" },
    rationale_text: "x",
  };
  const same = project({ POST: THERE, GET: () => Response.json([row]) });
  await same.api.decide(ROW);
  assert.deepEqual(same.asked, ["POST", "GET"]);
  for (const found of [[{ ...row, decision: "approved" }], []]) {
    await assert.rejects(project({ POST: THERE, GET: () => Response.json(found) }).api.decide(ROW));
  }
});

Deno.test("any other constraint refuses a decision, whatever is there", async () => {
  const other = refusal("23505", 'duplicate key value violates unique constraint "one_decision"');
  const { asked, api } = project({ POST: other });
  await assert.rejects(api.decide(ROW));
  assert.deepEqual(asked, ["POST"]);
});

Deno.test("an exception that is refused a second end counts as ended only if it is", async () => {
  const ends = (found: Record<string, unknown>) =>
    project({ PATCH: refusal("OPS07", "revoked already", 400), GET: () => Response.json([found]) }).api;
  const revoked = { revoked_at: "2026-11-28T10:00:00+00:00", post_review_status: "pending" };
  await ends(revoked).revoke("e-1");
  await assert.rejects(ends({ ...revoked, revoked_at: null }).revoke("e-1"));
  await assert.rejects(ends(revoked).review("e-1", "complete"));
  await assert.rejects(project({ PATCH: () => Response.json([]) }).api.revoke("e-1"));
});
