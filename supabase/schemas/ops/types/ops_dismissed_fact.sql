-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_dismissed_fact" AS ENUM (
  'contested_report',
  'objection',
  'failure_by_hand',
  'renamed_check',
  'stalled_deployment'
);

COMMENT ON TYPE "ops"."ops_dismissed_fact" IS 'What a dismissal sets aside. contested_report: a stop in a refused event of a machine, or one that says nothing readable of its check. objection and failure_by_hand: of somebody who has no active membership in that role any more. renamed_check: a failed check whose name its sender reports no longer. stalled_deployment: one of which nothing was reported for 24 hours.';
