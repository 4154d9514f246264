import assert from "node:assert/strict";
import { clip, MAX_BYTES, parseJson, readBody } from "../ops-event-ingest/body.ts";
import { depthOf } from "../ops-event-ingest/json_text.ts";
import { lines, post, refusalOf, spent } from "./support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJson(bytes(text));

Deno.test("a body is read whole up to exactly 256 KiB", async () => {
  const body = await readBody(post("x".repeat(MAX_BYTES)));
  assert.equal(body.bytes.byteLength, MAX_BYTES);
  await assert.rejects(readBody(post("x".repeat(MAX_BYTES + 1))), { error: "payload_too_large" });
});

Deno.test("the hash is the SHA-256 of the bytes as they came", async () => {
  const { hash } = await readBody(post("abc"));
  assert.equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

Deno.test("text that is not JSON is refused", () => {
  for (const text of ["", " ", "{", "{'a':1}", '{"a":1,}', "NaN", "[1] 2", '{"a":01}', '"\t"', "\uFEFF{}"]) {
    assert.equal(refusalOf(() => parse(text)).error, "invalid_json", JSON.stringify(text));
  }
});

Deno.test("lines of JSON that came as one are told by which type they are taken", () => {
  const hinted = (text: string) =>
    JSON.stringify(refusalOf(() => parse(text)).detail).includes("application/x-ndjson");
  assert.deepEqual(['{"a":1}\n{"a":2}', ' {"a":1}\r\n\r\n{"a":', '{"a":1}\nx'].map(hinted), [
    true,
    true,
    true,
  ]);
  const others = ["{", '{"a":1}{"a":2}', "1\n2", "[1]\n[2]", '{"a":1,\n}', "{'a':1}\n{}"];
  assert.deepEqual(others.filter(hinted), []);
});

Deno.test("bytes that are not UTF-8 are refused", () => {
  for (
    const raw of [[0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [
      0xff,
      0xfe,
      0x7b,
      0,
    ]]
  ) {
    assert.equal(refusalOf(() => parseJson(new Uint8Array(raw))).error, "invalid_json");
  }
});

Deno.test("NUL and lone surrogates are refused wherever they stand, with their path", () => {
  const text = String.raw`{"ok":"\ud83d\ude00","a":["\u0000"],"b":{"c":"\ud800"},"\udc00":1,"x\u0000y":2}`;
  const { error, detail } = refusalOf(() => parse(text));
  assert.equal(error, "invalid_json");
  assert.deepEqual(lines(detail), [
    "a.0 malformed",
    "b.c malformed",
    "\uFFFD malformed",
    "x\uFFFDy malformed",
  ]);
  assert.ok(JSON.stringify(detail).isWellFormed() && !JSON.stringify(detail).includes("\\u0000"));
});

Deno.test("numbers that JavaScript holds exactly are kept", () => {
  const held = [
    "0",
    "-0",
    "1.0",
    "0.1",
    "1e3",
    "9007199254740991",
    "-9007199254740991",
    "1e-300",
    "0.0e5",
    "3.14159265358979",
  ];
  assert.deepEqual(parse(`[${held}]`), held.map(Number));
});

Deno.test("numbers that would change or explode are refused, with their path", () => {
  const refused = [
    "9007199254740992",
    "-9007199254740992",
    "12345678901234567890",
    "9007199254740993.0",
    "1e16",
    "1e309",
    "-1e309",
    "1e130000",
    "1e-301",
    "1e-130000",
    "0e130000",
    "0e-130000",
    `0.${"1".repeat(40)}`,
    `1${"0".repeat(50)}`,
  ];
  for (const number of refused) {
    const { error, detail } = refusalOf(() => parse(`{"payload":{"n":[1,${number}]}}`));
    assert.equal(error, "invalid_json", number);
    assert.deepEqual(lines(detail), ["payload.n.1 malformed"], number);
  }
});

Deno.test("a body full of absurd numbers is refused quickly, with a bounded list", () => {
  const started = spent();
  const { detail } = refusalOf(() => parse(`[${Array(29_000).fill("1e130000")}]`));
  assert.ok(spent() - started < 1000);
  const listed = (detail.issues as unknown[]).length;
  assert.ok(listed > 300 && JSON.stringify(detail).length < 80_000);
  assert.equal(listed + Number(detail.issues_omitted), 29_000);
});

Deno.test("depth counts objects and arrays, not what stands in strings", () => {
  const depths: [string, number][] = [["1", 0], ["{}", 1], ['{"a":[{}]}', 3], [
    '["[[[","\\"[[","\\\\",[]]',
    2,
  ], ["[[],[]]", 2]];
  for (const [text, depth] of depths) assert.equal(depthOf(new TextEncoder().encode(text)), depth, text);
});

Deno.test("a body of nothing but brackets is refused without a stack overflow", () => {
  const half = MAX_BYTES / 2;
  assert.equal(refusalOf(() => parse("[".repeat(half) + "]".repeat(half))).error, "payload_too_large");
  assert.equal(refusalOf(() => parse("[".repeat(MAX_BYTES))).error, "invalid_json");
  assert.equal(refusalOf(() => parse('{"a":'.repeat(33) + "1" + "}".repeat(33))).error, "payload_too_large");
  assert.ok(parse('{"a":'.repeat(32) + "1" + "}".repeat(32)));
});

Deno.test("keys named like parts of an object's prototype are data", () => {
  const value = parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as Record<
    string,
    unknown
  >;
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(
    JSON.stringify(value),
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  );
});

Deno.test("a clipped text keeps whole characters", () => {
  assert.equal(clip("😀".repeat(300), 255), "😀".repeat(255));
  assert.equal(clip("ab", 255), "ab");
});
