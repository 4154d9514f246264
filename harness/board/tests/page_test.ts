import assert from "node:assert/strict";
import { configuration } from "../configuration.ts";
import { delivery, durations, months, percent, projectOf } from "../figures.ts";
import { byHand, grouped, matterOf, wayOf, withOpen } from "../items.ts";
import { unbroken } from "../markup.ts";
import type { InboxItem, InboxKind, Overview } from "../rows.ts";
import { waysIn, waysOf } from "../ways.ts";

const ID = "01a21fa2-1610-7624-8c2f-0095c41bde13";

function item(kind: InboxKind, more: Partial<InboxItem> = {}): InboxItem {
  return {
    kind,
    role: "release_manager",
    project: "acme/shop",
    release_id: ID,
    release_name: "v1",
    environment_target: "production",
    gate_id: null,
    gate_code: null,
    fact: null,
    what: "",
    remedy: "",
    since: "2026-11-28T10:00:00+00:00",
    ...more,
  };
}

Deno.test("config.js names an https project, or one of this machine, by its publishable key", () => {
  const key = "sb_publishable_x";
  for (const url of ["https://ref.supabase.co", "http://127.0.0.1:1", "http://localhost:1/"]) {
    assert.equal(typeof configuration({ url, publishableKey: key }), "object", url);
  }
  for (
    const url of [
      "http://ref.example",
      "https://a@b.example",
      "javascript:1",
      "/rest",
      "https://x.example/?a=1",
      1,
    ]
  ) {
    assert.equal(typeof configuration({ url, publishableKey: key }), "string", String(url));
  }
  for (const bad of [undefined, null, {}, { url: "https://x.example" }]) {
    assert.equal(typeof configuration(bad), "string");
  }
  const secret = configuration({ url: "https://x.example", publishableKey: "sb_secret_abc" });
  assert.ok(typeof secret === "string" && !secret.includes("abc"));
});

Deno.test("a project offers the ways of signing in that it has", () => {
  assert.deepEqual(waysIn({ external: { email: true }, saml_enabled: true }), {
    password: true,
    link: true,
    sso: true,
  });
  assert.deepEqual(waysIn({ external: { email: false }, saml_enabled: true }), {
    password: false,
    link: false,
    sso: true,
  });
  assert.deepEqual(waysIn(null), { password: true, link: true, sso: false });
});

Deno.test("a decision on what waits is about the gate, the exception or the release that it names", () => {
  const matter = (each: InboxItem) => {
    const way = wayOf(each);
    return way.act === "decide" ? [way.matter.gateCode, way.matter.exceptionId] : way.act;
  };
  assert.deepEqual(matter(item("sign_off", { gate_code: "G3" })), ["G3", null]);
  assert.deepEqual(matter(item("exception_decision", { fact: ID })), [null, ID]);
  assert.deepEqual(matter(item("objection", { gate_code: "G3" })), ["G3", null]);
  assert.deepEqual([matter(item("dismissible")), matter(item("exception_review"))], ["dismiss", "review"]);
  assert.deepEqual([matter(item("missing")), matter(item("of another version" as InboxKind))], [null, null]);
});

Deno.test("an objection beside the gates is about what its decision says, and about nothing wider", () => {
  const remedy = `decide again (ops-gates decide r --exception ${ID})`;
  const objection = item("objection", { fact: "a-1", remedy });
  assert.equal(wayOf(objection).act, "find");
  const look = (more: Record<string, unknown> | null) =>
    matterOf(
      objection,
      "release_manager",
      {
        gates: [{ gate_code: "G3" }],
        decisions: more && [{ approval_id: "a-1", gate_code: null, exception_id: null, ...more }],
      } as unknown as Overview,
    );
  const about = (more: Record<string, unknown> | null) => {
    const found = look(more);
    return found && [found.gateCode, found.exceptionId];
  };
  assert.deepEqual(about({ scope: "exception", exception_id: ID }), [null, ID]);
  assert.deepEqual(about({ scope: "release" }), [null, null]);
  assert.deepEqual(about({ scope: "gate", gate_code: "G3" }), ["G3", null]);
  for (const unknown of [null, { scope: "release", approval_id: "a-2" }, { scope: "exception" }]) {
    assert.equal(about(unknown), null);
  }
});

Deno.test("what names neither a gate nor an exception is not decided here", () => {
  for (const kind of ["sign_off", "exception_decision"] as const) assert.equal(wayOf(item(kind)).act, null);
});

Deno.test("what nobody else can do comes first", () => {
  const groups = grouped([item("missing"), item("sign_off", { gate_code: "G3" }), item("objection")]);
  assert.deepEqual(groups.map(([, items]) => items[0]?.kind), ["objection", "sign_off", "missing"]);
});

Deno.test("what is open stays in its place when it does not wait any more", () => {
  const at = (hour: number) =>
    item("sign_off", { release_id: String(hour), since: `2026-11-28T${hour}:00:00Z` });
  const left = withOpen([at(13), at(11)], at(12));
  assert.deepEqual(left.map((each) => each.release_id), ["13", "12", "11"]);
  assert.equal(withOpen(left, at(12)), left);
  assert.notEqual(byHand(at(11)), byHand(at(12)));
});

Deno.test("the months of a range end with the present one, also over a turn of the year", () => {
  assert.deepEqual(months(3, new Date("2026-01-31T23:59:59Z")), ["2025-11-01", "2025-12-01", "2026-01-01"]);
});

Deno.test("figures open on what was chosen, else on the project of the newest release that has some", () => {
  const projects = ["acme/api", "acme/shop", "acme/web"];
  assert.equal(projectOf(projects, "acme/web", ["acme/shop"]), "acme/web");
  assert.equal(projectOf(projects, "", ["acme/new", "acme/shop", "acme/web"]), "acme/shop");
  assert.equal(projectOf(projects, "gone", []), "acme/api");
  assert.equal(projectOf([], "gone", ["acme/new"]), undefined);
});

Deno.test("a month without figures has none, and is no zero", () => {
  const row = {
    project: "a",
    month: "2026-01-01",
    commits: 1,
    lead_time_seconds: 5400,
    deployments: 4,
    failed_deployments: 1,
    change_failure_rate: 0.25,
    restores: 0,
    time_to_restore_seconds: null,
  };
  const words = delivery([row], ["2025-12-01", "2026-01-01"]).map((series) =>
    series.points.map((point) => point.word)
  );
  assert.deepEqual(words, [["0", "4"], ["none", "90 min"], ["none", "25 %"], ["none", "none"]]);
  assert.equal(percent(0.0125), "1.3 %");
  const gate = {
    project: "a",
    month: "2026-01-01",
    gate_code: "G2",
    gates: 2,
    median_seconds: 60,
    p90_seconds: 120,
  };
  assert.deepEqual(durations([gate], ["2026-01-01"]).map((series) => series.points[0]?.value), [
    null,
    60,
    null,
    null,
  ]);
});

Deno.test("a line break in a template is a blank, and none at its ends", () => {
  assert.deepEqual(unbroken(["\n  <p>a", "\n  b</p>\n"]), ["<p>a", " b</p>"]);
  assert.deepEqual(unbroken([" <b>x</b>"]), [" <b>x</b>"]);
});

Deno.test("a project that does not say how one signs in is known as such", async () => {
  const project = { url: "https://ref.supabase.co", publishableKey: "k", development: false };
  const answers = (answer: () => Promise<Response>) => waysOf(project, answer);
  assert.equal(await answers(() => Promise.reject(new TypeError("Failed to fetch"))), null);
  assert.equal(await answers(() => Promise.resolve(new Response("busy", { status: 503 }))), null);
  assert.equal(await answers(() => Promise.resolve(new Response("<html>"))), null);
  const alone = await answers(() =>
    Promise.resolve(Response.json({ external: { email: false }, saml_enabled: true }))
  );
  assert.deepEqual(alone, { password: false, link: false, sso: true });
});
