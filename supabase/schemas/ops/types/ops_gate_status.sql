-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_gate_status" AS ENUM (
  'pending',
  'in_progress',
  'passed',
  'failed',
  'bypassed'
);

COMMENT ON TYPE "ops"."ops_gate_status" IS 'Verdict on a gate. pending: there is no fact yet. in_progress: there are facts, but a requirement is not met. bypassed: an active exception covers what is missing. passed, failed and bypassed are verdicts, and a later fact or time can change each of them.';
