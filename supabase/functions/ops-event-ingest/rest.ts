import type { Rpc, RpcResult } from "./rpc.ts";

const RPC_TIMEOUT_MS = 10_000;

/**
 * Calls functions of `ops` over the project's API, with an API key and the token of a person where there is one.
 * A client of supabase-js for each request would take more processor time than the call itself.
 */
export function overRest(project: string, apikey: string, token = apikey): Rpc {
  const functions = new URL("rest/v1/rpc/", project.endsWith("/") ? project : `${project}/`);
  const headers = {
    apikey,
    authorization: `Bearer ${token}`,
    accept: "application/json",
    "content-type": "application/json",
    "content-profile": "ops",
  };
  return async (name, args) => {
    const body = JSON.stringify(args), signal = AbortSignal.timeout(RPC_TIMEOUT_MS);
    try {
      // A redirect would take the key along.
      const request: RequestInit = { method: "POST", headers, body, signal, redirect: "error" };
      const response = await fetch(new URL(name, functions), request);
      return read(response, await response.text());
    } catch {
      return { data: null, error: {}, status: 0 }; // no answer, or its end did not come
    }
  };
}

function read({ ok, status }: Response, body: string): RpcResult {
  const data = parse(body);
  if (ok) return { data, error: null, status };
  const { code } = (data ?? {}) as { code?: unknown };
  return { data: null, error: typeof code === "string" ? { code } : {}, status };
}

/** What a body says; undefined for one that is no JSON, as a gateway may send it. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
