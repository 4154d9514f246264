/** The exceptions of a release: what they cover, until when, and what a release manager can do about them. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { markup } from "../markup.ts";
import { manages } from "../offers.ts";
import { useFocusBack } from "../parts/focus.ts";
import { ExceptionCard, type Shown } from "../parts/exception.ts";
import { OpenException } from "../parts/open_exception.ts";
import type { Overview } from "../rows.ts";

interface Given {
  overview: Overview;
  now: boolean;
  onDone: (outcome: Outcome) => void;
}

export function Exceptions({ overview, now, onDone }: Given): VNode | null {
  const { me } = useShared();
  const [open, choose] = useState(false);
  const { release, exceptions } = overview;
  const place = useFocusBack<HTMLDivElement>(open);
  if (exceptions === null) return null;
  const mayOpen = now && release.closed_at === null && manages(release.project, me.memberships);
  const finish = (outcome: Outcome) => {
    choose(false);
    onDone(outcome);
  };
  return markup`<section><h2>Exceptions <span class="count">${exceptions.length}</span></h2>
    ${exceptions.length === 0 && markup`<p class="calm">None was opened.</p>`}
    <ul class="cards">${
    exceptions.map((each) =>
      markup`<${ExceptionCard} key=${each.exception_id} now=${now} onDone=${onDone} exception=${{
        ...each,
        release_id: release.release_id,
        project: release.project,
        review_pending: isDue(each),
      } satisfies Shown} />`
    )
  }</ul>
    ${
    mayOpen && markup`<div ref=${place}>${
      open
        ? markup`
        <div class="card">
          <h3>Open an exception</h3>
          <${OpenException} overview=${overview} onDone=${finish}
            onClose=${() => choose(false)} />
        </div>
      `
        : markup`<div class="buttons"><button type="button" onClick=${() =>
          choose(true)}>Open an exception</button></div>`
    }</div>`
  }
  </section>`;
}

/** A review is due once an exception has ended and nobody has reviewed it. */
function isDue({ state, post_review_status }: { state: string; post_review_status: string }): boolean {
  return (state === "expired" || state === "revoked") && post_review_status === "pending";
}
