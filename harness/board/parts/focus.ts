/** Where the focus goes when a form closes: back to the button that opened it, unless something else has taken it. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The place in which a form opens and closes. Its first button is the one that opens it again. */
export function useFocusBack<T extends HTMLElement>(open: boolean): RefObject<T | null> {
  const place = useRef<T>(null);
  const was = useRef(open);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (was.current && !open && lost) place.current?.querySelector("button")?.focus({ preventScroll: true });
    was.current = open;
  }, [open]);
  return place;
}
