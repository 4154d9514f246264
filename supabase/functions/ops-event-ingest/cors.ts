import { corsHeaders } from "@supabase/supabase-js/cors";

/** Whether pages of an origin may send events and read the answers. */
export type Allows = (origin: string) => boolean;

type Handler = (request: Request) => Promise<Response>;

const VARIABLE = "OPS_CORS_ORIGINS";
const EVERY_PORT = /^(https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\*$/;

// What the client libraries send, by their own list; they send `x-region` when a region is chosen.
const ALLOWED_HEADERS = `${corsHeaders["Access-Control-Allow-Headers"]}, x-region`;

/**
 * Reads OPS_CORS_ORIGINS: origins, separated by commas. `http://localhost:*` stands for every port of an address of
 * this machine. Without the variable no page of another origin may read an answer.
 * @throws Error when an entry is not an origin.
 */
export function readOrigins(value = Deno.env.get(VARIABLE)): Allows {
  const origins = new Set<string>(), hosts = new Set<string>();
  for (const entry of (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "")) {
    const host = EVERY_PORT.exec(entry)?.[1];
    if (host) hosts.add(host);
    else if (isOrigin(entry)) origins.add(entry);
    else {
      throw new Error(
        `${VARIABLE} must list origins such as https://app.example, separated by commas; ${
          JSON.stringify(entry)
        } is none`,
      );
    }
  }
  return (origin) => origins.has(origin) || hosts.has(origin.replace(/:\d+$/, ""));
}

function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Answers the browser's question whether a page may send an event, and lets the pages that may read the answer. */
export function answerPages(handler: Handler, allows: Allows): Handler {
  return async (request) => {
    const origin = request.headers.get("origin");
    const asks = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    const response = asks ? new Response(null, { status: 204 }) : await handler(request);
    response.headers.append("Vary", "Origin");
    if (origin === null || !allows(origin)) return response;
    response.headers.set("Access-Control-Allow-Origin", origin);
    if (asks) {
      response.headers.set("Access-Control-Allow-Methods", "POST");
      response.headers.set("Access-Control-Allow-Headers", ALLOWED_HEADERS);
      response.headers.set("Access-Control-Max-Age", "600");
    } else {
      response.headers.set("Access-Control-Expose-Headers", "Retry-After");
    }
    return response;
  };
}
