import type { z } from "zod";
import type { Issue } from "../answers.ts";
import type { GATES } from "../fields.ts";

export type Payload = Record<string, unknown>;

/** What one event type asks of its envelope and its payload. */
export interface Route {
  summary: string;
  payload: z.ZodType;
  /** The gate that the type implies, or whether the event names one itself. */
  gate: (typeof GATES)[number] | "named" | "none";
  release: "required" | "optional";
  /** What must hold between fields, over a payload that may have other faults. */
  agree?: (payload: Payload, now: number) => Issue[];
}
