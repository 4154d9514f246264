-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_check_status" AS ENUM (
  'fail',
  'warning',
  'skipped',
  'pass'
);

COMMENT ON TYPE "ops"."ops_check_status" IS 'Outcome of a check, declared worst first; a warning is neither pass nor failure, skipped satisfies nothing.';
