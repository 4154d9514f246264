/** All exceptions of one's projects: those that count now, those that are due for review, and the rest. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { markup } from "../markup.ts";
import { usePolled } from "../polled.ts";
import { Done } from "../parts/done.ts";
import { ExceptionCard, type Shown } from "../parts/exception.ts";
import { Cut, FaultNotice, Pending } from "../parts/notice.ts";
import type { ExceptionRow } from "../rows.ts";

/** A row of the view as it is shown. */
export function shownOf(row: ExceptionRow): Shown {
  return { ...row, release: { release_name: row.release_name } };
}

export function groupsOf(rows: Shown[]): [string, Shown[]][] {
  const lives = (row: Shown) => row.state === "active" || row.state === "upcoming";
  const groups: [string, Shown[]][] = [
    ["Now and soon", rows.filter(lives)],
    ["Review due", rows.filter((row) => !lives(row) && row.review_pending)],
    ["Over", rows.filter((row) => !lives(row) && !row.review_pending)],
  ];
  return groups.filter(([, group]) => group.length > 0);
}

export function ExceptionsPage(): VNode {
  const { api } = useShared();
  const exceptions = usePolled("exceptions", () => api.exceptions());
  const [done, tell] = useState<Outcome | null>(null);
  const finish = (outcome: Outcome) => {
    tell(outcome);
    exceptions.reload();
  };
  return markup`<main><h1>Exceptions</h1>
    <p class="hint">An exception is opened on the page of its release.</p>
    <${Done} outcome=${done} onClose=${() => tell(null)} />
    ${
    exceptions.data
      ? exceptions.fault && markup`<${FaultNotice} fault=${exceptions.fault} again=${exceptions.reload} />`
      : markup`<${Pending} loading=${exceptions.loading} fault=${exceptions.fault} again=${exceptions.reload} />`
  }
    ${exceptions.data && markup`<${Cut} ...${exceptions.data} />`}
    ${exceptions.data?.rows.length === 0 && markup`<p class="empty">No exception was ever opened.</p>`}
    ${
    groupsOf((exceptions.data?.rows ?? []).toReversed().map(shownOf)).map(([title, rows]) =>
      markup`
        <section key=${title}>
          <h2>${title} <span class="count">${rows.length}</span></h2>
          <ul class="cards">${
        rows.map((row) =>
          markup`<${ExceptionCard} key=${row.exception_id} exception=${row} now=${true} onDone=${finish} />`
        )
      }</ul>
        </section>
      `
    )
  }
  </main>`;
}
