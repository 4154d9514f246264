-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_dismissed_fact" AS ENUM (
  'contested_report',
  'objection',
  'failure_by_hand',
  'renamed_check',
  'passed_over_check',
  'stalled_deployment'
);

COMMENT ON TYPE "ops"."ops_dismissed_fact" IS 'What a dismissal sets aside. contested_report: a stop in a refused event of a machine, or one that says nothing readable of its check. objection and failure_by_hand: of somebody who has no active membership in that role any more. renamed_check: a failed check of a build whose sender reports its part without it now. passed_over_check: a failed check of a deployment that is not the newest to its target any more. stalled_deployment: one of which nothing was reported for 24 hours.';
