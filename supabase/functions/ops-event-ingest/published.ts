import { z } from "zod";
import { type ErrorCode, HEADERS_OF, ISSUE_CODES, KEPT, STATUS_OF } from "./answers.ts";
import { envelopeSchema, eventSchema } from "./envelope.ts";
import { routes } from "./events/routes.ts";
import { SOURCES, uuid } from "./fields.ts";

type Json = Record<string, unknown>;

const TITLE_OF: Record<number, string> = {
  400: "Not JSON, or a field is missing or malformed: `detail.issues` lists every one with its path.",
  401: "No credentials, or none that are valid.",
  403: "This role may not send this event.",
  405: "Only POST is understood.",
  409: "The event does not fit what is known: no such release, gate or deployment, or another `source_ref`.",
  413: "The body is over 256 KiB, or nested deeper than 32.",
  415: "The content type is not application/json in UTF-8.",
  422:
    "Another `schema_version`, or a key that was used for different content: `detail.field` names the first difference.",
  500: "Something unexpected happened. It is in the log under `ingest_id`.",
  503: "The database could not be reached in time. Send the same event again.",
};

/** Every file of `docs/events/`, by name. */
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

// The one rule between fields that a producer gets wrong and JSON Schema can say.
function keyStartsWith(source: string): Json {
  return {
    if: { properties: { source_system: { const: source } } },
    then: { properties: { idempotency_key: { pattern: `^${source}/` } } },
  };
}

function envelope(): Json {
  const schema = describeEvent("Envelope v1.0", "What all events share.", envelopeSchema(uuid.nullish()));
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
  return {
    openapi: "3.1.0",
    info: {
      title: "ops-event-ingest",
      version: "1.0.0",
      description:
        "Takes the events that release gates are decided by. Reuse the idempotency key on every retry.",
    },
    servers: [{
      url: "https://{project}.supabase.co/functions/v1",
      variables: { project: { default: "project-ref" } },
    }],
    paths: {
      "/ops-event-ingest": {
        post: {
          operationId: "ingestEvent",
          summary: "Record one event",
          security: [{ token: [] }, { secretKey: [] }],
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: { oneOf: refs, discriminator: { propertyName: "event_type" } } },
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
          description: "A secret key: the service role.",
        },
      },
      schemas: { ...components, Issue: issue(), Recorded: recorded() },
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
    "Recorded and committed, or recorded before: then with the first `ingest_id` and `detail`.";
  return {
    "200": { description, ...content({ $ref: "#/components/schemas/Recorded" }) },
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
        ingest_id: { type: ["string", "null"], format: "uuid", description: "Null when nothing was logged." },
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
        description: "How many more there were when the list was cut at 64 KiB.",
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
      detail: { type: "object", description: "The verdict of the gates that the event touches." },
    },
  };
}
