import { createAdminClient, createContextClient, resolveEnv, verifyAuth } from "@supabase/server/core";
import type { SupabaseClient } from "@supabase/supabase-js";
import { Refusal } from "./answers.ts";
import { PERSONAS } from "./fields.ts";
import { type Rpc, unauthorized } from "./rpc.ts";

/** @throws Refusal 401, or 503 while the signing keys cannot be fetched. */
export type Authenticate = (request: Request) => Promise<Rpc>;

export const ROLES: ReadonlySet<unknown> = new Set([...PERSONAS, "ci_service_role", "audit_reader"]);

const RPC_TIMEOUT_MS = 10_000;

type Env = NonNullable<ReturnType<typeof resolveEnv>["data"]>;

export interface Config {
  env: Env;
  issuer?: string;
  audience?: string;
}

/** @throws at boot, naming the variable that is missing or unusable and never its value. */
export function readConfig(): Config {
  const { data: env } = resolveEnv();
  if (!env) throw new Error("SUPABASE_URL is missing");
  requireKeys("SUPABASE_PUBLISHABLE_KEYS", env.publishableKeys, "sb_publishable_");
  requireKeys("SUPABASE_SECRET_KEYS", env.secretKeys, "sb_secret_");
  if (!env.jwks) throw new Error("SUPABASE_JWKS is not a key set, and no https address can stand in for it");
  return { env, issuer: optional("OPS_JWT_ISSUER"), audience: optional("OPS_JWT_AUDIENCE") };
}

// The library compares an `apikey` with whatever the variable holds: a null there would match the word "null".
function requireKeys(variable: string, keys: Record<string, unknown>, prefix: string): void {
  const values = Object.values(keys);
  const usable = values.every((key) => typeof key === "string" && key.startsWith(prefix) && key !== prefix);
  if (values.length === 0 || !usable) {
    throw new Error(`${variable} must be a JSON object of names to ${prefix}… keys, not empty`);
  }
}

function optional(variable: string): string | undefined {
  const value = Deno.env.get(variable);
  // A blank would read as "not configured" and quietly switch a check off.
  if (value !== undefined && value.trim() === "") throw new Error(`${variable} is set but blank`);
  return value;
}

/** A function that gives a request the database as its caller may use it. */
export function authenticator({ env, issuer, audience }: Config): Authenticate {
  return async (request) => {
    const { data, error } = await verifyAuth(request, { auth: ["user", "secret:*"], env, issuer, audience });
    // The library's own text lists key names and says what was wrong with a token.
    if (error) throw error.status >= 500 ? keysOutOfReach(error.code) : unauthorized();
    if (data.authMode === "secret") {
      // The context client of a secret key is anonymous; only the admin client is service_role.
      return over(createAdminClient({ auth: { keyName: data.keyName }, env }));
    }
    if (!isMember(data.jwtClaims)) throw unauthorized();
    return over(createContextClient({ auth: { token: data.token }, env }));
  };
}

/** What the library leaves open: it wants a `sub` of any length, no `exp`, and any role. */
export function isMember(claims: Record<string, unknown> | null): boolean {
  const { role, sub, exp } = claims ?? {};
  return ROLES.has(role) && typeof sub === "string" && sub.trim() !== "" && typeof exp === "number";
}

function keysOutOfReach(code: string): Refusal {
  return new Refusal("try_again", { message: "the signing keys are out of reach; send it again" }, code);
}

function over(client: SupabaseClient): Rpc {
  return async (name, args) => {
    const call = client.schema("ops").rpc(name, args).abortSignal(AbortSignal.timeout(RPC_TIMEOUT_MS));
    const { data, error, status } = await call;
    return { data, error, status };
  };
}
