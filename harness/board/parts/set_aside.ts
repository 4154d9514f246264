/** Notices that reached nobody: tried for a day, and set aside. Whoever may not read them sees nothing of this. */
import type { VNode } from "preact";
import { retryNotice } from "../commands.ts";
import { useShared } from "../context.ts";
import { markup } from "../markup.ts";
import { usePolled } from "../polled.ts";
import type { SetAsideRow } from "../rows.ts";
import { counted, words } from "../texts.ts";
import { At } from "./moment.ts";
import { Cut, FaultNotice } from "./notice.ts";
import { Copied, Said } from "./text.ts";

/** The tables of notices are for these alone. */
const READERS: readonly string[] = ["release_manager", "audit_reader"];

export function SetAside(): VNode | null {
  const { me } = useShared();
  return me.acting !== null && READERS.includes(me.acting) ? markup`<${List} />` : null;
}

function List(): VNode | null {
  const { api } = useShared();
  const found = usePolled("set aside", () => api.setAside());
  if (found.fault) return markup`<${FaultNotice} fault=${found.fault} again=${found.reload} />`;
  if (!found.data || found.data.rows.length === 0) return null;
  return markup`<section><h2>Told to nobody <span class="count">${found.data.rows.length}</span></h2>
    <p class="hint">Notices that were tried for a day and set aside. Whoever holds the secret key mends the receiver
      and tries them again.</p>
    <${Cut} ...${found.data} />
    <ul class="cards">${
    found.data.rows.map((row) => markup`<${Card} key=${row.delivery_id} row=${row} />`)
  }</ul></section>`;
}

function Card({ row }: { row: SetAsideRow }): VNode {
  const status = row.http_status === null ? "" : ` ${row.http_status}`;
  return markup`<li class="card">
    <div class="head"><span class="tag failed">${words(row.kind)}${
    row.gate_code ? ` ${row.gate_code}` : ""
  }</span>
      <a class="name" href=${`#/release/${row.release_id}`}>its release</a>
      <span class="project"><${Said} text=${row.project} /></span>
      <span class="since"><${At} moment=${row.ended_at} /></span></div>
    <p>Not delivered to <${Said} text=${row.target_name} />: <code>${row.last_error}${status}</code>, after ${
    counted(row.attempt, "try", "tries")
  }.</p>
    <p class="remedy">To try it again: <${Copied} text=${retryNotice(row.delivery_id)} label="Copy" /></p>
  </li>`;
}
