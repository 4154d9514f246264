import type { Notice } from "../notice.ts";
import type { Message } from "./message.ts";

/** A notice as Standard Webhooks shapes it: type, timestamp, data. */
export function webhook(notice: Notice, link?: string): Message {
  const { id: _, kind, happened_at, release_id, release_ref, service, source_sha, ...rest } = notice;
  const release = release_id && { id: release_id, ref: release_ref, service, source_sha, url: link ?? null };
  const data = { ...rest, release };
  return {
    type: "application/json",
    body: JSON.stringify({ type: `ops.${kind}`, timestamp: happened_at, data }),
  };
}

/** The headers of Standard Webhooks: a signature for each key, separated by a blank. */
export async function signatures(
  id: string,
  body: string,
  keys: Uint8Array<ArrayBuffer>[],
  now = Date.now(),
): Promise<Record<string, string>> {
  if (keys.length === 0) return {};
  const timestamp = String(Math.floor(now / 1000));
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signed = await Promise.all(keys.map((key) => sign(key, content)));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signed.join(" ") };
}

async function sign(bytes: Uint8Array<ArrayBuffer>, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, content);
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`;
}
