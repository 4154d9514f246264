import { readPlace, type Resolve } from "./address.ts";
import type { LinkTo } from "./board.ts";
import { Failure, sourceOf } from "./failures.ts";
import { cdevents } from "./formats/cdevents.ts";
import type { Message } from "./formats/message.ts";
import { slack } from "./formats/slack.ts";
import { teams } from "./formats/teams.ts";
import { signatures, webhook } from "./formats/webhook.ts";
import { type Claimed, type Format, type Notice, readNotice } from "./notice.ts";
import { type Options, post, within } from "./post.ts";
import type { Outcome } from "./rpc.ts";
import { readSecret } from "./secret.ts";

const MESSAGES: Record<Format, (notice: Notice, link?: string) => Message> = {
  webhook,
  slack,
  teams,
  cdevents,
};

/** What the environment says of where notices go. */
export interface Ways extends Options {
  linkTo: LinkTo;
  exceptions: ReadonlySet<string>;
  resolve?: Resolve;
}

/** Tries one delivery once: secret → address → message → signature → request. Never throws. */
export async function deliver(claimed: Claimed, ways: Ways): Promise<Outcome> {
  try {
    return { outcome: "delivered", http_status: await send(claimed, ways) };
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure("unexpected");
    // Neither address, key, message nor answer stands in the log.
    const known = { error: failure.code, http_status: failure.status, delivery_id: claimed.delivery_id };
    const cause = failure === error ? undefined : sourceOf(error);
    console.error(JSON.stringify({ level: "warning", function: "ops-notify", ...known, cause }));
    return {
      outcome: "failed",
      error_code: failure.code,
      ...(failure.status && { http_status: failure.status }),
    };
  }
}

async function send(claimed: Claimed, ways: Ways): Promise<number> {
  const { url, keys } = readSecret(claimed.secret_name, claimed.format);
  const place = await within(readPlace(url, ways.exceptions, ways.resolve), ways.limit_ms);
  const notice = readNotice(claimed);
  const { type, body } = MESSAGES[claimed.format](notice, ways.linkTo(notice.release_id));
  const signed = await signatures(notice.id, body, keys);
  return await post(place, { "content-type": type, ...signed }, body, ways);
}
