/** How the projects deliver: the four measures of DORA, how long each gate takes, and what waits longest. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import { csv } from "../csv.ts";
import { useDraft } from "../drafts.ts";
import { delivery, durations, months, projectOf, type Series } from "../figures.ts";
import { markup } from "../markup.ts";
import { useNow, usePolled } from "../polled.ts";
import type { List } from "../paging.ts";
import { Choose } from "../parts/fields.ts";
import { Age } from "../parts/moment.ts";
import { Cut, FaultNotice, Pending } from "../parts/notice.ts";
import { Plot } from "../parts/plot.ts";
import { GateState } from "../parts/state.ts";
import { Said } from "../parts/text.ts";
import { hashOf } from "../routes.ts";
import type { DeliveryRow, DurationRow, WaitingRow } from "../rows.ts";
import { month } from "../time.ts";
import { inWords, whoElse } from "../texts.ts";

const RANGES = ["3", "6", "12", "24", "60"];
/** Among so many releases the newest one is looked for that is of a project with figures. */
const RECENT = 20;

interface Found {
  delivery: DeliveryRow[];
  durations: DurationRow[];
  waiting: List<WaitingRow>;
  /** The projects of the newest releases, the newest first. */
  recent: string[];
  /** The list that is not whole, if one is not. */
  cut: List<unknown>;
}

export function Figures(): VNode {
  const { api } = useShared();
  const found = usePolled("figures", async (): Promise<Found> => {
    const since = months(Number(RANGES.at(-1)), new Date())[0]!;
    const [delivery, durations, waiting, newest] = await Promise.all([
      api.delivery(since),
      api.durations(since),
      api.waiting(),
      api.releases({}, null, RECENT),
    ]);
    const cut = delivery.cut ? delivery : durations;
    const recent = newest.map((release) => release.project);
    return { delivery: delivery.rows, durations: durations.rows, waiting, recent, cut };
  }, false);
  return markup`<main><h1>Figures</h1>
    ${
    found.data
      ? found.fault && markup`<${FaultNotice} fault=${found.fault} again=${found.reload} />`
      : markup`<${Pending} loading=${found.loading} fault=${found.fault} again=${found.reload} />`
  }
    ${
    found.data && markup`
      <${Cut} ...${found.data.cut} />
      <${Measured} found=${found.data} />
      <${Longest} ...${found.data.waiting} />
    `
  }
  </main>`;
}

function Measured({ found }: { found: Found }): VNode {
  const projects = [...new Set([...found.delivery, ...found.durations].map((row) => row.project))].sort();
  const [chosen, choose] = useDraft("figures of", "");
  const [count, stretch] = useState("12");
  const project = projectOf(projects, chosen, found.recent);
  if (project === undefined) {
    return markup`<p class="empty">Nothing was deployed and no gate was passed yet, so there are no figures.</p>`;
  }
  const range = months(Number(count), new Date());
  const dora = delivery(found.delivery.filter((row) => row.project === project), range);
  const gates = durations(found.durations.filter((row) => row.project === project), range);
  return markup`
    <div class="filters">
      <${Choose} label="Project" value=${project} onValue=${(name: string) => choose(() => name)} choices=${
    projects.map((name) => ({
      value: name,
      word: name,
    }))
  } />
      <${Choose} label="Range" value=${count} onValue=${stretch} choices=${
    RANGES.map((value) => ({
      value,
      word: `last ${value} months`,
    }))
  } />
    </div>
    <section>
      <h2>Delivery</h2>
      <div class="plots">${dora.map((each) => markup`<${Plot} key=${each.title} series=${each} />`)}</div>
      <${Table} name="delivery" project=${project} series=${dora} rows=${
    deliveryRows(
      found.delivery,
      range,
    )
  } />
    </section>
    <section>
      <h2>How long each gate takes</h2>
      <p
        class="hint">From the moment a gate could begin until it was passed or bypassed: the median, and 90 % as an
            outline.</p>
      <div class="plots">${gates.map((each) => markup`<${Plot} key=${each.title} series=${each} />`)}</div>
      <${Table} name="gates" project=${project} series=${gates} rows=${
    durationRows(
      found.durations,
      range,
    )
  } />
    </section>
  `;
}

type Cell = string | number | null;

interface File {
  columns: string[];
  rows: Cell[][];
}

const DELIVERY = [
  "project",
  "month",
  "deployments",
  "failed_deployments",
  "change_failure_rate",
  "commits",
  "lead_time_seconds",
  "restores",
  "time_to_restore_seconds",
] as const;
const DURATIONS = ["project", "month", "gate_code", "gates", "median_seconds", "p90_seconds"] as const;

function deliveryRows(rows: DeliveryRow[], range: string[]): File {
  const kept = rows.filter((row) => range.includes(row.month));
  return { columns: [...DELIVERY], rows: kept.map((row) => DELIVERY.map((name) => row[name])) };
}

function durationRows(rows: DurationRow[], range: string[]): File {
  const kept = rows.filter((row) => range.includes(row.month));
  return { columns: [...DURATIONS], rows: kept.map((row) => DURATIONS.map((name) => row[name])) };
}

interface TableGiven {
  name: string;
  project: string;
  series: Series[];
  /** All projects in the range: what the file has. */
  rows: File;
}

function Table({ name, project, series, rows }: TableGiven): VNode {
  const shown = (series[0]?.points ?? []).map((_, place) => place)
    .filter((place) => series.some((each) => each.points[place]?.value !== null)).reverse();
  return markup`
    <details class="card part">
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label=${`Table: ${name}`}>
        <table>
          <caption>
            <${Said} text=${project} />
          </caption>
          <thead>
            <tr><th scope="col">Month</th>${
    series.map((each) => markup`<th scope="col">${each.title}</th>`)
  }</tr>
          </thead>
          <tbody>${
    shown.map((place) =>
      markup`<tr key=${place}><th scope="row">${month(series[0]!.points[place]!.month)}</th>${
        series.map((each) => markup`<td>${each.points[place]!.word}</td>`)
      }</tr>`
    )
  }</tbody>
        </table>
      </div>
    </details>
    <div class="buttons"><button type="button" onClick=${() =>
    download(`release-gates-${name}.csv`, csv(rows.columns, rows.rows))}>Download as CSV</button>
      <span class="hint">The file has all projects that you see, in this range.</span></div>
  `;
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function Longest({ rows, cut }: List<WaitingRow>): VNode | null {
  const now = useNow();
  if (rows.length === 0) return null;
  return markup`
    <section>
      <h2>What waits longest</h2>
      ${
    cut &&
    markup`<p class="hint">More waits than is looked at here, so something that waits longer may be missing.</p>`
  }
      <ul class="cards">${
    rows.map((row) =>
      markup`
          <li class="card" key=${row.release_id + row.gate_code}>
            <div class="head">
                  <${GateState} code=${row.gate_code} of=${row.status} />
                  <a class="name" href=${
        hashOf({ page: "release", id: row.release_id })
      }><${Said} text=${row.release_name} /></a>
                  <span class="project"><${Said} text=${row.project} /></span>
                  <span class="since">since <${Age} moment=${row.since} now=${now} /></span></div>
            <${Missing} what=${row.first_missing ?? ""} who=${row.who} />
          </li>
        `
    )
  }</ul>
    </section>
  `;
}

function Missing({ what, who }: { what: string; who: string[] }): VNode {
  const others = whoElse(what, who);
  return markup`<p class="found"><${Said} text=${inWords(what)} />${
    others && markup` <span class="who">Who can: ${others}</span>`
  }</p>`;
}
