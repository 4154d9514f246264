-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."changed_outcome" AS (
  "release_id"             uuid,
  "project"                text,
  "release_name"           text,
  "opened_at"              timestamp WITH time zone,
  "judged_at"              timestamp WITH time zone,
  "gate_statuses"          ops.ops_gate_status[],
  "proposed_gate_statuses" ops.ops_gate_status[],
  "staging"                boolean,
  "proposed_staging"       boolean,
  "production"             boolean,
  "proposed_production"    boolean,
  "missing"                text
);

COMMENT ON TYPE "ops"."changed_outcome" IS 'A release that would have come out otherwise under proposed rows, by all that is on record about it.';
