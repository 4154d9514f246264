-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."recorded" AS (
  "detail"        jsonb,
  "check_id"      uuid,
  "deployment_id" uuid,
  "evidence"      integer
);

COMMENT ON TYPE "ops_private"."recorded" IS 'What the function of an event type wrote: what the answer says of it, the check and the deployment that the evidence[] of the event belongs to, and how much evidence was written already; null for a type that carries none.';
