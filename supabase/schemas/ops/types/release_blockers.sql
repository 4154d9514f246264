CREATE TYPE "ops"."release_blockers" AS (
  "staging"    text,
  "production" text
);

COMMENT ON TYPE "ops"."release_blockers" IS 'What keeps a release out of staging and out of production, in words; each null exactly when it may go there.';
