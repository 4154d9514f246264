-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."my_membership" AS (
  "subject"     text,
  "recorded_as" text,
  "handle"      text,
  "role"        text,
  "project"     text,
  "since"       timestamp WITH time zone
);

COMMENT ON TYPE "ops"."my_membership" IS 'A membership of whoever asks.';
