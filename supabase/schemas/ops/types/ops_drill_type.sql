-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_drill_type" AS ENUM (
  'backup',
  'restore',
  'failover'
);

COMMENT ON TYPE "ops"."ops_drill_type" IS 'What a recovery drill tested.';
