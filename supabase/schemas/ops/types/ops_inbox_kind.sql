-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_inbox_kind" AS ENUM (
  'sign_off',
  'missing',
  'failed',
  'objection',
  'contested_report',
  'dismissible',
  'exception_decision',
  'exception_review',
  'incident'
);

COMMENT ON TYPE "ops"."ops_inbox_kind" IS 'Why something waits. sign_off: a gate waits for a decision. missing: something was not reported yet. failed: something failed. objection: your own stands. contested_report: a refused report stands. dismissible: nobody else can lift a stop. exception_decision, exception_review: an exception is to be decided, or reviewed. incident: yours is not resolved or reviewed.';
