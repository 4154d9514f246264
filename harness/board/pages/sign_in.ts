/** Signing in: by password, by a link in an e-mail, or by the single sign-on of a domain. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Fault, thrown, unsent } from "../faults.ts";
import { markup } from "../markup.ts";
import { Field } from "../parts/fields.ts";
import { FaultNotice, Notice } from "../parts/notice.ts";
import type { Session } from "../session.ts";
import { PASSWORD, type Ways, waysOf } from "../ways.ts";

const NAMED: Record<string, string> = {
  invalid_credentials: "No such e-mail, or another password.",
};

interface Given {
  session: Session;
  fault?: Fault;
}

export function SignIn({ session, fault }: Given): VNode {
  const { configuration } = session;
  const [known, learn] = useState<Ways | null>(PASSWORD);
  const [failed, fail] = useState<Fault | undefined>(fault);
  const [sent, say] = useState("");
  const [busy, wait] = useState(false);
  const look = () => void waysOf(configuration).then(learn);
  useEffect(look, []);
  const ways = known ?? PASSWORD;

  const attempt = async (act: () => Promise<void>) => {
    wait(true);
    fail(undefined);
    say("");
    try {
      await act();
    } catch (error) {
      const found = thrown(error);
      fail({ ...found, message: NAMED[found.code ?? ""] ?? found.message });
    } finally {
      wait(false);
    }
  };

  return markup`<main class="sign-in"><h1>Sign in to the release gates</h1>
    <p>Project <code>${new URL(configuration.url).host}</code>${
    configuration.development && markup` <span class="tag">development</span>
    `
  }</p>
    ${failed && markup`<${FaultNotice} fault=${failed} />`}
    ${sent && markup`<${Notice} tone="good">${sent}<//>`}
    ${
    known === null && markup`
      <${Notice} tone="warn">The project did not say by which ways one signs in, so a password alone is offered.
        <button type="button" class="quiet" onClick=${look}>Ask again</button><//>
    `
  }
    ${
    (ways.password || ways.link) &&
    markup`<${ByEmail} session=${session} ways=${ways} busy=${busy} attempt=${attempt} onFault=${fail} onSent=${say} />`
  }
    ${ways.sso && markup`<${BySso} session=${session} busy=${busy} attempt=${attempt} />`}
    ${
    configuration.development && markup`<p class="hint">This is a stack on one machine. In its checkout,
      <code>make person ARGS=rm-1</code> prints an e-mail and a password.</p>`
  }
  </main>`;
}

interface WayGiven {
  session: Session;
  busy: boolean;
  /** Try to sign in; what goes wrong is shown. */
  attempt: (act: () => Promise<void>) => Promise<void>;
}

interface ByEmailGiven extends WayGiven {
  ways: Ways;
  onFault: (fault: Fault) => void;
  onSent: (said: string) => void;
}

/** Signing in by an e-mail: with a password, or by a link that is sent there. */
function ByEmail({ session, ways, busy, attempt, onFault, onSent }: ByEmailGiven): VNode {
  const [email, typeEmail] = useState("");
  const [password, typePassword] = useState("");
  const byPassword = (event: Event) => {
    event.preventDefault();
    void attempt(() => session.withPassword(email.trim(), password));
  };
  const byLink = () => {
    if (email.trim() === "") return onFault(unsent("Type your e-mail first."));
    void attempt(async () => {
      await session.byLink(email.trim());
      onSent("A link is on its way, if the project knows this e-mail. Open it in this browser.");
    });
  };
  return markup`<form onSubmit=${byPassword} aria-busy=${busy}>
      <${Field} label="E-mail" type="email" autocomplete="username" required value=${email} onValue=${typeEmail} />
      ${
    ways.password && markup`
      <${Field} label="Password" type="password" autocomplete="current-password" required
        value=${password} onValue=${typePassword} />
    `
  }
      <div class="buttons">${
    ways.password && markup`<button class="primary" disabled=${busy}>Sign in</button>`
  }${
    ways.link &&
    markup`<button type="button" disabled=${busy} onClick=${byLink}>Send me a link instead</button>`
  }</div>
    </form>`;
}

/** Signing in by the single sign-on of a domain. */
function BySso({ session, busy, attempt }: WayGiven): VNode {
  const [domain, typeDomain] = useState("");
  const bySso = (event: Event) => {
    event.preventDefault();
    void attempt(() => session.bySso(domain.trim()));
  };
  return markup`
    <form onSubmit=${bySso} aria-busy=${busy}>
      <h2>Single sign-on</h2>
      <${Field} label="Domain of your company" placeholder="example.com" required value=${domain}
        onValue=${typeDomain} />
      <div class="buttons"><button disabled=${busy}>Continue with single sign-on</button></div>
    </form>
  `;
}
