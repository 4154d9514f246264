/** What somebody typed and did not send yet. It outlives a lost connection, an expired session and a change of page. */
import { useState } from "preact/hooks";

const kept = new Map<string, unknown>();
let owner: string | null = null;

/** Another person finds nothing of what somebody typed before them. */
export function belongTo(subject: string): void {
  if (owner !== null && owner !== subject) kept.clear();
  owner = subject;
}

export function forget(key: string): void {
  kept.delete(key);
}

/** A value that is kept under a key for as long as this tab is open, or until it is forgotten. */
export function useDraft<T>(key: string, initial: T): [T, (change: (value: T) => T) => void] {
  const [, draw] = useState(0);
  const value = () => kept.has(key) ? kept.get(key) as T : initial;
  return [value(), (change) => {
    // What was typed since the page was drawn stays too.
    kept.set(key, change(value()));
    draw((count) => count + 1);
  }];
}
