-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."wanted_releases" AS (
  "projects"    text[],
  "statuses"    ops.ops_release_status[],
  "closed"      boolean,
  "environment" ops.ops_environment,
  "mine"        boolean,
  "waiting"     boolean,
  "text"        text
);

COMMENT ON TYPE "ops_private"."wanted_releases" IS 'Which releases are asked for. A field is null when it excludes none. projects: those that the caller may see, or the one that they name. statuses: of those that are not closed. closed: also those that are.';
