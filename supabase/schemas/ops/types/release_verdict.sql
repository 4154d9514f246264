CREATE TYPE "ops"."release_verdict" AS (
  "gates"          ops.gate_verdict[],
  "release_status" ops.ops_release_status
);

COMMENT ON TYPE "ops"."release_verdict" IS 'What judging a release came to: the verdicts on the gates that were judged, and the status of the release.';
