/** A look at the bytes of JSON in UTF-8 without reading it: where it opens, closes and divides. */

const BACKSLASH = 0x5c, QUOTE = 0x22, COMMA = 0x2c, ARRAY_END = 0x5d, LINE_END = 0x0a;
const OPENING: ReadonlySet<number | undefined> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x5d, 0x7d]);

/** Each bracket and comma outside a text down to a depth, which is 1 for the outermost brackets and their commas. */
function* marks(json: Uint8Array, deepest: number): Generator<{ at: number; byte: number; depth: number }> {
  let depth = 0, inText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) inText = !inText;
    else if (inText) continue;
    else if (OPENING.has(byte)) {
      if (++depth <= deepest) yield { at, byte, depth };
    } else if (CLOSING.has(byte)) {
      if (depth-- <= deepest) yield { at, byte, depth: depth + 1 };
    } else if (byte === COMMA && depth <= deepest) yield { at, byte, depth };
  }
}

/** The nesting depth of objects and arrays in valid JSON; `{}` has depth 1. */
export function depthOf(json: Uint8Array): number {
  let deepest = 0;
  for (const { depth } of marks(json, Infinity)) deepest = Math.max(deepest, depth);
  return deepest;
}

/**
 * The elements of an array, each as it was written; whether each is JSON is not looked at.
 * @throws SyntaxError when it is no array: not closed, something after it, or nothing between two commas.
 */
export function* elementsOf(json: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let from = 0, count = 0, closed = false;
  for (const { at, byte } of marks(json, 1)) {
    if (closed) throw new SyntaxError();
    if (!OPENING.has(byte)) {
      const part = json.subarray(from, at);
      closed = byte === ARRAY_END;
      const isEmptyArray = closed && count === 0;
      count++;
      if (byte !== COMMA && !closed || isBlank(part) && !isEmptyArray) throw new SyntaxError();
      if (!isBlank(part)) yield part;
    }
    from = at + 1;
  }
  if (!closed || !isBlank(json.subarray(from))) throw new SyntaxError();
}

/** The lines of a body. */
export function* linesOf(body: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from <= body.length;) {
    const end = body.indexOf(LINE_END, from);
    const at = end === -1 ? body.length : end;
    yield body.subarray(from, at);
    from = at + 1;
  }
}

/** Whether nothing stands there but the spaces of JSON. */
export function isBlank(part: Uint8Array): boolean {
  return firstOf(part) === undefined;
}

/** The first byte that is no space of JSON. */
export function firstOf(part: Uint8Array): number | undefined {
  for (const byte of part) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte;
  }
  return undefined;
}
