import assert from "node:assert/strict";
import { grant, guard, quoted, register } from "../commands.ts";

Deno.test("a text is one word of a shell, whatever is in it", () => {
  assert.equal(quoted("rm-1@acme.example"), "rm-1@acme.example");
  for (const text of ["", "a b", "$(id)", "`id`", "a;b", "a\nb", "a&b", "*", "~", "é", '"']) {
    assert.equal(quoted(text), `'${text}'`);
  }
  assert.equal(quoted("it's"), `'it'\\''s'`);
});

Deno.test("a command has nothing of a person outside quotes", () => {
  assert.match(grant("x; id"), /grant 'x; id' ROLE/);
  assert.match(register("$(id)"), /--on-behalf-of '\$\(id\)' --reason/);
});

Deno.test("a release is guarded where it is meant to go", () => {
  for (const environment_target of ["dev", "staging", "production"]) {
    assert.equal(
      guard({ release_id: "r", environment_target }),
      `ops-gates guard r --to ${environment_target}`,
    );
  }
});
