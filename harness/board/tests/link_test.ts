import assert from "node:assert/strict";
import { withoutAnswer } from "../link.ts";

const BOARD = "https://gates.example/board/";

Deno.test("an error, or tokens that were not asked for, leave the address before anything reads them", () => {
  for (
    const answer of [
      "?error=x&error_description=Your+account+is+locked",
      "?error_code=otp_expired",
      "#error=access_denied&error_description=call+us",
      "#access_token=a&refresh_token=b&type=magiclink",
      "?code=1&error=x",
    ]
  ) assert.equal(withoutAnswer(BOARD + answer), BOARD, answer);
  assert.equal(withoutAnswer(`${BOARD}?error=x#/releases/1`), `${BOARD}#/releases/1`);
});

Deno.test("a code that was asked for, and a route that speaks of an error, stay", () => {
  for (
    const address of ["", "?code=1", "#/releases?text=error", "#/releases/access_token", "?code=1#/live"]
  ) {
    assert.equal(withoutAnswer(BOARD + address), null, address);
  }
});
