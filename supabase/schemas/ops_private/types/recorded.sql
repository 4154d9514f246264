-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."recorded" AS (
  "detail"        jsonb,
  "check_id"      uuid,
  "deployment_id" uuid,
  "approval_id"   uuid,
  "artifacts"     integer,
  "evidence"      integer
);

COMMENT ON TYPE "ops_private"."recorded" IS 'What the function of an event type wrote: detail for the answer; the check, the deployment and the sign-off to which the evidence[] of the event belongs; artifacts, how many a build named, null for none; evidence, the number of artifacts written already, null for a type without evidence[].';
