-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."refusal" AS (
  "error"  text,
  "detail" jsonb
);

COMMENT ON TYPE "ops_private"."refusal" IS 'Why an event is refused: the error code and the detail of the answer.';
