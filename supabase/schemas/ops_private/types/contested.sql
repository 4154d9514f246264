-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."contested" AS (
  "report"     ops.contested_reports,
  "gate_code"  ops.ops_gate_code,
  "on_gate"    boolean,
  "on_staging" boolean,
  "on_release" boolean
);

COMMENT ON TYPE "ops_private"."contested" IS 'A contested report that stands, and where. gate_code: its gate. on_gate: it fails that gate. on_staging: it is a failure in staging, which blocks production. on_release: it is an objection to the release as a whole.';
