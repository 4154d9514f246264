import { z } from "zod";
import type { Issue } from "../answers.ts";
import { aheadOf, artifacts, environment, name, person, sourceRef, time } from "../fields.ts";
import type { Payload, Route } from "./route.ts";

export const deploymentEvent: Route = {
  summary: "A deployment started, ended, or was rolled back.",
  gate: "G4",
  release: "required",
  payload: z.looseObject({
    environment,
    target: name.nullish(),
    deployment_ref: name,
    status: z.enum(["in_progress", "succeeded", "failed", "rolled_back"]),
    source_ref: sourceRef,
    deployed_by: person.nullish(),
    deployed_at: time.nullish(),
    rollback_of_ref: name.nullish(),
    artifacts: artifacts.nullish(),
  }),
  agree: (payload, now) => [
    ...aheadOf(now, payload.deployed_at, ["payload", "deployed_at"]),
    ...undoesAnother(payload),
  ],
};

function undoesAnother({ deployment_ref, rollback_of_ref }: Payload): Issue[] {
  if (typeof rollback_of_ref !== "string" || rollback_of_ref !== deployment_ref) return [];
  const message = "a deployment cannot be the rollback of itself";
  return [{ path: ["payload", "rollback_of_ref"], code: "mismatch", message }];
}
