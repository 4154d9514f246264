-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."deployed_target" AS (
  "environment"    ops.ops_environment,
  "target"         ops.name,
  "deployment_id"  uuid,
  "deployment_ref" ops.name,
  "health"         ops.ops_health,
  "found"          text,
  "remedy"         text,
  "retired"        boolean
);

COMMENT ON TYPE "ops_private"."deployed_target" IS 'A target of an environment at a moment: the newest deployment of a release there, how healthy the target is, what was found and what to do in words where it is not healthy, and whether the target was taken out (ops.retired_targets).';
