-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_enforcement" AS ENUM (
  'blocking',
  'advisory'
);

COMMENT ON TYPE "ops"."ops_enforcement" IS 'blocking: a requirement that is not met stops the gate. advisory: it is only shown.';
