/** The first page: what waits for whoever looks, and what they can do about it here. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useShared } from "../context.ts";
import type { Outcome } from "../decision.ts";
import { markup } from "../markup.ts";
import { useNow, usePolled } from "../polled.ts";
import { byHand, grouped, isSame, type Way, wayOf, withOpen } from "../items.ts";
import { hashOf } from "../routes.ts";
import type { InboxItem } from "../rows.ts";
import { Decide } from "../parts/decide.ts";
import { Done } from "../parts/done.ts";
import { useFocusBack } from "../parts/focus.ts";
import { Age } from "../parts/moment.ts";
import { FaultNotice, Notice, Pending } from "../parts/notice.ts";
import { Objection } from "../parts/objection.ts";
import { Reason } from "../parts/reason.ts";
import { SetAside } from "../parts/set_aside.ts";
import { Said } from "../parts/text.ts";
import { inWords, words } from "../texts.ts";
import { Nothing } from "./nothing.ts";

export function Waiting(): VNode {
  const { api, me } = useShared();
  const inbox = usePolled("inbox", async () => {
    const found = await api.inbox();
    const any = found.items.length > 0 || (await api.releases({}, null, 1)).length > 0;
    return { ...found, any };
  });
  const now = useNow();
  const [open, choose] = useState<InboxItem | null>(null);
  const [done, tell] = useState<Outcome | null>(null);
  const finish = (outcome: Outcome) => {
    tell(outcome);
    choose(null);
    inbox.reload();
  };
  const waiting = inbox.data?.items ?? [];
  const items = withOpen(waiting, open);
  return markup`<main><h1>Waiting for you</h1>
    <${Done} outcome=${done} onClose=${() => tell(null)} />
    ${inbox.fault && markup`<${FaultNotice} fault=${inbox.fault} again=${inbox.reload} />`}
    ${!inbox.data && !inbox.fault && markup`<${Pending} loading=${true} again=${inbox.reload} />`}
    ${
    inbox.data && items.length === 0 &&
    (inbox.data.any ? markup`<${NothingWaits} />` : markup`<${Nothing} me=${me} />`)
  }
    ${
    grouped(items).map(([title, group]) =>
      markup`
        <section key=${title}>
          <h2>${title} <span class="count">${group.length}</span></h2>
          <ul class="cards">${
        group.map((item) =>
          markup`
              <${Card} key=${byHand(item)} item=${item} now=${now} open=${isSame(item, open)}
                gone=${!waiting.includes(item)} onOpen=${(yes: boolean) =>
            choose(yes ? item : null)} onDone=${finish} />
            `
        )
      }</ul>
        </section>
      `
    )
  }
    ${inbox.data?.cut && markup`<${More} />`}
    <${SetAside} />
  </main>`;
}

function NothingWaits(): VNode {
  return markup`<p class="empty">Nothing waits for you. <a href=${
    hashOf({ page: "releases", filter: {} })
  }>See all releases</a>.</p>`;
}

/** Says that more waits than is shown. */
function More(): VNode {
  return markup`<p class="hint">There is more: only the newest is shown. What you do makes room for the rest,
    and <a href=${
    hashOf({ page: "releases", filter: { waiting: "true" } })
  }>the releases that wait</a> can be filtered by project.</p>`;
}

interface CardGiven {
  item: InboxItem;
  now: number;
  open: boolean;
  /** It was opened here, and the newest answer does not name it any more. */
  gone: boolean;
  onOpen: (open: boolean) => void;
  onDone: (outcome: Outcome) => void;
}

function Card({ item, now, open, gone, onOpen, onDone }: CardGiven): VNode {
  const way = wayOf(item);
  const name = `${item.project} ${item.release_name}`;
  const place = useFocusBack<HTMLLIElement>(open);
  return markup`<li class="card" ref=${place}>
    <div class="head"><span class=${`tag ${item.kind}`}>${way.title}</span>
      <a class="name" href=${
    hashOf({ page: "release", id: item.release_id })
  }><${Said} text=${item.release_name} /></a>
      <span class="project"><${Said} text=${item.project} /></span>
      <span class="calm">for ${item.environment_target}</span>
      <span class="since">${item.since && markup`<${Age} moment=${item.since} now=${now} />`}</span></div>
    <p><${Said} text=${inWords(item.what)} /></p>
    ${
    gone &&
    markup`<${Notice} tone="warn"><strong>This does not wait for you any more.</strong> Somebody did it, or the
      release changed. What you typed is kept until you close it.<//>`
  }
    ${
    way.act
      ? !open &&
        markup`<div class="buttons"><button type="button" class="primary"
        aria-label=${`${way.button}: ${name}`} onClick=${() => onOpen(true)}>${way.button}</button></div>`
      : markup`<p class="remedy">To do as ${words(item.role)}: <${Said} text=${inWords(item.remedy)} /></p>`
  }
    ${open && markup`<${Form} way=${way} item=${item} onDone=${onDone} onClose=${() => onOpen(false)} />`}
  </li>`;
}

interface FormGiven {
  way: Way;
  item: InboxItem;
  onDone: (outcome: Outcome) => void;
  onClose: () => void;
}

/** The form of what can be done here about what waits. */
function Form({ way, item, onDone, onClose }: FormGiven): VNode | null {
  const given = { onDone, onClose };
  switch (way.act) {
    case "decide":
      return markup`<${Decide} matter=${way.matter} ...${given} />`;
    case "find":
      return markup`<${Objection} item=${item} role=${way.role} ...${given} />`;
    case "dismiss":
    case "review":
      return markup`<${Reason} act=${way.act} fact=${item.fact} ...${given} />`;
    default:
      return null;
  }
}
