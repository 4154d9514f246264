-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_postmortem_status" AS ENUM (
  'pending',
  'in_progress',
  'complete'
);

COMMENT ON TYPE "ops"."ops_postmortem_status" IS 'Progress of the review of an incident.';
