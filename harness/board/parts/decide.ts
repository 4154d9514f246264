/** The form by which a person decides: a reason, documents where a gate asks for some, and three buttons. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { changes } from "../changes.ts";
import { useShared } from "../context.ts";
import {
  attached,
  decideBeside,
  decideGate,
  type Draft,
  EMPTY,
  hasChanged,
  lacks,
  type Outcome,
} from "../decision.ts";
import { forget, useDraft } from "../drafts.ts";
import { type Fault, thrown, unsent } from "../faults.ts";
import { markup } from "../markup.ts";
import type { Role } from "../offers.ts";
import type { Decision, Overview } from "../rows.ts";
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

export function Decide({ matter, seen, onDone, onClose }: Given): VNode {
  const { api, me } = useShared();
  const key = draftKeyOf(matter);
  const [draft, keep] = useDraft<Draft>(key, EMPTY);
  const [looked, look] = useState<Overview | undefined>(seen);
  const [fault, fail] = useState<Fault | undefined>();
  const [changed, tell] = useState<string[] | undefined>();
  const [busy, wait] = useState(false);
  const form = useRef<HTMLFormElement>(null);

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
    form.current?.querySelector("textarea")?.focus();
  }, []);

  const send = async (decision: Decision) => {
    const missing = lacks(draft);
    if (missing) {
      fail(unsent(missing));
      form.current?.querySelector("textarea")?.focus();
      return;
    }
    if (!looked) return;
    wait(true);
    fail(undefined);
    tell(undefined);
    try {
      await api.actAs(matter.role);
      const done = matter.gateCode === null || matter.exceptionId !== null
        ? await decideBeside(
          api,
          draft,
          {
            release_id: matter.releaseId,
            exception_id: matter.exceptionId,
            approver_id: me.recordedAs,
            decision,
            reason: draft.reason.trim(),
          },
          looked,
          (sentRow) => keep((now) => ({ ...now, sentRow })),
        )
        : await decideGate(api, draft, {
          release_id: matter.releaseId,
          gate_code: matter.gateCode,
          person: me.subject,
          role: matter.role,
          decision,
          reason: draft.reason.trim(),
          documents: attached(draft),
          seen: looked.seen,
          artifacts_digest: looked.artifacts_digest,
        }, (sentEvent) => keep((now) => ({ ...now, sentEvent })));
      forget(key);
      onDone(done);
    } catch (error) {
      fail(thrown(error));
      if (hasChanged(error)) await showChanges();
    } finally {
      wait(false);
    }
  };

  const showChanges = async () => {
    try {
      const now = await api.overview(matter.releaseId);
      tell(looked ? changes(looked, now) : []);
      look(now);
    } catch (error) {
      fail(thrown(error));
    }
  };

  const gate = looked?.gates.find((each) => each.gate_code === matter.gateCode);
  const exception = looked?.exceptions?.find((each) => each.exception_id === matter.exceptionId);
  const wanted = missingDocuments(gate?.findings ?? []);
  return markup`<form class="decide" ref=${form} aria-busy=${busy} onSubmit=${(event: Event) =>
    event.preventDefault()}>
    ${gate && markup`<${Findings} findings=${gate.findings} />`}
    ${
    exception && markup`
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
    `
  }
    ${fault && markup`<${FaultNotice} fault=${fault} again=${!looked ? () => void again() : undefined} />`}
    ${
    changed && markup`
      <${Notice} tone="warn">
        <p><strong>What changed:</strong></p>
        <ul>${
      changed.length === 0
        ? markup`<li>Something was recorded, and the gates are as they were.</li>`
        : changed.map((line) =>
          markup`
              <li>
                <${Said} text=${line} />
              </li>
            `
        )
    }</ul>
        <//>
    `
  }
    <${Area} label="Reason" value=${draft.reason} maxlength="8000" required
      hint="It is recorded with the decision and stays." onValue=${(reason: string) =>
    keep((now) => ({ ...now, reason }))} />
    ${
    gate && markup`
      <${Documents} documents=${draft.documents} wanted=${wanted}
        onChange=${(documents: Draft["documents"]) => keep((now) => ({ ...now, documents }))} />
    `
  }
    <div class="buttons">${
    BUTTONS.map(([decision, word, tone]) =>
      markup`<button type="button" class=${tone} disabled=${busy || !looked} onClick=${() =>
        void send(decision)}>${word}</button>`
    )
  }${onClose && markup`<button type="button" class="quiet" onClick=${onClose}>Close</button>`}
      <span role="status" class="busy-word">${
    busy ? "Sending…" : looked || fault ? "" : "Looking…"
  }</span></div>
  </form>`;
}
