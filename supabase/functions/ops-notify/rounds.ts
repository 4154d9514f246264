import { sourceOf } from "./failures.ts";
import type { Claimed } from "./notice.ts";
import { claimNotices, DatabaseFailure, dueNotices, type Outcome, recordOutcome, type Rpc } from "./rpc.ts";

/** What a call did. */
export interface Tally {
  due: number;
  claimed: number;
  delivered: number;
  failed: number;
  set_aside: number;
}

export type Deliver = (claimed: Claimed) => Promise<Outcome>;

/** How long new deliveries are begun. The platform ends a call that takes much longer. */
export const BUDGET_MS = 25_000;

/**
 * Sends what is due, at most `batch` deliveries side by side. A target that hangs holds as many of these as it has
 * releases, for ten seconds each; after a failure it comes after the others.
 * The database gives at most one per release and target at a time, so that the next one of both follows when the outcome is
 * recorded.
 * What cannot be recorded of what time makes true keeps nothing waiting: it fails when the rest is sent.
 * @throws DatabaseFailure when that failed, or nothing can be claimed.
 */
export async function sendDue(
  rpc: Rpc,
  deliver: Deliver,
  batch: number,
  now: () => number = Date.now,
): Promise<Tally> {
  const end = now() + BUDGET_MS;
  const tally: Tally = { due: 0, claimed: 0, delivered: 0, failed: 0, set_aside: 0 };
  const [due] = await Promise.allSettled([dueNotices(rpc)]);
  const under_way = new Set<Promise<void>>();
  try {
    while (now() < end) {
      const none_before = under_way.size === 0;
      const claimed = await claimNotices(rpc, batch - under_way.size);
      tally.claimed += claimed.length;
      for (const each of claimed) {
        const work = handle(rpc, deliver, each, tally).finally(() => under_way.delete(work));
        under_way.add(work);
      }
      // What was recorded while it was claimed may have freed more.
      if (none_before && claimed.length === 0) break;
      // A recorded outcome frees a place, and what stood behind it.
      if (under_way.size > 0) await Promise.race(under_way);
    }
  } finally {
    await Promise.all(under_way);
  }
  if (due.status === "rejected") throw due.reason;
  return { ...tally, due: due.value };
}

/** Tries a delivery and records the outcome. An outcome that cannot be recorded is one whose lease ends. */
async function handle(rpc: Rpc, deliver: Deliver, claimed: Claimed, tally: Tally): Promise<void> {
  try {
    const outcome = await deliver(claimed);
    const state = await recordOutcome(rpc, claimed, outcome);
    if (state === "set_aside") tally.set_aside++;
    if (state !== "overtaken") tally[outcome.outcome]++;
  } catch (error) {
    const cause = error instanceof DatabaseFailure ? error.code : sourceOf(error);
    const { delivery_id } = claimed;
    const known = { level: "error", function: "ops-notify", error: "outcome_not_recorded" };
    console.error(JSON.stringify({ ...known, delivery_id, cause }));
  }
}
