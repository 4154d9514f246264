/** The history of a release as a line in time. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useShared } from "../context.ts";
import { type Fault, thrown } from "../faults.ts";
import { apart, digitsOf, joined, line, nameOf, reaches } from "../history.ts";
import { markup } from "../markup.ts";
import { usePolled } from "../polled.ts";
import { At } from "../parts/moment.ts";
import { FaultNotice, Pending } from "../parts/notice.ts";
import { State } from "../parts/state.ts";
import { Address, Said } from "../parts/text.ts";
import { hashOf } from "../routes.ts";
import type { TimelineEntry } from "../rows.ts";
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

export interface Given {
  id: string;
  /** The moment that is looked at; now if it is left out. */
  at?: string;
  history: TimelinePages;
}

export function Timeline({ id, at, history }: Given): VNode {
  const { entries, before, loading, fault, reload, older } = history;
  const digits = digitsOf([...new Set(entries.map((entry) => entry.at))]);
  const told = apart(entries);
  return markup`<section><h2>History</h2>
    ${fault && entries.length > 0 && markup`<${FaultNotice} fault=${fault} again=${reload} />`}
    ${entries.length === 0 && markup`<${Pending} loading=${loading} fault=${fault} again=${reload} />`}
    <ol class="timeline">${
    entries.map((entry) =>
      markup`<${Entry} key=${nameOf(entry)} entry=${entry} id=${id} here=${entry.at === at}
        digits=${digits.get(entry.at)} apart=${told.get(nameOf(entry))} />`
    )
  }</ol>
    ${
    before !== null &&
    markup`<div class="buttons"><button type="button" onClick=${() => void older()}>Show older</button></div>`
  }</section>`;
}

interface EntryGiven {
  entry: TimelineEntry;
  id: string;
  here: boolean;
  /** Of the fraction of its second, where another moment has the same second. */
  digits?: number;
  /** What tells it from another one that reads the same. */
  apart?: string;
}

function Entry({ entry, id, here, digits, apart }: EntryGiven): VNode {
  const { title, about, state, said } = line(entry);
  const address = hashOf({ page: "release", id, at: entry.at });
  return markup`
    <li class=${`${entry.kind === "verdict" ? "verdict" : ""} ${here ? "here" : ""}`}
      aria-current=${here ? "time" : undefined}>
        <p class="asked"><a class="moment" href=${address}><${At} moment=${entry.at} digits=${
    digits ?? 0
  } /></a>
          <b><${Said} text=${title} /></b> ${about && markup`<${Said} text=${about} />`}
          ${entry.status_before && markup`<span class="calm">${words(entry.status_before)} →</span>`} ${
    state &&
    markup`<${State} of=${state} />`
  }
          ${
    entry.gate_code && entry.kind !== "verdict" && markup`<span class="tag">${entry.gate_code}</span>`
  }
          <${Where} entry=${entry} /><${By} entry=${entry} /></p>
        ${entry.artifact_url && markup`<p class="found"><${Address} address=${entry.artifact_url} /></p>`}
        ${said && markup`<p class="found"><${Said} text=${said} /></p>`}
        ${apart && markup`<p class="found calm"><${Said} text=${apart} /></p>`}
      </li>
  `;
}

function Where({ entry: { kind, environment, target } }: { entry: TimelineEntry }): VNode | null {
  if (!environment) return null;
  return markup`<span class="calm">${kind === "opened" ? "for" : "in"} ${environment}${
    target && target !== "default" && markup`, <${Said} text=${target} />`
  }</span> `;
}

function By({ entry: { actor, actor_role } }: { entry: TimelineEntry }): VNode | null {
  if (!actor) return null;
  return markup`<span class="calm">by <${Said} text=${actor} />${
    actor_role && ` (${words(actor_role)})`
  }</span>`;
}
