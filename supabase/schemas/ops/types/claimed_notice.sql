-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."claimed_notice" AS (
  "delivery_id" uuid,
  "attempt"     integer,
  "notice_id"   uuid,
  "format"      text,
  "secret_name" text,
  "kind"        text,
  "project"     text,
  "release_id"  uuid,
  "release_ref" text,
  "service"     text,
  "source_sha"  text,
  "gate"        text,
  "environment" text,
  "persona"     text,
  "happened_at" timestamp WITH time zone,
  "same"        integer,
  "detail"      jsonb
);

COMMENT ON TYPE "ops"."claimed_notice" IS 'A delivery that a sender claimed, with all that its message says.';
