/** What is live: per project, environment and target. */
import type { VNode } from "preact";
import { useShared } from "../context.ts";
import { markup } from "../markup.ts";
import { useNow, usePolled } from "../polled.ts";
import { Age, At } from "../parts/moment.ts";
import { Cut, FaultNotice, Pending } from "../parts/notice.ts";
import { State } from "../parts/state.ts";
import { Commit, Said } from "../parts/text.ts";
import { hashOf } from "../routes.ts";
import type { LiveRow } from "../rows.ts";
import { words } from "../texts.ts";

export function Live(): VNode {
  const { api } = useShared();
  const live = usePolled("live", () => api.live());
  const now = useNow();
  const rows = live.data?.rows ?? [];
  const projects = [...new Set(rows.map((row) => row.project))].sort();
  return markup`<main><h1>Live</h1>
    ${
    live.data
      ? live.fault && markup`<${FaultNotice} fault=${live.fault} again=${live.reload} />`
      : markup`<${Pending} loading=${live.loading} fault=${live.fault} again=${live.reload} />`
  }
    ${live.data && markup`<${Cut} ...${live.data} />`}
    ${
    live.data && rows.length === 0 &&
    markup`<p class="empty">Nothing is live yet. A release appears here when its
      deployment is reported: <code>ops-gates emit deployment_event</code>.</p>`
  }
    ${
    projects.map((project) =>
      markup`
        <section key=${project}>
          <h2>
            <${Said} text=${project} />
          </h2>
          <ul class="cards">${
        rows.filter((row) => row.project === project).map((row) =>
          markup`<${Target} key=${`${row.environment} ${row.target}`} row=${row} now=${now} />`
        )
      }</ul>
        </section>
      `
    )
  }
  </main>`;
}

function Named({ id, name }: { id: string | null; name: string | null }): VNode {
  if (id === null) return markup`<strong>unknown release</strong>`;
  return markup`<a class="name" href=${hashOf({ page: "release", id })}><${Said} text=${name} /></a>`;
}

function Target({ row, now }: { row: LiveRow; now: number }): VNode {
  return markup`<li class="card">
    <div class="head"><strong>${row.environment}</strong> ${
    row.target !== "default" && markup`<${Said} text=${row.target} />`
  }
      <${Named} id=${row.release_id} name=${row.release_name} />
      <${State} of=${row.health} word=${`health ${words(row.health)}`} />
      ${row.rollback_of && markup`<${State} of="rolled_back" word="after a rollback" />`}
      ${row.excepted_by?.length ? markup`<${State} of="bypassed" word="under an exception" />` : null}
      ${row.was_eligible === false && markup`<${State} of="failed" word="was not eligible" />`}
      ${row.target_retired_at && markup`<span class="tag">taken out</span>`}
      <span class="since">since <${At} moment=${row.since} /> (<${Age} moment=${row.since} now=${now} />)</span></div>
    <p class="found">Commit <${Commit} of=${row.source_ref} />, deployment <${Said} text=${row.deployment_ref} />${
    row.deployed_by && markup`, by <${Said} text=${row.deployed_by} />`
  }</p>
    ${
    row.artifacts?.length
      ? markup`
        <details>
          <summary>Artifacts</summary>
          <ul class="records">${
        row.artifacts.map((each) =>
          markup`<li><${Said} text=${each.name} /> <code>${each.sha256}</code></li>`
        )
      }</ul>
        </details>
      `
      : null
  }
    ${
    row.newer_deployment && markup`<p><${State} of=${row.newer_deployment.status} /> newer deployment <${Said}
      text=${row.newer_deployment.deployment_ref} /></p>`
  }
    ${
    row.waiting_release && markup`<p>Newer, and waits: <${Named} id=${row.waiting_release.release_id}
      name=${row.waiting_release.release_name} /> <span class="calm">opened <${Age}
      moment=${row.waiting_release.opened_at} now=${now} /></span></p>`
  }
  </li>`;
}
