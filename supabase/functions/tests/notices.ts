import type { Claimed } from "../ops-notify/notice.ts";

export const NOTICE_ID = "3c0f4a52-8f0e-4a53-9d6c-7d1c5f5f0c11";
export const RELEASE_ID = "6f1c2f7e-4f38-4f0a-9a39-3f1f0b8a7c21";
export const BOARD = "https://board.example/ops/";

/** A delivery, with every column filled. */
export function claimed(changes: Partial<Claimed> = {}): Claimed {
  return {
    delivery_id: "1d0f4a52-8f0e-4a53-9d6c-7d1c5f5f0c12",
    attempt: 1,
    notice_id: NOTICE_ID,
    format: "webhook",
    secret_name: "OPS_NOTICE_TEST",
    kind: "gate_waits",
    project: "shop",
    release_id: RELEASE_ID,
    release_ref: "24.11",
    service: "odoo",
    source_sha: "4f2a91c07be1de44a7ab5c3f9d1e66b02c8f7a35",
    gate: "G2",
    environment: null,
    persona: "qa_tester",
    happened_at: "2026-11-28T10:00:00+00:00",
    same: 1,
    detail: {
      missing: [{ what: "a test report", remedy: "record the evidence", who: "qa_tester" }],
      text: "all scenarios",
    },
    ...changes,
  };
}

/** What people could write to be read as something else. */
export const HOSTILE = [
  "<!channel> <@U123> <https://evil.example|the board>",
  "@here *bold* _it_ ~s~ `code` & &amp; :bomb:",
  "[the board](https://evil.example) ![x](https://evil.example/x.png) <at>all</at>",
  "{{DATE(2026-11-28T10:00:00Z)}} ${secret} @{triggerBody()}",
  "{{{DATE(2026-11-28T10:00:00Z)}}} {{{{TIME(2026-11-28T10:00:00Z)}}}}",
  "line\r\nHost: evil.example\u2028\u0000\u202e<script>alert(1)</script>",
  "\ud800 half a character",
  "x".repeat(1_000_000),
];
