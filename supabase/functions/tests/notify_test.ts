import "./environment.ts";
import assert from "node:assert/strict";
import { authenticator, readEnv } from "../ops-notify/caller.ts";
import { notify } from "../ops-notify/index.ts";
import type { Claimed } from "../ops-notify/notice.ts";
import { type Deliver, sendDue } from "../ops-notify/rounds.ts";
import { DatabaseFailure, type Outcome, type Rpc, type RpcResult } from "../ops-notify/rpc.ts";
import { claimed } from "./notices.ts";
import { type Json, logOf } from "./support.ts";

const DELIVERED: Outcome = { outcome: "delivered", http_status: 200 };

/** An outbox with queues of deliveries: as the database does, it gives only the first one of each queue. */
function outbox(queues: string[][]) {
  const taken = new Set<string>(), batches: number[] = [], recorded: Json[] = [];
  const answer = (data: unknown): Promise<RpcResult> => Promise.resolve({ data, error: null });
  const rpc: Rpc = (name, args) => {
    if (name === "due_notices") return answer(3);
    if (name === "claim_notices") {
      batches.push(args.batch as number);
      const heads = queues.flatMap((queue) => queue[0] && !taken.has(queue[0]) ? [queue[0]] : []);
      const given = heads.slice(0, args.batch as number);
      for (const id of given) taken.add(id);
      return answer(given.map((delivery_id): Claimed => claimed({ delivery_id })));
    }
    recorded.push(args);
    for (const queue of queues) if (queue[0] === args.delivery_id) queue.shift();
    return answer(args.outcome === "failed" ? "set_aside" : "delivered");
  };
  return { rpc, batches, recorded };
}

Deno.test("everything due is sent, in the order of its queue, and counted", async () => {
  const { rpc, recorded } = outbox([["a1", "a2", "a3"], ["b1"], ["c1", "c2"]]);
  const sent: string[] = [];
  const deliver: Deliver = ({ delivery_id }) => {
    sent.push(delivery_id);
    return Promise.resolve(delivery_id === "c1" ? { outcome: "failed", error_code: "timeout" } : DELIVERED);
  };
  assert.deepEqual(await sendDue(rpc, deliver, 20), {
    due: 3,
    claimed: 6,
    delivered: 5,
    failed: 1,
    set_aside: 1,
  });
  assert.deepEqual(sent.filter((id) => id.startsWith("a")), ["a1", "a2", "a3"]);
  const failure = recorded.find(({ delivery_id }) => delivery_id === "c1");
  assert.deepEqual(failure, { delivery_id: "c1", attempt: 1, outcome: "failed", error_code: "timeout" });
});

Deno.test("a target that hangs keeps its own place and no other's", async () => {
  const { rpc, batches, recorded } = outbox([["slow"], ["b1", "b2", "b3", "b4"]]);
  let release = (_: Outcome) => {};
  const hanging = new Promise<Outcome>((resolve) => release = resolve);
  const deliver: Deliver = ({ delivery_id }) => {
    if (delivery_id === "b4") release(DELIVERED);
    return delivery_id === "slow" ? hanging : Promise.resolve(DELIVERED);
  };
  const { delivered } = await sendDue(rpc, deliver, 2);
  assert.equal(delivered, 5);
  assert.deepEqual(recorded.map(({ delivery_id }) => delivery_id), ["b1", "b2", "b3", "slow", "b4"]);
  assert.ok(batches.every((batch) => batch >= 1 && batch <= 2), batches.join());
});

Deno.test("what is freed while a claim looks is claimed by the next one", async () => {
  const { rpc } = outbox([["a1", "a2"], ["b1"]]);
  let release = (_: Outcome) => {};
  const hanging = new Promise<Outcome>((resolve) => release = resolve);
  let claims = 0;
  const slow: Rpc = async (name, args) => {
    const seen = await rpc(name, args);
    if (name === "claim_notices" && ++claims === 2) {
      release(DELIVERED); // and its outcome is recorded before the claim, which did not see that, has its answer
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return seen;
  };
  const { delivered } = await sendDue(
    slow,
    ({ delivery_id }) => delivery_id === "a1" ? hanging : Promise.resolve(DELIVERED),
    20,
  );
  assert.equal(delivered, 3);
});

Deno.test("when its time is used nothing new is claimed, and what is under way ends", async () => {
  const { rpc } = outbox([["a1", "a2"]]);
  const times = [0, 0, 25_000];
  const { delivered } = await sendDue(
    rpc,
    () => Promise.resolve(DELIVERED),
    20,
    () => times.shift() ?? 99_999,
  );
  assert.equal(delivered, 1);
});

Deno.test("an outcome that cannot be recorded is logged by its code and stops nothing", async () => {
  const { rpc } = outbox([["a1"], ["b1"]]);
  const broken: Rpc = async (name, args) =>
    name === "record_notice_outcome" && args.delivery_id === "a1"
      ? { data: null, error: { code: "57P01" } }
      : await rpc(name, args);
  const logged = await logOf(async () => {
    const { claimed, delivered } = await sendDue(broken, () => Promise.resolve(DELIVERED), 20);
    assert.deepEqual([claimed, delivered], [2, 1]);
  });
  assert.deepEqual(logged.map((line) => JSON.parse(line).cause), ["57P01"]);
});

Deno.test("what is due is sent when what time makes true cannot be recorded, and the answer says that it failed", async () => {
  const { rpc, recorded } = outbox([["a1", "a2"], ["b1"]]);
  const broken: Rpc = async (name, args) =>
    name === "due_notices" ? { data: null, error: { code: "57014" } } : await rpc(name, args);
  const logged = await logOf(async () => {
    assert.equal((await endpoint(broken)(call())).status, 503);
  });
  assert.deepEqual(recorded.map(({ delivery_id }) => delivery_id).sort(), ["a1", "a2", "b1"]);
  assert.deepEqual(logged.map((line) => JSON.parse(line).cause), ["57014"]);
});

Deno.test("an outcome that a newer try has overtaken is not counted", async () => {
  const { rpc } = outbox([["a1"]]);
  const late: Rpc = async (name, args) =>
    name === "record_notice_outcome"
      ? { ...await rpc(name, args), data: "overtaken" }
      : await rpc(name, args);
  const { delivered } = await sendDue(late, () => Promise.resolve(DELIVERED), 20);
  assert.equal(delivered, 0);
});

const call = (init: RequestInit = {}) =>
  new Request("http://functions/ops-notify", { method: "POST", ...init });
const endpoint = (rpc: Rpc = outbox([]).rpc) =>
  notify(() => Promise.resolve(rpc), () => Promise.resolve(DELIVERED));

Deno.test("the answer counts what was done", async () => {
  const response = await endpoint(outbox([["a1"]]).rpc)(call({ body: '{"batch": 1}' }));
  assert.deepEqual([response.status, response.headers.get("cache-control")], [200, "no-store"]);
  assert.deepEqual(await response.json(), { due: 3, claimed: 1, delivered: 1, failed: 0, set_aside: 0 });
  assert.equal((await endpoint()(call())).status, 200);
  assert.equal((await endpoint()(call({ body: "{}" }))).status, 200);
});

Deno.test("another method, and a body that says something else, are refused before anything is claimed", async () => {
  const never: Rpc = () => assert.fail("the database was asked");
  assert.equal((await endpoint(never)(call({ method: "GET" }))).status, 405);
  const bodies = ["x", "null", "[]", '{"batch": 0}', '{"batch": 101}', '{"batch": 1.5}', '{"batch": "1"}'];
  bodies.push('{"batch": 1, "to": "x"}', `{"batch": 1${" ".repeat(2000)}}`);
  for (const body of bodies) {
    const response = await endpoint(never)(call({ body }));
    assert.deepEqual(
      [response.status, (await response.json()).error],
      [400, "invalid_body"],
      body.slice(0, 40),
    );
  }
});

Deno.test("a database that fails is said by its code in the log, and by none in the answer", async () => {
  const failing: Rpc = () =>
    Promise.resolve({ data: null, error: { code: "53300", message: "secret" } as Json });
  const logged = await logOf(async () => {
    const response = await endpoint(failing)(call());
    assert.equal(response.status, 503);
    assert.ok(!(await response.text()).includes("53300"));
  });
  assert.match(logged.join(), /53300/);
  assert.ok(!logged.join().includes("secret"));
  const faulty: Rpc = () => Promise.reject(new DatabaseFailure("x"));
  await logOf(async () => assert.equal((await endpoint(faulty)(call())).status, 503));
});

Deno.test("only a secret key may have notices sent", async () => {
  const admit = authenticator(readEnv());
  const withHeaders = (headers: Record<string, string>) => admit(call({ headers }));
  assert.ok(await withHeaders({ apikey: "sb_secret_example" }));
  const refused: Record<string, string>[] = [
    {},
    { apikey: "sb_publishable_example" },
    { apikey: "sb_secret_other" },
    { apikey: "null" },
    { authorization: "Bearer sb_secret_other" },
    { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VydmljZV9yb2xlIn0." },
  ];
  for (const headers of refused) assert.equal(await withHeaders(headers), undefined, JSON.stringify(headers));
  const response = await notify(admit, () => assert.fail("something was sent"))(call());
  assert.deepEqual([response.status, (await response.json()).error], [401, "unauthorized"]);
});

Deno.test("without a usable secret key the function does not boot", () => {
  const before = Deno.env.get("SUPABASE_SECRET_KEYS") ?? "";
  try {
    for (const value of ["{}", '{"default":null}', '{"default":"sb_secret_"}', '{"default":"other"}']) {
      Deno.env.set("SUPABASE_SECRET_KEYS", value);
      assert.throws(() => readEnv(), /SUPABASE_SECRET_KEYS/, value);
    }
  } finally {
    Deno.env.set("SUPABASE_SECRET_KEYS", before);
  }
});
