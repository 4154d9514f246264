/** Where supabase-js keeps a session: whole in memory, its refresh token alone in the storage of this tab. */
interface Place {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const REFRESH = "ops-board.refresh-token";
const VERIFIER = "-code-verifier";
/** A magic link may open in another tab, so what proves that it was asked for here is kept for all tabs. */
const KEPT_VERIFIER = "ops-board.code-verifier";

export class Kept implements Place {
  readonly #memory = new Map<string, string>();

  constructor(private readonly tab: Place, private readonly origin: Place) {}

  getItem(key: string): string | null {
    if (key.endsWith(VERIFIER)) return this.origin.getItem(KEPT_VERIFIER);
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const token = key === STORAGE_KEY ? this.tab.getItem(REFRESH) : null;
    // A session that has expired: supabase-js asks for a new access token before anything else.
    return token === null ? null : JSON.stringify({
      access_token: "",
      refresh_token: token,
      expires_at: 1,
      expires_in: 0,
      token_type: "bearer",
      user: null,
    });
  }

  setItem(key: string, value: string): void {
    if (key.endsWith(VERIFIER)) return this.origin.setItem(KEPT_VERIFIER, value);
    this.#memory.set(key, value);
    if (key !== STORAGE_KEY) return;
    const token = (JSON.parse(value) as { refresh_token?: unknown }).refresh_token;
    if (typeof token === "string") this.tab.setItem(REFRESH, token);
  }

  removeItem(key: string): void {
    if (key.endsWith(VERIFIER)) return this.origin.removeItem(KEPT_VERIFIER);
    this.#memory.delete(key);
    if (key === STORAGE_KEY) this.tab.removeItem(REFRESH);
  }
}

/** A name of this tab alone: supabase-js tells other tabs of the same name about its sessions. */
export const STORAGE_KEY = `ops-board-${crypto.randomUUID()}`;
