/** A moment in the reader's zone; hovering shows UTC. */
import type { VNode } from "preact";
import { markup } from "../markup.ts";
import { age, local, utc } from "../time.ts";

export function At({ moment, digits }: { moment: string | null; digits?: number }): VNode | null {
  if (moment === null) return null;
  return markup`<time datetime=${moment} title=${utc(moment)}>${local(moment, undefined, digits)}</time>`;
}

export function Age({ moment, now }: { moment: string | null; now: number }): VNode | null {
  if (moment === null) return null;
  return markup`<time datetime=${moment} title=${`${local(moment)} (${utc(moment)})`}>${
    age(moment, now)
  }</time>`;
}
