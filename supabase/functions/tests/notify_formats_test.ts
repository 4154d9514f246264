import assert from "node:assert/strict";
import type { KnownBlock } from "@slack/types";
// @ts-types="adaptivecards"
import cards from "adaptivecards/dist/adaptivecards.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { Webhook } from "standardwebhooks";
import { readBoard } from "../ops-notify/board.ts";
import { cdevents } from "../ops-notify/formats/cdevents.ts";
import { blocksOf, slack } from "../ops-notify/formats/slack.ts";
import { teams } from "../ops-notify/formats/teams.ts";
import { signatures, webhook } from "../ops-notify/formats/webhook.ts";
import { type Claimed, readNotice } from "../ops-notify/notice.ts";
import { wordsOf } from "../ops-notify/words.ts";
import approval from "./cdevents/approvalcreated.json" with { type: "json" };
import domainId from "./cdevents/links/domainid.json" with { type: "json" };
import links from "./cdevents/links/embeddedlinksarray.json" with { type: "json" };
import linkEnd from "./cdevents/links/embeddedlinkend.json" with { type: "json" };
import linkPath from "./cdevents/links/embeddedlinkpath.json" with { type: "json" };
import linkRelation from "./cdevents/links/embeddedlinkrelation.json" with { type: "json" };
import deployed from "./cdevents/servicedeployed.json" with { type: "json" };
import rolledBack from "./cdevents/servicerolledback.json" with { type: "json" };
import { BOARD, claimed, HOSTILE, NOTICE_ID, RELEASE_ID } from "./notices.ts";

type Json = Record<string, unknown>;

const LINK = `${BOARD}#/release/${RELEASE_ID}`;
const KINDS = [
  ...["gate_waits", "gate_failed", "contested", "ineligible_deployment", "promoted", "rolled_back"],
  ...["exception_opened", "exception_ends", "exception_review_due", "deployment_unended"],
  "something_new",
];
const many = Array.from({ length: 30 }, (_, at) => ({ what: `requirement ${at}`, remedy: "y".repeat(900) }));

/** Each kind in full, with as little as it can have, and with hostile texts in every field. */
function* notices(): Generator<ReturnType<typeof readNotice>> {
  const none = { release_ref: null, service: null, source_sha: null, gate: null, persona: null };
  for (const kind of KINDS) {
    yield readNotice(claimed({ kind, environment: "production", same: 3 }));
    yield readNotice(claimed({ kind, ...none, release_id: null, detail: null }));
    for (const text of HOSTILE) {
      const texts = { project: text, release_ref: text, service: text, gate: text, persona: text };
      const detail = {
        text,
        missing: [{ what: text, remedy: text, who: text }, ...many, 7, null, { what: 7 }],
      };
      yield readNotice(claimed({ kind, ...texts, environment: text, source_sha: text, detail }));
    }
  }
}

const parsed = (body: string): Json => JSON.parse(body);

Deno.test("the link to a release is what the board itself takes, and comes from configuration alone", () => {
  assert.equal(readBoard(BOARD)(RELEASE_ID.toUpperCase()), LINK);
  assert.equal(
    readBoard("http://127.0.0.1:54321/board/")(RELEASE_ID),
    `http://127.0.0.1:54321/board/#/release/${RELEASE_ID}`,
  );
  for (const unset of ["", " "]) assert.equal(readBoard(unset)(RELEASE_ID), undefined);
  for (const id of [null, "", "../x", `${RELEASE_ID}|x>`]) assert.equal(readBoard(BOARD)(id), undefined);
  const refused = [
    ...["board.example", "http://board.example/", "ftp://board.example/", "javascript:alert(1)"],
    ...["https://a:b@board.example/", "https://board.example/#x", "https://board.example/|x"],
  ];
  for (const value of refused) assert.throws(() => readBoard(value), /OPS_NOTICE_BOARD_URL/, value);
});

Deno.test("every text has one line, no hidden character, and a bounded length", () => {
  for (const notice of notices()) {
    const texts: string[] = [];
    JSON.stringify(notice, (_, value) => (typeof value === "string" && texts.push(value), value));
    for (const text of texts) {
      assert.ok([...text].length <= 255, text.slice(0, 20));
      assert.ok(!/[\p{C}\p{Zl}\p{Zp}]/u.test(text), JSON.stringify(text));
    }
    assert.ok(notice.missing.length <= 20);
    for (const { what, remedy } of notice.missing) {
      assert.ok([...what].length <= 200 && [...remedy ?? ""].length <= 200);
    }
  }
});

Deno.test("a message names once who can", () => {
  const missing = (remedy: string) => [{ what: "0 of 1 approvals", remedy, who: "qa_tester" }];
  const said = (remedy: string) =>
    wordsOf(readNotice(claimed({ detail: { missing: missing(remedy) } }))).missing;
  assert.deepEqual(said("ask a qa_tester to sign off G2"), [
    "0 of 1 approvals — ask a qa_tester to sign off G2",
  ]);
  assert.deepEqual(said("record the evidence"), ["0 of 1 approvals — record the evidence (qa_tester)"]);
});

Deno.test("a message of any format stays small", () => {
  for (const notice of notices()) {
    for (const format of [webhook, slack, teams, cdevents]) {
      assert.ok(new TextEncoder().encode(format(notice, LINK).body).length < 24 * 1024, format.name);
    }
  }
});

const KEYS = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const written = (key: Uint8Array) => `whsec_${btoa(String.fromCharCode(...key))}`;

Deno.test("the reference library verifies each signature, before, while and after a key is replaced", async () => {
  const { body } = webhook(readNotice(claimed()), LINK);
  const [older = KEYS[0]!, newer = KEYS[1]!] = KEYS;
  const both = await signatures(NOTICE_ID, body, [newer, older]);
  for (const key of [older, newer]) {
    assert.deepEqual(new Webhook(written(key)).verify(body, both), parsed(body));
  }
  const one = await signatures(NOTICE_ID, body, [newer]);
  assert.deepEqual(new Webhook(written(newer)).verify(body, one), parsed(body));
  assert.throws(() => new Webhook(written(older)).verify(body, one));
  assert.throws(() => new Webhook(written(newer)).verify(body.replace("24.11", "24.12"), one));
  assert.throws(() => new Webhook(written(newer)).verify(body, { ...one, "webhook-id": RELEASE_ID }));
  const early = await signatures(NOTICE_ID, body, [newer], Date.now() - 600_000);
  assert.throws(() => new Webhook(written(newer)).verify(body, early));
  assert.equal(both["webhook-id"], NOTICE_ID);
  assert.match(both["webhook-signature"] ?? "", /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
  assert.deepEqual(await signatures(NOTICE_ID, body, []), {});
});

Deno.test("a webhook has the type, the time and the data of the notice", () => {
  const { type, timestamp, data } = parsed(webhook(readNotice(claimed()), LINK).body);
  assert.deepEqual([type, timestamp], ["ops.gate_waits", "2026-11-28T10:00:00.000Z"]);
  const { release, persona, missing } = data as Json;
  assert.deepEqual(persona, "qa_tester");
  assert.deepEqual((release as Json).url, LINK);
  assert.deepEqual(missing, [{ what: "a test report", remedy: "record the evidence", who: "qa_tester" }]);
});

Deno.test("a message for Slack has blocks of its published types, within their limits", () => {
  for (const notice of notices()) {
    const blocks: KnownBlock[] = blocksOf(notice, LINK);
    assert.ok(blocks.length <= 50);
    for (const block of blocks) {
      const limit = block.type === "header" ? 150 : 3000;
      const texts = block.type === "context" ? block.elements : "text" in block ? [block.text] : [];
      for (const text of texts) {
        const said = (text as { text: string }).text;
        assert.ok(said.length >= 1 && said.length <= limit && said.isWellFormed());
      }
    }
  }
});

Deno.test("a title says what happened however long a name is, and Slack shows it whole", () => {
  for (const kind of KINDS) {
    const noticeOf = (release_ref: string) =>
      readNotice(claimed({ kind, release_ref, environment: "production" }));
    const long = noticeOf("𝕏".repeat(255));
    const { title } = wordsOf(long);
    assert.equal(title.replace(/𝕏+…/u, "24.11"), wordsOf(noticeOf("24.11")).title);
    const [header] = blocksOf(long);
    assert.deepEqual(header?.type === "header" && header.text.text, title);
  }
});

Deno.test("people's texts are plain in Slack: no mention, no link, no emoji, no unfurling", () => {
  for (const notice of notices()) {
    const message = parsed(slack(notice, LINK).body);
    assert.deepEqual([message.unfurl_links, message.unfurl_media, message.mrkdwn], [false, false, false]);
    assert.ok(!/[<>]|&(?!(amp|lt|gt);)/.test(message.text as string), message.text as string);
    const markup: unknown[] = [];
    JSON.stringify(message.blocks, (_, value) => {
      if (value?.type === "mrkdwn") markup.push(value.text);
      if (value?.type === "plain_text") assert.equal(value.emoji, false);
      return value;
    });
    assert.deepEqual(markup, [`<${LINK}|Open the release>`]);
  }
});

const { AdaptiveCard, SerializationContext, Versions } = cards;

function cardFaults(card: Json): string[] {
  const context = new SerializationContext(Versions.v1_4);
  const read = new AdaptiveCard();
  read.parse(card, context);
  const faults = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
  return [...faults, ...read.validateProperties().validationEvents.map((event) => event.message)];
}

Deno.test("the reference library of Adaptive Cards finds no fault in a message for Teams", () => {
  for (const notice of notices()) {
    const { type, attachments } = parsed(teams(notice, LINK).body);
    assert.equal(type, "message");
    const [attachment, ...others] = attachments as Json[];
    assert.deepEqual(others, []);
    assert.equal(attachment?.contentType, "application/vnd.microsoft.card.adaptive");
    assert.deepEqual(cardFaults(attachment?.content as Json), []);
  }
  const action = { type: "Action.OpenUrl", title: "no address" };
  assert.notDeepEqual(cardFaults({ type: "AdaptiveCard", version: "1.4", body: [], actions: [action] }), []);
  const unknown = { type: "AdaptiveCard", version: "1.4", body: [{ type: "Unheard", text: "x" }] };
  assert.notDeepEqual(cardFaults(unknown), []);
});

Deno.test("people's texts are plain in Teams: no element that reads Markdown, no date function", () => {
  for (const notice of notices()) {
    const body = teams(notice, LINK).body;
    assert.ok(!/"TextBlock"|"FactSet"|"msteams"|"entities"/.test(body));
    assert.ok(!body.includes("{{"));
    assert.deepEqual([...new Set(body.match(/"url":"[^"]*"/g))], [`"url":"${LINK}"`]);
  }
});

const ajv = new Ajv2020({ strict: false, schemas: [links, linkEnd, linkPath, linkRelation, domainId] });
addFormats.default(ajv);
const SCHEMAS: Record<string, ReturnType<typeof ajv.compile>> = {
  "dev.cdevents.approval.created.0.1.0": ajv.compile(approval),
  "dev.cdevents.service.deployed.0.3.0": ajv.compile(deployed),
  "dev.cdevents.service.rolledback.0.3.0": ajv.compile(rolledBack),
};

function cdevent(changes: Partial<Claimed>, link?: string): { event: Json; data: Json } {
  const { type, body } = cdevents(readNotice(claimed(changes)), link);
  assert.equal(type, "application/cloudevents+json; charset=utf-8");
  const event = parsed(body);
  return { event, data: event.data as Json };
}

Deno.test("a CloudEvent has the attributes that CloudEvents 1.0 asks for, and the same id and type as its CDEvent", () => {
  for (const kind of KINDS) {
    const { event, data } = cdevent({ kind }, LINK);
    const context = data.context as Json;
    assert.deepEqual([event.specversion, event.id], ["1.0", NOTICE_ID]);
    for (const name of ["id", "source", "type"]) assert.equal(event[name], context[name], name);
    assert.equal(event.time, context.timestamp);
  }
});

Deno.test("each CDEvent holds against its published schema; the others have a custom type of CDEvents", () => {
  const held = new Set<string>();
  for (const link of [LINK, undefined]) {
    for (const notice of notices()) {
      const { data } = parsed(cdevents(notice, link).body) as { data: Json };
      const { type } = data.context as { type: string };
      const schema = SCHEMAS[type];
      if (schema) {
        held.add(type);
        assert.ok(schema(data), JSON.stringify(schema.errors));
      } else {
        assert.match(type, /^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.[0-9]\.[0-9]\.[0-9]$/);
      }
    }
  }
  assert.deepEqual([...held].sort(), Object.keys(SCHEMAS).sort());
  const { data } = cdevent({ kind: "gate_waits" });
  (data.context as Json).extra = 1;
  assert.ok(!SCHEMAS["dev.cdevents.approval.created.0.1.0"]?.(data));
});
