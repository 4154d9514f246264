/** What every part of the page needs: the calls, and who looks. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "./api.ts";
import type { Me, Session } from "./session.ts";

export interface Context {
  api: Api;
  session: Session;
  me: Me;
}

export const Shared = createContext<Context | null>(null);

export function useShared(): Context {
  const shared = useContext(Shared);
  if (shared === null) throw new Error("nobody is signed in");
  return shared;
}
