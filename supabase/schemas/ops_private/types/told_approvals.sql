-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."told_approvals" AS (
  "rejected"  text,
  "changes"   text,
  "counted"   integer,
  "uncounted" text
);

COMMENT ON TYPE "ops_private"."told_approvals" IS 'What the decisions in one persona come to. rejected, changes: who objects. counted: how many approvals count. uncounted: which do not and why, in words.';
