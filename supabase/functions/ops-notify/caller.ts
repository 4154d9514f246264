import { createAdminClient, resolveEnv, verifyAuth } from "@supabase/server/core";
import type { Rpc } from "./rpc.ts";

/** The database with the rights of `service_role`; undefined for whoever does not send a secret key. */
export type Authenticate = (request: Request) => Promise<Rpc | undefined>;

const RPC_TIMEOUT_MS = 10_000;

type Env = NonNullable<ReturnType<typeof resolveEnv>["data"]>;

/** Reads the environment at boot. @throws Error that names the missing or unusable variable, never its value. */
export function readEnv(): Env {
  const { data: env } = resolveEnv();
  if (!env) throw new Error("SUPABASE_URL is missing");
  const keys: unknown[] = Object.values(env.secretKeys);
  // The library compares an `apikey` with each value: a null there would match the word "null".
  if (keys.length === 0 || !keys.every((key) => typeof key === "string" && /^sb_secret_./.test(key))) {
    throw new Error(
      "SUPABASE_SECRET_KEYS must be a JSON object with at least one name and its sb_secret_… key",
    );
  }
  return env;
}

/** Only a secret key may have notices sent: no person and no token. */
export function authenticator(env: Env): Authenticate {
  return async (request) => {
    const { data, error } = await verifyAuth(request, { auth: ["secret:*"], env });
    if (error) return undefined;
    const client = createAdminClient({ auth: { keyName: data.keyName }, env });
    return async (name, args) => {
      const call = client.schema("ops").rpc(name, args).abortSignal(AbortSignal.timeout(RPC_TIMEOUT_MS));
      const { data, error } = await call;
      return { data, error };
    };
  };
}
