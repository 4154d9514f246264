/** Texts, addresses and ids that people and programs typed. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { markup } from "../markup.ts";
import { link, pieces, short } from "../texts.ts";

/** A text of somebody's, in a direction of its own, with the characters that show nothing made visible. */
export function Said({ text }: { text: string | null | undefined }): VNode | null {
  if (text === null || text === undefined || text === "") return null;
  return markup`<bdi class="said">${
    pieces(text).map((piece) =>
      piece.hidden
        ? markup`<span class="hidden-character" title="A character that shows nothing">${piece.hidden}</span>`
        : piece.text
    )
  }</bdi>`;
}

/** An address: a link with its host in front if it is https, else a text. */
export function Address({ address }: { address: string }): VNode {
  const url = link(address);
  if (!url) return markup`<${Said} text=${address} />`;
  const characters = [...address];
  const rest = characters.length > 80 ? `${characters.slice(0, 80).join("")}…` : address;
  return markup`<span class="address"><a href=${url.href} target="_blank" rel="noopener noreferrer"><strong>${url.host}</strong><span
    class="visually-hidden"> (opens in a new tab)</span></a> <${Said} text=${rest} /></span>`;
}

export function Commit({ of }: { of: string | null }): VNode | null {
  if (of === null) return null;
  const digits = short(of);
  return markup`<code title=${digits === of ? undefined : of}><${Said} text=${digits} /></code>`;
}

/** A text to copy, such as a command. */
export function Copied({ text, label }: { text: string; label: string }): VNode {
  const [done, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("copied");
    } catch {
      say("The browser did not copy it. Mark the text and copy it yourself.");
    }
  };
  return markup`<span class="copied"><code>${text}</code>
    <button type="button" class="quiet" onClick=${copy}>${label}</button>
    <span role="status">${done}</span></span>`;
}
