/** States as a shape, a word and a colour: each of the three says it alone. */
import type { VNode } from "preact";
import { markup } from "../markup.ts";
import { words } from "../texts.ts";

type Shape = "check" | "cross" | "ring" | "half" | "arrow" | "bang";

const PATHS: Record<Shape, string> = {
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4 12 12M12 4 4 12",
  ring: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
  half: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2.2 1.6",
  arrow: "M2.5 11C4 4.5 10 4 12.5 8.5M13 4.5v4.3H8.7",
  bang: "M8 2.5 14 13H2ZM8 6.5v3M8 11.2v.3",
};

const LOOKS: Record<string, [string, Shape]> = {
  passed: ["good", "check"],
  satisfied: ["good", "check"],
  pass: ["good", "check"],
  approved: ["good", "check"],
  succeeded: ["good", "check"],
  promoted: ["good", "check"],
  eligible: ["good", "check"],
  active: ["warn", "arrow"],
  bypassed: ["warn", "arrow"],
  rolled_back: ["warn", "arrow"],
  warning: ["warn", "bang"],
  request_changes: ["warn", "bang"],
  failed: ["bad", "cross"],
  fail: ["bad", "cross"],
  rejected: ["bad", "cross"],
  in_progress: ["busy", "half"],
  upcoming: ["busy", "half"],
};

export function Icon({ shape }: { shape: Shape }): VNode {
  return markup`
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d=${PATHS[shape]} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
        stroke-linejoin="round" />
    </svg>
  `;
}

/** A state in words, with its shape and colour. `word` says it otherwise. */
export function State({ of, word }: { of: string; word?: string }): VNode {
  const [tone, shape] = LOOKS[of] ?? ["calm", "ring"];
  return markup`<span class=${`state ${tone}`}><${Icon} shape=${shape} /><span>${
    word ?? words(of)
  }</span></span>`;
}

/** One of the four gates of a release. */
export function GateState({ code, of }: { code: string; of: string }): VNode {
  const [tone, shape] = LOOKS[of] ?? ["calm", "ring"];
  return markup`<span class=${`gate-state ${tone}`}><b>${code}</b><${Icon} shape=${shape} /><span>${
    words(of)
  }</span></span>`;
}

/** Whether a release may go somewhere. */
export function MayGo({ to, may }: { to: string; may: boolean }): VNode {
  return markup`<span class=${`state ${may ? "good" : "calm"}`}><${Icon} shape=${
    may ? "check" : "ring"
  } /><span>${may ? `may go to ${to}` : `not to ${to}`}</span></span>`;
}
