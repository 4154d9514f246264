-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."artifact" AS (
  "name"   ops.name,
  "sha256" text
);

COMMENT ON TYPE "ops_private"."artifact" IS 'An artifact of a build: its name and the SHA-256 of its bytes.';
