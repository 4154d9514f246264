-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."deployed" AS (
  "deployment_id"  uuid,
  "environment"    ops.ops_environment,
  "target"         ops.name,
  "deployment_ref" ops.name,
  "deployed_at"    timestamp WITH time zone,
  "is_own_commit"  boolean,
  "ended"          ops.ops_deployment_status,
  "undone_at"      timestamp WITH time zone,
  "place"          bigint,
  "furthest"       ops.ops_environment,
  "is_left_out"    boolean
);

COMMENT ON TYPE "ops_private"."deployed" IS 'A deployment as known at a moment. is_own_commit: its source_ref is that of the release, and it is no rollback that goes back to something: nobody judged that one. ended: succeeded or failed, by its newest report of an end that counts; null without one. A success that was observed after undone_at does not count. undone_at: when it was first observed as rolled_back. place: 1 is the newest in its environment and target. furthest: the furthest environment that its release has reached. is_left_out: it is a rollback that goes back to something and undoes the newest deployment to its target until then.';
