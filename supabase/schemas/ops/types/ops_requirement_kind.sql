-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_requirement_kind" AS ENUM (
  'prior_gate',
  'check',
  'no_failed_checks',
  'approval',
  'evidence',
  'deployment_health',
  'environment_healthy',
  'deployed_artifacts',
  'objected_elsewhere',
  'exception_approvals',
  'alone',
  'contested_report',
  'source_ref_mismatch',
  'moving_ref',
  'artifact_conflict',
  'artifact_mismatch',
  'rollback_to_unknown',
  'retired_failed',
  'release_closed'
);

COMMENT ON TYPE "ops"."ops_requirement_kind" IS 'What a finding is about. A policy can require those up to alone. environment_healthy, deployed_artifacts and objected_elsewhere are rows of G3 that ask about production; exception_approvals says how many must approve an exception; alone lets the only release manager do what otherwise takes two; no verdict on a gate depends on these five. The kinds from contested_report on always hold.';
