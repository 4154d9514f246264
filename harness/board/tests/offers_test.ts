import assert from "node:assert/strict";
import {
  decider,
  isRole,
  manages,
  type Page,
  pagesFor,
  PERSON_ROLES,
  roleFor,
  rolesBeyond,
  rolesIn,
  uncleared,
} from "../offers.ts";

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
    ["G1", "G2", "G3", "G4"].filter((gate) => decider(gate, [role]) === role).map((gate) => `${role} ${gate}`)
  );
  assert.deepEqual(offered, ["release_manager G3", "qa_tester G2"]);
  assert.equal(decider("G2", ["sre", "qa_tester"]), "qa_tester");
  assert.equal(decider("G2", ["sre"]), null);
});

const HELD = [
  { role: "release_manager", project: "acme/shop" },
  { role: "qa_tester", project: "acme/bank" },
  { role: "audit_reader", project: null },
  { role: "ci_service_role", project: null },
];

Deno.test("a role counts in its own project, and one without a project in all", () => {
  assert.deepEqual(rolesIn("acme/shop", HELD), ["release_manager", "audit_reader"]);
  assert.deepEqual(rolesIn("acme/bank", HELD), ["qa_tester", "audit_reader"]);
  assert.deepEqual(rolesIn("acme/other", HELD), ["audit_reader"]);
  assert.deepEqual(rolesIn("acme/shop", []), []);
  assert.deepEqual(["acme/shop", "acme/bank"].map((project) => manages(project, HELD)), [true, false]);
});

Deno.test("a project where the present role holds nothing is looked at in another one", () => {
  assert.deepEqual(rolesBeyond("release_manager", HELD), ["qa_tester", "audit_reader"]);
  assert.deepEqual(rolesBeyond("audit_reader", HELD), []);
  assert.deepEqual(rolesBeyond("qa_tester", HELD.slice(0, 2)), ["release_manager"]);
  const two = [{ role: "sre", project: "acme/shop" }, { role: "developer", project: "acme/shop" }];
  assert.deepEqual(rolesBeyond("sre", two), []);
});

Deno.test("an exception is for gates that are neither passed nor bypassed", () => {
  const statuses = ["passed", "bypassed", "pending", "in_progress", "failed"] as const;
  const gates = statuses.map((status) => ({ gate_code: status, status }));
  assert.deepEqual(uncleared(gates), ["pending", "in_progress", "failed"]);
});

Deno.test("a role of machines is none of a person", () => {
  for (const name of ["service_role", "ci_service_role", "authenticated", "anon", ""]) {
    assert.equal(isRole(name), false);
  }
});
