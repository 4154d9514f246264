import type { Notice } from "../notice.ts";
import { cut, wordsOf } from "../words.ts";
import type { Message } from "./message.ts";

const MAX_HEADER = 150;

interface Plain {
  type: "plain_text";
  text: string;
  emoji: false;
}

type Block =
  | { type: "header"; text: Plain }
  | { type: "section"; text: Plain | { type: "mrkdwn"; text: string } }
  | { type: "context"; elements: Plain[] };

/**
 * A message for an incoming webhook of Slack. People's texts stand in `plain_text`, where nothing is a mention, a link
 * or markup; the only `mrkdwn` is the link to the board, which has no text of theirs.
 */
export function slack(notice: Notice, link?: string): Message {
  const text = escaped(wordsOf(notice).title);
  const quiet = { mrkdwn: false, unfurl_links: false, unfurl_media: false };
  return {
    type: "application/json",
    body: JSON.stringify({ text, ...quiet, blocks: blocksOf(notice, link) }),
  };
}

/** The blocks of a message. */
export function blocksOf(notice: Notice, link?: string): Block[] {
  const { title, text, missing, more, footer } = wordsOf(notice);
  const said = [...(text ? [text] : []), ...missing.map((each) => `• ${each}`)];
  if (more > 0) said.push(`• and ${more} more`);
  const blocks: Block[] = [{ type: "header", text: plain(title, MAX_HEADER) }];
  for (const each of said) blocks.push({ type: "section", text: plain(each) });
  if (link) blocks.push({ type: "section", text: { type: "mrkdwn", text: `<${link}|Open the release>` } });
  return [...blocks, { type: "context", elements: [plain(footer)] }];
}

/** A text without markup. */
function plain(text: string, length = 3_000): Plain {
  return { type: "plain_text", text: cut(text, length), emoji: false };
}

/** A text for a place that Slack reads as its own markup: the notification that shows no blocks. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
