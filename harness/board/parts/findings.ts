/** What a gate asks for: each requirement with what was found, what to do, and who can. */
import type { VNode } from "preact";
import { markup } from "../markup.ts";
import type { Finding } from "../rows.ts";
import { inWords, whoElse } from "../texts.ts";
import { State } from "./state.ts";
import { Said } from "./text.ts";

const STATES: Record<Finding["state"], string> = {
  satisfied: "satisfied",
  unsatisfied: "missing",
  failed: "failed",
};

/** A remedy without the command that stands in parentheses at its end. */
export function withoutCommand(remedy: string): string {
  return remedy.replace(/ \((ops-gates [^)]*)\)/g, "");
}

export function Findings({ findings }: { findings: Finding[] }): VNode {
  if (findings.length === 0) return markup`<p>Nothing is asked for.</p>`;
  return markup`<ul class="findings">${
    findings.map((finding) =>
      markup`<li class=${finding.state}>
      <p class="asked"><${State} of=${finding.state} word=${STATES[finding.state]} />
        <b><${Said} text=${inWords(finding.requirement)} /></b>${
        finding.enforcement === "advisory" && markup` <span class="tag">advisory</span>
        `
      }</p>
      <p class="found">Found: <${Said} text=${finding.detail} /></p>
      ${
        finding.state !== "satisfied" && finding.remedy && markup`<${Remedy} remedy=${finding.remedy}
          who=${finding.who} />`
      }
    </li>`
    )
  }</ul>`;
}

/** What to do, and by whom unless that is a part of it. */
function Remedy({ remedy, who }: { remedy: string; who: string | null }): VNode {
  const said = withoutCommand(remedy);
  const by = whoElse(said, who === null ? [] : who.split("|"));
  return markup`<p class="remedy">To do${by && ` by ${by}`}: <${Said} text=${inWords(said)} /></p>`;
}
