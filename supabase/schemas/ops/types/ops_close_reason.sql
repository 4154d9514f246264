-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_close_reason" AS ENUM (
  'superseded',
  'cancelled',
  'imported'
);

COMMENT ON TYPE "ops"."ops_close_reason" IS 'Why a release was closed: another release takes its place (superseded), it is not wanted any more (cancelled), or it is of the past, and was closed from its birth (imported).';
