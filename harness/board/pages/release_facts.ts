/** What was recorded about a release, as far as the role may know it. */
import type { VNode } from "preact";
import { markup } from "../markup.ts";
import { At } from "../parts/moment.ts";
import { State } from "../parts/state.ts";
import { Address, Commit, Said } from "../parts/text.ts";
import type { Deployment, Evidence, Overview, ReleaseDecision } from "../rows.ts";
import { words } from "../texts.ts";

export function Facts({ overview }: { overview: Overview }): VNode {
  const { decisions, evidence, deployments, artifacts, cut } = overview;
  return markup`<section><h2>On record</h2>
    ${
    cut.length > 0 &&
    markup`<p class="hint">Only the newest 200 are shown of: ${cut.map(words).join(", ")}.</p>`
  }
    ${
    decisions && markup`<${Part} title="Decisions" count=${decisions.length}>${
      decisions.map((each) => markup`<${Decided} key=${each.approval_id} of=${each} />`)
    }<//>`
  }
    ${
    evidence && markup`<${Part} title="Evidence" count=${evidence.length}>${
      evidence.map((each) => markup`<${Document} key=${each.artifact_id} of=${each} />`)
    }<//>`
  }
    ${
    deployments && markup`<${Part} title="Deployments" count=${deployments.length}>${
      deployments.map((each) => markup`<${Deployed} key=${each.deployment_id} of=${each} />`)
    }<//>`
  }
    ${
    artifacts && markup`<${Part} title="Artifacts" count=${artifacts.length}>${
      artifacts.map((each) =>
        markup`<li key=${each.name}><${Said} text=${each.name} /> <code>${each.sha256}</code></li>`
      )
    }<//>`
  }
  </section>`;
}

interface PartGiven {
  title: string;
  count: number;
  children?: VNode[];
}

function Part({ title, count, children }: PartGiven): VNode {
  return markup`
    <details
      class="card part"><summary>${title} <span class="count">${count}</span></summary>${
    count === 0 ? markup`<p class="calm">None.</p>` : markup`<ul class="records">${children}</ul>`
  }</details>
  `;
}

function Decided({ of }: { of: ReleaseDecision }): VNode {
  const about = of.scope === "gate" ? of.gate_code : of.scope === "release" ? "the release" : "an exception";
  const structured = of.rationale_structured ?? {};
  // A reason alone is what this page records: it is said already.
  const more = Object.entries(structured).filter(([name, value]) =>
    !(name === "reason" && value === of.rationale_text)
  );
  return markup`<li><p><${State} of=${of.decision} /> ${about} by <b><${Said} text=${of.approver_id} /></b>
      <span class="calm">as ${words(of.persona_role)}, <${At} moment=${of.created_at} /></span>
      ${
    of.unmet && markup`<span class="state warn"><span>does not count: ${words(of.unmet)}</span></span>`
  }</p>
    ${
    of.rationale_text && markup`
      <p class="found">
        <${Said} text=${of.rationale_text} />
      </p>
    `
  }
    ${
    more.length > 0 && markup`<dl class="facts">${
      more.map(([name, value]) =>
        markup`
          <dt>
            <${Said} text=${name} />
          </dt>
          <dd>
            <${Said} text=${typeof value === "string" ? value : JSON.stringify(value)} />
          </dd>
        `
      )
    }</dl>`
  }</li>`;
}

function Document({ of }: { of: Evidence }): VNode {
  return markup`<li><p><b>${words(of.artifact_type)}</b> ${
    of.gate_code && markup`<span class="tag">${of.gate_code}</span>`
  }
    <${Address} address=${of.artifact_url} />
    <span class="calm">by <${Said} text=${of.created_by} />, <${At} moment=${of.created_at} /></span></p>
    ${of.sha256 && markup`<p class="found">SHA-256 <code>${of.sha256}</code></p>`}</li>`;
}

function Deployed({ of }: { of: Deployment }): VNode {
  return markup`<li><p><${State} of=${of.status} /> <b><${Said} text=${of.deployment_ref} /></b> to ${of.environment}${
    of.target !== "default" && markup`, <${Said} text=${of.target} />`
  } <span class="calm"><${At} moment=${of.deployed_at} /></span>
      <${State} of=${of.g4_status} word=${`health ${
    words(of.g4_status)
  }`} /> <${Commit} of=${of.source_ref} /></p>
    ${
    of.was_eligible === false && markup`<p><strong>It was not eligible:</strong> <${Said}
      text=${of.why_not_eligible ?? "no reason is on record"} /></p>`
  }</li>`;
}
