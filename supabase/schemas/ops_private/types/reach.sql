-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."reach" AS (
  "role"    text,
  "project" text
);

COMMENT ON TYPE "ops_private"."reach" IS 'A role that the person holds, and where: project is null for every project.';
