-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_timeline_kind" AS ENUM (
  'opened',
  'closed',
  'check',
  'decision',
  'evidence',
  'exception_opened',
  'exception_began',
  'exception_revoked',
  'exception_ended',
  'exception_reviewed',
  'deployment',
  'target_retired',
  'contested_report',
  'contested_report_ended',
  'dismissal',
  'incident',
  'incident_resolved',
  'lapsed',
  'verdict'
);

COMMENT ON TYPE "ops"."ops_timeline_kind" IS 'What happened to a release. deployment: a report of one, its status says which. exception_began, exception_ended, lapsed (the time of an approval or artifact ran out): only time made it. verdict: the verdict on a gate changed.';
