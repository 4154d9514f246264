CREATE TYPE "ops"."ops_drill_type" AS ENUM (
  'backup',
  'restore',
  'failover'
);

COMMENT ON TYPE "ops"."ops_drill_type" IS 'What a recovery drill exercised.';
