-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_notice_kind" AS ENUM (
  'gate_waits',
  'gate_failed',
  'contested',
  'ineligible_deployment',
  'promoted',
  'rolled_back',
  'exception_opened',
  'exception_ends',
  'exception_review_due',
  'deployment_unended'
);

COMMENT ON TYPE "ops"."ops_notice_kind" IS 'What people are told. gate_waits: a gate began to wait for a role of people, or G4 has waited for a day. gate_failed: a gate failed. contested: a refused report stands. ineligible_deployment: something was deployed that was not eligible. promoted, rolled_back: the new status of a release. exception_opened; exception_ends: within a day; exception_review_due: it has ended. deployment_unended: nobody reported the end of a deployment for four hours.';
