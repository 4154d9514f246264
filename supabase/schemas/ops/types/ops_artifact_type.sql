-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_artifact_type" AS ENUM (
  'build_log',
  'test_result',
  'uat_summary',
  'approval_record',
  'rollback_plan',
  'release_notes',
  'health_check',
  'restore_drill',
  'incident_report',
  'reference'
);

COMMENT ON TYPE "ops"."ops_artifact_type" IS 'The kind of evidence. Only reference and restore_drill may exist without a release.';
