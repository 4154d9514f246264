-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_persona_role" AS ENUM (
  'developer',
  'qa_tester',
  'release_manager',
  'sre'
);

COMMENT ON TYPE "ops"."ops_persona_role" IS 'The role in which a person decides.';
