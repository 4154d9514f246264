/** The title of the window: what is looked at, then the name of the page. */
import { useEffect } from "preact/hooks";
import { plain } from "./texts.ts";

export function titleOf(what: string): string {
  return `${plain(what)} – Release gates`;
}

/** A part of a page that knows more says it over the frame around it, from then on. */
export function useTitle(what: string): void {
  useEffect(() => {
    document.title = titleOf(what);
  }, [what]);
}
