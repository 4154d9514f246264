import { resolveEnv, verifyAuth } from "@supabase/server/core";
import { Refusal } from "./answers.ts";
import { PERSONAS } from "./fields.ts";
import { overRest } from "./rest.ts";
import { type Rpc, unauthorized } from "./rpc.ts";

/** Identifies the caller. @throws Refusal 401, or 503 while the signing keys cannot be fetched. */
export type Authenticate = (request: Request) => Promise<Rpc>;

export const ROLES: ReadonlySet<unknown> = new Set([...PERSONAS, "ci_service_role", "audit_reader"]);

type Env = NonNullable<ReturnType<typeof resolveEnv>["data"]>;

export interface Config {
  env: Env;
  issuer?: string;
  audience?: string;
}

/** Reads the environment at boot. @throws Error that names the missing or unusable variable, never its value. */
export function readConfig(): Config {
  const { data: env } = resolveEnv();
  if (!env) throw new Error("SUPABASE_URL is missing");
  requireKeys("SUPABASE_PUBLISHABLE_KEYS", env.publishableKeys, "sb_publishable_");
  requireKeys("SUPABASE_SECRET_KEYS", env.secretKeys, "sb_secret_");
  if (!env.jwks) {
    throw new Error(
      "SUPABASE_JWKS is not a key set, and no key set can be fetched from SUPABASE_URL",
    );
  }
  if (
    !(env.jwks instanceof URL) && !env.jwks.keys.some((key) => ["EC", "RSA", "OKP"].includes(key.kty ?? ""))
  ) {
    throw new Error("SUPABASE_JWKS has no asymmetric key: rotate the project's signing keys to ES256 first");
  }
  return { env, issuer: optional("OPS_JWT_ISSUER"), audience: optional("OPS_JWT_AUDIENCE") };
}

// The library compares an `apikey` with each value of this variable: a null there would match the word "null".
function requireKeys(variable: string, keys: Record<string, unknown>, prefix: string): void {
  const values = Object.values(keys);
  const usable = values.every((key) => typeof key === "string" && key.startsWith(prefix) && key !== prefix);
  if (values.length === 0 || !usable) {
    throw new Error(`${variable} must be a JSON object with at least one name and its ${prefix}… key`);
  }
}

function optional(variable: string): string | undefined {
  const value = Deno.env.get(variable);
  // The library takes a blank value for "not configured" and would skip the check.
  if (value !== undefined && value.trim() === "") throw new Error(`${variable} is set but blank`);
  return value;
}

/** Makes a function that returns, for a request, the database with the rights of its caller. */
export function authenticator({ env, issuer, audience }: Config): Authenticate {
  return async (request) => {
    const { data, error } = await verifyAuth(request, { auth: ["user", "secret:*"], env, issuer, audience });
    // Do not return the library's message: it lists key names and says what was wrong with a token.
    if (error) throw error.status >= 500 ? keysOutOfReach(error.code) : unauthorized();
    if (data.authMode === "secret") return overRest(env.url, keyOf(env.secretKeys, data.keyName ?? ""));
    if (!isMember(data.jwtClaims) || !data.token) throw unauthorized();
    return overRest(
      env.url,
      keyOf(env.publishableKeys, "default" in env.publishableKeys ? "default" : undefined),
      data.token,
    );
  };
}

/** Checks what the library does not: one of the six roles, a `sub` that is not blank, and an `exp`. */
export function isMember(claims: Record<string, unknown> | null): boolean {
  const { role, sub, exp } = claims ?? {};
  return ROLES.has(role) && typeof sub === "string" && sub.trim() !== "" && typeof exp === "number";
}

function keysOutOfReach(code: string): Refusal {
  return new Refusal(
    "try_again",
    { message: "the signing keys could not be fetched; send the event again" },
    code,
  );
}

/** The key of that name. */
function keyOf(keys: Record<string, string>, name = Object.keys(keys)[0] ?? ""): string {
  const key = keys[name];
  if (!key) throw unauthorized();
  return key;
}
