/** A form of one text or one choice: to dismiss a stop, or to review an exception. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { forget, useDraft } from "../drafts.ts";
import { type Fault, thrown, unsent } from "../faults.ts";
import { markup } from "../markup.ts";
import { Area } from "./fields.ts";
import { FaultNotice } from "./notice.ts";

interface Given {
  act: "dismiss" | "review";
  fact: string;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

export function Reason({ act, fact, onDone, onClose }: Given): VNode {
  const { api } = useShared();
  const key = `${act} ${fact}`;
  const [reason, keep] = useDraft(key, "");
  const [fault, fail] = useState<Fault | undefined>();
  const [busy, wait] = useState(false);
  const attempt = async (work: () => Promise<void>, text: string) => {
    wait(true);
    fail(undefined);
    try {
      await api.actAs("release_manager");
      await work();
      forget(key);
      onDone({ tone: "good", text });
    } catch (error) {
      fail(thrown(error));
    } finally {
      wait(false);
    }
  };
  const dismiss = () => {
    if (reason.trim() === "") {
      return fail(unsent("Say why first: it is recorded with the dismissal."));
    }
    void attempt(() => api.dismiss(fact, reason.trim()), "Dismissed.");
  };
  const review = (status: "complete" | "waived") =>
    void attempt(() => api.review(fact, status), `The review is ${status}.`);
  return markup`<form class="decide" aria-busy=${busy} onSubmit=${(event: Event) => event.preventDefault()}>
    ${fault && markup`<${FaultNotice} fault=${fault} />`}
    ${
    act === "dismiss"
      ? markup`
        <${Area} label="Reason" value=${reason} onValue=${(text: string) =>
        keep(() => text)} maxlength="8000" required
          hint="A dismissal sets the stop aside. It is recorded and stays." />
      `
      : markup`<p>A review is recorded once. Complete: somebody looked at what came of it. Waived: nobody needs to.</p>`
  }
    <div class="buttons">${
    act === "dismiss"
      ? markup`<button type="button" class="danger" disabled=${busy} onClick=${dismiss}>Dismiss the stop</button>`
      : markup`
        <button type="button" class="primary" disabled=${busy} onClick=${() =>
        review("complete")}>Review complete</button>
        <button type="button" disabled=${busy} onClick=${() => review("waived")}>Waive the review</button>
      `
  }
      <button type="button" class="quiet" onClick=${onClose}>Close</button></div>
  </form>`;
}
