import { z } from "zod";
import { type Issue, issuesDetail, Refusal } from "./answers.ts";
import { clip, isStorable, parseAnyway, pathPart } from "./body.ts";
import type { Route } from "./events/route.ts";
import { routes } from "./events/routes.ts";
import { aheadOf, GATES, isTime, SOURCES, time, uuid } from "./fields.ts";
import { secretIssues } from "./secrets.ts";

export const SCHEMA_VERSION = "v1.0";
const MAX_LOGGED = 255;
const LOGGED = [
  "source_system",
  "event_type",
  "idempotency_key",
  "schema_version",
  "gate_code",
  "emitted_at",
  "sent_at",
] as const;
/** The fields of a payload that say whether it reports a stop, and of what. */
const STOP_FIELDS = [
  "status",
  "decision",
  "check_name",
  "environment",
  "target",
  "deployment_ref",
  "approver_id",
  "persona_role",
  "source_ref",
];

export type Envelope = Record<string, unknown>;

/** What the log stores about a submission that is refused before SQL reads it. */
export interface Submission {
  payload_hash?: string;
  source_system?: string;
  event_type?: string;
  idempotency_key?: string;
  schema_version?: string;
  release_id?: string;
  gate_code?: string;
  emitted_at?: string;
  sent_at?: string;
  /** SQL keeps the failures and rejections that a refused event reports. */
  payload?: Record<string, unknown>;
}

const gate = z.enum(GATES);
/** Whether the event is about a release of the past. */
const mark = z.boolean("expected true or false").nullish();
const noMark = mismatched(
  z.boolean("expected true or false"),
  (given) => !given,
  "an environment event says how an environment is now, so it is about no past",
  { enum: [false] },
).nullish();

/** The schema of a whole event of one type: envelope and payload. */
export function eventSchema(eventType: string, route: Route) {
  return z.strictObject({
    ...common(eventType),
    event_type: z.literal(eventType),
    release_id: route.release === "required" ? uuid : uuid.nullish(),
    gate_code: gateSchema(route.gate),
    imported: route.release === "required" ? mark : noMark,
    payload: route.payload,
  });
}

/** The schema of the fields that all events share, for a body of unknown type. */
export function envelopeSchema(releaseId: z.ZodType = uuid) {
  const types = [...routes.keys()];
  return z.strictObject({
    ...common(`(${types.join("|")})`),
    event_type: z.enum(types),
    release_id: releaseId,
    gate_code: gate.nullish(),
    imported: mark,
    payload: z.looseObject({}, "expected an object"),
  });
}

function common(typePattern: string) {
  const message =
    "expected <source_system>/<run>/<event_type>[/<more>], 8 to 255 visible ASCII characters, and no empty part";
  return {
    schema_version: z.literal(SCHEMA_VERSION),
    idempotency_key: z.string(message).refine(isKey, message).meta({
      minLength: 8,
      maxLength: 255,
      pattern: `^(${SOURCES.join("|")})/[!-.0-~]+/${typePattern}(/[!-.0-~]+)*$`,
    }),
    source_system: z.enum(SOURCES),
    emitted_at: time,
    sent_at: time.nullish(),
  };
}

function isKey(key: string): boolean {
  const parts = key.split("/");
  return /^[!-~]{8,255}$/.test(key) && parts.length >= 3 && !parts.includes("");
}

function gateSchema(rule: Route["gate"]) {
  if (rule === "named") return gate;
  if (rule === "none") {
    return mismatched(gate, () => false, "this event type has no gate", { not: {} }).nullish();
  }
  return mismatched(gate, (code) => code === rule, `this event type implies ${rule}`, { enum: [rule] })
    .nullish();
}

function mismatched<T extends z.ZodType>(
  given: T,
  holds: (value: z.output<T>) => boolean,
  message: string,
  published: Record<string, unknown>,
) {
  return given.refine(holds, { message, params: { code: "mismatch" } }).meta(published);
}

const schemas = new Map([...routes].map(([eventType, route]) => [eventType, eventSchema(eventType, route)]));
const anyEvent = envelopeSchema();

/**
 * Checks the body against every rule that SQL will check again, and returns it unchanged.
 * @throws Refusal 400 for a secret, 422 for another version, otherwise 400 with all issues.
 */
export function readEnvelope(body: unknown, now: number): Envelope {
  if (!isObject(body)) {
    throw invalid("invalid_envelope", [{
      path: [],
      code: "malformed",
      message: `an event must be a JSON object${
        Array.isArray(body) ? ": send an array of events as the whole body, as application/json" : ""
      }`,
    }]);
  }
  const secrets = secretIssues(body);
  if (secrets.length > 0) throw new Refusal("secret_in_payload", issuesDetail(secrets));
  if (typeof body.schema_version === "string" && body.schema_version !== SCHEMA_VERSION) {
    throw new Refusal("unsupported_schema_version", { supported: [SCHEMA_VERSION] });
  }
  const issues = issuesOf(body, now);
  if (issues.some(isOfEnvelope)) throw invalid("invalid_envelope", issues);
  if (issues.length > 0) throw invalid("invalid_payload", issues);
  return body;
}

function invalid(error: "invalid_envelope" | "invalid_payload", issues: Issue[]): Refusal {
  return new Refusal(error, issuesDetail(issues));
}

function isOfEnvelope({ path }: Issue): boolean {
  return path[0] !== "payload" || path.length === 1;
}

function issuesOf(body: Envelope, now: number): Issue[] {
  const type = typeof body.event_type === "string" ? body.event_type : "";
  const { error } = (schemas.get(type) ?? anyEvent).safeParse(body);
  const shape = (error?.issues ?? []).flatMap((issue) => translate(issue, body));
  const { payload } = body;
  const within = isObject(payload) ? routes.get(type)?.agree?.(payload, now) ?? [] : [];
  return [
    ...shape,
    ...keyAgrees(body),
    ...aheadOf(clockOf(body, now), body.emitted_at, ["emitted_at"]),
    ...within,
  ];
}

/** The moment of sending by the clock that wrote `emitted_at`: the sender's own where `sent_at` tells it. */
function clockOf({ sent_at }: Envelope, now: number): number {
  return typeof sent_at === "string" && isTime(sent_at) ? Date.parse(sent_at) : now;
}

function translate(issue: z.core.$ZodIssue, body: Envelope): Issue[] {
  const path = issue.path.map((part) => typeof part === "number" ? part : pathPart(String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, pathPart(key)],
      code: "unknown_field",
      message: "the envelope has no such field; put other data into the payload",
    }));
  }
  if ((valueAt(body, issue.path) ?? null) === null) {
    return [{ path, code: "missing", message: "this field is required" }];
  }
  const code = issue.code === "custom" ? issue.params?.code ?? "malformed" : "malformed";
  return [{ path, code, message: issue.message }];
}

function valueAt(root: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    root,
  );
}

/** A key must name its own source and event type, so that nobody can take the key of another source or type. */
function keyAgrees({ idempotency_key: key, source_system, event_type }: Envelope): Issue[] {
  if (typeof key !== "string" || !isKey(key)) return [];
  const [source, , type] = key.split("/");
  const path = ["idempotency_key"], code = "mismatch", issues: Issue[] = [];
  if (typeof source_system === "string" && source !== source_system) {
    issues.push({ path, code, message: "the first part of the key must be the source_system" });
  }
  if (typeof event_type === "string" && type !== event_type) {
    issues.push({ path, code, message: "the third part of the key must be the event_type" });
  }
  return issues;
}

/** What the log stores of a body that was refused. */
export function described(
  submission: Submission,
  bytes: Uint8Array<ArrayBuffer>,
  { error }: Refusal,
): Submission {
  const storable = error !== "invalid_json" && error !== "payload_too_large";
  return { ...submission, ...describe(parseAnyway(bytes), storable) };
}

/** What SQL can store of a refused body. storable: whether that is all of it. */
export function describe(body: unknown, storable = true): Submission {
  if (!isObject(body)) return {};
  const kept: Submission = {};
  for (const field of LOGGED) {
    const value = body[field];
    if (typeof value === "string" && isStorable(value)) kept[field] = clip(value, MAX_LOGGED);
  }
  const release = uuid.safeParse(body.release_id);
  if (release.success) kept.release_id = release.data;
  if (isObject(body.payload)) kept.payload = storable ? body.payload : stopsOf(body.payload);
  return kept;
}

/** What a payload that SQL cannot store says of a stop. What is no storable text becomes false, which SQL cannot read as a name. */
function stopsOf(payload: Record<string, unknown>): Record<string, unknown> {
  const kept = only(STOP_FIELDS, payload);
  const { checks } = payload;
  if (Array.isArray(checks)) {
    kept.checks = checks.map((check) => isObject(check) ? only(["check_name", "status"], check) : null);
  }
  return kept;
}

function only(fields: string[], from: Record<string, unknown>): Record<string, unknown> {
  const present = fields.filter((field) => Object.hasOwn(from, field));
  return Object.fromEntries(present.map((field) => [field, textOrNot(from[field])]));
}

function textOrNot(value: unknown): unknown {
  if (value === null || typeof value === "string" && isStorable(value)) return value;
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
