-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_enforcement" AS ENUM (
  'blocking',
  'advisory'
);

COMMENT ON TYPE "ops"."ops_enforcement" IS 'Whether an unmet requirement stops the gate or is only shown.';
