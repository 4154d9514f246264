-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_environment" AS ENUM (
  'dev',
  'staging',
  'production'
);

COMMENT ON TYPE "ops"."ops_environment" IS 'Where a release is deployed, in promotion order: production is the greatest value and the furthest environment.';
