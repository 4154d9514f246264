import assert from "node:assert/strict";
import { titleOf } from "../title.ts";
import { counted, inWords, link, pieces, plain, short, whoElse, words } from "../texts.ts";

Deno.test("characters that show nothing get a name, and are not in the page themselves", () => {
  const bidi = "a\u202Eb\u202C";
  assert.deepEqual(pieces(bidi).filter((piece) => piece.hidden).map((piece) => piece.hidden), [
    "U+202E",
    "U+202C",
  ]);
  assert.equal(plain(bidi), "a[U+202E]b[U+202C]");
  for (
    const hidden of ["\0", "\u200B", "\u2028", "\uFEFF", "\uD800", "\u00AD", "\u{E0041}", "\r", "\u001B"]
  ) {
    assert.match(plain(hidden), /^\[U\+[0-9A-F]{4,6}\]$/, JSON.stringify(hidden));
  }
});

Deno.test("a text without them stays as it is, line breaks too", () => {
  for (const text of ["", "<img src=x>", "zwei\nZeilen\tund mehr", "日本語", "👍"]) {
    assert.equal(plain(text), text);
  }
});

Deno.test("only an https address without a user is a link", () => {
  assert.equal(link("https://ci.example/run/1?x=1#y")?.host, "ci.example");
  for (
    const address of [
      "http://ci.example/",
      "javascript:alert(1)",
      "data:text/html,x",
      "https://user@ci.example/",
      "https://a:b@ci.example/",
      "//ci.example/",
      "ci.example",
      "https://",
      "https://ci.example/\u202Egpj",
      "file:///etc/passwd",
      "",
    ]
  ) assert.equal(link(address), null, address);
});

Deno.test("the host of a link is shown as it is asked for", () => {
  assert.equal(link("https://раураl.com/")?.host, "xn--l-7sba6dbr.com");
});

Deno.test("a commit is shortened, a name is not", () => {
  assert.equal(short("a".repeat(40)), "a".repeat(12));
  assert.equal(short("refs/tags/v1"), "refs/tags/v1");
  assert.equal(words("test_result|uat_summary"), "test result or uat summary");
  assert.equal(counted(1, "gate"), "1 gate");
  assert.equal(counted(2, "gate"), "2 gates");
});

Deno.test("a sentence has roles in words, and says once who can", () => {
  const asked = "ask a qa_tester other than the initiator to sign off G2";
  assert.equal(inWords(asked), "ask a qa tester other than the initiator to sign off G2");
  assert.equal(inWords("no objection by a release_manager"), "no objection by a release manager");
  // A name that somebody gave stays as it is.
  const key = "send it again under the same key manual/qa_tester/1, or qa_tester-2";
  assert.equal(inWords(key), key);
  assert.deepEqual([inWords(null), inWords("")], ["", ""]);
  assert.equal(whoElse(asked, ["qa_tester"]), "");
  assert.equal(whoElse("repair or roll back", ["sre"]), "sre");
  assert.equal(whoElse(asked, ["qa_tester", "ci_service_role"]), "qa tester or ci service role");
  assert.equal(whoElse("nothing", []), "");
});

Deno.test("the title of the window shows what would not be seen", () => {
  assert.equal(titleOf("v1\u202E"), "v1[U+202E] – Release gates");
});
