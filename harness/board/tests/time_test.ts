import assert from "node:assert/strict";
import { age, length, local, month, utc } from "../time.ts";

const MOMENT = "2026-11-28T23:30:05.123456+00:00";

Deno.test("a moment is shown in the reader's zone, and in UTC beside it", () => {
  assert.equal(local(MOMENT, "Asia/Tokyo"), "29 Nov 2026, 08:30");
  assert.equal(local(MOMENT, "America/New_York", 0), "28 Nov 2026, 18:30:05");
  assert.equal(local(MOMENT, "Asia/Tokyo", 3), "29 Nov 2026, 08:30:05.123");
  assert.equal(local("2026-11-28T23:30:05.1+00:00", "UTC", 6), "28 Nov 2026, 23:30:05.100000");
  assert.equal(local("2026-11-28T23:30:05Z", "UTC", 3), "28 Nov 2026, 23:30:05.000");
  assert.equal(utc(MOMENT), "2026-11-28 23:30:05 UTC");
});

Deno.test("what is no moment is shown as it is", () => {
  assert.equal(local("soon"), "soon");
  assert.equal(utc("soon"), "soon");
  assert.equal(age("soon", 0), "");
});

Deno.test("a length is in its largest unit", () => {
  const said = [0, 59, 60, 7199, 7200, 172_799, 172_800, -5].map(length);
  assert.deepEqual(said, ["0 s", "59 s", "1 min", "119 min", "2 h", "47 h", "2 d", "0 s"]);
});

Deno.test("an age looks back and ahead", () => {
  const now = Date.parse(MOMENT);
  assert.equal(age(MOMENT, now + 30_000), "just now");
  assert.equal(age(MOMENT, now + 3 * 3_600_000), "3 h ago");
  assert.equal(age(MOMENT, now - 3 * 3_600_000), "in 3 h");
  assert.equal(month("2026-11-01"), "Nov 2026");
});
