import type { Notice } from "../notice.ts";
import { wordsOf } from "../words.ts";
import type { Message } from "./message.ts";

/**
 * A message for a webhook of Teams (Workflows): an Adaptive Card. People's texts stand in text runs, which Adaptive
 * Cards never read as Markdown; a mention would need an entity, and the card has none.
 */
export function teams(notice: Notice, link?: string): Message {
  const { title, text, missing, more, footer } = wordsOf(notice);
  const body = [paragraph(title, { weight: "Bolder", size: "Medium" })];
  if (text) body.push(paragraph(text));
  for (const each of missing) body.push(paragraph(`• ${each}`));
  if (more > 0) body.push(paragraph(`• and ${more} more`));
  body.push(paragraph(footer, { isSubtle: true, size: "Small" }));
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
    ...(link && { actions: [{ type: "Action.OpenUrl", title: "Open the release", url: link }] }),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content };
  return { type: "application/json", body: JSON.stringify({ type: "message", attachments: [attachment] }) };
}

function paragraph(text: string, style: Record<string, unknown> = {}): unknown {
  // `{{DATE(…)}}` is the one thing that is replaced in a text without Markdown.
  return {
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text: text.replace(/\{(?=\{)/g, "{ "), ...style }],
  };
}
