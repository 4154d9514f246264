import { z } from "zod";
import { environment, evidence, name, observedStatus, text } from "../fields.ts";
import type { Route } from "./route.ts";

export const healthCheck: Route = {
  summary: "Somebody checked whether a deployment is healthy. The check counts for G4.",
  gate: "G4",
  release: "required",
  payload: z.looseObject({
    environment,
    target: name.nullish(),
    deployment_ref: name,
    status: observedStatus,
    artifact_ref: text,
    check_name: name.nullish(),
    evidence: evidence.nullish(),
  }),
};
