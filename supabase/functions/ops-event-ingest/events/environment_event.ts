import { z } from "zod";
import { environment, name } from "../fields.ts";
import type { Route } from "./route.ts";

export const environmentEvent: Route = {
  summary: "Something happened in an environment. This changes no gate.",
  gate: "none",
  release: "optional",
  payload: z.looseObject({
    environment,
    event_type: z.string().regex(
      /^[a-z][a-z0-9_]{2,62}$/,
      "expected 3 to 63 of a-z, 0-9 and _, beginning with a letter",
    ),
    project: name.nullish(),
    data: z.looseObject({}, "expected an object").nullish(),
  }),
};
