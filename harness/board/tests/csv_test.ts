import assert from "node:assert/strict";
import { csv } from "../csv.ts";

Deno.test("a cell that a spreadsheet would calculate becomes a text", () => {
  for (const cell of ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "|cmd"]) {
    assert.ok(csv(["a"], [[cell]]).includes(`"'${cell}`), JSON.stringify(cell));
  }
});

Deno.test("quotes, commas and line breaks stay inside their cell", () => {
  assert.equal(
    csv(["a", "b"], [['say "x", y\n', null], ["v1", 2.5]]),
    '"a","b"\r\n"say ""x"", y\n",\r\n"v1",2.5\r\n',
  );
});

Deno.test("a negative number is a number", () => assert.equal(csv(["a"], [[-1]]), '"a"\r\n-1\r\n'));
