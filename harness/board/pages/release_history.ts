/** The history of a release as a line in time, and the slider that goes through it. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useShared } from "../context.ts";
import { type Fault, thrown } from "../faults.ts";
import { joined, line, moments, nameOf, place, reaches } from "../history.ts";
import { markup } from "../markup.ts";
import { usePolled } from "../polled.ts";
import { At } from "../parts/moment.ts";
import { FaultNotice, Pending } from "../parts/notice.ts";
import { State } from "../parts/state.ts";
import { Address, Said } from "../parts/text.ts";
import { hashOf, STEPPED } from "../routes.ts";
import type { TimelineEntry } from "../rows.ts";
import { local, utc } from "../time.ts";
import { words } from "../texts.ts";

export interface TimelinePages {
  entries: TimelineEntry[];
  /** Where the next older page begins; null when there is none. */
  before: string | null;
  loading: boolean;
  fault?: Fault;
  reload: () => void;
  older: () => Promise<void>;
}

/** The history of a release; older pages come by themselves until they reach the moment that is looked at. */
export function useHistory(id: string, at?: string): TimelinePages {
  const { api, me } = useShared();
  // Older pages are of the role that asked for them.
  const of = `${id} ${me.acting}`;
  const newest = usePolled(`timeline ${id}`, () => api.timeline(id), false);
  const [more, add] = useState<{ of: string; entries: TimelineEntry[]; before: string | null } | null>(null);
  const [fault, fail] = useState<Fault | undefined>();
  const kept = more?.of === of ? more : null;
  const before = kept ? kept.before : newest.data?.before ?? null;
  const turning = useRef(false);
  const older = async () => {
    if (turning.current) return;
    turning.current = true;
    fail(undefined);
    try {
      const page = await api.timeline(id, before);
      add({
        of,
        entries: joined(kept?.entries ?? newest.data?.entries ?? [], page.entries),
        before: page.before,
      });
    } catch (error) {
      fail(thrown(error));
    } finally {
      turning.current = false;
    }
  };
  const entries = joined(newest.data?.entries ?? [], kept?.entries ?? []);
  const short = at !== undefined && newest.data !== undefined && !reaches(entries, before, at);
  useEffect(() => {
    if (short && !fault) void older();
  }, [short, before, fault]);
  return {
    entries,
    before,
    loading: newest.loading,
    fault: newest.fault ?? fault,
    reload: () => {
      fail(undefined);
      newest.reload();
    },
    older,
  };
}

interface Given {
  id: string;
  /** The moment that is looked at; now if it is left out. */
  at?: string;
  history: TimelinePages;
}

function go(id: string, at?: string): void {
  // A step through time is no step of the browser's history.
  history.replaceState(null, "", hashOf({ page: "release", id, at }));
  dispatchEvent(new Event(STEPPED));
}

export function Slider({ id, at, history: { entries } }: Given): VNode | null {
  const all = moments(entries);
  const now = all.length;
  const standing = at === undefined ? now : place(all, at);
  // While the slider is dragged: the moment where it is, which keeps its meaning when entries come.
  const [held, hold] = useState<{ moment?: string } | null>(null);
  useEffect(() => hold(null), [at]);
  if (all.length === 0) return null;
  const shown = held === null ? standing : held.moment === undefined ? now : place(all, held.moment);
  const moment = shown === now ? undefined : all[shown];
  const momentOf = (to: number) => to >= now ? undefined : all[Math.max(0, to)];
  const move = (to: number) => {
    hold(null);
    go(id, momentOf(to));
  };
  const said = moment === undefined
    ? "now"
    : `${local(moment, undefined, true)}, ${summary(entries, moment)}`;
  return markup`
    <section class="time card" aria-label="Time">
      <div class="head"><h2>As it was known</h2><output>${
    moment === undefined
      ? markup`<strong>now</strong>`
      : markup`<strong><time datetime=${moment} title=${utc(moment)}>${
        local(moment, undefined, true)
      }</time></strong>`
  }</output>
          <span class="calm">${moment === undefined ? "" : summary(entries, moment)}</span></div>
      <input type="range" min="0" max=${now} step="1" value=${shown} aria-label="Moment"
        aria-valuetext=${said}
        onInput=${(event: Event) =>
    hold({ moment: momentOf(Number((event.target as HTMLInputElement).value)) })}
        onChange=${(event: Event) => move(Number((event.target as HTMLInputElement).value))} />
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

export function Timeline({ id, at, history }: Given): VNode {
  const { entries, before, loading, fault, reload, older } = history;
  return markup`<section><h2>History</h2>
    ${fault && entries.length > 0 && markup`<${FaultNotice} fault=${fault} again=${reload} />`}
    ${entries.length === 0 && markup`<${Pending} loading=${loading} fault=${fault} again=${reload} />`}
    <ol class="timeline">${
    entries.map((entry) =>
      markup`<${Entry} key=${nameOf(entry)} entry=${entry} id=${id} here=${entry.at === at} />`
    )
  }</ol>
    ${
    before !== null &&
    markup`<div class="buttons"><button type="button" onClick=${() => void older()}>Show older</button></div>`
  }</section>`;
}

function Entry({ entry, id, here }: { entry: TimelineEntry; id: string; here: boolean }): VNode {
  const { title, about, state, said } = line(entry);
  return markup`
    <li class=${`${entry.kind === "verdict" ? "verdict" : ""} ${here ? "here" : ""}`}
      aria-current=${here ? "time" : undefined}>
        <p class="asked"><a class="moment" href=${
    hashOf({
      page: "release",
      id,
      at: entry.at,
    })
  }><${At} moment=${entry.at} seconds=${true} /></a>
          <b><${Said} text=${title} /></b> ${about && markup`<${Said} text=${about} />`}
          ${entry.status_before && markup`<span class="calm">${words(entry.status_before)} →</span>`} ${
    state &&
    markup`<${State} of=${state} />`
  }
          ${
    entry.gate_code && entry.kind !== "verdict" && markup`<span class="tag">${entry.gate_code}</span>`
  }
          ${
    entry.environment &&
    markup`<span class="calm">${entry.kind === "opened" ? "for" : "in"} ${entry.environment}${
      entry.target && entry.target !== "default" && markup`, <${Said} text=${entry.target} />`
    }</span>`
  }
          ${
    entry.actor &&
    markup`<span class="calm">by <${Said} text=${entry.actor} />${
      entry.actor_role && ` (${words(entry.actor_role)})`
    }</span>`
  }</p>
        ${entry.artifact_url && markup`<p class="found"><${Address} address=${entry.artifact_url} /></p>`}
        ${said && markup`<p class="found"><${Said} text=${said} /></p>`}
      </li>
  `;
}
