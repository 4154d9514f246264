-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."failure" AS (
  "state"           text,
  "message"         text,
  "detail"          text,
  "constraint_name" text,
  "context"         text
);

COMMENT ON TYPE "ops_private"."failure" IS 'What Postgres reports about an exception.';
