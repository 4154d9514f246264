-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_processing_status" AS ENUM (
  'accepted',
  'duplicate',
  'rejected',
  'error'
);

COMMENT ON TYPE "ops"."ops_processing_status" IS 'What became of one submission of an event.';
