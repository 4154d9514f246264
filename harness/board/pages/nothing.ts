/** What to type first: in a project without releases, and for a person without a role. */
import type { VNode } from "preact";
import { grant, register } from "../commands.ts";
import { markup } from "../markup.ts";
import { Copied, Said } from "../parts/text.ts";
import type { Me } from "../session.ts";

export function Nothing({ me }: { me: Me }): VNode {
  return markup`
    <section class="first">
      <h2>No release yet</h2>
      <p>A release belongs to a project. Whoever has the secret key types this once:</p>
      <p>
        <${Copied} label="Copy" text=${register(me.recordedAs)} />
      </p>
      <p>Then a pipeline, or a release manager, opens a release:</p>
      <p>
        <${Copied} label="Copy" text="ops-gates open acme/shop v1.0.0 --source-ref $(git rev-parse HEAD)" />
      </p>
      <p>It appears here when it waits for you.</p>
    </section>
  `;
}

export function NoRole({ me, again }: { me: Me; again: () => void }): VNode {
  return markup`
    <main>
      <h1>You hold no role yet</h1>
      <p>You are signed in as <strong><${Said} text=${
    me.email || me.subject
  } /></strong>. Whoever has the secret key of the project gives you
          a role: release_manager, qa_tester, sre, developer or audit_reader.</p>
      <p>
        <${Copied} label="Copy" text=${grant(me.subject)} />
      </p>
      <p><button type="button" class="primary" onClick=${again}>Look again</button></p>
    </main>
  `;
}
