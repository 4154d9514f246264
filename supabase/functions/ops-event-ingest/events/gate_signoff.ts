import { z } from "zod";
import { environment, evidence, name, person, PERSONAS, sha256, text } from "../fields.ts";
import { isFilled } from "../names.ts";
import type { Route } from "./route.ts";

const REASONS = "expected an object that holds a number, true, false, or a text with a visible character";

export const gateSignoff: Route = {
  summary: "A person decided on a gate.",
  gate: "named",
  release: "required",
  payload: z.looseObject({
    decision: z.enum(["approved", "rejected", "request_changes"]),
    approver_id: person,
    persona_role: z.enum(PERSONAS),
    rationale_structured: z.looseObject({}, REASONS).refine(isFilled, REASONS).meta({ minProperties: 1 }),
    rationale_text: text.nullish(),
    seen: sha256.nullish(),
    environment: environment.nullish(),
    target: name.nullish(),
    deployment_ref: name.nullish(),
    evidence: evidence.nullish(),
  }),
};
