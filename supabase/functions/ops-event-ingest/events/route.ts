import type { z } from "zod";
import type { Issue } from "../answers.ts";
import type { GATES } from "../fields.ts";

export type Payload = Record<string, unknown>;

/** What one event type requires of its envelope and its payload. */
export interface Route {
  summary: string;
  payload: z.ZodType;
  /** The gate that the type implies; or `named`: the event names it; or `none`. */
  gate: (typeof GATES)[number] | "named" | "none";
  release: "required" | "optional";
  /** Checks rules between fields. The payload may have other faults. */
  agree?: (payload: Payload, now: number) => Issue[];
}
