const VARIABLE = "OPS_NOTICE_BOARD_URL";
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** The address of a release on the board; undefined without a board. */
export type LinkTo = (release_id: string | null) => string | undefined;

/**
 * Reads OPS_NOTICE_BOARD_URL, such as `https://board.example/`. Links come from it alone: no text of a notice can
 * lead a reader elsewhere.
 * @throws Error when the value is no https address (or one of this machine).
 */
export function readBoard(value = Deno.env.get(VARIABLE)): LinkTo {
  if (value === undefined || value.trim() === "") return () => undefined;
  const base = URL.canParse(value) ? new URL(value) : undefined;
  const safe = base?.protocol === "https:" || (base?.protocol === "http:" && LOOPBACK.test(base.hostname));
  if (!base || !safe || base.username || base.password || base.hash || /[|<>]/.test(base.href)) {
    throw new Error(`${VARIABLE} must be the https address of the board, such as https://board.example/`);
  }
  return (id) => id !== null && ID.test(id) ? new URL(`#/release/${id.toLowerCase()}`, base).href : undefined;
}
