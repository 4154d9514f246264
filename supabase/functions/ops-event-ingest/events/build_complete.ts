import { z } from "zod";
import type { Issue } from "../answers.ts";
import { artifacts, evidence, name, observedStatus, sourceRef, text } from "../fields.ts";
import type { Payload, Route } from "./route.ts";

const DEFAULT_CHECK = "build";

export const buildComplete: Route = {
  summary: "A build ended. Its checks count for G1.",
  gate: "G1",
  release: "required",
  payload: z.looseObject({
    status: observedStatus.extract(["pass", "fail"]),
    check_name: name.nullish(),
    checks: z.array(z.looseObject({
      check_name: name,
      status: observedStatus,
      artifact_ref: text.nullish(),
    })).max(100, "expected at most 100 checks").nullish(),
    evidence: evidence.nullish(),
    artifacts: artifacts.nullish(),
    artifact_ref: text.nullish(),
    source_ref: sourceRef.nullish(),
  }),
  agree: eachCheckOnce,
};

function eachCheckOnce({ check_name, checks }: Payload): Issue[] {
  const seen = new Set<unknown>([check_name ?? DEFAULT_CHECK]);
  const issues: Issue[] = [];
  for (const [at, check] of (Array.isArray(checks) ? checks : []).entries()) {
    if (typeof check?.check_name !== "string") continue;
    if (seen.has(check.check_name)) {
      issues.push({
        path: ["payload", "checks", at, "check_name"],
        code: "duplicate",
        message: "an event may report each check only once",
      });
    }
    seen.add(check.check_name);
  }
  return issues;
}
