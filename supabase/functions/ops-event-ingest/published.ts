import { z } from "zod";
import { type ErrorCode, HEADERS_OF, ISSUE_CODES, KEPT, STATUS_OF, STATUSES } from "./answers.ts";
import { MAX_EVENTS } from "./batch.ts";
import { envelopeSchema, eventSchema } from "./envelope.ts";
import { routes } from "./events/routes.ts";
import { SOURCES, uuid } from "./fields.ts";

type Json = Record<string, unknown>;

const TITLE_OF: Record<number, string> = {
  400:
    "The body is not JSON, or a field is missing or malformed. `detail.issues` lists each issue with its path.",
  401: "The credentials are missing or not valid.",
  403: "This role may not send this event.",
  405: "This endpoint only accepts POST.",
  409:
    "The event contradicts what is recorded: no such release, gate or deployment, or another `source_ref`.",
  413:
    "The event is larger than 256 KiB, or nested deeper than 32; or a batch has more than 100 events or 4 MiB.",
  415:
    "The content type is neither application/json nor application/x-ndjson, in UTF-8, or the body is compressed.",
  422:
    "Unknown `schema_version`, or the key was used for other content: `detail.field` is the first difference.",
  500: "An unexpected error occurred. The log has its details under `ingest_id`.",
  503: "The database could not be reached in time. Send the same event again.",
};

/** All files of `docs/events/`, by name. */
export function publishedFiles(): Map<string, Json> {
  const events = [...routes].map(([type, route]): [string, Json] => [
    type,
    describeEvent(`Event ${type}`, route.summary, eventSchema(type, route)),
  ]);
  const schemas: [string, Json][] = [...events, ["envelope", envelope()]];
  return new Map([
    ...schemas.map(([name, schema]): [string, Json] => [`${name}.schema.json`, schema]),
    ["openapi.json", openapi(events)],
  ]);
}

function describeEvent(title: string, description: string, schema: z.ZodType): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
  return { $schema, title, description, ...rest, allOf: SOURCES.map(keyStartsWith) };
}

// Producers often break this rule between two fields, and JSON Schema can express it.
function keyStartsWith(source: string): Json {
  return {
    if: { properties: { source_system: { const: source } } },
    then: { properties: { idempotency_key: { pattern: `^${source}/` } } },
  };
}

function envelope(): Json {
  const schema = describeEvent(
    "Envelope v1.0",
    "The fields that all events share.",
    envelopeSchema(uuid.nullish()),
  );
  const withoutRelease = [...routes].filter(([, route]) => route.release === "optional").map(([type]) =>
    type
  );
  const releaseUnless = {
    if: { properties: { event_type: { enum: withoutRelease } } },
    else: { required: ["release_id"], properties: { release_id: { type: "string" } } },
  };
  return { ...schema, allOf: [...schema.allOf as Json[], releaseUnless] };
}

function openapi(events: [string, Json][]): Json {
  const components = Object.fromEntries(events.map(([type, { $schema: _, ...schema }]) => [type, schema]));
  const refs = events.map(([type]) => ({ $ref: `#/components/schemas/${type}` }));
  const one = { oneOf: refs, discriminator: { propertyName: "event_type" } };
  return {
    openapi: "3.1.0",
    info: {
      title: "ops-event-ingest",
      version: "1.0.0",
      description:
        "Records the events that decide release gates. Use the same idempotency key for every retry.",
    },
    servers: [{
      url: "https://{project}.supabase.co/functions/v1",
      variables: { project: { default: "project-ref" } },
    }],
    paths: {
      "/ops-event-ingest": {
        post: {
          operationId: "ingestEvent",
          summary: "Record one event, or a batch of 1 to 100 in one transaction",
          security: [{ token: [] }, { secretKey: [] }],
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: { oneOf: [one, { type: "array", minItems: 1, maxItems: MAX_EVENTS, items: one }] },
              },
              "application/x-ndjson": {
                schema: { type: "string", description: "A batch: one event on each line." },
              },
            },
          },
          responses: responses(),
        },
      },
    },
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A person's or a bot's token with one of the six roles.",
        },
        secretKey: {
          type: "apiKey",
          in: "header",
          name: "apikey",
          description: "A secret key. The caller is then service_role.",
        },
      },
      schemas: { ...components, Issue: issue(), Recorded: recorded(), InBatch: inBatch() },
    },
  };
}

function responses(): Json {
  const codes = Object.groupBy(Object.keys(STATUS_OF) as ErrorCode[], (code) => STATUS_OF[code]);
  const refusals = Object.entries(codes).map(([status, errors]): [string, Json] => [
    status,
    refused(Number(status), errors ?? []),
  ]);
  const description =
    "The event is recorded and committed. For a duplicate, `ingest_id` and `detail` are those of the first answer. " +
    "A batch gets an array with an answer for each event, in the same order, refusals included.";
  const answers = { type: "array", items: { $ref: "#/components/schemas/InBatch" } };
  return {
    "200": { description, ...content({ oneOf: [{ $ref: "#/components/schemas/Recorded" }, answers] }) },
    ...Object.fromEntries(refusals),
  };
}

function refused(status: number, errors: ErrorCode[]): Json {
  const headers = errors.flatMap((error) => Object.keys(HEADERS_OF[error] ?? {}));
  return {
    description: TITLE_OF[status],
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers.map(required)) } : {}),
    ...content({
      type: "object",
      required: ["ingest_id", "status", "error", "detail"],
      additionalProperties: false,
      properties: {
        ingest_id: {
          type: ["string", "null"],
          format: "uuid",
          description: "Null when the log has no row for this submission.",
        },
        status: { const: status >= 500 ? "error" : "rejected" },
        error: { enum: errors },
        detail: status === 400 ? issues() : { type: "object" },
      },
    }),
  };
}

function required(header: string): [string, Json] {
  return [header, { required: true, schema: { type: "string" } }];
}

function content(schema: Json): Json {
  return { content: { "application/json": { schema } } };
}

function issues(): Json {
  return {
    type: "object",
    required: ["issues"],
    properties: {
      issues: { type: "array", items: { $ref: "#/components/schemas/Issue" } },
      issues_omitted: {
        type: "integer",
        description: "How many issues were left out, because the list is limited to 64 KiB.",
      },
    },
  };
}

function issue(): Json {
  return {
    type: "object",
    required: ["path", "code", "message"],
    properties: {
      path: { type: "array", items: { type: ["string", "integer"] } },
      code: { enum: ISSUE_CODES },
      message: { type: "string" },
    },
  };
}

function recorded(): Json {
  return {
    type: "object",
    required: ["ingest_id", "status", "detail"],
    additionalProperties: false,
    properties: {
      ingest_id: { type: "string", format: "uuid" },
      status: { enum: KEPT },
      detail: {
        type: "object",
        description: "What was recorded, and the verdicts on the gates that the event changed.",
      },
    },
  };
}

function inBatch(): Json {
  return {
    type: "object",
    description: "The answer that the event would have got alone, with its HTTP status.",
    required: ["http_status", "ingest_id", "status", "detail"],
    additionalProperties: false,
    properties: {
      http_status: { enum: [200, ...new Set(Object.values(STATUS_OF))] },
      ingest_id: { type: ["string", "null"], format: "uuid" },
      status: { enum: STATUSES },
      error: { enum: Object.keys(STATUS_OF) },
      detail: { type: "object" },
    },
  };
}
