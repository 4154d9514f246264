/** All releases of one's projects, newest first: four gates each, where they may go, and what they wait for. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Filter } from "../api.ts";
import { useShared } from "../context.ts";
import { markup } from "../markup.ts";
import { useNow, usePolled } from "../polled.ts";
import { Choose, Field, Tick } from "../parts/fields.ts";
import { Age } from "../parts/moment.ts";
import { FaultNotice, Pending } from "../parts/notice.ts";
import { GateState, MayGo, State } from "../parts/state.ts";
import { Said } from "../parts/text.ts";
import { hashOf } from "../routes.ts";
import type { ReleaseRow } from "../rows.ts";
import { inWords } from "../texts.ts";
import { Nothing } from "./nothing.ts";

const PAGE = 50;
const STATUSES = ["draft", "in_progress", "promoted", "failed", "rolled_back", "closed"];
const ENVIRONMENTS = ["dev", "staging", "production"];

/** The filter of the address, as SQL takes it. */
export function filterOf(asked: Record<string, string>): Filter {
  const { project, status, environment, text } = asked;
  return {
    ...(project ? { project } : {}),
    ...(status ? { status } : {}),
    ...(environment ? { environment } : {}),
    ...(text ? { text } : {}),
    ...(asked.mine === "true" ? { mine: true } : {}),
    ...(asked.waiting === "true" ? { waiting: true } : {}),
  };
}

export function Releases({ asked }: { asked: Record<string, string> }): VNode {
  const { api, me } = useShared();
  const [cursors, turn] = useState<{ for: string; before: string[] }>({ for: "", before: [] });
  const filter = filterOf(asked);
  const key = JSON.stringify(filter);
  const before = cursors.for === key ? cursors.before : [];
  const at = before.at(-1) ?? null;
  const page = usePolled(`${key} ${at}`, () => api.releases(filter, at, PAGE));
  const now = useNow();
  const rows = page.data ?? [];
  const filtered = Object.keys(filter).length > 0;
  const turnTo = (list: string[]) => {
    turn({ for: key, before: list });
    scrollTo(0, 0);
  };
  return markup`<main><h1>Releases</h1>
    <${Filters} asked=${asked} projects=${[...new Set(rows.map((row) => row.project))]} />
    ${
    page.data && page.fault
      ? markup`<${FaultNotice} fault=${page.fault} again=${page.reload} />`
      : markup`<${Pending} loading=${page.loading} fault=${page.fault} again=${page.reload} />`
  }
    ${
    page.data && rows.length === 0 && (filtered || before.length > 0
      ? markup`<p class="empty">No release fits. <a href="#/releases">Show all releases</a>.</p>`
      : markup`<${Nothing} me=${me} />`)
  }
    <ul class="cards">${
    rows.map((row) => markup`<${Row} key=${row.release_id} row=${row} now=${now} />`)
  }</ul>
    ${
    (before.length > 0 || rows.length === PAGE) && markup`<nav class="buttons" aria-label="Pages of releases">
      <button type="button" disabled=${before.length === 0} onClick=${() =>
      turnTo(before.slice(0, -1))}>Newer</button>
      <button type="button" disabled=${rows.length < PAGE} onClick=${() =>
      turnTo([...before, rows.at(-1)!.release_id])}>Older</button>
      <span class="hint">Page ${before.length + 1}</span></nav>`
  }
  </main>`;
}

function Row({ row, now }: { row: ReleaseRow; now: number }): VNode {
  return markup`<li class="card release">
    <div class="head"><a class="name" href=${hashOf({ page: "release", id: row.release_id })}><${Said}
      text=${row.release_name} /></a>
      <span class="project"><${Said} text=${row.project} /></span>
      <${State} of=${row.status} />
      ${row.closed_at && markup`<span class="tag">closed: <${Said} text=${row.close_reason} /></span>`}
      <span class="since">opened <${Age} moment=${row.opened_at} now=${now} /></span></div>
    <ul class="four" aria-label="Gates">${
    row.gates.map((gate) =>
      markup`
        <li>
          <${GateState} code=${gate.gate_code} of=${gate.status} />
        </li>
      `
    )
  }</ul>
    <div class="goes"><${MayGo} to="staging" may=${row.eligible_for_staging} />
      <${MayGo} to="production" may=${row.eligible_for_production} />
      <span class="calm">for ${row.environment_target}</span></div>
    ${
    row.waits_for && markup`<p class="found">Waits${row.waits_at && ` at ${row.waits_at}`} for: <${Said}
      text=${inWords(row.waits_for)} />${
      row.waits_since &&
      markup` <span class="calm">since <${Age} moment=${row.waits_since} now=${now} /></span>
      `
    }</p>`
  }
  </li>`;
}

function Filters({ asked, projects }: { asked: Record<string, string>; projects: string[] }): VNode {
  const [typed, type] = useState({ project: asked.project ?? "", text: asked.text ?? "" });
  useEffect(() => type({ project: asked.project ?? "", text: asked.text ?? "" }), [
    asked.project,
    asked.text,
  ]);
  const go = (change: Record<string, string>) => {
    const filter = Object.fromEntries(
      Object.entries({ ...asked, ...typed, ...change }).filter(([, value]) => value !== ""),
    );
    location.hash = hashOf({ page: "releases", filter });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    go({});
  };
  const any = (word: string, values: string[]) => [
    { value: "", word },
    ...values.map((value) => ({ value, word: value.replaceAll("_", " ") })),
  ];
  return markup`<form class="filters" role="search" onSubmit=${submit}>
    <${Field} label="Name contains" value=${typed.text} type="search" maxlength="255" onValue=${(
    text: string,
  ) => type({ ...typed, text })} />
    <${Field} label="Project" value=${typed.project} list="projects" maxlength="255" onValue=${(
    project: string,
  ) => type({ ...typed, project })} />
    <datalist id="projects">${projects.map((name) => markup`<option value=${name} />`)}</datalist>
    <${Choose} label="Status" value=${asked.status ?? ""} choices=${any("any", STATUSES)} onValue=${(
    status: string,
  ) => go({ status })} />
    <${Choose} label="For" value=${asked.environment ?? ""} choices=${any("any environment", ENVIRONMENTS)}
      onValue=${(environment: string) => go({ environment })} />
    <div class="ticks"><${Tick} label="Mine" checked=${asked.mine === "true"} onChange=${(yes: boolean) =>
    go({ mine: yes ? "true" : "" })} />
      <${Tick} label="Waiting for me" checked=${asked.waiting === "true"} onChange=${(yes: boolean) =>
    go({ waiting: yes ? "true" : "" })} /></div>
    <button>Search</button>
    ${Object.keys(asked).length > 0 && markup`<a href="#/releases">Clear</a>`}
  </form>`;
}
