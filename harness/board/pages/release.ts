/** One release: what it is, where it may go, its gates, its history, and what was known at any moment of it. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { changes, markOf } from "../changes.ts";
import { guard } from "../commands.ts";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { thrown } from "../faults.ts";
import { markup } from "../markup.ts";
import { type Polled, useChange, usePolled } from "../polled.ts";
import { rolesBeyond } from "../offers.ts";
import { Done } from "../parts/done.ts";
import { Findings } from "../parts/findings.ts";
import { At } from "../parts/moment.ts";
import { FaultNotice, Notice, Pending } from "../parts/notice.ts";
import { MayGo, State } from "../parts/state.ts";
import { Commit, Copied, Said } from "../parts/text.ts";
import type { Overview } from "../rows.ts";
import { useTitle } from "../title.ts";
import { Facts } from "./release_facts.ts";
import { Gates } from "./release_gates.ts";
import { Exceptions } from "./release_exceptions.ts";
import { Timeline, type TimelinePages, useHistory } from "./release_history.ts";
import { Slider } from "./release_slider.ts";

interface Looked {
  present: Polled<Overview>;
  past: Polled<Overview | null>;
  history: TimelinePages;
}

/** A release now, at a moment, and what brought it there. */
function useRelease(id: string, at?: string): Looked {
  const { api } = useShared();
  const present = usePolled(`release ${id}`, useLookUp(id));
  const past = usePolled(
    `release ${id} at ${at}`,
    () => at ? api.overview(id, at) : Promise.resolve(null),
    false,
  );
  const history = useHistory(id, at);
  useChange(present.data && markOf(present.data), history.reload);
  // A step through time is compared with the present, and begins or ends there.
  useChange(at ?? "now", present.reload);
  return { present, past, history };
}

export function Release({ id, at }: { id: string; at?: string }): VNode {
  const { present, past, history } = useRelease(id, at);
  const release = present.data?.release;
  useTitle(release ? `${release.release_name}, ${release.project}` : "Release");
  const [done, tell] = useState<Outcome | null>(null);
  const finish = (outcome: Outcome) => {
    tell(outcome);
    present.reload();
    history.reload();
  };
  if (!present.data) {
    return markup`
      <main>
        <h1>Release</h1>
        <${Pending} loading=${present.loading} fault=${present.fault}
          again=${present.reload} />
      </main>
    `;
  }
  const shown = at ? past.data : present.data;
  return markup`<main class=${at ? "past" : ""}>
    ${shown ? markup`<${Head} overview=${shown} />` : markup`<${Name} overview=${present.data} />`}
    <${Done} outcome=${done} onClose=${() => tell(null)} />
    ${present.fault && markup`<${FaultNotice} fault=${present.fault} again=${present.reload} />`}
    <${Slider} id=${id} at=${at} history=${history} />
    ${
    at && (shown
      ? markup`<${Since} past=${shown} now=${present.data} />`
      : markup`<${Pending} loading=${past.loading} fault=${past.fault} again=${past.reload} />`)
  }
    ${shown && markup`<${Body} overview=${shown} now=${!at} onDone=${finish} />`}
    <${Timeline} id=${id} at=${at} history=${history} />
  </main>`;
}

interface BodyGiven {
  overview: Overview;
  /** Whether this is how it is now. */
  now: boolean;
  onDone: (outcome: Outcome) => void;
}

function Body({ overview, now, onDone }: BodyGiven): VNode {
  return markup`
    <${Gates} overview=${overview} now=${now} onDone=${onDone} />
    <${Obstacles} overview=${overview} />
    <${Exceptions} overview=${overview} now=${now} onDone=${onDone} />
    <${Facts} overview=${overview} />
  `;
}

/**
 * Looks a release up. Another role is taken where the present one holds nothing in its project; that is tried once,
 * because a release that is in none of them stays unknown.
 */
function useLookUp(id: string): () => Promise<Overview> {
  const { api, me } = useShared();
  const tried = useRef(false);
  return async () => {
    try {
      return await api.overview(id);
    } catch (error) {
      if (tried.current || thrown(error).code !== "OPS04") throw error;
      tried.current = true;
      for (const role of rolesBeyond(me.acting, me.memberships)) {
        await api.actAs(role);
        const found = await api.overview(id).catch(() => null);
        if (found) return found;
      }
      if (me.acting) await api.actAs(me.acting);
      throw error;
    }
  };
}

/** What holds at every moment: all that is known of a past one before it has been asked for. */
function Name({ overview: { release } }: { overview: Overview }): VNode {
  return markup`
    <h1><${Said} text=${release.release_name} /> <small class="project"><${Said}
          text=${release.project} /></small></h1>
        <p class="calm">Commit <${Commit} of=${release.source_ref} /></p>
  `;
}

function Head({ overview }: { overview: Overview }): VNode {
  const { release } = overview;
  return markup`
    <h1><${Said} text=${release.release_name} /> <small class="project"><${Said}
          text=${release.project} /></small></h1>
        <p class="goes"><${State} of=${release.status} />
          <${MayGo} to="staging" may=${overview.eligible_for_staging} />
          <${MayGo} to="production" may=${overview.eligible_for_production} />
          <span class="calm">for ${release.environment_target}</span></p>
        ${
    release.closed_at &&
    markup`<${Notice} tone="calm">Closed <${At} moment=${release.closed_at} /> by <${Said}
      text=${release.closed_by} />: <${Said} text=${release.close_reason} />. It goes nowhere any more.<//>`
  }
        <dl class="facts">
      <dt>Commit</dt>
      <dd>
        <${Commit} of=${release.source_ref} />
      </dd>
      <dt>Started by</dt>
      <dd>
        <${Said} text=${release.initiating_actor} />
      </dd>
      <dt>Opened</dt>
      <dd><${At} moment=${release.opened_at} /> by <${Said} text=${release.opened_by} /></dd>
      <dt>For a pipeline</dt>
      <dd>
        <${Copied} text=${guard(release)} label="Copy the guard command" />
      </dd>
    </dl>
  `;
}

function Since({ past, now }: { past: Overview; now: Overview }): VNode {
  const found = changes(past, now);
  return markup`<section class="card since-then"><h2>What changed since</h2>${
    found.length === 0
      ? markup`<p>The gates stand as they did.</p>`
      : markup`<ul class="bullets">${
        found.map((line) =>
          markup`
            <li>
              <${Said} text=${line} />
            </li>
          `
        )
      }</ul>`
  }</section>`;
}

/** What keeps it out of where it may not go, beside what its gates show, and what is worth a look. */
function Obstacles({ overview }: { overview: Overview }): VNode | null {
  const listed = new Set(
    overview.gates.flatMap((gate) => gate.findings.map((found) => found.requirement + found.detail)),
  );
  const beside = (["staging", "production"] as const).map((to) =>
    [to, overview.blockers[to].filter((found) => !listed.has(found.requirement + found.detail))] as const
  ).filter(([, findings]) => findings.length > 0);
  if (beside.length === 0 && overview.advice.length === 0) return null;
  return markup`<section><h2>Beside the gates</h2>${
    beside.map(([to, findings]) =>
      markup`
        <div class="card">
          <h3>What keeps it out of ${to}</h3>
          <${Findings} findings=${findings} />
        </div>
      `
    )
  }${
    overview.advice.length > 0 &&
    markup`
      <div class="card">
        <h3>Worth a look</h3>
        <${Findings} findings=${overview.advice} />
      </div>
    `
  }</section>`;
}
