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

export function ExceptionCard({ exception, now, onDone }: Given): VNode {
  const { me } = useShared();
  const time = useNow();
  const [open, choose] = useState<"decide" | "revoke" | "review" | null>(null);
  const lacks = lacking(exception);
  const lives = exception.state === "active" || exception.state === "upcoming";
  const manager = now && manages(exception.project, me.memberships);
  // Its approver does not review it; whoever approved it later is refused by the database.
  const mayReview = exception.review_pending && exception.approver_id !== me.recordedAs;
  const place = useFocusBack<HTMLLIElement>(open !== null);
  const finish = (outcome: Outcome) => {
    choose(null);
    onDone(outcome);
  };
  return markup`<li class="card" ref=${place}>
    <div class="head"><${State} of=${exception.state} />
      ${
    exception.release &&
    markup`<a class="name" href=${
      hashOf({ page: "release", id: exception.release_id })
    }><${Said} text=${exception.release.release_name} /></a> <span class="project"><${Said}
        text=${exception.project} /></span>`
  }
      <span>${words(exception.exception_type)} of ${exception.impacted_gates.join(", ")}</span>
      ${exception.alone && markup`<span class="tag">alone</span>`}
      ${exception.review_pending && markup`<span class="state warn"><span>review due</span></span>`}
      <span class="since">${
    exception.revoked_at
      ? markup`revoked <${At} moment=${exception.revoked_at} />`
      : markup`ends <${At} moment=${exception.expires_at} /> (<${Age} moment=${exception.expires_at} now=${time} />)`
  }</span></div>
    <dl class="facts"><dt>Reason</dt><dd><${Said} text=${exception.reason} /></dd>
      ${
    exception.risk_statement && markup`<dt>Risk</dt><dd><${Said} text=${exception.risk_statement} /></dd>`
  }
      <dt>Accountable</dt><dd><${Said} text=${exception.approver_id} /></dd>
      <dt>From</dt><dd><${At} moment=${exception.effective_from} /></dd></dl>
    ${lacks && markup`<p><strong>It has no effect:</strong> <${Said} text=${lacks} /></p>`}
    ${
    manager && open === null && markup`<div class="buttons">
      ${
      lives && markup`
        <button type="button" onClick=${() => choose("decide")}>Decide on it</button>
        <button type="button" class="danger" onClick=${() => choose("revoke")}>Revoke</button>
      `
    }
      ${
      mayReview &&
      markup`<button type="button" onClick=${() => choose("review")}>Review</button>`
    }
    </div>`
  }
    ${
    open === "decide" && markup`<${Decide} onDone=${finish} onClose=${() => choose(null)} matter=${{
      releaseId: exception.release_id,
      gateCode: null,
      exceptionId: exception.exception_id,
      role: "release_manager",
    }} />`
  }
    ${
    open === "revoke" && markup`<${Revoke} id=${exception.exception_id} onDone=${finish} onClose=${() =>
      choose(null)} />`
  }
    ${
    open === "review" &&
    markup`<${Reason} act="review" fact=${exception.exception_id} onDone=${finish} onClose=${() =>
      choose(null)} />`
  }
  </li>`;
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
