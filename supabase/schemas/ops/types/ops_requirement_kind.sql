-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_requirement_kind" AS ENUM (
  'prior_gate',
  'check',
  'no_failed_checks',
  'approval',
  'evidence',
  'deployment_health',
  'contested_report'
);

COMMENT ON TYPE "ops"."ops_requirement_kind" IS 'The kinds of requirement that a gate can have. contested_report holds for every gate, and no policy can require it.';
