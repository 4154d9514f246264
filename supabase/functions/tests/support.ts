import "./environment.ts";
import assert from "node:assert/strict";
import process from "node:process";
import { type Answer, type Issue, Refusal } from "../ops-event-ingest/answers.ts";
import type { Authenticate } from "../ops-event-ingest/caller.ts";
import { ingest } from "../ops-event-ingest/index.ts";
import type { Rpc, RpcResult } from "../ops-event-ingest/rpc.ts";

export type Json = Record<string, unknown>;

export const NOW = Date.parse("2026-11-23T10:00:00Z");
export const INGEST_ID = "0b7a1a52-8f0e-4a53-9d6c-7d1c5f5f0c11";
export const RELEASE_ID = "6f1c2f7e-4f38-4f0a-9a39-3f1f0b8a7c21";

const evidence = [{
  artifact_type: "build_log",
  artifact_url: "https://ci.example/log/1",
  sha256: "a".repeat(64),
}];

/** One complete payload per event type, every optional field included. */
export const PAYLOADS: Record<string, Json> = {
  build_complete: {
    status: "pass",
    check_name: "build",
    checks: [{ check_name: "unit_tests", status: "pass", artifact_ref: "log#1", kept: [1, 2] }],
    evidence,
    artifact_ref: "image@sha256:1",
    source_ref: "4f2a91c07be1de44a7ab5c3f9d1e66b02c8f7a35",
  },
  gate_signoff: {
    decision: "approved",
    approver_id: "qa-1",
    persona_role: "qa_tester",
    rationale_structured: { suite: "green" },
    rationale_text: "all scenarios passed",
    evidence,
  },
  deployment_event: {
    environment: "staging",
    deployment_ref: "deploy-2",
    status: "succeeded",
    source_ref: "4f2a91c07be1de44a7ab5c3f9d1e66b02c8f7a35",
    deployed_by: "sam",
    deployed_at: "2026-11-23T09:59:00+00:00",
    rollback_of_ref: "deploy-1",
  },
  health_check: {
    environment: "staging",
    deployment_ref: "deploy-2",
    status: "warning",
    artifact_ref: "https://health.example/7",
    check_name: "smoke",
    evidence,
  },
  environment_event: { environment: "production", event_type: "alert_fired", data: { service: "odoo" } },
};

export function event(type = "build_complete", changes: Json = {}): Json {
  return {
    schema_version: "v1.0",
    idempotency_key: `github_actions/8123456789/${type}`,
    event_type: type,
    source_system: "github_actions",
    ...(type === "environment_event" ? {} : { release_id: RELEASE_ID }),
    ...(type === "gate_signoff" ? { gate_code: "G2" } : {}),
    payload: PAYLOADS[type],
    emitted_at: "2026-11-23T10:00:00Z",
    ...changes,
  };
}

export function withPayload(type: string, changes: Json): Json {
  return event(type, { payload: { ...PAYLOADS[type], ...changes } });
}

export function without(record: Json, field: string): Json {
  const { [field]: _, ...rest } = record;
  return rest;
}

export function answered(answer: Partial<Answer>): RpcResult {
  return { data: { ingest_id: INGEST_ID, detail: {}, ...answer }, error: null, status: 200 };
}

export function failed(code: string | undefined, status = 500): RpcResult {
  return {
    data: null,
    error: { code, message: "SQL text that must not leave" } as { code?: string },
    status,
  };
}

export const ACCEPTED = answered({ status: "accepted", detail: { gate: "G1" } });
const LOGGED = answered({ status: "rejected", error: "invalid_json" });

/** The function over a stubbed database. `calls` is what it asked of it. */
export function functionOver(
  ingestEvent: RpcResult | Error = ACCEPTED,
  recordRefusal: RpcResult | Error = LOGGED,
) {
  const calls: { name: string; args: Json }[] = [];
  const rpc: Rpc = (name, args) => {
    calls.push({ name, args });
    const result = name === "record_refusal" ? recordRefusal : ingestEvent;
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  return { calls, fetch: ingest(() => Promise.resolve(rpc), () => NOW) };
}

export function refusing(refusal: Error): (request: Request) => Promise<Response> {
  const authenticate: Authenticate = () => Promise.reject(refusal);
  return ingest(authenticate, () => NOW);
}

export function post(body: BodyInit | Json | unknown[], headers: Record<string, string> = {}): Request {
  const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  return new Request("http://functions/ops-event-ingest", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: raw ? body as BodyInit : JSON.stringify(body),
  });
}

export async function read(response: Response): Promise<Answer & { detail: { issues?: Issue[] } & Json }> {
  assert.equal(response.headers.get("content-type"), "application/json");
  return await response.json();
}

/** The refusal that a step throws. */
export function refusalOf(step: () => unknown): Refusal {
  try {
    step();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

/** Issues as `path code` lines. */
export function lines(detail: Json): string[] {
  return (detail.issues as Issue[]).map(({ path, code }) => `${path.join(".")} ${code}`);
}

/** What the function logs while `step` runs, instead of the console. */
export async function logOf(step: () => Promise<unknown>): Promise<string[]> {
  const original = console.error;
  const logged: string[] = [];
  console.error = (...parts: unknown[]) => logged.push(parts.join(" "));
  try {
    await step();
  } finally {
    console.error = original;
  }
  return logged;
}

/** Milliseconds of processor time since this process began: other work on the machine does not count. */
export function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
