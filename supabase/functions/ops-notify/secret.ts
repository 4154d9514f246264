import { Failure } from "./failures.ts";
import type { Format } from "./notice.ts";

/** Where a target is, and the keys that sign what it gets: the present one first. */
export interface Secret {
  url: string;
  keys: Uint8Array<ArrayBuffer>[];
}

const NAME = /^OPS_NOTICE_[A-Z0-9_]{1,50}$/;
const KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const FIELDS = ["url", "key", "previous_key"];
const SIGNED: ReadonlySet<Format> = new Set(["webhook", "cdevents"]);

/**
 * Reads the variable that a target names: `{"url": "https://…", "key": "whsec_…", "previous_key": "whsec_…"}`.
 * A webhook needs `key`, a receiver of CDEvents may have one, and Slack and Teams have the address alone.
 * @throws Failure `secret_missing` or `secret_malformed`.
 */
export function readSecret(name: string, format: Format): Secret {
  const value = NAME.test(name) ? Deno.env.get(name) : undefined;
  if (value === undefined || value.trim() === "") throw new Failure("secret_missing");
  const { url, key, previous_key, ...others } = parse(value);
  const given = [key, previous_key].filter((each) => each !== undefined);
  const sound = typeof url === "string" && Object.keys(others).length === 0 &&
    (SIGNED.has(format) || given.length === 0) && (key !== undefined || given.length === 0) &&
    (format !== "webhook" || key !== undefined);
  if (!sound) throw new Failure("secret_malformed");
  return { url, keys: given.map(readKey) };
}

function parse(value: string): Record<string, unknown> {
  try {
    const found = JSON.parse(value);
    if (typeof found === "object" && found !== null && FIELDS.some((field) => field in found)) return found;
  } catch {
    // The fault of the parser quotes the text, which is a secret.
  }
  throw new Failure("secret_malformed");
}

/** The bytes of a key as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. */
function readKey(key: unknown): Uint8Array<ArrayBuffer> {
  const encoded = typeof key === "string" ? KEY.exec(key)?.[1] : undefined;
  if (encoded === undefined || encoded.length % 4 !== 0) throw new Failure("secret_malformed");
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  if (bytes.length < 24 || bytes.length > 64) throw new Failure("secret_malformed");
  return bytes;
}
