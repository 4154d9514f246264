/** The slider through the time of a release. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { digitsOf, line, moments, place } from "../history.ts";
import { markup } from "../markup.ts";
import { hashOf, STEPPED } from "../routes.ts";
import type { TimelineEntry } from "../rows.ts";
import { local, utc } from "../time.ts";
import { words } from "../texts.ts";
import type { Given } from "./release_history.ts";

function go(id: string, at?: string): void {
  // A step through time is no step of the browser's history.
  history.replaceState(null, "", hashOf({ page: "release", id, at }));
  dispatchEvent(new Event(STEPPED));
}

interface Places {
  /** Where the slider stands, and the place after the last moment. */
  shown: number;
  now: number;
  /** The moment where it stands, with the digits that tell it from others; now if it is left out. */
  moment?: string;
  digits: number;
  hold: (to: number) => void;
  move: (to: number) => void;
}

/** Where the slider stands among the moments of a history. */
function usePlaces(id: string, at: string | undefined, entries: TimelineEntry[]): Places {
  const all = moments(entries);
  const now = all.length;
  const standing = at === undefined ? now : place(all, at);
  // While the slider is dragged: the moment where it is, which keeps its meaning when entries come.
  const [held, hold] = useState<{ moment?: string } | null>(null);
  useEffect(() => hold(null), [at]);
  const shown = held === null ? standing : held.moment === undefined ? now : place(all, held.moment);
  const moment = shown === now ? undefined : all[shown];
  const momentOf = (to: number) => to >= now ? undefined : all[Math.max(0, to)];
  return {
    shown,
    now,
    moment,
    digits: moment === undefined ? 0 : digitsOf(all).get(moment) ?? 0,
    hold: (to) => hold({ moment: momentOf(to) }),
    move: (to) => {
      hold(null);
      go(id, momentOf(to));
    },
  };
}

export function Slider({ id, at, history: { entries } }: Given): VNode | null {
  const { shown, now, moment, digits, hold, move } = usePlaces(id, at, entries);
  if (now === 0) return null;
  const known = moment === undefined ? "" : summary(entries, moment);
  const time = moment === undefined ? "now" : local(moment, undefined, digits);
  const valueOf = (event: Event) => Number((event.target as HTMLInputElement).value);
  return markup`
    <section class="time card" aria-label="Time">
      <div class="head"><h2>As it was known</h2><output><strong>${
    moment === undefined ? time : markup`<time datetime=${moment} title=${utc(moment)}>${time}</time>`
  }</strong></output>
          <span class="calm">${known}</span></div>
      <input type="range" min="0" max=${now} step="1" value=${shown} aria-label="Moment"
        aria-valuetext=${known ? `${time}, ${known}` : time}
        onInput=${(event: Event) => hold(valueOf(event))} onChange=${(event: Event) =>
    move(valueOf(event))} />
      <div class="buttons"><button type="button" disabled=${shown === 0} onClick=${() =>
    move(shown - 1)}>Earlier</button>
          <button type="button" disabled=${shown === now} onClick=${() => move(shown + 1)}>Later</button>
          <button type="button" disabled=${shown === now} onClick=${() => move(now)}>Now</button>
          ${
    moment !== undefined &&
    markup`<span class="hint">You look at the past. Decisions are made now.</span>`
  }</div>
    </section>
  `;
}

/** What became known at a moment, in a few words. */
function summary(entries: TimelineEntry[], moment: string): string {
  const said = entries.filter((entry) => entry.at === moment).map((entry) => {
    const { title, about, state } = line(entry);
    return [title, about, state && words(state)].filter(Boolean).join(" ");
  });
  return said.reverse().slice(0, 3).join("; ") + (said.length > 3 ? "; …" : "");
}
