/** The documents that come with a decision: a type and an address each. */
import type { VNode } from "preact";
import { markup } from "../markup.ts";
import type { Attachment } from "../sign_off.ts";
import { words } from "../texts.ts";
import { Choose, Field } from "./fields.ts";

const TYPES = [
  "test_result",
  "uat_summary",
  "rollback_plan",
  "release_notes",
  "build_log",
  "approval_record",
  "health_check",
  "restore_drill",
  "incident_report",
  "reference",
];

interface Given {
  documents: Attachment[];
  /** The types that the gate still misses; the first is offered at once. */
  wanted: string[];
  onChange: (documents: Attachment[]) => void;
}

export function Documents({ documents, wanted, onChange }: Given): VNode {
  const first = wanted[0];
  const shown = documents.length > 0 || first === undefined
    ? documents
    : [{ artifact_type: first, artifact_url: "" }];
  const change = (at: number, part: Partial<Attachment>) =>
    onChange(shown.map((document, place) => place === at ? { ...document, ...part } : document));
  const choices = TYPES.map((value) => ({
    value,
    word: words(value) + (wanted.includes(value) ? " (missing)" : ""),
  }));
  const title = (place: number) => shown.length > 1 ? ` ${place + 1}` : "";
  return markup`<fieldset class="documents"><legend>Evidence</legend>
    ${
    shown.map((document, place) =>
      markup`
        <div class="row" key=${place}>
          <${Choose} label=${`Document${title(place)}`} value=${document.artifact_type} choices=${choices}
            onValue=${(artifact_type: string) => change(place, { artifact_type })} />
          <${Field} label=${`Address${
        title(place)
      }`} type="url" inputmode="url" placeholder="https://…" maxlength="8192"
            value=${document.artifact_url} onValue=${(artifact_url: string) =>
        change(place, { artifact_url })} />
        </div>
      `
    )
  }
    <button type="button" class="quiet" onClick=${() =>
    onChange([...shown, {
      artifact_type: wanted[shown.length] ?? "reference",
      artifact_url: "",
    }])}>Add a document</button>
  </fieldset>`;
}
