/** One's own objection beside the gates: what it was about is looked up before anything is decided. */
import type { VNode } from "preact";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { matterOf } from "../items.ts";
import { usePolled } from "../polled.ts";
import { markup } from "../markup.ts";
import type { Role } from "../offers.ts";
import { hashOf } from "../routes.ts";
import type { InboxItem } from "../rows.ts";
import { Decide } from "./decide.ts";
import { Notice, Pending } from "./notice.ts";

interface Given {
  item: InboxItem;
  role: Role;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

export function Objection({ item, role, onDone, onClose }: Given): VNode {
  const { api } = useShared();
  const found = usePolled(`objection ${item.fact}`, async () => {
    await api.actAs(role);
    return await api.overview(item.release_id);
  }, false);
  if (!found.data) {
    return markup`<${Pending} loading=${found.loading} fault=${found.fault} again=${found.reload} />`;
  }
  const matter = matterOf(item, role, found.data);
  if (matter) {
    return markup`<${Decide} matter=${matter} seen=${found.data} onDone=${onDone} onClose=${onClose} />`;
  }
  return markup`
    <${Notice} tone="warn">What you objected to is not among the decisions that are shown. Decide <a href=${
    hashOf({ page: "release", id: item.release_id })
  }>on the page of the release</a>. <button type="button" class="quiet" onClick=${onClose}>Close</button><//>
  `;
}
