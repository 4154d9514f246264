-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."recording" AS (
  "release"        ops.releases,
  "project"        text,
  "touched"        ops.ops_gate_code,
  "detail"         jsonb,
  "judged"         ops_private.judgement,
  "release_status" ops.ops_release_status
);

COMMENT ON TYPE "ops_private"."recording" IS 'What an event changed. project: of its release; of an event without one, what it is about. touched: its gate, null for none. detail: what was written. judged, release_status: the verdicts and the status after it.';
