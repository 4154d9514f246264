CREATE TYPE "ops"."current_check" AS (
  "check_name" text,
  "trusted"    boolean,
  "status"     ops.ops_check_status
);

COMMENT ON TYPE "ops"."current_check" IS 'The latest observation of a check in one trust class (trusted: by a machine) at a moment.';
