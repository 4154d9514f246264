CREATE TYPE "ops"."ops_enforcement" AS ENUM (
  'blocking',
  'advisory'
);

COMMENT ON TYPE "ops"."ops_enforcement" IS 'Whether an unmet requirement stops the gate or is only shown.';
