-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_check_status" AS ENUM (
  'fail',
  'warning',
  'skipped',
  'pass'
);

COMMENT ON TYPE "ops"."ops_check_status" IS 'Result of a check, the worst value first. A warning is neither a pass nor a failure. A skipped check satisfies no requirement.';
