/** The frame around every page: who looks, in which role, and the way to the others. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Api } from "./api.ts";
import { Shared } from "./context.ts";
import { type Fault, thrown } from "./faults.ts";
import { html } from "./html.ts";
import { isRole, PAGES, pagesFor } from "./offers.ts";
import { NoRole } from "./pages/nothing.ts";
import { SignIn } from "./pages/sign_in.ts";
import { Waiting } from "./pages/waiting.ts";
import { FaultNotice } from "./parts/notice.ts";
import { Choose } from "./parts/fields.ts";
import { hashOf, type Route, route } from "./routes.ts";
import type { Me, Session } from "./session.ts";
import { useStore } from "./store.ts";
import { words } from "./texts.ts";

function useRoute(): Route {
  const [now, go] = useState(route(location.hash));
  useEffect(() => {
    const moved = () => {
      go(route(location.hash));
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return now;
}

export function App({ session }: { session: Session }): VNode {
  const state = useStore(session.state);
  const [api] = useState(() => new Api(session));
  const at = useRoute();
  switch (state.kind) {
    case "starting":
      return html`
        <main>
          <p class="loading" role="status">Loading…</p>
        </main>
      `;
    case "unreachable":
      return html`
        <main>
          <h1>Release gates</h1>
          <${FaultNotice} fault=${state.fault} again=${() => void session.start()} />
        </main>
      `;
    case "signed_out":
      return html`<${SignIn} key=${state.fault?.message} session=${session} fault=${state.fault} />`;
    case "signed_in":
      return html`
        <${Shared.Provider} value=${{ api, session, me: state.me }}>
          <${Frame} session=${session} me=${state.me} at=${at}>${state.me.held.length === 0
            ? html`<${NoRole} me=${state.me} />`
            : html`<${Page} at=${at} />`}<//><//>
      `;
  }
}

function Page({ at }: { at: Route }): VNode {
  switch (at.page) {
    case "waiting":
      return html`<${Waiting} />`;
    default:
      return html`
        <main>
          <h1>There is no such page</h1>
          <p><a href="#/waiting">Go to what waits for you</a>.</p>
        </main>
      `;
  }
}

interface FrameGiven {
  session: Session;
  me: Me;
  at: Route;
  children?: ComponentChildren;
}

function Frame({ session, me, at, children }: FrameGiven): VNode {
  const [fault, fail] = useState<Fault | undefined>();
  const act = async (role: string) => {
    fail(undefined);
    try {
      if (isRole(role)) await session.actAs(role);
    } catch (error) {
      fail(thrown(error));
    }
  };
  const here = at.page === "release" ? "releases" : at.page;
  return html`
    <header class="top">
      <a class="skip" href="#content" onClick=${skip}>Skip to the page</a>
      <p class="brand"><b>Release gates</b>${session.configuration.development && html`
        <span class="tag">development</span>
      `}</p>
      <nav aria-label="Pages">
        <ul>${pagesFor(me.held).map((page) =>
          html`<li><a href=${`#/${page}`} aria-current=${here === page ? "page" : undefined}>${
            PAGES[page]
          }</a></li>`
        )}</ul>
      </nav>
      <div
        class="who-am-i"><span class="email">${me.email || me.subject}</span>${me.held.length > 1
          ? html`
            <${Choose} label="Acting as" value=${me.acting ?? ""} onValue=${act}
              choices=${me.held.map((role) => ({ value: role, word: words(role) }))} />
          `
          : me.acting && html`
            <span class="calm">${words(me.acting)}</span>
          `}<button type="button" class="quiet" onClick=${() =>
          void session.signOut()}>Sign out everywhere</button></div>
    </header>
        ${fault && html`<${FaultNotice} fault=${fault} />`}
        <div id="content" tabindex="-1">${children}</div>
  `;
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

export const WAITING = hashOf({ page: "waiting" });
