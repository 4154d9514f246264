import assert from "node:assert/strict";
import { Kept, STORAGE_KEY } from "../kept.ts";

class Place {
  readonly all = new Map<string, string>();
  getItem = (key: string) => this.all.get(key) ?? null;
  setItem = (key: string, value: string) => void this.all.set(key, value);
  removeItem = (key: string) => void this.all.delete(key);
}

const PROJECT = "https://a.example";
const SESSION = JSON.stringify({ access_token: "secret", refresh_token: "r-1", expires_at: 9e9 });

Deno.test("the tab keeps the refresh token alone, and nothing is kept for other tabs", () => {
  const [tab, origin] = [new Place(), new Place()];
  new Kept(tab, origin, PROJECT).setItem(STORAGE_KEY, SESSION);
  assert.deepEqual([...tab.all.values()], ["r-1"]);
  assert.equal(origin.all.size, 0);
});

Deno.test("a tab that was loaded again has a session that must be refreshed first", () => {
  const [tab, origin] = [new Place(), new Place()];
  const first = new Kept(tab, origin, PROJECT);
  first.setItem(STORAGE_KEY, SESSION);
  assert.equal(first.getItem(STORAGE_KEY), SESSION);
  const found = JSON.parse(new Kept(tab, origin, PROJECT).getItem(STORAGE_KEY) ?? "{}");
  assert.deepEqual([found.access_token, found.refresh_token, found.expires_at], ["", "r-1", 1]);
});

Deno.test("signing out leaves nothing behind", () => {
  const [tab, origin] = [new Place(), new Place()];
  const kept = new Kept(tab, origin, PROJECT);
  kept.setItem(STORAGE_KEY, SESSION);
  kept.setItem(`${STORAGE_KEY}-code-verifier`, '"v"');
  kept.removeItem(`${STORAGE_KEY}-code-verifier`);
  kept.removeItem(STORAGE_KEY);
  assert.deepEqual([tab.all.size, origin.all.size, kept.getItem(STORAGE_KEY)], [0, 0, null]);
});

Deno.test("a link that was asked for in one tab can be opened in another", () => {
  const origin = new Place();
  new Kept(new Place(), origin, PROJECT).setItem(`${STORAGE_KEY}-code-verifier`, '"v"');
  assert.equal(new Kept(new Place(), origin, PROJECT).getItem("other-code-verifier"), '"v"');
});

Deno.test("what is kept of one project is not given to another one at the same address", () => {
  const [tab, origin] = [new Place(), new Place()];
  const kept = new Kept(tab, origin, PROJECT);
  kept.setItem(STORAGE_KEY, SESSION);
  kept.setItem(`${STORAGE_KEY}-code-verifier`, '"v"');
  const other = new Kept(tab, origin, "https://b.example");
  assert.deepEqual([other.getItem(STORAGE_KEY), other.getItem(`${STORAGE_KEY}-code-verifier`)], [null, null]);
});
