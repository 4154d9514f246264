/** One exception, with what a release manager can do about it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { type Fault, thrown } from "../faults.ts";
import { markup } from "../markup.ts";
import { useNow } from "../polled.ts";
import { manages } from "../offers.ts";
import { hashOf } from "../routes.ts";
import { words } from "../texts.ts";
import { Decide } from "./decide.ts";
import { Age, At } from "./moment.ts";
import { useFocusBack } from "./focus.ts";
import { FaultNotice } from "./notice.ts";
import { Reason } from "./reason.ts";
import { State } from "./state.ts";
import { Said } from "./text.ts";

export interface Shown {
  exception_id: string;
  release_id: string;
  project: string;
  /** Given where exceptions of many releases stand together. */
  release?: { release_name: string };
  exception_type: string;
  impacted_gates: string[];
  state: string;
  authorises: boolean;
  alone: boolean;
  reason: string;
  /** Given where the exceptions of one release stand together. */
  risk_statement?: string;
  approver_id: string;
  effective_from: string;
  expires_at: string;
  revoked_at: string | null;
  missing: string | null;
  objection: string | null;
  approvals: number | null;
  approvals_needed: number | null;
  review_pending: boolean;
  post_review_status: string;
}

/** Why an exception has no effect although its time is now; null if it has one. */
function lacking(each: Shown): string | null {
  if (each.authorises || each.state !== "active") return null;
  return each.objection ?? each.missing ??
    `${each.approvals ?? 0} of ${each.approvals_needed ?? 1} approvals`;
}

interface Given {
  exception: Shown;
  now: boolean;
  onDone: (outcome: Outcome) => void;
}

type Act = "decide" | "revoke" | "review";

export function ExceptionCard({ exception, now, onDone }: Given): VNode {
  const [open, choose] = useState<Act | null>(null);
  const acts = useActs(exception, now);
  const lacks = lacking(exception);
  const place = useFocusBack<HTMLLIElement>(open !== null);
  const finish = (outcome: Outcome) => {
    choose(null);
    onDone(outcome);
  };
  return markup`<li class="card" ref=${place}>
    <${Head} exception=${exception} />
    <dl class="facts"><dt>Reason</dt><dd><${Said} text=${exception.reason} /></dd>
      ${
    exception.risk_statement && markup`<dt>Risk</dt><dd><${Said} text=${exception.risk_statement} /></dd>`
  }
      <dt>Accountable</dt><dd><${Said} text=${exception.approver_id} /></dd>
      <dt>From</dt><dd><${At} moment=${exception.effective_from} /></dd></dl>
    ${lacks && markup`<p><strong>It has no effect:</strong> <${Said} text=${lacks} /></p>`}
    ${
    acts.length > 0 && open === null && markup`<div class="buttons">${
      acts.map((act) =>
        markup`<button key=${act} type="button" class=${act === "revoke" ? "danger" : ""} onClick=${() =>
          choose(act)}>${BUTTONS[act]}</button>`
      )
    }</div>`
  }
    ${
    open && markup`<${Form} act=${open} exception=${exception} onDone=${finish} onClose=${() =>
      choose(null)} />`
  }
  </li>`;
}

const BUTTONS: Record<Act, string> = { decide: "Decide on it", revoke: "Revoke", review: "Review" };

/** What the person may do about an exception now. */
function useActs(exception: Shown, now: boolean): Act[] {
  const { me } = useShared();
  if (!now || !manages(exception.project, me.memberships)) return [];
  const lives = exception.state === "active" || exception.state === "upcoming";
  // Its approver does not review it; whoever approved it later is refused by the database.
  const mayReview = exception.review_pending && exception.approver_id !== me.recordedAs;
  return [...(lives ? ["decide", "revoke"] as const : []), ...(mayReview ? ["review"] as const : [])];
}

function Head({ exception }: { exception: Shown }): VNode {
  const time = useNow();
  const address = hashOf({ page: "release", id: exception.release_id });
  return markup`<div class="head"><${State} of=${exception.state} />
    ${
    exception.release &&
    markup`<a class="name" href=${address}><${Said} text=${exception.release.release_name} /></a>
      <span class="project"><${Said} text=${exception.project} /></span>`
  }
    <span>${words(exception.exception_type)} of ${exception.impacted_gates.join(", ")}</span>
    ${exception.alone && markup`<span class="tag">alone</span>`}
    ${exception.review_pending && markup`<span class="state warn"><span>review due</span></span>`}
    <span class="since">${
    exception.revoked_at
      ? markup`revoked <${At} moment=${exception.revoked_at} />`
      : markup`ends <${At} moment=${exception.expires_at} /> (<${Age} moment=${exception.expires_at} now=${time} />)`
  }</span></div>`;
}

interface FormGiven {
  act: Act;
  exception: Shown;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

/** The form of what is done about an exception. */
function Form({ act, exception, onDone, onClose }: FormGiven): VNode {
  const id = exception.exception_id;
  if (act === "revoke") return markup`<${Revoke} id=${id} onDone=${onDone} onClose=${onClose} />`;
  if (act === "review") {
    return markup`<${Reason} act="review" fact=${id} onDone=${onDone} onClose=${onClose} />`;
  }
  const matter = {
    releaseId: exception.release_id,
    gateCode: null,
    exceptionId: id,
    role: "release_manager",
  };
  return markup`<${Decide} matter=${matter} onDone=${onDone} onClose=${onClose} />`;
}

interface RevokeGiven {
  id: string;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

function Revoke({ id, onDone, onClose }: RevokeGiven): VNode {
  const { api } = useShared();
  const [fault, fail] = useState<Fault | undefined>();
  const [busy, wait] = useState(false);
  const revoke = async () => {
    wait(true);
    fail(undefined);
    try {
      await api.actAs("release_manager");
      await api.revoke(id);
      onDone({ tone: "good", text: "The exception is revoked." });
    } catch (error) {
      fail(thrown(error));
    } finally {
      wait(false);
    }
  };
  return markup`<div class="decide" aria-busy=${busy}>${fault && markup`<${FaultNotice} fault=${fault} />`}
    <p>It ends now, for good. Its gates are judged again without it.</p>
    <div class="buttons"><button type="button" class="danger" disabled=${busy} onClick=${revoke}>Revoke it now</button>
      <button type="button" class="quiet" onClick=${onClose}>Close</button></div></div>`;
}
