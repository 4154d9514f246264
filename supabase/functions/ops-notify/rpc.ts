import type { Claimed } from "./notice.ts";

export interface RpcResult {
  data: unknown;
  error: { code?: string } | null;
}

/** A call to the database. */
export type Rpc = (
  name: "due_notices" | "claim_notices" | "record_notice_outcome",
  args: Record<string, unknown>,
) => Promise<RpcResult>;

export interface Outcome {
  outcome: "delivered" | "failed";
  http_status?: number;
  error_code?: string;
}

/** The database refused or did not answer. `code` is for the operator's log. */
export class DatabaseFailure extends Error {
  constructor(readonly code: string) {
    super(code);
    this.name = "DatabaseFailure";
  }
}

/** Records the notices that time alone makes true; how many came new. @throws DatabaseFailure */
export async function dueNotices(rpc: Rpc): Promise<number> {
  return Number(await call(rpc, "due_notices", {}));
}

/** Claims at most so many deliveries: one per release and target. @throws DatabaseFailure */
export async function claimNotices(rpc: Rpc, batch: number): Promise<Claimed[]> {
  return (await call(rpc, "claim_notices", { batch })) as Claimed[];
}

/** Records what became of a try; the state of the delivery after it. @throws DatabaseFailure */
export async function recordOutcome(rpc: Rpc, claimed: Claimed, outcome: Outcome): Promise<string> {
  const { delivery_id, attempt } = claimed;
  return String(await call(rpc, "record_notice_outcome", { delivery_id, attempt, ...outcome }));
}

async function call(...[rpc, name, args]: [Rpc, ...Parameters<Rpc>]): Promise<unknown> {
  const { data, error } = await rpc(name, args);
  if (error) throw new DatabaseFailure(error.code || "no_answer");
  return data;
}
