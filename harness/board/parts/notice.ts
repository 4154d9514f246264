/** What happened, and what to do. */
import type { ComponentChildren, VNode } from "preact";
import type { Fault } from "../faults.ts";
import { markup } from "../markup.ts";
import { Said } from "./text.ts";

const TITLES: Record<Fault["kind"], string> = {
  lost: "No connection",
  ended: "Signed out",
  changed: "Changed since you looked",
  refused: "Refused",
  unsent: "Not sent yet",
  program: "A fault of this page",
};

/** A fault, as whoever refused it said it, with its code and hint. `again` tries the same once more. */
export function FaultNotice({ fault, again }: { fault: Fault; again?: () => void }): VNode {
  return markup`<div class="notice bad" role="alert">
    <p><strong>${TITLES[fault.kind]}.</strong> <${Said} text=${fault.message} />${
    fault.code && markup` <code class="code">${fault.code}</code>
    `
  }</p>
    ${
    fault.detail && markup`
      <p>
        <${Said} text=${fault.detail} />
      </p>
    `
  }
    ${fault.hint && markup`<p>What to do: <${Said} text=${fault.hint} /></p>`}
    ${again && markup`<p><button type="button" onClick=${again}>Try again</button></p>`}
  </div>`;
}

export function Notice(
  { tone, children }: { tone: "good" | "warn" | "calm"; children?: ComponentChildren },
): VNode {
  return markup`<div class=${`notice ${tone}`} role="status">${children}</div>`;
}

/** Says that a list is not whole. */
export function Cut({ rows, cut }: { rows: unknown[]; cut: boolean }): VNode | null {
  return cut ? markup`<p class="hint">The list is cut: only ${rows.length} are shown.</p>` : null;
}

/** What stands in the place of an answer that is not there yet, or is not to be had. */
export function Pending(
  { loading, fault, again }: { loading: boolean; fault?: Fault; again: () => void },
): VNode | null {
  if (fault) return markup`<${FaultNotice} fault=${fault} again=${again} />`;
  return loading ? markup`<p class="loading" role="status">Loading…</p>` : null;
}
