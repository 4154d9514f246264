/** What became of what somebody did: it stays in sight, and has the focus that the closed form had. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome } from "../decision.ts";
import { markup } from "../markup.ts";
import { Notice } from "./notice.ts";
import { Said } from "./text.ts";

export function Done({ outcome, onClose }: { outcome: Outcome | null; onClose: () => void }): VNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome) place.current?.focus({ preventScroll: true });
  }, [outcome]);
  return markup`<div class="done" tabindex="-1" ref=${place}>${
    outcome &&
    markup`<${Notice} tone=${outcome.tone}><${Said} text=${outcome.text} /> <button type="button" class="quiet"
      onClick=${onClose}>Hide</button><//>`
  }</div>`;
}
