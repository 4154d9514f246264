/** The frame around every page: who looks, in which role, and the way to the others. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Api } from "./api.ts";
import { Shared, useShared } from "./context.ts";
import { type Fault, thrown } from "./faults.ts";
import { markup } from "./markup.ts";
import { isRole, type Page as PageName, PAGES, pagesFor, type Role, roleFor } from "./offers.ts";
import { ExceptionsPage } from "./pages/exceptions.ts";
import { Figures } from "./pages/figures.ts";
import { Live } from "./pages/live.ts";
import { NoRole } from "./pages/nothing.ts";
import { Release } from "./pages/release.ts";
import { Releases } from "./pages/releases.ts";
import { SignIn } from "./pages/sign_in.ts";
import { Waiting } from "./pages/waiting.ts";
import { FaultNotice } from "./parts/notice.ts";
import { Said } from "./parts/text.ts";
import { Choose } from "./parts/fields.ts";
import { type Route, route, STEPPED } from "./routes.ts";
import type { Me, Session } from "./session.ts";
import { useTitle } from "./title.ts";
import { useStore } from "./store.ts";
import { words } from "./texts.ts";

function useRoute(): Route {
  const [now, go] = useState(route(location.hash));
  useEffect(() => {
    const stepped = () => go(route(location.hash));
    const moved = () => {
      stepped();
      scrollTo(0, 0);
    };
    addEventListener(STEPPED, stepped);
    addEventListener("hashchange", moved);
    return () => {
      removeEventListener(STEPPED, stepped);
      removeEventListener("hashchange", moved);
    };
  }, []);
  return now;
}

export function App({ session }: { session: Session }): VNode {
  const state = useStore(session.state);
  const [api] = useState(() => new Api(session));
  const at = useRoute();
  switch (state.kind) {
    case "starting":
      return markup`
        <main>
          <p class="loading" role="status">Loading…</p>
        </main>
      `;
    case "unreachable":
      return markup`
        <main>
          <h1>Release gates</h1>
          <${FaultNotice} fault=${state.fault} again=${() => void session.start()} />
        </main>
      `;
    case "signed_out":
      return markup`<${SignIn} key=${state.fault?.message} session=${session} fault=${state.fault} />`;
    case "signed_in":
      return markup`
        <${Shared.Provider} value=${{ api, session, me: state.me }}>
          <${Frame} session=${session} me=${state.me} at=${at}>${
        state.me.held.length === 0
          ? markup`<${NoRole} me=${state.me} again=${() => void session.renew().catch(() => {})} />`
          : markup`<${Page} at=${at} />`
      }<//><//>
      `;
  }
}

function Page({ at }: { at: Route }): VNode {
  switch (at.page) {
    case "waiting":
      return markup`<${Waiting} />`;
    case "releases":
      return markup`<${Releases} asked=${at.filter} />`;
    case "release":
      return markup`<${Release} key=${at.id} id=${at.id} at=${at.at} />`;
    case "live":
      return markup`
        <${InRole} page="live">
          <${Live} />
          <//>
      `;
    case "exceptions":
      return markup`
        <${InRole} page="exceptions">
          <${ExceptionsPage} />
          <//>
      `;
    case "figures":
      return markup`
        <${InRole} page="figures">
          <${Figures} />
          <//>
      `;
    default:
      return markup`
        <main>
          <h1>There is no such page</h1>
          <p><a href="#/waiting">Go to what waits for you</a>.</p>
        </main>
      `;
  }
}

/** A page that only some roles see, looked at in one of these: the person acts in it from then on. */
function InRole({ page, children }: { page: PageName; children?: ComponentChildren }): VNode {
  const { me, session } = useShared();
  const [fault, fail] = useState<Fault | undefined>();
  const needed = roleFor(page, me.acting, me.held);
  useEffect(() => {
    if (needed !== null && needed !== me.acting) session.actAs(needed).catch((error) => fail(thrown(error)));
  }, [needed, me.acting]);
  if (needed === null) {
    return markup`
      <main>
        <h1>${PAGES[page]}</h1>
        <p>None of your roles sees this page.</p>
      </main>
    `;
  }
  if (fault) {
    return markup`
      <main>
        <h1>${PAGES[page]}</h1>
        <${FaultNotice} fault=${fault} />
      </main>
    `;
  }
  return needed === me.acting ? markup`${children}` : markup`
    <main>
      <p class="loading" role="status">Loading…</p>
    </main>
  `;
}

interface FrameGiven {
  session: Session;
  me: Me;
  at: Route;
  children?: ComponentChildren;
}

function Frame({ session, me, at, children }: FrameGiven): VNode {
  const [fault, fail] = useState<Fault | undefined>();
  const here = at.page === "release" ? "releases" : at.page;
  useTitle(here === "unknown" ? "No such page" : at.page === "release" ? "Release" : PAGES[here]);
  return markup`
    <header class="top">
      <a class="skip" href="#content" onClick=${skip}>Skip to the page</a>
      <p class="brand"><b>Release gates</b>${
    session.configuration.development && markup` <span class="tag">development</span>
      `
  }</p>
      ${me.held.length > 0 && markup`<${Pages} held=${me.held} here=${here} />`}
      <${WhoAmI} session=${session} me=${me} onFault=${fail} />
    </header>
        ${fault && markup`<${FaultNotice} fault=${fault} />`}
        <div id="content" tabindex="-1">${children}</div>
  `;
}

function Pages({ held, here }: { held: Role[]; here: string }): VNode {
  return markup`<nav aria-label="Pages">
    <ul>${
    pagesFor(held).map((page) =>
      markup`<li key=${page}><a href=${`#/${page}`} aria-current=${here === page ? "page" : undefined}>${
        PAGES[page]
      }</a></li>`
    )
  }</ul>
  </nav>`;
}

interface WhoAmIGiven {
  session: Session;
  me: Me;
  onFault: (fault: Fault | undefined) => void;
}

/** Who looks, in which role, and the way out. */
function WhoAmI({ session, me, onFault }: WhoAmIGiven): VNode {
  const act = async (role: string) => {
    onFault(undefined);
    try {
      if (isRole(role)) await session.actAs(role);
    } catch (error) {
      onFault(thrown(error));
    }
  };
  return markup`
    <div
      class="who-am-i"><span class="email"><${Said} text=${me.email || me.subject} /></span>${
    me.held.length > 1
      ? markup`
          <${Choose} label="Acting as" value=${me.acting ?? ""} onValue=${act}
            choices=${me.held.map((role) => ({ value: role, word: words(role) }))} />
        `
      : me.acting && markup` <span class="calm">${words(me.acting)}</span>
        `
  }<button type="button" class="quiet" onClick=${() =>
    void session.signOut()}>Sign out everywhere</button></div>
  `;
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
