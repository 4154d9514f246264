import assert from "node:assert/strict";
import { hashOf, type Route, route } from "../routes.ts";

const ID = "01a21fa2-1610-7624-8c2f-0095c41bde13";

Deno.test("an address without a page is what waits", () => {
  for (const hash of ["", "#", "#/", "#/waiting"]) assert.deepEqual(route(hash), { page: "waiting" });
});

Deno.test("a route and its hash say the same", () => {
  const routes: Route[] = [
    { page: "waiting" },
    { page: "releases", filter: {} },
    { page: "releases", filter: { project: "acme/shop", text: "a&b=c #1" } },
    { page: "release", id: ID },
    { page: "release", id: ID, at: "2026-11-28T10:00:00.000001+00:00" },
    { page: "live" },
    { page: "exceptions" },
    { page: "figures" },
  ];
  for (const each of routes) assert.deepEqual(route(hashOf(each)), each);
});

Deno.test("a release is named by its id, and by nothing else", () => {
  for (const hash of ["#/release/", "#/release/v1.0.0", `#/release/${ID}x`, "#/nowhere"]) {
    assert.deepEqual(route(hash), { page: "unknown", hash });
  }
  assert.deepEqual(route(`#/release/${ID}?at=yesterday`), { page: "release", id: ID });
});

Deno.test("a filter that nobody knows is left out", () => {
  assert.deepEqual(route("#/releases?project=acme&evil=1&status="), {
    page: "releases",
    filter: { project: "acme" },
  });
});
