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

  /** What is kept is of one project: another one at the same address may not get its tokens. */
  constructor(
    private readonly tab: Place,
    private readonly origin: Place,
    private readonly project: string,
  ) {}

  get #token(): string {
    return `${REFRESH} ${this.project}`;
  }

  get #verifier(): string {
    return `${KEPT_VERIFIER} ${this.project}`;
  }

  getItem(key: string): string | null {
    if (key.endsWith(VERIFIER)) return this.origin.getItem(this.#verifier);
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const token = key === STORAGE_KEY ? this.tab.getItem(this.#token) : null;
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
    if (key.endsWith(VERIFIER)) return this.origin.setItem(this.#verifier, value);
    this.#memory.set(key, value);
    if (key !== STORAGE_KEY) return;
    const token = (JSON.parse(value) as { refresh_token?: unknown }).refresh_token;
    if (typeof token === "string") this.tab.setItem(this.#token, token);
  }

  removeItem(key: string): void {
    if (key.endsWith(VERIFIER)) return this.origin.removeItem(this.#verifier);
    this.#memory.delete(key);
    if (key === STORAGE_KEY) this.tab.removeItem(this.#token);
  }
}

/** A name of this tab alone: supabase-js tells other tabs of the same name about its sessions. */
export const STORAGE_KEY = `ops-board-${crypto.randomUUID()}`;
