/** The form by which a person decides: a reason, documents where a gate asks for some, and three buttons. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { changes } from "../changes.ts";
import { type Context, useShared } from "../context.ts";
import {
  attached,
  decideBeside,
  decideGate,
  type DecisionDraft,
  EMPTY,
  hasChanged,
  lacks,
  type Outcome,
} from "../decision.ts";
import { forget, useDraft } from "../drafts.ts";
import { type Fault, thrown, unsent } from "../faults.ts";
import { markup } from "../markup.ts";
import type { Role } from "../offers.ts";
import type { Decision, Overview, ReleaseException } from "../rows.ts";
import { missingDocuments } from "../sign_off.ts";
import { Documents } from "./documents.ts";
import { Area } from "./fields.ts";
import { Findings } from "./findings.ts";
import { FaultNotice, Notice } from "./notice.ts";
import { Said } from "./text.ts";

/** What is decided: a gate, an exception, or (neither) the release as a whole. */
export interface Matter {
  releaseId: string;
  gateCode: string | null;
  exceptionId: string | null;
  role: Role;
}

interface Given {
  matter: Matter;
  /** What is looked at; the form looks itself if it is left out. */
  seen?: Overview;
  onDone: (outcome: Outcome) => void;
  onClose?: () => void;
}

const BUTTONS: [Decision, string, string][] = [
  ["approved", "Approve", "primary"],
  ["request_changes", "Request changes", ""],
  ["rejected", "Reject", "danger"],
];

export function draftKeyOf(matter: Matter): string {
  return `decide ${matter.releaseId} ${matter.exceptionId ?? matter.gateCode ?? "release"}`;
}

interface Deciding {
  draft: DecisionDraft;
  keep: (change: (draft: DecisionDraft) => DecisionDraft) => void;
  /** The release as the person sees it; it is what they decide on. */
  looked?: Overview;
  fault?: Fault;
  /** What changed since they looked, when a decision was refused because of it. */
  changed?: string[];
  busy: boolean;
  again: () => Promise<void>;
  send: (decision: Decision) => Promise<void>;
}

/** Looking at a matter, and sending what was decided on it. */
function useDeciding({ matter, seen, onDone }: Given): Deciding {
  const { api, me } = useShared();
  const key = draftKeyOf(matter);
  const [draft, keep] = useDraft<DecisionDraft>(key, EMPTY);
  // In another role one sees other parts of a release: what was seen in that role is no look of this one.
  const [looked, look] = useState<Overview | undefined>(me.acting === matter.role ? seen : undefined);
  const [fault, fail] = useState<Fault | undefined>();
  const [changed, tell] = useState<string[] | undefined>();
  const [busy, wait] = useState(false);

  const again = async () => {
    fail(undefined);
    try {
      await api.actAs(matter.role);
      look(await api.overview(matter.releaseId));
    } catch (error) {
      fail(thrown(error));
    }
  };
  useEffect(() => {
    if (!looked) void again();
  }, []);

  const showChanges = async () => {
    try {
      const now = await api.overview(matter.releaseId);
      tell(looked ? changes(looked, now) : []);
      look(now);
    } catch (error) {
      fail(thrown(error));
    }
  };

  const send = async (decision: Decision) => {
    const missing = lacks(draft);
    if (missing) return fail(unsent(missing));
    if (!looked) return;
    wait(true);
    fail(undefined);
    tell(undefined);
    try {
      await api.actAs(matter.role);
      const done = await record({ api, me, matter, draft, looked, decision, keep });
      forget(key);
      onDone(done);
    } catch (error) {
      fail(thrown(error));
      if (hasChanged(error)) await showChanges();
    } finally {
      wait(false);
    }
  };
  return { draft, keep, looked, fault, changed, busy, again, send };
}

interface Recorded extends Pick<Context, "api" | "me">, Pick<Deciding, "draft" | "keep"> {
  matter: Matter;
  looked: Overview;
  decision: Decision;
}

/** Record a decision where its matter is recorded: on a gate by an event, beside the gates by a row. */
function record({ api, me, matter, draft, looked, decision, keep }: Recorded): Promise<Outcome> {
  const reason = draft.reason.trim();
  const { releaseId: release_id, gateCode: gate_code, exceptionId: exception_id, role } = matter;
  if (gate_code === null || exception_id !== null) {
    const said = { release_id, exception_id, approver_id: me.recordedAs, decision, reason };
    return decideBeside(api, draft, said, looked, (sentRow) => keep((now) => ({ ...now, sentRow })));
  }
  const { seen, artifacts_digest } = looked;
  const documents = attached(draft);
  const said = {
    release_id,
    gate_code,
    person: me.subject,
    role,
    decision,
    reason,
    documents,
    seen,
    artifacts_digest,
  };
  return decideGate(api, draft, said, (sentEvent) => keep((now) => ({ ...now, sentEvent })));
}

export function Decide(given: Given): VNode {
  const { matter, onClose } = given;
  const { draft, keep, looked, fault, changed, busy, again, send } = useDeciding(given);
  const form = useRef<HTMLFormElement>(null);
  const toReason = () => form.current?.querySelector("textarea")?.focus();
  useEffect(toReason, []);
  const decide = (decision: Decision) => {
    if (lacks(draft)) toReason();
    void send(decision);
  };
  const gate = looked?.gates.find((each) => each.gate_code === matter.gateCode);
  const exception = looked?.exceptions?.find((each) => each.exception_id === matter.exceptionId);
  const wanted = missingDocuments(gate?.findings ?? []);
  return markup`<form class="decide" ref=${form} aria-busy=${busy} onSubmit=${(event: Event) =>
    event.preventDefault()}>
    ${gate && markup`<${Findings} findings=${gate.findings} />`}
    ${exception && markup`<${Facts} exception=${exception} />`}
    ${fault && markup`<${FaultNotice} fault=${fault} again=${!looked ? () => void again() : undefined} />`}
    ${changed && markup`<${Changed} lines=${changed} />`}
    <${Area} label="Reason" value=${draft.reason} maxlength="8000" required
      hint="It is recorded with the decision and stays." onValue=${(reason: string) =>
    keep((now) => ({ ...now, reason }))} />
    ${
    gate && markup`
      <${Documents} documents=${draft.documents} wanted=${wanted}
        onChange=${(documents: DecisionDraft["documents"]) => keep((now) => ({ ...now, documents }))} />
    `
  }
    <div class="buttons">${
    BUTTONS.map(([decision, word, tone]) =>
      markup`<button type="button" class=${tone} disabled=${busy || !looked} onClick=${() =>
        decide(decision)}>${word}</button>`
    )
  }${onClose && markup`<button type="button" class="quiet" onClick=${onClose}>Close</button>`}
      <span role="status" class="busy-word">${
    busy ? "Sending…" : looked || fault ? "" : "Looking…"
  }</span></div>
  </form>`;
}

/** What an exception is, for whoever decides on it. */
function Facts({ exception }: { exception: ReleaseException }): VNode {
  return markup`
    <dl class="facts">
      <dt>Reason</dt>
      <dd>
        <${Said} text=${exception.reason} />
      </dd>
      <dt>Risk</dt>
      <dd>
        <${Said} text=${exception.risk_statement} />
      </dd>
      <dt>Covers</dt>
      <dd>${exception.impacted_gates.join(", ")}</dd>
    </dl>
  `;
}

/** What changed since the person looked. */
function Changed({ lines }: { lines: string[] }): VNode {
  return markup`
    <${Notice} tone="warn">
      <p><strong>What changed:</strong></p>
      <ul>${
    lines.length === 0
      ? markup`<li>Something was recorded, and the gates are as they were.</li>`
      : lines.map((line) => markup`<li><${Said} text=${line} /></li>`)
  }</ul>
      <//>
  `;
}
