/** One value that parts of the page look at together. */
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  readonly #listeners = new Set<() => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    this.value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, draw] = useState(0);
  const shown = store.get();
  useEffect(() => {
    const again = () => draw((count) => count + 1);
    // It may have changed between the drawing and this.
    if (store.get() !== shown) again();
    return store.subscribe(again);
  }, [store]);
  return shown;
}
