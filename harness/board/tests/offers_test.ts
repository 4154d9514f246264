import assert from "node:assert/strict";
import { decider, isRole, mayAct, mayDecide, type Page, pagesFor, PERSON_ROLES, roleFor } from "../offers.ts";

Deno.test("each role is offered the pages that it may read", () => {
  const everybody: Page[] = ["waiting", "releases"];
  assert.deepEqual(pagesFor(["release_manager"]), [...everybody, "live", "exceptions", "figures"]);
  assert.deepEqual(pagesFor(["audit_reader"]), [...everybody, "live", "exceptions", "figures"]);
  assert.deepEqual(pagesFor(["sre"]), [...everybody, "live"]);
  assert.deepEqual(pagesFor(["qa_tester"]), everybody);
  assert.deepEqual(pagesFor(["developer"]), everybody);
  assert.deepEqual(pagesFor([]), []);
});

Deno.test("a page is looked at in the present role if that may, else in one that the person holds", () => {
  assert.equal(roleFor("figures", "audit_reader", ["release_manager", "audit_reader"]), "audit_reader");
  assert.equal(roleFor("figures", "qa_tester", ["qa_tester", "audit_reader"]), "audit_reader");
  assert.equal(roleFor("live", "developer", ["developer"]), null);
});

Deno.test("a decision on a gate is offered to its persona alone", () => {
  const offered = PERSON_ROLES.flatMap((role) =>
    ["G1", "G2", "G3", "G4"].filter((gate) => mayDecide(gate, role)).map((gate) => `${role} ${gate}`)
  );
  assert.deepEqual(offered, ["release_manager G3", "qa_tester G2"]);
  assert.equal(decider("G2", "sre", ["sre", "qa_tester"]), "qa_tester");
  assert.equal(decider("G2", "sre", ["sre"]), null);
  assert.equal(mayDecide("G3", null), false);
});

Deno.test("what release managers alone may do is offered to nobody else", () => {
  for (
    const act of [
      "decide_release",
      "open_exception",
      "revoke_exception",
      "review_exception",
      "dismiss",
    ] as const
  ) {
    assert.deepEqual(PERSON_ROLES.filter((role) => mayAct(act, role)), ["release_manager"]);
    assert.equal(mayAct(act, null), false);
  }
});

Deno.test("a role of machines is none of a person", () => {
  for (const name of ["service_role", "ci_service_role", "authenticated", "anon", ""]) {
    assert.equal(isRole(name), false);
  }
});
