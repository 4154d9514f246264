-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_processing_status" AS ENUM (
  'accepted',
  'duplicate',
  'rejected',
  'error'
);

COMMENT ON TYPE "ops"."ops_processing_status" IS 'Result of one submission of an event: recorded (accepted), recorded before (duplicate), refused (rejected), or stopped by an unexpected error (error).';
