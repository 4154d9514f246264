/** Fields of forms, each with its label. */
import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";
import { markup } from "../markup.ts";

interface Given {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  [attribute: string]: unknown;
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement).value;
}

export function Field({ label, value, onValue, hint, ...rest }: Given): VNode {
  const id = useId();
  return markup`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} value=${value} aria-describedby=${hint && `${id}-hint`} onInput=${(event: Event) =>
    onValue(valueOf(event))} ...${rest} />
    ${hint && markup`<small id=${`${id}-hint`}>${hint}</small>`}</div>`;
}

export function Area({ label, value, onValue, hint, ...rest }: Given): VNode {
  const id = useId();
  return markup`<div class="field wide"><label for=${id}>${label}</label>
    <textarea id=${id} rows="3" value=${value} aria-describedby=${hint && `${id}-hint`} onInput=${(
    event: Event,
  ) => onValue(valueOf(event))} ...${rest}></textarea>
    ${hint && markup`<small id=${`${id}-hint`}>${hint}</small>`}</div>`;
}

export interface Choice {
  value: string;
  word: string;
}

export function Choose({ label, value, onValue, choices, ...rest }: Given & { choices: Choice[] }): VNode {
  const id = useId();
  return markup`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} value=${value} onChange=${(event: Event) => onValue(valueOf(event))} ...${rest}>${
    choices.map((choice) =>
      markup`<option value=${choice.value} selected=${choice.value === value}>${choice.word}</option>`
    )
  }</select></div>`;
}

export function Tick({ label, checked, onChange }: {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
}): VNode {
  return markup`
    <label
      class="tick"><input type="checkbox" checked=${checked} onChange=${(event: Event) =>
    onChange((event.target as HTMLInputElement).checked)} /> <span>${label}</span></label>
  `;
}
