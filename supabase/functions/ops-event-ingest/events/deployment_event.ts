import { z } from "zod";
import { aheadOf, environment, name, time } from "../fields.ts";
import type { Route } from "./route.ts";

export const deploymentEvent: Route = {
  summary: "A deployment started, ended, or was rolled back.",
  gate: "G4",
  release: "required",
  payload: z.looseObject({
    environment,
    deployment_ref: name,
    status: z.enum(["in_progress", "succeeded", "failed", "rolled_back"]),
    source_ref: name,
    deployed_by: name.nullish(),
    deployed_at: time.nullish(),
    rollback_of_ref: name.nullish(),
  }),
  agree: ({ deployment_ref, deployed_at, rollback_of_ref }, now) => [
    ...aheadOf(now, deployed_at, ["payload", "deployed_at"]),
    ...(typeof rollback_of_ref === "string" && rollback_of_ref === deployment_ref
      ? [{
        path: ["payload", "rollback_of_ref"],
        code: "mismatch",
        message: "a deployment cannot roll back itself",
      }]
      : []),
  ],
};
