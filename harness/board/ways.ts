/** The ways of signing in that a project has switched on. */
import type { Configuration } from "./configuration.ts";

export interface Ways {
  password: boolean;
  link: boolean;
  sso: boolean;
}

/** What a project says of itself, read: by e-mail one signs in with a password or a link. */
export function waysIn(settings: unknown): Ways {
  const { external, saml_enabled } = (settings ?? {}) as Record<string, unknown>;
  const email = ((external ?? {}) as Record<string, unknown>).email !== false;
  return { password: email, link: email, sso: saml_enabled === true };
}

/** All that a stack on one machine has, and all that is offered where a project does not say what it has. */
export const PASSWORD: Ways = { password: true, link: false, sso: false };

/** The ways of a project; null where it does not say. */
export async function waysOf(
  { url, publishableKey, development }: Configuration,
  ask: typeof fetch = fetch,
): Promise<Ways | null> {
  if (development) return PASSWORD;
  try {
    const answer = await ask(`${url}/auth/v1/settings`, {
      headers: { apikey: publishableKey },
      signal: AbortSignal.timeout(10_000),
    });
    return answer.ok ? waysIn(await answer.json()) : null;
  } catch {
    return null;
  }
}
