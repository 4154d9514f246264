/** The four gates of a release with every requirement, and the decisions that the person may take. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import { markOf } from "../changes.ts";
import type { Outcome } from "../decision.ts";
import { markup } from "../markup.ts";
import { useChange, usePolled } from "../polled.ts";
import { decider, manages, type Role, rolesIn } from "../offers.ts";
import { Decide } from "../parts/decide.ts";
import { useFocusBack } from "../parts/focus.ts";
import { Findings } from "../parts/findings.ts";
import { At } from "../parts/moment.ts";
import { Reason } from "../parts/reason.ts";
import { GateState } from "../parts/state.ts";
import { Said } from "../parts/text.ts";
import type { Gate, InboxItem, Overview } from "../rows.ts";
import { inWords } from "../texts.ts";

interface Given {
  overview: Overview;
  /** Whether this is how it is now: decisions are about the present. */
  now: boolean;
  onDone: (outcome: Outcome) => void;
}

export function Gates({ overview, now, onDone }: Given): VNode {
  const { me } = useShared();
  const [open, choose] = useState<string | null>(null);
  const { release } = overview;
  const may = now && release.closed_at === null;
  const manager = may && manages(release.project, me.memberships);
  const held = rolesIn(release.project, me.memberships);
  const whole = useFocusBack<HTMLDivElement>(open === "release");
  const finish = (outcome: Outcome) => {
    choose(null);
    onDone(outcome);
  };
  return markup`<section><h2>Gates</h2><div class="gates">${
    overview.gates.map((gate) =>
      markup`
        <${GateCard} key=${gate.gate_code} gate=${gate} overview=${overview}
          role=${may ? decider(gate.gate_code, held) : null} open=${open === gate.gate_code}
          onOpen=${(yes: boolean) => choose(yes ? gate.gate_code : null)} onDone=${finish} />
      `
    )
  }</div>
    ${
    manager && markup`<div class="card whole" ref=${whole}><h3>The release as a whole</h3>
      <p class="found">An objection keeps it out of staging and production until the same person approves.</p>${
      open === "release"
        ? markup`
          <${Decide} seen=${overview} onDone=${finish} onClose=${() => choose(null)}
            matter=${{
          releaseId: release.release_id,
          gateCode: null,
          exceptionId: null,
          role: "release_manager",
        }} />
        `
        : markup`<div class="buttons"><button type="button" onClick=${() =>
          choose("release")}>Decide on the release</button></div>`
    }</div>`
  }
    ${manager && markup`<${Dismissible} overview=${overview} onDone=${finish} />`}
  </section>`;
}

interface CardGiven {
  gate: Gate;
  overview: Overview;
  role: Role | null;
  open: boolean;
  onOpen: (open: boolean) => void;
  onDone: (outcome: Outcome) => void;
}

function GateCard({ gate, overview, role, open, onOpen, onDone }: CardGiven): VNode {
  const { release_id: releaseId } = overview.release;
  // What is decided on stays what was looked at when the form was opened.
  const [seen, look] = useState<Overview>(overview);
  const decide = () => {
    look(overview);
    onOpen(true);
  };
  const place = useFocusBack<HTMLElement>(open);
  return markup`<article ref=${place} class=${`card gate ${gate.status}`}>
    <h3><${GateState} code=${gate.gate_code} of=${gate.status} /> <${Said} text=${gate.gate_name} /></h3>
    ${
    gate.since &&
    markup`<p class="calm">since <${At} moment=${gate.since} />${
      gate.resolved_by && markup`, by <${Said} text=${gate.resolved_by} />`
    }</p>`
  }
    ${
    open && role !== null
      ? markup`
        <${Decide} seen=${seen} onDone=${onDone} onClose=${() => onOpen(false)}
          matter=${{ releaseId, gateCode: gate.gate_code, exceptionId: null, role }} />
      `
      : markup`<${Findings} findings=${gate.findings} />`
  }
    ${
    role !== null && !open &&
    markup`<div class="buttons"><button type="button" class=${gate.status === "passed" ? "" : "primary"}
      onClick=${decide}>Decide on ${gate.gate_code}</button></div>`
  }
  </article>`;
}

/** The stops of this release that the person may set aside, as the inbox names them. */
function Dismissible(
  { overview, onDone }: { overview: Overview; onDone: (outcome: Outcome) => void },
): VNode | null {
  const { api } = useShared();
  const [open, choose] = useState<string | null>(null);
  const releaseId = overview.release.release_id;
  const inbox = usePolled(`dismissible ${releaseId}`, () => api.inbox(), false);
  useChange(markOf(overview), inbox.reload);
  const items = (inbox.data?.items ?? []).filter((item: InboxItem) =>
    item.kind === "dismissible" && item.release_id === releaseId
  );
  const cut = inbox.data?.cut === true;
  if (items.length === 0 && !cut) return null;
  const finish = (outcome: Outcome) => {
    choose(null);
    inbox.reload();
    onDone(outcome);
  };
  return markup`
    <div class="card">
      <h3>Can be dismissed</h3>
      ${
    cut &&
    markup`<p class="hint">More waits for you than is looked at here, so a stop of this release may be missing.
      What you do makes room for the rest.</p>`
  }
      <ul>${
    items.map((item) =>
      markup`<${Stop} key=${item.fact} item=${item} open=${open === item.fact} onDone=${finish}
        onOpen=${(yes: boolean) => choose(yes ? item.fact : null)} />`
    )
  }</ul>
    </div>
  `;
}

interface StopGiven {
  item: InboxItem;
  open: boolean;
  onOpen: (open: boolean) => void;
  onDone: (outcome: Outcome) => void;
}

function Stop({ item, open, onOpen, onDone }: StopGiven): VNode {
  const place = useFocusBack<HTMLLIElement>(open);
  return markup`<li ref=${place}><p><${Said} text=${inWords(item.what)} /></p>${
    open
      ? markup`<${Reason} act="dismiss" fact=${item.fact} onDone=${onDone} onClose=${() => onOpen(false)} />`
      : markup`<div class="buttons"><button type="button" onClick=${() =>
        onOpen(true)}>Dismiss</button></div>`
  }</li>`;
}
