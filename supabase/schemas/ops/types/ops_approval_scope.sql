-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_approval_scope" AS ENUM (
  'release',
  'gate',
  'exception'
);

COMMENT ON TYPE "ops"."ops_approval_scope" IS 'What a decision is about. Only decisions with scope gate count towards a gate. A standing objection to the release as a whole keeps it out of staging and production, and one to an exception takes its effect away.';
