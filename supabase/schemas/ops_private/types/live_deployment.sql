-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."live_deployment" AS (
  "deployment_id" uuid,
  "since"         timestamp WITH time zone,
  "went_back_to"  uuid
);

COMMENT ON TYPE "ops_private"."live_deployment" IS 'A deployment that is live, and since when. went_back_to: of a rollback the deployment that it went back to; null when that is not known.';
