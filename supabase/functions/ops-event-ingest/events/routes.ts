import { buildComplete } from "./build_complete.ts";
import { deploymentEvent } from "./deployment_event.ts";
import { environmentEvent } from "./environment_event.ts";
import { gateSignoff } from "./gate_signoff.ts";
import { healthCheck } from "./health_check.ts";
import type { Route } from "./route.ts";

// A Map, because a plain object would return a value for the type `constructor`.
export const routes: ReadonlyMap<string, Route> = new Map([
  ["build_complete", buildComplete],
  ["gate_signoff", gateSignoff],
  ["deployment_event", deploymentEvent],
  ["health_check", healthCheck],
  ["environment_event", environmentEvent],
]);
