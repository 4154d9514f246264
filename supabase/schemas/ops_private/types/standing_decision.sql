-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."standing_decision" AS (
  "approver_id"      text,
  "persona_role"     ops.ops_persona_role,
  "decision"         ops.ops_decision_type,
  "approval_id"      uuid,
  "recorded_at"      timestamp WITH time zone,
  "artifacts_digest" text,
  "unmet"            text,
  "later_unmet"      text
);

COMMENT ON TYPE "ops_private"."standing_decision" IS 'The decision of one approver in one persona that counts at a moment. later_unmet: what the newest approval that they gave since lacks, where it is not surely theirs, and so changed nothing (ops_private.with_later_approvals); null if nobody looked.';
