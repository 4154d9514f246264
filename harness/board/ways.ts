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

/** The ways of a project; a password alone where it does not say, as a stack on one machine. */
export async function waysOf({ url, publishableKey, development }: Configuration): Promise<Ways> {
  const alone = { password: true, link: false, sso: false };
  if (development) return alone;
  try {
    const answer = await fetch(`${url}/auth/v1/settings`, {
      headers: { apikey: publishableKey },
      signal: AbortSignal.timeout(10_000),
    });
    return answer.ok ? waysIn(await answer.json()) : alone;
  } catch {
    return alone;
  }
}
