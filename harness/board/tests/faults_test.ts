import assert from "node:assert/strict";
import { faultOf, faultOfEvent, Refused, thrown } from "../faults.ts";

Deno.test("what SQL refused is said as SQL said it, with code and hint", () => {
  const said = { code: "OPS07", message: "it was revoked", details: "by rm-1", hint: "open another one" };
  assert.deepEqual(faultOf(400, said), {
    kind: "refused",
    code: "OPS07",
    message: "it was revoked",
    detail: "by rm-1",
    hint: "open another one",
  });
});

Deno.test("no answer and a busy project are a lost connection", () => {
  for (const status of [0, 502, 503, 504]) assert.equal(faultOf(status, {}).kind, "lost");
  assert.equal(thrown(new TypeError("Failed to fetch")).kind, "lost");
  assert.equal(thrown(new DOMException("timed out", "TimeoutError")).kind, "lost");
  assert.equal(thrown({ name: "AuthRetryableFetchError", message: "x" }).kind, "lost");
});

Deno.test("a token that has expired ends the session, whatever else was said", () => {
  assert.equal(faultOf(401, { code: "PGRST303", message: "JWT expired" }).kind, "ended");
  assert.equal(faultOf(401, null).kind, "ended");
  assert.equal(faultOf(403, { code: "42501", message: "no" }).kind, "refused");
});

Deno.test("a fault of the page is no lost connection", () => {
  assert.equal(thrown(new TypeError("x is not a function")).kind, "program");
  assert.equal(thrown(new DOMException("storage is full", "QuotaExceededError")).kind, "program");
  for (const name of ["AbortError", "NetworkError"]) {
    assert.equal(thrown(new DOMException("x", name)).kind, "lost");
  }
});

Deno.test("whatever is thrown is a fault", () => {
  for (const thing of [undefined, null, "text", 1]) assert.equal(thrown(thing).kind, "refused");
});

Deno.test("a release that changed since it was seen asks to look again", () => {
  const { kind, code, hint } = faultOfEvent("changed_since_seen", {});
  assert.deepEqual([kind, code], ["changed", "changed_since_seen"]);
  assert.match(hint ?? "", /what you typed is kept/);
  const objection = faultOfEvent("changed_since_seen", { contested: [{ gate_code: "G2" }] });
  assert.match(objection.message, /counts all the same/);
});

Deno.test("each issue of a refused event is said with its place", () => {
  const issues = [{ path: ["payload", "evidence"], message: "too many" }, {
    path: "payload.seen",
    code: "malformed",
  }];
  assert.equal(
    faultOfEvent("invalid_payload", { issues }).detail,
    "payload.evidence: too many; payload.seen: malformed",
  );
});

Deno.test("a refusal that is thrown stays what it is", () => {
  const fault = faultOf(400, { code: "23514", message: "no" });
  assert.equal(thrown(new Refused(fault)), fault);
});
