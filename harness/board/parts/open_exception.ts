/** The form that opens an exception: what it covers, why, at which risk, until when. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { forget, useDraft } from "../drafts.ts";
import { type Fault, thrown, unsent } from "../faults.ts";
import { markup } from "../markup.ts";
import type { NewException } from "../api.ts";
import { uncleared } from "../offers.ts";
import type { Overview } from "../rows.ts";
import { sendOnce, type Sent } from "../sending.ts";
import { counted } from "../texts.ts";
import { Area, Choose, Tick } from "./fields.ts";
import { FaultNotice } from "./notice.ts";

const TYPES = [
  { value: "gate_bypass", word: "bypass: covers every requirement of its gates" },
  { value: "evidence_waiver", word: "evidence waiver: covers missing evidence alone" },
  { value: "timing_override", word: "timing override: covers nothing yet" },
];
const HOURS = [1, 4, 12, 24, 72, 168, 720];

interface ExceptionDraft {
  type: string;
  gates: string[];
  reason: string;
  risk: string;
  hours: string;
  /** What was sent of it without an answer. */
  sent?: Sent<NewException>;
}

interface Given {
  overview: Overview;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

function rowOf(draft: ExceptionDraft, releaseId: string, approverId: string): NewException {
  return {
    exception_id: crypto.randomUUID(),
    release_id: releaseId,
    exception_type: draft.type,
    impacted_gates: [...draft.gates].sort(),
    reason: draft.reason.trim(),
    risk_statement: draft.risk.trim(),
    approver_id: approverId,
    expires_at: new Date(Date.now() + Number(draft.hours) * 3_600_000).toISOString(),
  };
}

function lacks(draft: ExceptionDraft): string | null {
  if (draft.gates.length === 0) return "Choose at least one gate.";
  if (draft.reason.trim() === "") return "Say why the release must go on.";
  return draft.risk.trim() === "" ? "Say what can go wrong because of it." : null;
}

export function OpenException({ overview, onDone, onClose }: Given): VNode {
  const { api, me } = useShared();
  const key = `exception ${overview.release.release_id}`;
  const [draft, keep] = useDraft<ExceptionDraft>(key, {
    type: "gate_bypass",
    gates: uncleared(overview.gates).slice(0, 1),
    reason: "",
    risk: "",
    hours: "4",
  });
  const [fault, fail] = useState<Fault | undefined>();
  const [busy, wait] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    const missing = lacks(draft);
    if (missing) return fail(unsent(missing));
    wait(true);
    fail(undefined);
    const { sent: before, ...typed } = draft;
    const row = () => rowOf(draft, overview.release.release_id, me.recordedAs);
    const keepSent = (sent?: Sent<NewException>) => keep((now) => ({ ...now, sent }));
    try {
      await api.actAs("release_manager");
      await sendOnce(before, typed, row, (made) => api.openException(made), keepSent);
      forget(key);
      onDone({ tone: "good", text: "The exception is open. What it covers is shown with the gates." });
    } catch (error) {
      fail(thrown(error));
    } finally {
      wait(false);
    }
  };
  const toggle = (gate: string, yes: boolean) =>
    keep((now) => ({
      ...now,
      gates: yes ? [...now.gates, gate] : now.gates.filter((each) => each !== gate),
    }));
  return markup`<form class="decide" onSubmit=${send} aria-busy=${busy} novalidate>
    ${fault && markup`<${FaultNotice} fault=${fault} />`}
    <${Choose} label="Type" value=${draft.type} choices=${TYPES} onValue=${(type: string) =>
    keep((now) => ({ ...now, type }))} />
    <fieldset><legend>Gates that it covers</legend><div class="ticks">${
    overview.gates.map((gate) =>
      markup`
        <${Tick} label=${`${gate.gate_code} ${gate.gate_name}`} checked=${
        draft.gates.includes(
          gate.gate_code,
        )
      }
          onChange=${(yes: boolean) => toggle(gate.gate_code, yes)} />
      `
    )
  }</div></fieldset>
    <${Area} label="Reason" hint="Why the release must go on." value=${draft.reason} maxlength="8000" required
      onValue=${(reason: string) => keep((now) => ({ ...now, reason }))} />
    <${Area} label="Risk" hint="What can go wrong because of it." value=${draft.risk} maxlength="8000" required
      onValue=${(risk: string) => keep((now) => ({ ...now, risk }))} />
    <${Choose} label="Ends after" value=${draft.hours} onValue=${(hours: string) =>
    keep((now) => ({ ...now, hours }))}
      choices=${
    HOURS.map((hours) => ({
      value: String(hours),
      word: hours < 48 ? counted(hours, "hour") : counted(hours / 24, "day"),
    }))
  } />
    <div class="buttons"><button class="primary" disabled=${busy}>Open the exception</button>
      <button type="button" class="quiet" onClick=${onClose}>Close</button></div>
  </form>`;
}
