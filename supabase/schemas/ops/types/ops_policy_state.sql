-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_policy_state" AS ENUM (
  'open',
  'confirmed',
  'set',
  'lapsed',
  'overtaken',
  'author_revoked'
);

COMMENT ON TYPE "ops"."ops_policy_state" IS 'What became of a change of policy. open: proposed, and another release manager can confirm it. confirmed: its rows came into force when it was confirmed. set: with the secret key, in force at once. Of no effect for good are: lapsed, not confirmed within 7 days; overtaken, other rows came into force; author_revoked, its author did not remain a release manager there.';
